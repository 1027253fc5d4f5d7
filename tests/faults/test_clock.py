"""A clock that was wrong: what was made is from the future, or from long ago, and is used all the same."""

from __future__ import annotations

import os
import time
from pathlib import Path

from tests.faults.conftest import SITE, Copy
from tests.sandbox.conftest import Project, vpc

DAY = 24 * 3600
SHIFTS = {-4000: "t3.micro", 400: "t3.small"}
"""Days that the clock was wrong by, and what is changed then."""


def date(folder: Path, days: int) -> None:
    """As if all in a folder had been written so many days from now."""
    moment = time.time() + days * DAY
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (moment, moment), follow_symlinks=False)


def test_a_synth_goes_by_contents_alone(copy: Copy):
    copy.environment["XDG_CACHE_HOME"] = str(copy.folder / "cache")
    assert copy.synth() == (0, "")
    (kept,) = (copy.folder / "cache/pressform").iterdir()

    for days, instance in SHIFTS.items():
        today = copy.stacks()
        date(copy.folder, days)
        assert copy.synth() == (0, "")
        assert copy.stacks() == today
        assert list((copy.folder / "cache/pressform").iterdir()) == [kept]

        copy.write(SITE.replace("t2.micro", instance))
        date(copy.folder / "environments", -days)
        assert copy.synth() == (0, "")
        assert copy.stacks() != today


def test_a_sandbox_goes_by_contents_alone(project: Project):
    project.add_stack("site", aws_vpc=vpc())
    assert project.sandbox("apply", "site").returncode == 0

    for days in SHIFTS:
        date(project.folder, days)
        project.add_stack("site", aws_vpc=vpc(Name=f"{days} days later"))
        date(project.folder / "cdktf.out", -days)
        planned = project.sandbox("plan", "site")

        assert "Plan: 0 to add, 1 to change, 0 to destroy." in planned.stdout, planned.stderr
