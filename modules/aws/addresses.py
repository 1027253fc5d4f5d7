"""Terraform addresses that a person can read and that do not move.

By default a resource inside nested constructs is called after its whole path and a hash of it
(`aws_subnet.network_public_1a_8F2C11D0`), so moving or renaming a construct would replace live resources. Here its
address is its type and the id it was given, wherever it stands: `aws.Subnet(self, "public_1a")` is
`aws_subnet.public_1a`.
"""

import re
import string
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, wraps
from typing import Any, Protocol

from cdktf import TerraformDataSource, TerraformResource, TerraformStack
from constructs import Construct

_taken: set[tuple[str, str, str]] = set()
"""The stack (its jsii reference), type and id of every element made so far."""


WIDE = {ord(letter): chr(ord(letter) + 0xFEE0) for letter in string.ascii_letters + string.digits}
"""Letters' and digits' full-width forms. https://www.unicode.org/charts/PDF/UFF00.pdf"""


@cache  # a call to Node otherwise, for each resource
def stack_of(scope: Construct) -> TerraformStack:
    """The stack that a construct is part of."""
    return TerraformStack.of(scope)


class Addressed(Protocol):
    """A resource or a data source, made of the bindings' class of it or without.

    Attributes:
        terraform_stack: the stack that it is part of.
        terraform_address: its address there.
    """

    terraform_stack: TerraformStack
    terraform_address: str


@contextmanager
def taking(scope: Construct, type_: str | type, id_: str) -> Iterator[TerraformStack]:
    """Takes an address, if what is done meanwhile goes well.

    Args:
        type_: what a resource's address begins with, or the class whose addresses do: `aws_vpc`, `aws.DataAwsRegion`.

    Yields:
        The stack that it is in.

    Raises:
        ValueError: the id is no Terraform name, or its stack has the address already.
    """
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", id_):
        raise ValueError(
            f"{_named(type_)} cannot be called {id_!r}: a Terraform name here has small letters, digits and"
            " underscores only, and no digit first"
        )
    stack = stack_of(scope)
    # A class stands for one type; asking Node which would cost a call.
    plain = type_.removeprefix("aws_").replace("_", "") if isinstance(type_, str) else type_.__name__.lower()
    place = stack.__jsii_ref__.ref, plain, id_
    if place in _taken:
        raise ValueError(f"{_named(type_)}.{id_} exists already in this stack: give this one another id")
    yield stack
    _taken.add(place)


def addressed(cls: type) -> type:
    """A subclass of the bindings' class `cls` whose elements are addressed by their id.

    Anything that has no address of its own (a struct, a provider) is returned as it is.

    The subclass raises ValueError for an id that is no Terraform name, and for an address that its stack has already.
    """
    if not issubclass(cls, (TerraformResource, TerraformDataSource)):
        return cls

    @wraps(cls.__init__)
    def __init__(self, scope: Construct, id_: str, /, **arguments) -> None:
        with taking(scope, cls, id_) as stack:
            # What stands at the top of a stack is called by its id, of which CDKTF drops all but plain letters, digits,
            # "_" and "-". With the type in letters that it drops, a VPC and its gateway can both be "main". To override
            # the name of what stands deeper would cost one more call to Node for each resource, a quarter of all calls.
            cls.__init__(self, stack, f"{id_} {cls.__name__.translate(WIDE)}", **arguments)
        # Asking Node for the two would cost a call each.
        self.terraform_stack, self.terraform_address = stack, f"{_named(cls)}.{id_}"

    references = _references(cls)

    # A property of the same name would make jsii ask Python for the value, each time that Node needs it.
    def __getattribute__(self, name: str) -> Any:
        if name not in references:
            return cls.__getattribute__(self, name)
        # Asking Node costs a call, and the answer is the same each time.
        known = self.__dict__.setdefault("_references", {})
        if name not in known:
            known[name] = cls.__getattribute__(self, name)
        return known[name]

    own = {
        "__init__": __init__,
        "__getattribute__": __getattribute__,
        "__doc__": cls.__doc__,
        "__module__": cls.__module__,
    }
    return type(cls)(cls.__name__, (cls,), own)


def _references(cls: type) -> frozenset[str]:
    """The attributes of a resource that are references to what Terraform will know: `id`, `arn`."""
    return frozenset(
        name
        for name, member in vars(cls).items()
        if isinstance(member, property)
        and not name.endswith("_input")  # the argument itself, which can be set anew
        and member.fget.__annotations__.get("return") is str
    )


def _named(type_: str | type) -> str:
    """What a resource's address begins with: `aws_vpc`, `data.aws_region`."""
    if isinstance(type_, str):
        return type_
    prefix = "data." if issubclass(type_, TerraformDataSource) else ""
    return prefix + type_.TF_RESOURCE_TYPE
