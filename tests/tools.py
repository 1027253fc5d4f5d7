"""Programs that tests need beside Python's."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from modules.synthesis.toolchain import Toolchain
from testbed.needs import what_the_bed_lacks


def find(command: str) -> str | None:
    places = [str(Path(sys.executable).parent), os.environ["PATH"], "/usr/sbin"]
    return shutil.which(command, path=os.pathsep.join(places))


def require(command: str, install: str) -> str:
    """The program's path."""
    if not (found := find(command)):
        do_without(f"{command} is missing: {install}")
    return found


def do_without(what: str) -> None:
    """The test is skipped, with what to do about it; in CI it fails."""
    if os.environ.get("CI"):
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


def require_bed() -> None:
    """What the test bed needs: root, and Debian's packages."""
    if lacks := what_the_bed_lacks():
        do_without(lacks)


def require_fetched(toolchain: Toolchain) -> None:
    """What a machine gets that has none of its own."""
    if not toolchain.is_there():
        do_without(f"{toolchain.title} is not in {toolchain.folder}: make tools")
