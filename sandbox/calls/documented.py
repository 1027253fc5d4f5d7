"""What AWS documents in words: `constraints.py`, and what all services say of tags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jmespath

from sandbox.calls.constraints import CONSTRAINTS
from sandbox.calls.models import shown
from sandbox.calls.recorded import Call

TAG = r"(?!(?i:aws:))[\w\s+\-=.:/@]{1,128}"
TAG_VALUE = r"[\w\s+\-=.:/@]{0,256}"
TAGS_ARE = "letters, digits, spaces and +-=.:/@_"
TAGS_SOURCE = "https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html"


def refused(call: Call) -> Iterator[str]:
    """What the rows say against a call, one line each."""
    for row in CONSTRAINTS:
        if call.name in row.calls.split():
            found = jmespath.search(row.parameter, call.parameters)
            for value in found if isinstance(found, list) else [found]:
                if value is not None and not row.admits(value):
                    yield f"{call.name}: {row.parameter} {row.rule}, and is {shown(value)} ({row.source})"
    for key, value in _tags(call.parameters):
        if not re.fullmatch(TAG, key):
            rule = f"has up to 128 {TAGS_ARE}, and begins not with aws:"
            yield f"{call.name}: the key of a tag {rule}, and is {shown(key)} ({TAGS_SOURCE})"
        if not re.fullmatch(TAG_VALUE, value):
            yield f"{call.name}: the tag {key} has up to 256 {TAGS_ARE}, and is {shown(value)} ({TAGS_SOURCE})"


def has_tags(parameters: Any) -> bool:
    """Whether a call puts tags on something."""
    return any(True for _ in _tags(parameters))


def _tags(parameters: Any, named: str = "") -> Iterator[tuple[str, str]]:
    """Keys and values of a call's tags, which are a list or a map under a name of the service's own."""
    about_tags = named.lower().endswith(("tags", "taglist", "tagset"))
    if isinstance(parameters, list):
        for part in parameters:
            if about_tags and isinstance(part, dict) and "Key" in part:
                yield part["Key"], part.get("Value", "")
            else:
                yield from _tags(part, named)
    elif isinstance(parameters, dict):
        if about_tags and all(isinstance(value, str) for value in parameters.values()):
            yield from parameters.items()
            return
        for name, part in parameters.items():
            # CloudFront's are in `Tags.Items`.
            yield from _tags(part, named if about_tags and name == "Items" else name)
