"""CHANGELOG.md, in the form of https://keepachangelog.com/en/1.1.0/."""

import re
from datetime import date

from modules import PROJECT
from review.version import PRODUCT, VERSION

CHANGELOG = (PROJECT / "CHANGELOG.md").read_text()

KINDS = ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")


def releases() -> list[tuple[tuple[int, ...], date]]:
    """Version and day of each, as they stand."""
    found = re.findall(r"^## \[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d\d-\d\d)$", CHANGELOG, re.MULTILINE)
    return [(tuple(map(int, version)), date.fromisoformat(day)) for *version, day in found]


def test_the_newest_release_is_the_projects_version_which_a_review_names():
    (newest, _), *_ = releases()
    assert ".".join(map(str, newest)) == VERSION
    assert f"Pressform {VERSION}" == PRODUCT


def test_what_is_not_released_comes_first_and_then_the_newest():
    headings = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    assert len(headings) == 1 + len(releases()), "each release is [MAJOR.MINOR.PATCH] - YYYY-MM-DD"
    assert releases() == sorted(releases(), reverse=True)


def test_changes_stand_under_their_kind():
    for kind in re.findall(r"^### (.+)$", CHANGELOG, re.MULTILINE):
        assert kind in KINDS
