"""A clock that was wrong: what was made is from the future, or from long ago, and is used all the same."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.faults.conftest import SITE, Copy
from tests.sandbox.conftest import Project, vpc

DAY = 24 * 3600
SHIFTS = pytest.mark.parametrize("days", [-4000, 400])


def date(folder: Path, days: int) -> None:
    """As if all in a folder had been written so many days from now."""
    moment = time.time() + days * DAY
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (moment, moment), follow_symlinks=False)


@SHIFTS
def test_a_synth_goes_by_contents_alone(copy: Copy, days: int):
    copy.environment["XDG_CACHE_HOME"] = str(copy.folder / "cache")
    assert copy.synth() == (0, "")
    today = copy.stacks()
    (kept,) = (copy.folder / "cache/pressform").iterdir()

    date(copy.folder, days)
    assert copy.synth() == (0, "")
    assert copy.stacks() == today
    assert list((copy.folder / "cache/pressform").iterdir()) == [kept]

    copy.write(SITE.replace("t2.micro", "t3.micro"))
    date(copy.folder / "environments", -days)
    assert copy.synth() == (0, "")
    assert copy.stacks() != today


@SHIFTS
def test_a_sandbox_goes_by_contents_alone(project: Project, days: int):
    project.add_stack("site", aws_vpc=vpc())
    assert project.sandbox("apply", "site").returncode == 0

    date(project.folder, days)
    project.add_stack("site", aws_vpc=vpc(Name="later"))
    date(project.folder / "cdktf.out", -days)
    planned = project.sandbox("plan", "site")

    assert "Plan: 0 to add, 1 to change, 0 to destroy." in planned.stdout, planned.stderr
