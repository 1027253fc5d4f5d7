"""docs/operations.md: what no sandbox and no bed can play is at least such as AWS, make and the settings take it."""

import re
import tomllib
from typing import Any

import pytest

from modules import PROJECT
from modules.settings.environment import Environment
from modules.settings.rules import broken_rules
from tests.operations.page import parse, sections
from tests.settings.files import changed
from tests.site.sites import text_of, variation

COMMANDS = sorted({command for section in sections().values() for command in section.commands})
EDITS = [(section.title, edit) for section in sections().values() for edit in section.edits]


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("aws ")])
def test_a_command_of_awss_is_one(command: str):
    parse(command, {})


@pytest.mark.parametrize("command", [command for command in COMMANDS if command.startswith("make ")])
def test_a_target_of_make_exists_and_reads_what_it_is_given(command: str):
    target, *given = re.findall(r"[\w-]+(?==)|(?<=make )[\w-]+", command)
    makefile = (PROJECT / "Makefile").read_text()
    recipe = re.search(rf"^(?:[\w-]+ )*{target}(?: [\w-]+)*:.*\n((?:\t.*\n)+)", makefile, re.M)
    assert recipe, command
    for name in given:
        assert re.search(rf"\$\({name}\b|\$\(if \$\({name}\)|\$\${name}\b", recipe[1]), f"{command}: {name}"


def test_every_other_command_is_terraforms_or_mysqls():
    others = {command.split()[0] for command in COMMANDS} - {"aws", "make"}
    assert others == {"terraform", "mysql"}


@pytest.mark.parametrize(("title", "edit"), EDITS, ids=[title for title, _ in EDITS])
def test_what_is_written_into_a_file_is_accepted(title: str, edit: dict[str, Any]):
    """In a file whose region it has, and with what the step before it has written."""
    text = text_of("handson").replace("ap-northeast-1", edit.get("region", "ap-northeast-1"))
    content = tomllib.loads(text)
    for step in sections()[title].edits:
        content = changed(content, **step)
        assert not list(broken_rules(dict(Environment.model_validate(content))))
        if step == edit:
            break


def test_an_address_in_a_command_is_one_of_the_sites():
    site = variation("handson", {"https": {"domain": "www.example.com", "zone": "example.com"}})
    named = {address for command in COMMANDS for address in re.findall(r"\b(aws_\w+\.\w+)", command)}
    assert named - {"aws_instance.webserver2"} >= {"aws_secretsmanager_secret_version.salts"}
    assert named <= site.addresses
