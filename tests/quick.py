"""A pytest plugin: what `make quick` runs, and that nothing slow is among it.

A test is slow by its folder, by a fixture that it uses, or by `@pytest.mark.slow`. All others are quick, in every run
of the tests: one of them that starts a program, or serves on a port, fails on the spot, however fast the machine is.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parent

SLOW_FOLDERS = {"applied", "commands", "faults", "properties", "sandbox", "scanners", "successor", "synthesis"}
"""Where tests want Terraform, processes of their own, or hundreds of sites."""

SLOW_FIXTURES = {
    *("planned", "golden"),  # Terraform
    "browser",
    *("site", "three_tier", "production"),  # servers
}

TAKE_A_MOMENT = {
    *("actionlint", "lint-imports", "ruff", "shellcheck", "zizmor"),  # `make setup` installs them
    "bash",
    "infracost",  # a script in its place
    "node",  # CDKTF's other half
    "php",  # reads the files of a site folder, and runs none
}
"""Programs that a quick test may start."""


class NotQuick(Exception):
    """A quick test did what only a slow one may."""


class Guard:
    """Hears of everything that Python is about to do: https://peps.python.org/pep-0578/

    Attributes:
        is_on: a quick test runs.
    """

    is_on = False

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.is_on and (what := _only_for_slow_tests(event, arguments)):
            raise NotQuick(f"{what}: mark it with @pytest.mark.slow, and `make quick` leaves it out")

    @contextmanager
    def during(self, item: pytest.Item) -> Iterator[None]:
        self.is_on = not item.get_closest_marker("slow")
        try:
            yield
        finally:
            self.is_on = False


GUARD = Guard()
sys.addaudithook(GUARD)  # for as long as the process lives


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_slow(item):
            item.add_marker(pytest.mark.slow)


def is_slow(item: pytest.Item) -> bool:
    """Whether the folder or a fixture says so."""
    folder = item.path.relative_to(TESTS).parts[0]
    return folder in SLOW_FOLDERS or not SLOW_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    with GUARD.during(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    with GUARD.during(item):
        return (yield)


# Not the teardown: what a slow test left for the others goes away after whichever comes last.


def _only_for_slow_tests(event: str, arguments: tuple[Any, ...]) -> str | None:
    """What is wrong with it, if anything. https://docs.python.org/3/library/audit_events.html has them all."""
    match event, arguments:
        case "subprocess.Popen", (executable, words, *_):
            return _program(executable or (words if isinstance(words, str | bytes) else words[0]))
        case "os.posix_spawn", (executable, *_):  # subprocess takes this way, too, where it can
            return _program(executable)
        case "os.exec" | "os.spawn" | "os.system" | "os.fork" | "os.forkpty" | "pty.spawn", _:
            return f"a quick test starts a process ({event})"
        case "socket.bind", (_, address) if isinstance(address, tuple):
            return f"a quick test serves on {address[0]}:{address[1]}"
    return None


def _program(executable: Any) -> str | None:
    name = Path(os.fsdecode(executable)).name
    return None if name in TAKE_A_MOMENT else f"a quick test starts {name}"
