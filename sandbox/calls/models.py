"""AWS's own models of its services, as botocore brings them: lengths, patterns, ranges, enums, required members.

botocore checks types, required members and a few least lengths of what it sends itself, and nothing
of all this for Terraform's provider. The models are documented here:
https://smithy.io/2.0/spec/constraint-traits.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any

import regex
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from sandbox.calls.recorded import Call

SHOWN = 80
"""Characters of a wrong value that are shown."""


def refused(call: Call) -> Iterator[str]:
    """What the service's model says against a call, one line each."""
    if call.shape is None:
        return
    for parameter, rule, value in _broken(call.shape, call.parameters, ""):
        yield f"{call.name}: {parameter} {rule}, and is {shown(value)}"


def _broken(shape: Shape, value: Any, at: str) -> Iterator[tuple[str, str, Any]]:
    """Parameter, rule and value of all that breaks a rule, from here down."""
    match shape:
        case StructureShape():
            if shape.is_document_type or not isinstance(value, dict):
                return
            for name in shape.required_members:
                if value.get(name) is None:
                    yield _below(at, name), "must be there", None
            for name, part in value.items():
                if part is not None and name in shape.members:
                    yield from _broken(shape.members[name], part, _below(at, name))
        case ListShape():
            yield from _sized(shape, len(value), "entries", at, value)
            for place, part in enumerate(value):
                yield from _broken(shape.member, part, f"{at}[{place}]")
        case MapShape():
            yield from _sized(shape, len(value), "entries", at, value)
            for name, part in value.items():
                yield from _broken(shape.key, name, f"{at}[{name}]")
                yield from _broken(shape.value, part, f"{at}[{name}]")
        case StringShape() if isinstance(value, str):
            if shape.enum and value not in shape.enum:
                yield at, f"is one of {', '.join(shape.enum)}", value
            yield from _sized(shape, len(value), "characters", at, value)
            pattern = shape.metadata.get("pattern")
            if pattern and not matches(pattern, value):
                yield at, f"matches {pattern}", value
        case _ if shape.type_name == "blob" and isinstance(value, str | bytes):
            yield from _sized(shape, len(value), "bytes", at, value)
        case _ if isinstance(value, int | float) and not isinstance(value, bool | datetime):
            yield from _sized(shape, value, "", at, value)


def _sized(shape: Shape, size: float, unit: str, at: str, value: Any) -> Iterator[tuple[str, str, Any]]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < float(least):
        yield at, f"has {least} {unit} at least" if unit else f"is {least} at least", value
    if most is not None and size > float(most):
        yield at, f"has {most} {unit} at most" if unit else f"is {most} at most", value


def matches(pattern: str, value: str) -> bool:
    """Whether a value is what a pattern of the models means.

    Smithy's patterns are looked for anywhere in a value, but the older models' were matched with all of it, and so is
    meant what has no anchor.
    """
    expression = _compiled(pattern)
    anchored = pattern.startswith(("^", "(^")) or pattern.endswith(("$", "$)", "\\z"))
    return bool(expression.search(value) if anchored else expression.fullmatch(value))


@cache
def _compiled(pattern: str) -> Any:
    r"""One of Java's: with `\p{L}`, which Python's own `re` lacks, a bare hyphen after a class, and UTF-16."""
    pattern = pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
    return regex.compile(regex.sub(r"(\\[wsd]|\\p\{\w+\})-(?!\])", r"\1\\-", pattern))


def _below(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def shown(value: Any) -> str:
    """A wrong value, cut where it is long."""
    text = repr(value)
    return "absent" if value is None else text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
