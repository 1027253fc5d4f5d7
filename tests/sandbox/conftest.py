"""What the tests of the sandbox share: a project folder, and the command run in it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from modules import PROJECT

LIMIT = 300
"""Seconds in which whatever is waited for has happened, on however busy a machine: most takes a few."""


class Project:
    """A folder with synthesized stacks, in which `python -m sandbox` is given as by a person."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
        self.started: list[subprocess.Popen[str]] = []

    def add_stack(self, name: str, **resources: Any) -> None:
        """Write a stack's JSON where CDKTF writes it."""
        path = self.folder / "cdktf.out/stacks" / name / "cdk.tf.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(stack(**resources)))

    def sandbox(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Give a command and wait for its end."""
        process = self.start(*words)
        output, errors = process.communicate(timeout=LIMIT)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Give a command as from a terminal of its own."""
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def state(self, name: str) -> list[str]:
        """The addresses of what Terraform's state holds."""
        state = json.loads((self.folder / ".sandbox" / name / "terraform/terraform.tfstate").read_text())
        return sorted(f"{found['type']}.{found['name']}" for found in state["resources"])


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project folder, and at the end no process of it."""
    project = Project(tmp_path)
    yield project
    for process in project.started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.communicate(timeout=LIMIT)
    try:
        wait_until(lambda: not processes_in(tmp_path))
    finally:
        for number in processes_in(tmp_path):
            os.kill(number, signal.SIGKILL)


def stack(**resources: Any) -> dict[str, Any]:
    """A stack in Tokyo with these resources, by type."""
    return {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws", "version": ">= 5.100, < 7.0"}}},
        "provider": {"aws": [{"region": "ap-northeast-1"}]},
        "resource": resources,
    }


def vpc(cidr: str = "10.0.0.0/21", **tags: str) -> dict[str, Any]:
    """A network, which is there at once."""
    return {"site": {"cidr_block": cidr, "tags": tags}}


def processes_in(folder: Path, *words: str) -> dict[int, str]:
    """The processes that work in a folder or were told of it: servers, Terraform, its providers.

    By their numbers, their command lines; only those that have all these words in it.
    """
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        # The others on this machine come and go.
        with suppress(OSError):
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            here = str(folder) in line or (process / "cwd").readlink().is_relative_to(folder)
            # One without a line is dead, and about to be gone.
            if line and here and all(word in line for word in words):
                found[int(process.name)] = line
    return found


def wait_until(true: Callable[[], Any]) -> None:
    """Look again and again, and fail when time is up."""
    end = time.monotonic() + LIMIT
    while not true():
        assert time.monotonic() < end, f"not within {LIMIT} s"
        time.sleep(0.1)
