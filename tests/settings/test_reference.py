"""docs/environment.md and docs/environment.schema.json."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from modules import PROJECT
from modules.settings import Environment
from modules.settings.reference import page, schema
from modules.settings.vocabulary import section_of, sections
from tests.settings.files import ENVIRONMENTS, PAIR, SHIPPED, at, changed

DOCS = PROJECT / "docs"
SETTINGS = [
    (".".join((*place, key)), field)
    for place, section in sections(Environment)
    for key, field in section.model_fields.items()
    if section_of(field) is None
]


@pytest.mark.parametrize(("name", "made"), [("environment.md", page), ("environment.schema.json", schema)])
def test_what_is_committed_is_current(name: str, made: Any):
    assert (DOCS / name).read_text(encoding="utf-8") == made(), "run `make docs` and look at what changes"


@pytest.mark.parametrize(("key", "field"), SETTINGS, ids=[key for key, _ in SETTINGS])
def test_a_setting_is_described_by_whole_sentences(key: str, field: Any):
    assert field.description, f"{key} needs a docstring"
    assert field.description.rstrip().endswith("."), key


def test_every_section_says_what_it_is_for():
    for place, section in sections(Environment):
        assert (section.__doc__ or "").rstrip().endswith("."), place


def test_the_page_has_a_line_for_every_setting():
    lines = page().splitlines()
    for key, field in SETTINGS:
        place, _, name = key.rpartition(".")
        heading = lines.index(f"## `[{place}]`" if place else "## The file")
        section = lines[heading + 1 :]
        section = section[: next((at for at, line in enumerate(section) if line.startswith("## ")), None)]
        (line,) = [line for line in section if line.startswith(f"**`{name}`**: ")]
        assert line.endswith(("Required.  ", "Left out by default.  ")) or "Default: `" in line, key
        assert field.is_required() == line.endswith("Required.  "), key


@pytest.mark.parametrize(
    ("line", "section"),
    [
        ('**`region`**: a region\'s code, such as "ap-northeast-1". Default: `"ap-northeast-1"`.  ', "## The file"),
        ("**`idle_timeout`**: a whole number from 1 to 4000. Default: `60`.  ", "## `[load_balancer]`"),
        ("**`min_capacity`**: a number from 0.5 to 256 in steps of 0.5. Default: `0.5`.  ", "## `[database.aurora]`"),
        ('**`nat`**: one of "none", "one", "per-zone". Default: `"none"`.  ', "## `[network]`"),
        ("**`multi_az`**: true or false. Default: `true`.  ", "## `[database]`"),
        ('**`engine_version`**: one of "8.0", "8.4". Default: `"8.4"`.  ', "## `[database]`"),
        ('**`image_id`**: an AMI id, such as "ami-0123456789abcdef0". Left out by default.  ', "## `[api]`"),
    ],
)
def test_a_line_says_what_is_allowed_and_what_is_taken_where_it_is_left_out(line: str, section: str):
    assert line in page().split(f"{section}\n")[1].split("\n## ")[0].splitlines()


@pytest.fixture(scope="module")
def editor() -> Draft202012Validator:
    """What an editor checks while a person types."""
    document = json.loads(schema())
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_schema_accepts_a_shipped_environment(editor: Draft202012Validator, name: str):
    editor.validate(tomllib.loads((ENVIRONMENTS / f"{name}.toml").read_text()))


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.glob("complete-*.toml")), ids=lambda path: path.stem)
def test_the_schema_accepts_every_setting(editor: Draft202012Validator, path: Path):
    editor.validate(tomllib.loads(path.read_text()))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("regio", "us-east-1"),
        ("region", "Tokyo"),
        ("network", None),
        ("network.public.ap-northeast-1c", None),
        ("network.public.1a", "10.0.4.0/24"),
        ("web.servers.my server", "ap-northeast-1a"),
        ("network.cidr", "10.0.0.0"),
        ("network.nat", "two"),
        ("database.multi_az", "true"),
        ("database.backup_retention", 36),
        ("database.backup_retention", "7"),
        ("wordpress.admin_email", "me"),
        ("ssh", {"public_key": "x", "allowed_cidrs": []}),
    ],
)
def test_the_schema_refuses_what_is_wrong_by_itself(editor: Draft202012Validator, key: str, value: Any):
    assert editor.is_valid(PAIR)
    assert not editor.is_valid(changed(PAIR, **at(key, value)))
