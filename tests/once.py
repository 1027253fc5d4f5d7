"""What takes Terraform long and is the same for whoever asks: made once in a run, for all processes of pytest-xdist."""

import copy
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from modules import PROJECT
from sandbox import Sandbox, SandboxError, TerraformFailed
from sandbox.calls.refusals import refusals
from sandbox.calls.writing import FILE
from sandbox.rights.__main__ import EVERYTHING
from sandbox.rights.least import read
from sandbox.terraform import find_terraform
from tests.site.sites import shipped, variation
from tests.tools import do_without

Document = dict[str, Any]

PERMISSIONS = PROJECT / "docs/permissions"

REFUSED = "refused.txt"
"""In the folder of a sandbox that `applied` gives: why the documented rights were not enough, if they were not."""

APPLY = "apply.jsonl"
"""In the folder of a sandbox that `applied` gives: the calls of the apply."""


def require_terraform() -> None:
    """Terraform, of a version that the sandbox takes."""
    try:
        find_terraform()
    except SandboxError as error:
        do_without(str(error))


def shared(tmp_path_factory: pytest.TempPathFactory, name: str) -> Path:
    """A folder of the run, the same in each of its processes."""
    run = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # which has a folder of its own in that of the run
        run = run.parent
    folder = run / name
    folder.mkdir(exist_ok=True)
    return folder


class Planned:
    """Plans new sites: `planned("private-web", network={"nat": "one"})`. A context manager."""

    def __init__(self, folder: Path, shared: Path) -> None:
        self.folder, self.shared = folder, shared
        self._plans: dict[str, Document] = {}
        self._undo = ExitStack()

    def __enter__(self) -> "Planned":
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    def __call__(self, environment: str, **changes: Any) -> Document:
        key = json.dumps([environment, changes], sort_keys=True)
        if key not in self._plans:
            self._plans[key] = self.of(variation(environment, changes).content)
        return copy.deepcopy(self._plans[key])

    def of(self, stack: Mapping[str, Any]) -> Document:
        """A stack's plan as `terraform show -json` gives it."""
        name = hashlib.sha256(json.dumps(stack).encode()).hexdigest()[:16]
        with (self.shared / f"{name}.json").open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # ends with the file
            file.seek(0)
            if text := file.read():
                return json.loads(text)
            root = self.sandbox.root_module(name, stack)
            root.init()
            plan = root.plan().json
            json.dump(plan, file)
            return plan

    @cached_property
    def sandbox(self) -> Sandbox:
        return self._undo.enter_context(Sandbox(self.folder))


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planned]:
    require_terraform()
    with Planned(tmp_path_factory.mktemp("planned"), shared(tmp_path_factory, "plans")) as planned:
        yield planned


@contextmanager
def heard(folder: Path) -> Iterator[Sandbox]:
    """A sandbox; at its end, AWS would have taken every call that it got."""
    with Sandbox(folder) as sandbox:
        yield sandbox
    refused = refusals(sandbox.calls)
    assert not refused, "AWS would refuse:\n" + "\n".join(refused)


@contextmanager
def applied(environment: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox with a shipped environment applied, as its root module `site`: a copy of what the first one kept.

    It was applied with no more rights than docs/permissions/ lists, where those are enough.
    """
    kept = shared(tmp_path_factory, "applied") / environment
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # ends with the file
        if not kept.exists():
            first = tmp_path_factory.mktemp(f"first-{environment}")
            with Sandbox(first) as sandbox:
                content = shipped()[environment].content
                sandbox.act_with(read(PERMISSIONS, environment))
                root = sandbox.root_module("site", content)
                root.init()
                try:
                    root.apply()
                except TerraformFailed as failure:
                    # One test says so; the others are about other things.
                    (first / REFUSED).write_text(str(failure))
                    sandbox.act_with([EVERYTHING])
                    sandbox.root_module("site", content).apply()
            first.rename(kept)
    copied = tmp_path_factory.mktemp(environment)
    shutil.copytree(kept, copied, symlinks=True, dirs_exist_ok=True)
    (copied / FILE).rename(copied / APPLY)
    with heard(copied) as sandbox:
        assert (sandbox.forgotten, sandbox.went_back) == (None, None)
        yield sandbox
