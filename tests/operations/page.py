"""docs/operations.md, so that tests do what stands there: its commands, and what it writes into a file."""

import json
import re
import shlex
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import botocore.loaders
import jmespath
from botocore import xform_name
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape

from modules import PROJECT

PAGE = PROJECT / "docs/operations.md"

CLIENT_OPTIONS = {"--query", "--output", "--region"}
"""Of every command: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-options.html"""

CUSTOM = {("logs", "tail"): {"--since", "--filter-pattern", "--format", "--follow"}}
"""Commands that are AWS's command line's own, with their options.
https://docs.aws.amazon.com/cli/latest/reference/logs/tail.html"""


@dataclass(frozen=True)
class Section:
    """A procedure.

    Attributes:
        title: its headline.
        edits: what it writes into an environment's file, in order.
        commands: what it has a person type, in order.
    """

    title: str
    edits: list[dict[str, Any]]
    commands: list[str]

    def command(self, *words: str) -> str:
        """The one with these words.

        Raises:
            ValueError: there is none, or more than one.
        """
        (found,) = (command for command in self.commands if all(word in command for word in words))
        return found


def sections() -> dict[str, Section]:
    """Every section of the page, by its headline."""
    found = {}
    for part in re.split(r"^#{1,3} ", PAGE.read_text(), flags=re.M)[1:]:
        title, _, text = part.partition("\n")
        blocks = [
            (match[2], re.sub(rf"^{match[1]}", "", match[3], flags=re.M))
            for match in re.finditer(r"^( *)```(sh|toml)\n(.*?)^\1```$", text, flags=re.M | re.S)
        ]
        found[title] = Section(
            title,
            [tomllib.loads(block) for kind, block in blocks if kind == "toml"],
            [line for kind, block in blocks if kind == "sh" for line in block.splitlines()]
            + re.findall(r"`((?:make|terraform|aws) [^`]+)`", text),
        )
    return found


def aws(client: Callable[[str], Any], command: str, stands_for: Mapping[str, str] | None = None) -> Any:
    """Does a command of AWS's as its command line does.

    Args:
        client: boto3's, of a service.
        stands_for: what is meant by the words in capitals.

    Returns:
        What it prints, before it is made a text.
    """
    call = parse(command, stands_for or {})
    answer = getattr(client(call.service), xform_name(call.operation))(**call.parameters)
    # Its times are texts.
    answer = json.loads(json.dumps(answer, default=str))
    return jmespath.search(call.query, answer) if call.query else answer


@dataclass(frozen=True)
class Call:
    """A command of AWS's, understood.

    Attributes:
        service: as botocore names it.
        operation: as the API names it.
        parameters: its own.
        query: what of the answer is shown, in JMESPath; empty for all.
    """

    service: str
    operation: str
    parameters: dict[str, Any]
    query: str = ""


def parse(command: str, stands_for: Mapping[str, str]) -> Call:
    """Understands a command by AWS's own model of the service.

    Raises:
        ValueError: its service, operation or an option does not exist, or one that it needs is missing.
    """
    program, service, action, *words = (stands_for.get(word, word) for word in shlex.split(command))
    if program != "aws":
        raise ValueError(f"no command of AWS's: {command}")
    given = dict(_options(words))
    if own := CUSTOM.get((service, action)):
        given.pop("")
        _refuse(command, given.keys() - own - CLIENT_OPTIONS)
        return Call(service, action, {})
    model = ServiceModel(botocore.loaders.create_loader().load_service_model(service, "service-2"), service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    if action not in operations:
        raise ValueError(f"{service} has no {action}: {command}")
    shape = model.operation_model(operations[action]).input_shape
    members = {f"--{xform_name(name, '-')}": (name, member) for name, member in shape.members.items()}
    _refuse(command, given.keys() - members.keys() - CLIENT_OPTIONS)
    parameters = {
        members[option][0]: _value(members[option][1], values)
        for option, values in given.items()
        if option not in CLIENT_OPTIONS
    }
    if missing := set(shape.required_members) - parameters.keys():
        raise ValueError(f"{sorted(missing)} missing: {command}")
    (query,) = given.get("--query", [""])
    jmespath.compile(query or "@")
    return Call(service, operations[action], parameters, query)


def _refuse(command: str, unknown: set[str]) -> None:
    if unknown:
        raise ValueError(f"no such options, {sorted(unknown)}: {command}")


def _options(words: list[str]) -> Iterator[tuple[str, list[str]]]:
    option, values = "", []
    for word in words:
        if word.startswith("--"):
            if option or values:
                yield option, values
            option, values = word, []
        else:
            values.append(word)
    if option or values:
        yield option, values


def _value(shape: Shape, words: list[str]) -> Any:
    """https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-parameters-types.html"""
    if shape.type_name == "boolean":
        return True
    if isinstance(shape, ListShape):
        return [_value(shape.member, [word]) for word in words]
    (word,) = words
    if isinstance(shape, MapShape):
        return json.loads(word)
    if isinstance(shape, StructureShape):
        pairs = dict(part.split("=", 1) for part in word.split(","))
        return {name: _value(shape.members[name], [value]) for name, value in pairs.items()}
    return int(word) if shape.type_name in ("integer", "long") else word
