"""`.ci/run` over small suites: what failed by accident is made good, and what is broken stays so."""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from modules import PROJECT

pytestmark = pytest.mark.slow

MAKEFILE = """
tools:
test:
	.venv/bin/python -m pytest -n 2 --dist loadgroup $(MORE)
"""

FIRST_TIME = """
from pathlib import Path

import pytest


def first_time(name):
    try:
        (Path(__file__).parent / name).touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
"""
"""What the tests of a suite start with: whether something is done for the first time."""


class Suite:
    """A project of its own, with the script and the plugin of this one, a Makefile of two lines, and no apt-get."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "tests/sub").mkdir(parents=True)
        (folder / "testbed").mkdir()
        (folder / ".venv/bin").mkdir(parents=True)
        (folder / "bin").mkdir()
        (folder / ".ci").mkdir()
        for path in (
            ".ci/run",
            *(f"tests/{name}.py" for name in ("__init__", "conftest", "costs", "quick", "second_round")),
        ):
            shutil.copy(PROJECT / path, folder / path)
        (folder / "tests/sub/packages.txt").touch()
        (folder / "testbed/packages.txt").touch()
        (folder / "Makefile").write_text(MAKEFILE)
        (folder / "pyproject.toml").write_text('[tool.pytest.ini_options]\ntestpaths = ["tests"]\naddopts = "-ra"\n')
        self._program(".venv/bin/python", f'exec {sys.executable} "$@"')
        self._program("bin/apt-get", "true")
        self._program("bin/sudo", 'exec "$@"')

    def _program(self, path: str, line: str) -> None:
        (self._folder / path).write_text(f"#!/bin/sh\n{line}\n")
        (self._folder / path).chmod(stat.S_IRWXU)

    def run(self, tests: str, **variables: str) -> tuple[int, str]:
        """What `.ci/run` returns and prints."""
        (self._folder / "tests/test_all.py").write_text(FIRST_TIME + tests)
        theirs = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "MAKE", "MFLAGS"))
        }
        path = f"{self._folder / 'bin'}:{os.environ['PATH']}"
        done = subprocess.run(
            [str(self._folder / ".ci/run")],
            env=theirs | {"PATH": path} | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=600,
        )
        assert (self._folder / ".ci/run.log").read_text() == done.stdout
        return done.returncode, done.stdout


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    return Suite(tmp_path)


def second_round(said: str) -> str | None:
    """What was printed after the second start of pytest."""
    rounds = said.split("test session starts")
    return rounds[2] if len(rounds) == 3 else None


def summary(said: str) -> str:
    """Pytest's last line, without the time."""
    return re.sub(r" in [\d.]+s.*", "", said.splitlines()[-1].strip("= "))


def test_a_run_without_failures_has_one_round(suite: Suite):
    status, said = suite.run("def test_good(): pass\n")
    assert status == 0
    assert second_round(said) is None
    assert summary(said) == "1 passed"


FAILS_ONCE = """
ODD = ["plain", "a b", "a::b", "a@bed", "@", "a[b]", "a]b[", "x or y", "-n", "é", "two\\nlines", ""]


@pytest.mark.xdist_group("bed")
def test_in_a_group_fails_once():
    assert not first_time("group"), "said by the first round"


class TestClass:
    @pytest.mark.xdist_group("bed")
    @pytest.mark.parametrize("number", range(len(ODD)), ids=ODD)
    def test_odd(self, number):
        assert not (number > 0 and first_time(f"odd-{number}"))

    def test_in_a_class_without_a_group(self):
        assert not first_time("class")


@pytest.fixture
def closed_badly():
    yield
    assert not first_time("teardown")


def test_whose_teardown_fails_once(closed_badly): pass


@pytest.mark.parametrize("number", range(30))
def test_good(number):
    assert first_time(f"good-{number}"), "a good test is run once"
"""


def test_what_fails_once_is_run_once_more_and_named(suite: Suite):
    status, said = suite.run(FAILS_ONCE)
    assert status == 0, said
    again = second_round(said)
    assert again
    assert summary(said) == "14 passed"
    first = said.removesuffix(again)
    assert "said by the first round" in first
    assert "said by the first round" not in again
    named = re.findall(r"^failed once, then passed: (.*)$", again, re.MULTILINE)
    failed = re.findall(r"^(?:FAILED|ERROR) (.*?)(?: - .*)?$", first, re.MULTILINE)
    assert sorted(named) == sorted(failed)
    assert "tests/test_all.py::test_in_a_group_fails_once" in named
    assert "tests/test_all.py::TestClass::test_odd[a::b]" in named
    assert "tests/test_all.py::TestClass::test_odd[plain]" not in named


def test_what_fails_twice_is_broken_whatever_else_is_made_good(suite: Suite):
    status, said = suite.run("""
def test_fails_once(): assert not first_time("once")

@pytest.mark.xdist_group("bed")
def test_fails_twice(): assert False
""")
    assert status != 0
    assert "failed once, then passed: tests/test_all.py::test_fails_once\n" in said
    assert "failed once, then passed: tests/test_all.py::test_fails_twice\n" not in said
    assert summary(said) == "1 failed, 1 passed"


def test_what_is_skipped_the_second_time_is_not_made_good(suite: Suite):
    status, said = suite.run("""
def test_fails_and_then_is_skipped():
    if not first_time("once"):
        pytest.skip("something is missing now")
    assert False
""")
    assert status != 0
    assert "failed once, then passed" not in said
    assert summary(said) == "1 skipped"


@pytest.mark.parametrize(("many", "again"), [(20, True), (21, False)])
def test_more_than_a_few_failures_are_no_accident(many: int, again: bool, suite: Suite):
    status, said = suite.run(f"""
@pytest.mark.parametrize("number", range({many}))
def test_fails_once(number): assert not first_time(f"{{number}}")
""")
    assert (status == 0) is again
    assert said.count("failed once, then passed") == (many if again else 0)
    assert ("no second round: 21 tests failed, at most 20 are run again" in said) is not again


FAILS_ONCE_ALONE = """
def test_fails_once(): assert not first_time("once")
"""

COLLECTED_BADLY = """
import nothing_of_that_name
"""

INTERRUPTS = """
def test_interrupts(): raise KeyboardInterrupt
"""

DIES = """
def test_dies():
    import os, signal
    if first_time("dead"):
        os.kill(os.getpid(), signal.SIGKILL)
"""

BREAKS_PYTEST = """
class Broken:
    def pytest_runtest_logreport(self): raise ValueError("nobody expects this")

def test_breaks_pytest(request): request.config.pluginmanager.register(Broken())
"""

HANGS = """
def test_hangs():
    import threading
    threading.Event().wait()
"""

EXITS = """
@pytest.mark.xdist_group("bed")
def test_exits():
    import os
    os._exit(0)

@pytest.mark.xdist_group("bed")
def test_comes_after(): pass
"""


@pytest.mark.parametrize(
    ("tests", "variables"),
    [
        pytest.param(FAILS_ONCE_ALONE + COLLECTED_BADLY, {}, id="a file that cannot be collected"),
        pytest.param(FAILS_ONCE_ALONE, {"MORE": "--no-such-option"}, id="an unknown option"),
        pytest.param("", {}, id="no tests"),
        pytest.param(FAILS_ONCE_ALONE + INTERRUPTS, {"MORE": "-n 0"}, id="an interrupt"),
        pytest.param(FAILS_ONCE_ALONE + INTERRUPTS, {}, id="an interrupt in a worker"),
        pytest.param(FAILS_ONCE_ALONE + DIES, {}, id="a dead worker"),
        pytest.param(FAILS_ONCE_ALONE + EXITS, {"FIRST_ROUND": "20"}, id="a worker that exits"),
        pytest.param(FAILS_ONCE_ALONE + BREAKS_PYTEST, {"MORE": "-n 0"}, id="an error in pytest"),
        pytest.param(FAILS_ONCE_ALONE + BREAKS_PYTEST, {}, id="an error in a worker's pytest"),
        pytest.param(FAILS_ONCE_ALONE + HANGS, {"FIRST_ROUND": "10"}, id="no end"),
    ],
)
def test_a_run_that_ends_with_more_than_failed_tests_is_broken(tests: str, variables: dict[str, str], suite: Suite):
    status, said = suite.run(tests, **variables)
    assert status != 0
    assert "no second round: the run before did not end with failed tests alone" in said
    assert "failed once, then passed" not in said
