"""What CONTRIBUTING.md names is there."""

import re

import pytest

from modules import PROJECT

TEXT = (PROJECT / "CONTRIBUTING.md").read_text()

CODE = set(re.findall(r"`([^`\n]+)`", TEXT))
PATHS = {code for code in CODE if re.fullmatch(r"[\w.*/-]+/[\w.*/-]*|\w+\.(toml|txt|in|json|md)", code)}
PLACEHOLDERS = {"SECTION", "PART", "DOMAIN", "NAME"}
"""Stand for a name of one's own."""


@pytest.mark.parametrize("path", sorted(path for path in PATHS if not PLACEHOLDERS & {*re.findall(r"[A-Z]+", path)}))
def test_a_path_leads_somewhere(path: str):
    assert list(PROJECT.glob(path)), path


def test_paths_with_a_name_of_ones_own_stand_in_folders_that_are_there():
    for path in PATHS:
        folder = re.split("|".join(PLACEHOLDERS), path)[0]
        assert (PROJECT / folder).is_dir() or folder == path, path


def test_every_command_is_one_of_makes():
    targets = set(re.findall(r"^([a-z -]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    for name in re.findall(r"\bmake ([a-z-]+)", " ".join(code for code in CODE if code.startswith("make "))):
        assert any(name in words.split() for words in targets), name


def test_a_part_takes_six_files():
    recipe = TEXT.partition("## To add a part")[2].partition("\n## ")[0]
    steps = re.findall(r"^\d\. (`[^`]+`(?:,[^:]* or `[^`]+`)?)", recipe, re.MULTILINE)
    assert "takes these six files" in recipe
    assert len(steps) == 6
