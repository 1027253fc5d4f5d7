"""What the project installs is locked, known and listed."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from modules import PROJECT
from tests.tools import do_without, require

pytestmark = pytest.mark.xdist_group("supply-chain")

LOCKS = sorted(
    path for path in PROJECT.glob("**/requirements.txt") if not {".venv", ".tools", "node_modules"} & {*path.parts}
)
TOOLS = PROJECT / ".tools/supply_chain/bin"

PERMISSIVE = {
    *("Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BlueOak-1.0.0", "CC0-1.0", "CNRI-Python", "ISC", "MIT", "MIT-0"),
    *("MIT-CMU", "PSF-2.0", "Public-Domain", "Unlicense"),
}
WEAK_COPYLEFT = {"MPL-2.0"}
"""Binds who changes the package's own files, and nobody else."""


def load_licences() -> Any:
    spec = importlib.util.spec_from_file_location("licences", PROJECT / "docs/licences.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def python() -> dict[str, Any]:
    command = TOOLS / "cyclonedx-py"
    if not command.exists():
        do_without("cyclonedx-py is missing: make tools")
    words = [command, "environment", "--output-reproducible", sys.executable]
    return json.loads(subprocess.run(words, capture_output=True, check=True, timeout=300).stdout)


@pytest.fixture(scope="module")
def npm() -> dict[str, Any]:
    words = [require("npm", "https://nodejs.org"), "sbom", "--sbom-format", "cyclonedx", "--package-lock-only"]
    return json.loads(subprocess.run(words, cwd=PROJECT, capture_output=True, check=True, timeout=300).stdout)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_python_package_is_locked_with_its_checksums(lock: Path):
    packages = re.split(r"\n(?=\S)", lock.read_text().partition("\n")[2].strip())
    assert packages
    for package in packages:
        assert re.match(r"[\w.\[\],-]+==\S+", package), package
        assert "--hash=sha256:" in package, package


def test_every_npm_package_is_locked_with_its_checksum_and_comes_from_no_machines_registry():
    locked = json.loads((PROJECT / "package-lock.json").read_text())["packages"]
    for place, package in locked.items():
        if place and not package.get("inBundle"):  # else it comes in its parent's archive, whose checksum is here
            assert package["integrity"].startswith("sha512-"), place
            assert package.get("resolved", "https://registry.npmjs.org/").startswith("https://registry.npmjs.org/")


@pytest.mark.slow
def test_the_bill_has_every_locked_package_in_its_version(python: dict[str, Any]):
    def plain(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    listed = {(plain(it["name"]), it["version"]) for it in python["components"]}
    text = (PROJECT / "requirements.txt").read_text()
    locked = re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==(\S+)( ;)?", text, flags=re.MULTILINE)
    for name, version, has_condition in locked:
        assert has_condition or (plain(name), version) in listed, name


@pytest.mark.slow
def test_the_list_of_licences_is_current(python: dict[str, Any], npm: dict[str, Any]):
    """`make sbom` makes it anew."""
    assert (PROJECT / "docs/licences.md").read_text() == load_licences().page(python, npm)


@pytest.mark.slow
def test_no_licence_binds_who_uses_the_project(python: dict[str, Any], npm: dict[str, Any]):
    for bill in (python, npm):
        for name, licence in load_licences().licences(bill):
            choices = [set(choice.split(" AND ")) for choice in licence.split(" OR ")]
            assert any(choice <= PERMISSIVE | WEAK_COPYLEFT for choice in choices), f"{name}: {licence}"


def test_the_licence_of_all_that_is_fetched_is_told():
    locks = (PROJECT / "modules/synthesis/toolchain").glob("*/requirements.txt")
    fetched = {name for lock in locks for name in re.findall(r"^([\w.-]+)==", lock.read_text(), flags=re.MULTILINE)}
    assert set(load_licences().FETCHED) == fetched
