"""What takes Terraform long and is the same for whoever asks: made once in a run, for all processes of pytest-xdist."""

import copy
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox, SandboxError
from sandbox.root_module import SAVED_PLAN
from sandbox.terraform import find_terraform
from tests.site.sites import shipped, variation
from tests.tools import do_without

Document = dict[str, Any]

PLAN, APPLIED = "plan.json", "applied"
"""Files beside a sandbox: the plan of what it is for, and a sign that this is there."""


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
    """Plans new sites: `planned("private-web", network={"nat": "one"})`.

    A stack is planned in a sandbox of its own, as its root module `site`, and both are kept: `applied` goes on there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._plans: dict[str, Document] = {}

    def __call__(self, environment: str, **changes: Any) -> Document:
        key = json.dumps([environment, changes], sort_keys=True)
        if key not in self._plans:
            self._plans[key] = self.of(variation(environment, changes).content)
        return copy.deepcopy(self._plans[key])

    def of(self, stack: Mapping[str, Any]) -> Document:
        """A stack's plan as `terraform show -json` gives it."""
        plan = self._place(stack) / PLAN
        if not plan.exists():
            with self.alone(stack):
                pass  # It is made on the way in.
        return json.loads(plan.read_text())

    @contextmanager
    def alone(self, stack: Mapping[str, Any]) -> Iterator[Path]:
        """The sandbox's folder in which a stack was planned, while no other process uses it."""
        folder = self._place(stack)
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # ends with the file
            if not (folder / PLAN).exists():
                with Sandbox(folder) as sandbox:
                    root = sandbox.root_module("site", stack)
                    root.init()
                    half_done = folder / f"{PLAN}.new"
                    half_done.write_text(json.dumps(root.plan().json))
                half_done.rename(folder / PLAN)
            yield folder

    def _place(self, stack: Mapping[str, Any]) -> Path:
        return self._folder / hashlib.sha256(json.dumps(stack).encode()).hexdigest()[:16]


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    require_terraform()
    return Planned(shared(tmp_path_factory, "plans"))


@contextmanager
def applied(environment: str, planned: Planned, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox with a shipped environment applied, as its root module `site`: a copy of what the first one kept.

    What is applied is the plan that other tests read.
    """
    stack = shipped()[environment].content
    copied = tmp_path_factory.mktemp(environment)
    with planned.alone(stack) as folder:
        if not (folder / APPLIED).exists():
            try:
                with Sandbox(folder) as sandbox:
                    sandbox.root_module("site", stack).apply(SAVED_PLAN)
            except BaseException:
                shutil.rmtree(folder)  # The plan is of what there was before: whoever is next begins anew.
                raise
            (folder / APPLIED).touch()
        shutil.copytree(folder, copied, symlinks=True, dirs_exist_ok=True)
    with Sandbox(copied) as sandbox:
        assert (sandbox.forgotten, sandbox.went_back) == (None, None)
        yield sandbox
