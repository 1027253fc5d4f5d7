"""The AWS classes of this project, loaded in under a second instead of fifteen.

    from modules import aws

    vpc = aws.Vpc(self, "main", cidr_block="10.0.0.0/21")

The bindings describe 2,212 resource types, and importing them plainly loads them all. Here a class is loaded when it
is first named, and Node, which runs behind the bindings, is given a copy cut down to the types on the list: that is
`__init__.pyi` beside this file, so editors complete from the very list that is loaded. `assembly` has the copy;
`addresses` has what a resource's Terraform address is made of.

A class on the list is used like the class of the bindings that it is. One that is not on it is an AttributeError
that says which line to add.
"""

import os
import re
from functools import cache
from importlib import import_module
from pathlib import Path

from modules.aws import assembly

# jsii greets Node 20, and versions newer than itself, with an eleven-line banner on every run, as soon as cdktf is
# imported. The one about a version that is known to be broken stays.
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
os.environ.setdefault("JSII_SILENCE_WARNING_DEPRECATED_NODE_VERSION", "1")
os.environ.setdefault("JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION", "1")

_LIST = Path(__file__).with_suffix(".pyi")


def __getattr__(name: str) -> type:
    """The class `name` of the bindings, kept as an attribute of this module.

    Raises:
        AttributeError: its resource type is not on the list.
    """
    if not name[:1].isupper():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
    from modules.aws.addresses import addressed  # imports cdktf, which takes half a second

    for submodule in _owners(name, _listed()):
        if found := getattr(import_module(f"{_bindings()}.{submodule}"), name, None):
            globals()[name] = addressed(found)
            return globals()[name]
    raise AttributeError(_advice(name), name=name)


@cache
def _listed() -> frozenset[str]:
    """The submodules of the bindings that are on the list."""
    return frozenset(re.findall(r"^from \w+\.(\w+) import \*$", _LIST.read_text(encoding="utf-8"), re.MULTILINE))


@cache
def _bindings() -> str:
    """The name of the bindings' package, ready for imports from its submodules."""
    assembly.load(_listed())
    return assembly.PACKAGE


def _owners(name: str, submodules: frozenset[str] | set[str]) -> list[str]:
    """The submodules that may hold the class `name`, the likeliest first.

    A resource and its nested structs share a submodule and begin with its name:
    LbListenerDefaultAction is of `lb_listener`, though `lb` is a prefix too.
    AwsProvider, of `provider`, is the one exception.
    """
    lowered = name.lower()
    matching = [
        submodule
        for submodule in submodules
        if lowered.startswith((plain := submodule.replace("_", ""), f"aws{plain}"))
    ]
    return sorted(matching, key=len, reverse=True)


def _advice(name: str) -> str:
    """What to do about a class that the list does not lead to."""
    package = assembly.package_folder()
    for submodule in _owners(name, {folder.name for folder in package.iterdir()}):
        source = (package / submodule / "__init__.py").read_text(encoding="utf-8")
        if re.search(rf"^class {name}\b", source, re.MULTILINE):
            return (
                f"aws.{name} is not loaded: add this line to modules/aws/{_LIST.name}\n"
                f"    from {assembly.PACKAGE}.{submodule} import *"
            )
    return f"the AWS bindings have no class {name!r}"
