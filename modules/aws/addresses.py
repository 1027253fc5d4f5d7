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
"""From ASCII letters and digits to their full-width forms, which CDKTF leaves out of names.
https://www.unicode.org/charts/PDF/UFF00.pdf"""


@cache  # a call to Node otherwise, for each resource
def stack_of(scope: Construct) -> TerraformStack:
    """The stack that a construct is part of."""
    return TerraformStack.of(scope)


def identity(scope: Construct) -> str:
    """The stack that a construct is part of, as a key that is its own in this process: jsii's reference of it."""
    return str(vars(stack_of(scope))["__jsii_ref__"].ref)


class Addressed(Protocol):
    """A resource or a data source, whether it is made by a class of `modules.aws` or by `Plain`.

    Attributes:
        terraform_stack: the stack that it is part of.
        terraform_address: its address there, such as `aws_vpc.main`.
    """

    terraform_stack: TerraformStack
    terraform_address: str


Resource = Addressed | TerraformResource | TerraformDataSource
"""The same for type checkers, which see the bindings' classes as they are without `addressed`."""


@contextmanager
def taking(scope: Construct, type_: str | type[Any], id_: str) -> Iterator[TerraformStack]:
    """Reserves an address in a stack, unless the body of the `with` statement fails.

    Args:
        scope: a construct in the stack.
        type_: the resource's Terraform type (`aws_vpc`), or its class in the bindings (`aws.DataAwsRegion`).
        id_: the resource's Terraform name.

    Yields:
        The stack.

    Raises:
        ValueError: the id is no Terraform name, or its stack has the address already.
    """
    if not re.fullmatch(r"[a-z_][a-z0-9_]*", id_):
        raise ValueError(
            f"{_named(type_)} cannot be called {id_!r}: a Terraform name here has small letters, digits and"
            " underscores only, and no digit first"
        )
    stack = stack_of(scope)
    # A class name identifies its Terraform type, and asking Node for the type itself would cost a call.
    plain = type_.removeprefix("aws_").replace("_", "") if isinstance(type_, str) else type_.__name__.lower()
    place = identity(stack), plain, id_
    if place in _taken:
        raise ValueError(f"{_named(type_)}.{id_} exists already in this stack: give this one another id")
    yield stack
    _taken.add(place)


def addressed(cls: type[Any]) -> type[Any]:
    """A subclass of the bindings' class `cls` whose elements are addressed by their id.

    Anything that has no address of its own (a struct, a provider) is returned as it is.

    The subclass raises ValueError for an id that is no Terraform name, and for an address that its stack has already.
    """
    if not issubclass(cls, (TerraformResource, TerraformDataSource)):
        return cls

    @wraps(cls.__init__)
    def __init__(self: Any, scope: Construct, id_: str, /, **arguments: Any) -> None:
        with taking(scope, cls, id_) as stack:
            # CDKTF names a resource at the top of a stack after its construct id, and leaves out every character of it
            # but ASCII letters, digits, "_" and "-". The type is added in full-width letters, which it leaves out: so
            # the construct ids of a VPC and its gateway differ, while both have the Terraform name "main". Overriding
            # the name inside a nested construct instead would add a call to Node for each resource, a quarter more.
            cls.__init__(self, stack, f"{id_} {cls.__name__.translate(WIDE)}", **arguments)
        # Asking Node for either of them would cost a call.
        self.terraform_stack, self.terraform_address = stack, f"{_named(cls)}.{id_}"

    references = _references(cls)

    # Not a property on the subclass: jsii would then ask Python for the value each time that Node needs it.
    def __getattribute__(self: Any, name: str) -> Any:
        if name not in references:
            return cls.__getattribute__(self, name)
        # Kept, because a reference never changes and asking Node for it costs a call.
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
    metaclass: Any = type(cls)
    return metaclass(cls.__name__, (cls,), own)


def _references(cls: type[Any]) -> frozenset[str]:
    """A resource's attributes whose value is a reference to an attribute in Terraform, such as `id` and `arn`."""
    return frozenset(
        name
        for name, member in vars(cls).items()
        if isinstance(member, property)
        and not name.endswith("_input")  # the argument itself, which can be set anew
        and member.fget.__annotations__.get("return") is str
    )


def _named(type_: str | type[Any]) -> str:
    """The type as it begins a Terraform address: `aws_vpc`, `data.aws_region`."""
    if isinstance(type_, str):
        return type_
    prefix = "data." if issubclass(type_, TerraformDataSource) else ""
    return prefix + type_.TF_RESOURCE_TYPE
