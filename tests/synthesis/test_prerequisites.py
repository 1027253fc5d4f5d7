"""Programs that are missing or too old: one line, and what to install."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.synthesis.conftest import PROJECT, Folder, clean
from tests.tools import require

NODE = "Node.js 20.0 or newer is needed: install it from https://nodejs.org, version 22 or 24."


def program(folder: Path, name: str, script: str) -> None:
    """A stand-in on PATH."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("script", "found"),
    [
        (None, "There is no node on PATH."),
        ("echo v18.19.1", "The node on PATH is v18.19.1."),
        ("echo v9.11.2; echo more", "The node on PATH is v9.11.2."),
        ("true", "The node on PATH is silent."),
        ("echo hello", "The node on PATH is hello."),
        ("printf '\\377\\n'", "The node on PATH is \N{REPLACEMENT CHARACTER}."),
        (
            "exit 7",
            "The node on PATH does not run: Command '['node', '--version']' returned non-zero exit status 7.",
        ),
    ],
    ids=["missing", "too old", "much too old", "silent", "another program", "no text", "broken"],
)
def test_node_that_cannot_be_used_is_told_in_one_line(
    shop: Folder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    script: str | None,
    found: str,
):
    programs = tmp_path / "programs"
    programs.mkdir()
    if script:
        program(programs, "node", script)
    monkeypatch.setenv("PATH", str(programs))
    assert shop.synth() == 2
    assert capsys.readouterr().err == f"{NODE} {found}\n"
    assert not shop.output.exists()


def test_node_20_is_enough(shop: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    program(tmp_path, "node", f'[ "$1" = --version ] && echo v20.0.0 || exec {shutil.which("node")} "$@"')
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert shop.synth() == 0


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A clone in which nothing is set up yet."""
    for name in ("Makefile", "requirements.txt", "package.json", "package-lock.json"):
        shutil.copy(PROJECT / name, tmp_path)
    return tmp_path


def make(folder: Path, *words: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    require("make", "apt-get install make")
    environment = clean(os.environ) | ({"PATH": path} if path else {})
    # The tests may run under a make of their own, which tells the next one that it is not the first.
    environment = {name: value for name, value in environment.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", *words], cwd=folder, env=environment, text=True, capture_output=True, check=False)


def own_lines(run: subprocess.CompletedProcess[str]) -> list[str]:
    """What the Makefile said, without make's own last line."""
    return [line for line in run.stderr.splitlines() if not line.startswith("make: ***")]


@pytest.mark.parametrize("script", [None, "exit 1"], ids=["missing", "too old"])
@pytest.mark.parametrize("goal", ["plan", "synth", "test"])
def test_python_that_cannot_be_used_is_told_in_one_line(fresh: Path, goal: str, script: str | None):
    if script:
        program(fresh, "python3.9", script)
    run = make(fresh, goal, f"PYTHON={fresh}/python3.9")
    assert run.returncode == 2
    assert own_lines(run) == [
        "Python 3.11 or newer is needed: install it from https://www.python.org, or name yours: make PYTHON=python3.12"
    ]
    assert not (fresh / ".venv").exists()


def test_missing_npm_is_told_in_one_line(fresh: Path):
    (fresh / "programs").mkdir()
    for name in ("make", "sh", "touch"):
        (fresh / "programs" / name).symlink_to(shutil.which(name))
    run = make(fresh, "node_modules/.complete", path=str(fresh / "programs"))
    assert run.returncode == 2
    assert own_lines(run) == ["npm is needed: it comes with Node.js 22 or 24, from https://nodejs.org"]
