"""What is slow cannot slip into `make quick`. These tests are quick themselves, so the guard is on."""

import os
import re
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tests.quick import SLOW_FIXTURES, SLOW_FOLDERS, TESTS, NotQuick, is_slow


@pytest.mark.parametrize(
    "words",
    [
        ["terraform", "version"],
        "terraform version",
        [b"/usr/bin/chromium", b"--headless"],
        [sys.executable, "-m", "sandbox.server"],
        ["unshare", "--net", "true"],
    ],
    ids=lambda words: words if isinstance(words, str) else os.path.basename(os.fsdecode(words[0])),
)
def test_a_quick_test_starts_no_program_that_takes_long(words: str | list[str] | list[bytes]):
    with pytest.raises(NotQuick, match=r"a quick test starts .+: mark it with @pytest\.mark\.slow"):
        subprocess.Popen(words)
    with pytest.raises(NotQuick):
        subprocess.Popen(words, shell=True)


def test_a_quick_test_may_start_what_takes_a_moment():
    assert subprocess.run(["bash", "-c", "exit 3"], check=False).returncode == 3


@pytest.mark.parametrize(
    "start",
    [
        lambda: os.system("true"),
        lambda: os.posix_spawn("/bin/true", ["true"], {}),
        lambda: os.execv("/bin/true", ["true"]),
        os.fork,
    ],
    ids=["system", "posix_spawn", "execv", "fork"],
)
def test_there_is_no_way_around_it(start):
    with pytest.raises(NotQuick, match="a quick test starts"):
        start()


def test_a_quick_test_serves_nothing():
    with socket.socket() as server, pytest.raises(NotQuick, match=r"a quick test serves on 127\.0\.0\.1:0"):
        server.bind(("127.0.0.1", 0))


@pytest.mark.slow
def test_a_slow_test_may_do_all_that():
    assert subprocess.run([sys.executable, "-c", "exit(3)"], check=False).returncode == 3
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))


@pytest.mark.parametrize(
    ("place", "fixtures", "slow"),
    [
        ("applied/test_new.py", [], True),
        ("review/test_new.py", ["tmp_path", "golden"], True),
        ("review/test_new.py", ["tmp_path"], False),
        ("test_new.py", [], False),
    ],
)
def test_folder_and_fixtures_say_what_is_slow(place: str, fixtures: list[str], slow: bool):
    assert is_slow(SimpleNamespace(path=TESTS / place, fixturenames=fixtures)) is slow


def test_every_slow_folder_and_fixture_is_there():
    """A new name for one of them would let its tests into `make quick`, where they fail for what they start."""
    sources = "".join(path.read_text() for path in TESTS.rglob("*.py"))
    assert [name for name in SLOW_FOLDERS if not (TESTS / name / "__init__.py").exists()] == []
    assert [name for name in SLOW_FIXTURES if not re.search(rf"^def {name}\(", sources, re.MULTILINE)] == []
