"""CDKTF's maker archived it. The move to its continuation, CDK Terrain, changes nothing that Terraform reads."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from modules import PROJECT
from tests.tools import require

pytestmark = pytest.mark.xdist_group("successor")

README = (PROJECT / "README.md").read_text()
SETTINGS = PROJECT / "tests" / "settings"
"""Where the environments are that use every setting there is."""

SUCCESSOR = PROJECT / ".tools" / "successor" / "bin" / "python"

DIFFERENCES = {
    # Which library wrote the file. Its command line looks for it; Terraform takes it for a comment.
    "cdk.tf.json": {"//.metadata.version": ("0.21.0", "0.24.0")},
    # The list of the stacks, for that command line alone: the same note.
    "manifest.json": {"version": ("0.21.0", "0.24.0")},
}
"""All that differs in each file: where, and from what to what."""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, with the shipped environments and those that use every setting."""
    require(str(SUCCESSOR), "make tools")
    copy = tmp_path_factory.mktemp("successor") / "pressform"
    made = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "cdktf.out", "*.tfstate*")
    shutil.copytree(PROJECT, copy, ignore=made)
    for complete in SETTINGS.glob("complete-*.toml"):
        shutil.copy(complete, copy / "environments")
    return copy


@pytest.fixture(scope="module")
def before(tree: Path) -> dict[Path, Any]:
    return rendered(tree, sys.executable)


@pytest.fixture(scope="module")
def after(tree: Path, before: dict[Path, Any]) -> dict[Path, Any]:
    """The same, once the README's first step was taken in the same folder."""
    (step,) = re.findall(r"^python3 docs/after-cdktf\.py", README, re.MULTILINE)
    done = subprocess.run(step.split(), cwd=tree, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return rendered(tree, str(SUCCESSOR))


def rendered(tree: Path, python: str) -> dict[Path, Any]:
    """Every JSON file that main.py writes, by its place."""
    output = tree / "cdktf.out"
    done = subprocess.run([python, "main.py"], cwd=tree, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    files = {path.relative_to(output): json.loads(path.read_text()) for path in output.rglob("*.json")}
    shutil.rmtree(output)
    return files


def differences(one: Any, other: Any, place: str = "") -> Iterator[tuple[str, tuple[Any, Any]]]:
    """Where two JSON values differ, and what is there: `a.b.0`, (1, 2)."""
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = {key: (one.get(key), other.get(key)) for key in [*one, *other]}
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = dict(enumerate(zip(one, other, strict=True)))
    else:
        if one != other:
            yield place, (one, other)
        return
    for key, pair in pairs.items():
        yield from differences(*pair, f"{place}.{key}".lstrip("."))


def test_every_environment_is_rendered_by_both(before, after):
    stacks = {path.parent.name for path in before if path.name == "cdk.tf.json"}
    shipped = {path.stem for path in (PROJECT / "environments").glob("*.toml")}
    assert stacks == shipped | {path.stem for path in SETTINGS.glob("complete-*.toml")}
    assert set(after) == set(before)


def test_what_they_write_is_equal_but_for_the_differences_explained_above(before, after):
    for path, content in before.items():
        assert dict(differences(content, after[path])) == DIFFERENCES[path.name], path


def test_nothing_of_the_old_library_is_loaded_after_the_move(tree, after):
    for folder in ("modules", "benchmarks"):
        for source in (tree / folder).glob("**/*.py*"):
            if "peers" not in source.parts and source.suffix != ".pyc":
                assert not re.search(r"^\s*(from|import) cdktf", source.read_text(), re.MULTILINE), source


def test_the_move_asks_for_the_very_versions_that_are_checked_here(tree, after):
    moved = set((tree / "requirements.in").read_text().splitlines())
    checked = Path(__file__).with_name("requirements.in").read_text().splitlines()
    assert {line for line in checked if not line.startswith("#")} <= moved


def test_a_tree_that_is_not_as_expected_is_left_as_it_is(tree, after):
    """For one, a tree that was moved already."""
    sources = {path: path.read_text() for path in tree.glob("modules/**/*.py")}
    script = [sys.executable, "docs/after-cdktf.py"]
    refused = subprocess.run(script, cwd=tree, text=True, capture_output=True, check=False)
    assert refused.returncode == 1
    assert "Nothing was changed: " in refused.stderr
    assert "nothing says 'from cdktf import' here" in refused.stderr
    assert {path: path.read_text() for path in sources} == sources
