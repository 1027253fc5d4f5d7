"""All resources as they are at one moment, before or after the change, and how they hang together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from review.values import follow

IDENTITIES = ("id", "arn", "name")
"""The attributes by which one resource names another."""


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


@dataclass(frozen=True)
class Resource:
    """A resource at one moment.

    Attributes:
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
    def name(self) -> str:
        """The last part of the address."""
        return self.address.rpartition(".")[2]

    @property
    def is_read(self) -> bool:
        """It is a data source: somebody else keeps what it reads."""
        return self.address.startswith("data.")

    def get(self, path: str, default: Any = None) -> Any:
        """The first value at a path such as `launch_template.version`, or the default where there is none."""
        found = (value for value in follow(self.values, tuple(path.split("."))) if value is not None)
        return next(found, default)


class Moment:
    """All resources as they are at one moment, and how they hang together."""

    def __init__(self, resources: Iterable[Resource]) -> None:
        self._by_type: dict[str, dict[str, Resource]] = {}
        self._by_identity: dict[tuple[str, str], Resource] = {}
        self._by_block: dict[str, list[Resource]] = {}
        for resource in resources:
            self._by_type.setdefault(resource.type, {})[resource.address] = resource
            self._by_block.setdefault(block(resource.address), []).append(resource)
            for identity in IDENTITIES:
                if isinstance(value := resource.values.get(identity), str):
                    self._by_identity.setdefault((resource.type, value), resource)

    def of(self, *types: str) -> list[Resource]:
        """All resources of these types."""
        return [resource for kind in types for resource in self._by_type.get(kind, {}).values()]

    def related(self, resource: Resource, path: str, *types: str) -> list[Resource]:
        """The resources of these types that an attribute names.

        By the ids in the value; where they are known only after the apply, by the references in the configuration.
        """
        steps = tuple(path.split("."))
        if any(unknown is True for unknown in follow(resource.unknown, steps)):
            named = [
                found
                for reference in references(resource.expressions, steps)
                for found in self._by_block.get(reference, ())
            ]
        else:
            values = [value for value in follow(resource.values, steps) if isinstance(value, str)]
            keys = [(kind, value) for value in values for kind in types]
            named = [self._by_identity[key] for key in keys if key in self._by_identity]
        return [found for found in named if found.type in types]


def block(address: str) -> str:
    """The address in the configuration: without the key that `count` or `for_each` adds."""
    return address.partition("[")[0]


def references(expressions: Any, path: tuple[str, ...]) -> list[str]:
    """What the configuration refers to at this path, or in an expression that makes a whole block around it."""
    if isinstance(expressions, list):
        return [reference for item in expressions for reference in references(item, path)]
    if not isinstance(expressions, dict):
        return []
    if "references" in expressions:
        return list(expressions["references"])
    return references(expressions.get(path[0]), path[1:]) if path else []
