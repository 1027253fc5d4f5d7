"""Faults that a machine really has, made on purpose: killed processes, full and read-only disks, a cut line, a wrong
clock.

`FAULT_ROUNDS=20 FAULT_SEED=7` makes more of the killings, at other moments.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from modules import PROJECT
from tests.sandbox.conftest import LIMIT, processes_in, project, wait_until
from tests.tools import do_without

__all__ = ["project"]

SITE = (PROJECT / "environments/handson.toml").read_text()
FIRST = int(os.environ.get("FAULT_SEED", "1"))


def rounds(few: int) -> pytest.MarkDecorator:
    """So many runs of a test, each with moments of its own, or as many as the environment asks for."""
    count = int(os.environ.get("FAULT_ROUNDS", few))
    seeds = [pytest.param(seed, id=f"seed{seed}") for seed in range(FIRST, FIRST + count)]
    return pytest.mark.parametrize("chance", seeds)


class Copy:
    """The project's folder without what is made in it, in which `python main.py` is given as by a person."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.output = folder, folder / "cdktf.out"
        for name in ("main.py", "modules"):
            (shutil.copytree if (PROJECT / name).is_dir() else shutil.copy)(PROJECT / name, folder / name)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("CDKTF_")}
        self.write(SITE)

    def write(self, text: str, *names: str) -> None:
        """Environment files, two if none is named."""
        (self.folder / "environments").mkdir(exist_ok=True)
        for name in names or ("blog", "shop"):
            (self.folder / "environments" / f"{name}.toml").write_text(text)

    def start(self, *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "main.py", *options],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def synth(self, *options: str) -> tuple[int, str]:
        """The exit status, and what was said on standard error."""
        process = self.start(*options)
        _, complaints = process.communicate(timeout=LIMIT)
        return process.returncode, complaints

    def stacks(self) -> dict[str, bytes]:
        """The JSON by environment."""
        return {path.parent.name: path.read_bytes() for path in self.output.glob("stacks/*/cdk.tf.json")}


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    """A copy, and at the end no process in it."""
    yield Copy(tmp_path)
    try:
        wait_until(lambda: not processes_in(tmp_path))
    finally:
        kill(processes_in(tmp_path))


def kill(numbers: object) -> None:
    """Without a word of warning."""
    for number in numbers:
        try:
            os.kill(number, signal.SIGKILL)
        except ProcessLookupError:
            continue


def kill_some(chance: random.Random, folder: Path) -> str:
    """Kill all processes of a folder, as a machine that goes down does; or one, as a machine out of memory does.

    Returns:
        Which, for the message of a test that fails.
    """
    there = processes_in(folder)
    if there and chance.random() < 0.6:
        one = chance.choice(sorted(there))
        there = {one: there[one]}
        kill(there)
    else:
        # What one of them had just started is not on the list.
        while left := processes_in(folder):
            there |= left
            kill(left)
    return "; ".join(there.values()) or "none: the command had ended"


@contextmanager
def mounted(*words: str, on: Path) -> Iterator[Path]:
    """A file system of its own on a folder. It takes root."""
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        do_without("a disk of its own for a test takes Linux and root")
    on.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", *words, str(on)], check=True, timeout=LIMIT)
    try:
        yield on
    finally:
        subprocess.run(["umount", "--lazy", str(on)], check=True, timeout=LIMIT)


@pytest.fixture
def small_disk() -> Iterator[Callable[[Path, str], Path]]:
    """Mounts an empty disk of a size on a folder."""
    with ExitStack() as stack:
        yield lambda folder, size: stack.enter_context(mounted("-t", "tmpfs", "-o", f"size={size}", "tmpfs", on=folder))


@pytest.fixture
def read_only() -> Iterator[Callable[[Path], None]]:
    """Makes a folder one that not even root can write to."""
    with ExitStack() as stack:

        def freeze(folder: Path) -> None:
            stack.enter_context(mounted("--bind", str(folder), on=folder))
            subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True, timeout=LIMIT)

        yield freeze


def fill(disk: Path, leave: int = 0) -> Path:
    """A file that takes all the space but so many bytes."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        file.write(b"\0" * max(0, shutil.disk_usage(disk).free - leave))
    return ballast
