"""The settings as a page for people and as a JSON schema for editors, both made from the settings themselves."""

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from modules.settings.environment import Environment
from modules.settings.partitions import ELSEWHERE, PARTITIONS
from modules.settings.problems import shown
from modules.settings.vocabulary import allowed_words, section_of

INTRODUCTION = """# The environment file

One TOML file in `environments/` is one site and one Terraform stack; the file's name is the environment's name.
`environments/handson.toml` is a short example. Every setting that is left out has the default below.
An unknown key or a wrong value is an error that names the file, the key, what was found and what is allowed.

Editors that read JSON schemas (VS Code with Even Better TOML, for one) complete and check the file as you type:
its first line names `docs/environment.schema.json`.

<!-- Made by `make docs` from modules/settings: do not edit. -->
"""

QUOTAS = (
    (
        "Running On-Demand Standard instances, in vCPUs",
        "`ec2` `L-1216C47A`",
        "5 to 32",
        """Those of all its servers, a fleet's at `max`, and half as many again while a fleet is refreshed. With
        `check_quotas`, a plan warns where the account has fewer; it does not know what else the account runs.""",
    ),
    (
        "All Standard Spot Instance Requests, in vCPUs",
        "`ec2` `L-34B43A08`",
        "5 to 32",
        "Those that `spot_share` leaves to spot capacity.",
    ),
    (
        "EC2-VPC Elastic IPs",
        "`ec2` `L-0263D0A3`",
        "5",
        """One with `nat = "one"`, one for each zone with `nat = "per-zone"`. `check_quotas` warns here, too.""",
    ),
    ("VPCs per Region", "`vpc` `L-F678F1CE`", "5", "One, unless it is in an existing one."),
)
"""Quota, service and code, what a new account has, what a site needs.
https://docs.aws.amazon.com/general/latest/gr/ec2-service.html
https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"""


def schema() -> str:
    """The JSON schema of an environment file."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Environment.model_json_schema(),
        "title": "Pressform environment",
    }
    document = json.loads(json.dumps(document), object_hook=_for_editors)
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _for_editors(part: dict[str, Any]) -> dict[str, Any]:
    """Refuses names that a table does not take, and writes descriptions as prose."""
    if "patternProperties" in part:
        part["additionalProperties"] = False
    if isinstance(part.get("description"), str):
        part["description"] = _prose(part["description"])
    return part


def page() -> str:
    """The reference of every setting, in Markdown."""
    return "\n".join([INTRODUCTION, *_section("", Environment), *_partitions(), *_quotas()])


def _partitions() -> Iterator[str]:
    yield "## Regions and partitions\n"
    yield "| partition | regions | what a site has there |"
    yield "|---|---|---|"
    for partition in PARTITIONS:
        regions = ", ".join(f"`{start}...`" for start in partition.regions)
        yield f"| `{partition.name}` | {regions} | {_prose(partition.differs)} |"
    regions = ", ".join(f"`{start}...`" for start in ELSEWHERE)
    yield f"| others | {regions} | Refused: nobody has tried a site with their services and addresses. |\n"


def _quotas() -> Iterator[str]:
    yield "## Quotas\n"
    yield "What an account may have in a region, for all that it runs there together.\n"
    yield "| quota | service and code | a new account has | a site needs |"
    yield "|---|---|---|---|"
    for *row, needs in QUOTAS:
        yield f"| {' | '.join(row)} | {_prose(needs)} |"
    yield ""


def _section(path: str, model: type[BaseModel]) -> Iterator[str]:
    yield f"## {f'`[{path}]`' if path else 'The file'}\n"
    yield f"{_prose(model.__doc__)}\n"
    plain = {name: field for name, field in model.model_fields.items() if section_of(field) is None}
    for name, field in plain.items():
        yield f"**`{name}`**: {allowed_words(field)}. {_default(field)}  "
        yield f"{_prose(field.description)}\n"
    for name, field in model.model_fields.items():
        if (section := section_of(field)) is not None:
            yield from _section(f"{path}.{name}" if path else name, section)


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "Required."
    if field.default is None or field.default in ({}, ()):
        return "Left out by default."
    return f"Default: `{shown(_plain(field.default))}`."


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str | tuple) else str(value)


def _prose(text: str | None) -> str:
    return " ".join((text or "").split())
