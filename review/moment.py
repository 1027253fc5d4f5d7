"""All resources as they are at one moment, before or after the change, and how they hang together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

from review.address import ANY, Address, parse
from review.configuration import Configuration, Target
from review.names import Names
from review.values import Sensitive, follow, is_set

IDENTITIES = ("id", "arn", "name", "identifier", "primary_network_interface_id", "private_ip")
"""The attributes by which one resource names another."""

LISTS = ("vpc_zone_identifier",)
"""Attributes that name several though their names are in the singular."""

SAME = {
    "aws_alb": "aws_lb",
    "aws_alb_listener": "aws_lb_listener",
    "aws_alb_listener_rule": "aws_lb_listener_rule",
    "aws_alb_listener_certificate": "aws_lb_listener_certificate",
    "aws_alb_target_group": "aws_lb_target_group",
    "aws_alb_target_group_attachment": "aws_lb_target_group_attachment",
}
"""Types that are other words for the same."""


class Action(Enum):
    """What Terraform does to a resource. The values are what people read."""

    NONE = "stays"
    CREATE = "add"
    UPDATE = "change"
    REPLACE = "replace"
    DELETE = "destroy"
    FORGET = "forget"

    @classmethod
    def of(cls, words: Iterable[str]) -> Action:
        match sorted(words):
            case ["create", "delete"]:
                return cls.REPLACE
            case ["create"]:
                return cls.CREATE
            case ["update"]:
                return cls.UPDATE
            case ["delete"]:
                return cls.DELETE
            case ["forget"] | ["create", "forget"]:
                return cls.FORGET
        return cls.NONE

    @property
    def destroys(self) -> bool:
        """Whether what there is goes."""
        return self in (Action.REPLACE, Action.DELETE)


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource at one moment.

    Attributes:
        type: one name for those of `SAME`.
        values: its attributes; sensitive ones are wrapped.
        unknown: `after_unknown`: what is known only after the apply.
        expressions: what the configuration says, with the references in it.
        action: what the plan does to it.
    """

    address: str
    type: str
    values: Mapping[str, Any]
    unknown: Mapping[str, Any] = field(default_factory=dict)
    expressions: Mapping[str, Any] = field(default_factory=dict)
    action: Action = Action.NONE

    @property
    def parsed(self) -> Address:
        """The address in its parts."""
        return parse(self.address)

    @property
    def name(self) -> str:
        """The last part of the address."""
        return self.parsed.name

    @property
    def is_read(self) -> bool:
        """It is a data source: somebody else keeps what it reads."""
        return self.parsed.block.startswith("data.")

    def get(self, path: str, default: Any = None) -> Any:
        """The first value at a path such as `launch_template.version`, or the default where there is none to show."""
        value = self.values.get(path)
        if value is not None and not isinstance(value, list | dict | Sensitive | bool):
            return value  # most attributes are plain ones
        found = follow(self.values, tuple(path.split(".")))
        return next((value for value in found if value is not None and not isinstance(value, Sensitive)), default)

    def all(self, path: str) -> list[Any]:
        """Every value at a path, those in lists one by one; sensitive ones stay wrapped."""
        return [value for value in follow(self.values, tuple(path.split("."))) if value not in (None, "")]

    def is_unknown(self, path: str) -> bool:
        """Whether a value at a path is known only after the apply, or sensitive."""
        first = path.partition(".")[0]
        if first not in self.unknown and not isinstance(self.values.get(first), list | dict | Sensitive):
            return False
        steps = tuple(path.split("."))
        return any(value is True for value in follow(self.unknown, steps)) or any(
            isinstance(value, Sensitive) for value in follow(self.values, steps)
        )

    def is_written(self, path: str) -> bool:
        """Whether the configuration says something about the attribute."""
        return is_set(self.expressions, tuple(path.split(".")))


@dataclass(frozen=True, slots=True)
class Related:
    """What an attribute names.

    Attributes:
        found: the resources.
        outside: ids of what is not in the plan.
        is_certain: it names all of these and nothing else.
    """

    found: tuple[Resource, ...] = ()
    outside: tuple[str, ...] = ()
    is_certain: bool = True

    def __iter__(self) -> Iterator[Resource]:
        return iter(self.found)

    def __bool__(self) -> bool:
        return bool(self.found)

    def __add__(self, other: Related) -> Related:
        found = tuple(dict.fromkeys([*self._keyed(), *other._keyed()]).keys())
        every = {id(resource): resource for resource in (*self.found, *other.found)}
        return Related(
            tuple(every[key] for key in found), self.outside + other.outside, self.is_certain and other.is_certain
        )

    def _keyed(self) -> list[int]:
        return [id(resource) for resource in self.found]

    @property
    def first(self) -> Resource | None:
        """The one that it names, where it names one."""
        return self.found[0] if self.found else None


class Moment:
    """All resources as they are at one moment, and how they hang together.

    Attributes:
        names: what people call them, the same at both moments.
        earlier: the moment before the change, if this is the one after it.
        kept: what takes long to read and is asked for twice.
    """

    def __init__(
        self,
        resources: Iterable[Resource],
        configuration: Configuration | None = None,
        names: Names | None = None,
        earlier: Moment | None = None,
    ) -> None:
        self.earlier = earlier
        self.kept: dict[str, Any] = {}
        self._by_type: dict[str, dict[str, Resource]] = {}
        self._by_identity: dict[tuple[str, str], Resource] = {}
        self._by_block: dict[str, list[Resource]] = {}
        self._configuration = configuration or Configuration({})
        for resource in resources:
            self._by_type.setdefault(resource.type, {})[resource.address] = resource
            self._by_block.setdefault(resource.parsed.path, []).append(resource)
            for identity in IDENTITIES:
                if isinstance(value := resource.values.get(identity), str):
                    self._by_identity.setdefault((resource.type, value), resource)
        self.names = names or Names(self._everything)

    @cached_property
    def _everything(self) -> list[Resource]:
        return [resource for of_type in self._by_type.values() for resource in of_type.values()]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing at all."""
        return not self._by_type

    def of(self, *types: str) -> list[Resource]:
        """All resources of these types."""
        return [resource for kind in types for resource in self._by_type.get(kind, {}).values()]

    def region(self, resource: Resource) -> str:
        """The region that the configuration makes a resource in; empty where it does not tell."""
        return self._configuration.region(resource.parsed)

    def related(self, resource: Resource, path: str, *types: str) -> Related:
        """The resources of these types that an attribute names.

        By the ids in the value; where they are known only after the apply, by the references in the configuration.
        """
        value = resource.values.get(path)
        if isinstance(value, str) and value and path not in resource.unknown:
            named = next((self._by_identity[kind, value] for kind in types if (kind, value) in self._by_identity), None)
            return Related((named,)) if named else Related(outside=(value,))
        steps = tuple(path.split("."))
        if any(unknown is True for unknown in follow(resource.unknown, steps)):
            return self._by_references(resource, steps, types)
        values = [value for value in follow(resource.values, steps) if value not in (None, "")]
        found, outside = [], []
        for value in values:
            if isinstance(value, str):
                named = next((self._by_identity[k, value] for k in types if (k, value) in self._by_identity), None)
                found.append(named) if named else outside.append(value)
        is_certain = all(isinstance(value, str) for value in values)
        return Related(tuple(found), tuple(outside), is_certain)

    def _by_references(self, resource: Resource, steps: tuple[str, ...], types: tuple[str, ...]) -> Related:
        lists = list(references(resource.expressions, steps))
        if not lists:
            # What nobody wrote, AWS decides. A block may be written in a way that is not told: a dynamic one.
            is_whole = resource.unknown.get(steps[0]) is True
            return Related(is_certain=is_whole and not is_set(resource.expressions, steps[:1]))
        found: dict[str, Resource] = {}
        is_certain = True
        names_one = not steps[-1].endswith("s") and steps[-1] not in LISTS
        for listed in lists:
            sources = self._configuration.sources(listed, resource.parsed)
            is_certain &= sources.is_certain
            named = [found for target in sources.targets for found in self._at(target, types)]
            for target in sources.paired:
                candidates = self._at(Target(target.modules, target.block, ANY), types)
                with_key = [its for its in candidates if its.parsed.key == target.key]
                # Of several, an index that counts otherwise could mean any.
                is_certain &= bool(with_key) or len(candidates) < 2
                named += with_key or candidates
            # Of several in `a ? b : c` or in a map, it is one, and which one is not told.
            is_certain &= not names_one or len({its.address for its in named}) < 2
            found |= {its.address: its for its in named}
        return Related(tuple(found.values()), is_certain=is_certain and bool(found))

    def _at(self, target: Target, types: tuple[str, ...]) -> list[Resource]:
        return [
            found for found in self._by_block.get(target.path, ()) if found.type in types and target.fits(found.parsed)
        ]


def blocks(resource: Resource, name: str) -> list[Resource] | None:
    """The blocks of one name in a resource, each like a resource of its own; None if the plan does not tell them.

    Terraform tells of some blocks what each refers to, and of others only what all of them do.
    """
    values, unknown = resource.values.get(name), resource.unknown.get(name)
    if unknown is True or isinstance(values, Sensitive):
        return None
    if not isinstance(values, list):
        return []
    written = resource.expressions.get(name)
    each: list[Any] = written if isinstance(written, list) and len(written) == len(values) else [written] * len(values)
    marks: list[Any] = unknown if isinstance(unknown, list) and len(unknown) == len(values) else [{}] * len(values)
    return [
        Resource(f"{resource.address}.{name}[{i}]", resource.type, value, mark if isinstance(mark, dict) else {}, its)
        for i, (value, mark, its) in enumerate(zip(values, marks, [said or {} for said in each], strict=True))
        if isinstance(value, dict)
    ]


def references(expressions: Any, path: tuple[str, ...]) -> Iterator[list[str]]:
    """What the configuration refers to at this path, or in an expression that makes a whole block around it."""
    if isinstance(expressions, list):
        for item in expressions:
            yield from references(item, path)
    elif isinstance(expressions, dict):
        if "references" in expressions:
            yield list(expressions["references"])
        elif path:
            yield from references(expressions.get(path[0]), path[1:])
