"""Values in a plan: those that must not be printed, those that are unknown, and the way into nested blocks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Path = tuple[str, ...]
"""The names that lead to a value. Lists on the way are all followed: `("route", "cidr_block")` is every route's."""


SENSITIVE = "(sensitive)"


@dataclass(frozen=True)
class Sensitive:
    """A value that Terraform marks as sensitive: it can be compared, and prints as what it is."""

    value: Any

    def __repr__(self) -> str:
        return SENSITIVE

    def __hash__(self) -> int:
        return hash(repr(self.value))


def masked(value: Any, marks: Any) -> Any:
    """The value with everything sensitive in it wrapped, so that nothing after this can print it.

    Args:
        value: a resource's values.
        marks: `before_sensitive` or `after_sensitive`: True, or the same structure with True at the leaves.
    """
    if marks is True:
        return Sensitive(value)
    if isinstance(value, dict) and isinstance(marks, dict):
        return {key: masked(item, marks.get(key)) for key, item in value.items()}
    if isinstance(value, list) and isinstance(marks, list):
        return [masked(item, marks[i] if i < len(marks) else None) for i, item in enumerate(value)]
    return value


def follow(value: Any, path: Path) -> Iterator[Any]:
    """Every value at the end of the path. A True on the way stands for all below it, as in
    `after_unknown`, and so does something sensitive.
    """
    if isinstance(value, list):
        for item in value:
            yield from follow(item, path)
    elif not path or value is True or isinstance(value, Sensitive):
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from follow(value[path[0]], path[1:])


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every leaf with its path: what is neither a map nor a list of maps. A list's places are part of the path."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for i, item in enumerate(value):
            yield from leaves(item, (*path, str(i)) if len(value) > 1 else path)
    else:
        yield path, value


def is_set(expressions: Any, path: Path) -> bool:
    """Whether the configuration says something about the attribute at this path."""
    if isinstance(expressions, list):
        return any(is_set(block, path) for block in expressions)
    if not isinstance(expressions, dict):
        return False
    if "constant_value" in expressions or "references" in expressions or not path:
        return True
    return is_set(expressions.get(path[0]), path[1:]) if not path[0].isdigit() else is_set(expressions, path[1:])
