"""A full disk, and a folder that nobody may write to: one line that says so, and nothing is lost."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.faults.conftest import SITE, Copy, fill
from tests.sandbox.conftest import Project, vpc


def test_a_synth_on_a_full_disk(copy: Copy, small_disk, subtests: pytest.Subtests):
    disk = small_disk(copy.output, "128m")
    assert copy.synth() == (0, "")
    for left, instance in {0: "t3.micro", 30_000: "t3.small", 300_000: "t3.medium", 12_000_000: "t3.large"}.items():
        before = copy.stacks()
        ballast = fill(disk, left)
        copy.write(SITE.replace("t2.micro", instance))
        with subtests.test(f"{left} bytes left"):
            status, said = copy.synth()

            if left < 12_000_000:  # about where it is enough
                assert status != 0
            if status:
                assert re.search("no space left on device", said, re.IGNORECASE)
                assert {name: json.loads(content) for name, content in copy.stacks().items()}.keys() == before.keys()
        ballast.unlink()
        with subtests.test(f"{left} bytes left, and then space"):
            assert copy.synth() == (0, "")
            assert copy.stacks() != before


def test_a_synth_in_a_read_only_folder(copy: Copy, read_only):
    assert copy.synth() == (0, "")
    before = copy.stacks()
    read_only(copy.folder)
    status, said = copy.synth()
    assert status == 2
    assert re.fullmatch(
        r"cdktf\.out\S*: cannot be written: Read-only file system\. No file there is half written\.\n", said
    )
    assert copy.stacks() == before


def test_a_sandbox_on_a_full_disk(project: Project, small_disk):
    disk = small_disk(project.folder / ".sandbox", "32m")
    project.add_stack("site", aws_vpc=vpc())
    assert project.sandbox("apply", "site").returncode == 0
    ballast = fill(disk, leave=1_000_000)  # what AWS holds is 6 MB
    project.add_stack("site", aws_vpc=vpc(Name="later"))

    full = project.sandbox("apply", "site")

    assert full.returncode == 2, full.stdout + full.stderr
    assert "what AWS holds could not be saved: No space left on device;" in full.stderr
    assert "Traceback" not in full.stderr
    ballast.unlink()
    again = project.sandbox("apply", "site")
    assert again.returncode == 0, again.stderr
    assert "the last command was cut short" in again.stdout
    assert "Resources: 0 added, 1 changed" in again.stdout


@pytest.mark.parametrize("there", [True, False], ids=["used before", "new"])
def test_a_sandbox_in_a_read_only_folder(project: Project, read_only, there: bool):
    project.add_stack("site", aws_vpc=vpc())
    if there:
        (project.folder / ".sandbox/site").mkdir(parents=True)
    read_only(project.folder)

    refused = project.sandbox("plan", "site")

    assert refused.returncode == 2
    assert refused.stderr.startswith("sandbox: ")
    assert refused.stderr.endswith(": Read-only file system\n")
    assert refused.stderr.count("\n") == 1


def test_a_bindings_copy_that_cannot_be_read_is_made_anew(copy: Copy, tmp_path: Path):
    """As one of another user's: root reads all, so here it is a link to itself."""
    copy.environment["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    assert copy.synth() == (0, "")
    (kept,) = (tmp_path / "cache/pressform").iterdir()
    kept.unlink()
    kept.symlink_to(kept)
    with pytest.raises(OSError, match="Too many levels"):
        os.stat(kept)

    assert copy.synth("--all") == (0, "")

    assert kept.is_file()
    assert not kept.is_symlink()
