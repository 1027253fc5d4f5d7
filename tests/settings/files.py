"""Environment files for the tests, and what is said about them."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import ValidationError

from modules import PROJECT
from modules.settings import Environment, InvalidEnvironment, Problem, load
from modules.settings.refusals import refusals

ENVIRONMENTS = PROJECT / "environments"
SHIPPED = sorted(path.stem for path in ENVIRONMENTS.glob("*.toml"))

PAIR = {
    "network": {
        "public": {"ap-northeast-1a": "10.0.0.0/24", "ap-northeast-1c": "10.0.1.0/24"},
        "database": {"ap-northeast-1a": "10.0.2.0/24", "ap-northeast-1c": "10.0.3.0/24"},
    },
    "web": {"servers": {"WEB1": "ap-northeast-1a", "WEB2": "ap-northeast-1c"}},
}
"""Two servers in public subnets: the least that a file may say."""

FLEET = {
    "network": {
        **PAIR["network"],
        "nat": "one",
        "web": {"ap-northeast-1a": "10.0.4.0/24", "ap-northeast-1c": "10.0.5.0/24"},
    },
    "web": {"fleet": {}},
}
"""A fleet in private subnets."""

TIERS = {
    "network": {
        **PAIR["network"],
        "nat": "one",
        "frontend": {"ap-northeast-1a": "10.0.4.0/24", "ap-northeast-1c": "10.0.5.0/24"},
        "api": {"ap-northeast-1a": "10.0.6.0/24", "ap-northeast-1c": "10.0.7.0/24"},
    },
    "frontend": {"servers": {"FRONT1": "ap-northeast-1a", "FRONT2": "ap-northeast-1c"}},
    "api": {"fleet": {}},
}
"""A frontend and an API tier."""

EXISTING = tomllib.loads((Path(__file__).parent / "complete-existing.toml").read_text())
"""A VPC and a database that exist already."""


def changed(base: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    """A file's content with some settings changed, as deep as they are written; None takes one out."""
    content = dict(base)
    for key, value in changes.items():
        if value is None:
            content.pop(key, None)
        elif isinstance(value, dict) and isinstance(content.get(key), dict) and value:
            content[key] = changed(content[key], **value)
        else:
            content[key] = value
    return content


def at(path: str, value: Any) -> dict[str, Any]:
    """Changes for one setting: `at("database.multi_az", True)`."""
    for key in reversed(path.split(".")):
        value = {key: value}
    return value


def toml(value: Any) -> str:
    """A value as TOML writes it; a file's content as lines."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        # TOML has no pairs of surrogates, and JSON leaves one control as it is that TOML wants escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value) if isinstance(value, bool) else str(value)


def read(content: Mapping[str, Any] | str | bytes, name: str = "shop") -> Environment:
    """Writes a file and reads it.

    Args:
        content: its settings, or its text, or its bytes.
        name: the environment's.
    """
    if isinstance(content, Mapping):
        content = "".join(f"{toml(key)} = {toml(value)}\n" for key, value in content.items())
    with TemporaryDirectory() as folder:
        path = Path(folder, f"{name}.toml")
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return load(path)


def problems(content: Mapping[str, Any] | str | bytes, name: str = "shop") -> list[Problem]:
    """Everything that is wrong with a file."""
    try:
        read(content, name)
    except InvalidEnvironment as refused:
        return refused.problems
    return []


def refused(key: str, value: Any) -> list[Problem]:
    """What is wrong with a setting's value by itself, whatever it means beside the others."""
    try:
        Environment.model_validate(changed(PAIR, **at(key, value)))
    except ValidationError as error:
        return [problem for problem in refusals(Environment, error.errors()) if problem.key == key]
    return []
