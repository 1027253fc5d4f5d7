"""The newest AWS provider that the JSON allows, as the bindings know it; the other tests run the oldest."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from modules.terraform.configuration import AWS_PROVIDER
from tests.site.sites import SETTINGS, SHIPPED, variation

BINDINGS = Path(find_spec("cdktf_cdktf_provider_aws").origin).parent
ELEMENTS = (".TerraformResource", ".TerraformDataSource")
SITES = [*SHIPPED, *sorted(path.stem for path in SETTINGS.glob("complete-*.toml"))]

Arguments = dict[str, str]
"""Of a class: the annotations of its arguments, by Terraform's names of them without the underscores."""


@cache
def classes(type_: str) -> tuple[str, dict[str, Arguments]]:
    """Of a resource's module: the name of its own class, and all classes with their arguments."""
    tree = ast.parse((BINDINGS / type_.removeprefix("aws_") / "__init__.py").read_text(encoding="utf-8"))
    known = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    element, *_ = (
        name for name, node in known.items() if any(ast.unparse(base).endswith(ELEMENTS) for base in node.bases)
    )
    return element, {name: dict(arguments(node)) for name, node in known.items()}


def arguments(class_: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for function in class_.body:
        if isinstance(function, ast.FunctionDef) and function.name == "__init__":
            yield from ((plain(each.arg), ast.unparse(each.annotation)) for each in function.args.kwonlyargs)


def plain(name: str) -> str:
    return name.replace("_", "").lower()


def strangers(type_: str, given: Any) -> Iterator[str]:
    """The arguments that the provider would not know, at any depth."""
    element, known = classes(type_)
    yield from _strangers(known, [element], given)


def _strangers(known: dict[str, Arguments], fitting: list[str], value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _strangers(known, fitting, item)
    if isinstance(value, dict):
        expected = {name: annotation for one in fitting for name, annotation in known[one].items()}
        for name, inner in value.items():
            if plain(name) not in expected:
                yield name
            elif blocks := [word for word in re.findall(r"\w+", expected[plain(name)]) if word in known]:
                yield from (f"{name}.{inside}" for inside in _strangers(known, blocks, inner))


def test_the_bindings_are_of_the_newest_provider_that_is_allowed():
    text = (BINDINGS / "vpc" / "__init__.py").read_text(encoding="utf-8")
    (version,) = set(re.findall(r"providers/hashicorp/aws/(\d+)\.", text))
    assert AWS_PROVIDER.endswith(f"< {int(version) + 1}.0")


@pytest.mark.parametrize("name", SITES)
def test_every_argument_is_one_of_the_newest_provider_s(name: str):
    content = variation(name, {}).content
    found = [
        f"{type_}.{id}: {stranger}"
        for block, prefix in (("resource", ""), ("data", "data_"))
        for type_, named in content.get(block, {}).items()
        if type_ != "terraform_data"  # Terraform's own
        for id, given in named.items()
        for stranger in strangers(prefix + type_, given)
    ]
    assert found == []


def test_a_stranger_is_found_at_any_depth():
    rule = {"id": "expire", "expiration": [{"days": 1, "weeks": 2}]}
    lifecycle = {"bucket": "logs", "rule": [rule], "colour": "red"}
    assert list(strangers("aws_s3_bucket_lifecycle_configuration", lifecycle)) == ["rule.expiration.weeks", "colour"]
