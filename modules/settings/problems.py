"""What is wrong in an environment file, in words that help to mend it."""

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

LONGEST_SHOWN = 60
"""Characters of a value that are shown; more would flood the terminal."""

KEY_HEADER = "PRIVATE KEY-----"
"""What stands before a private key: it may be in the terminal, or in the log of a CI system, and what follows not."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in one file.

    Attributes:
        key: the setting, as `dotted` writes it; empty for the file itself.
        found: the value or the situation that was met.
        allowed: what would be right.
    """

    key: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"  {self.key or 'the file'}\n    found    {self.found}\n    allowed  {self.allowed}"


def dotted(*path: str | int) -> str:
    """A setting's place as TOML writes it. Entries of a list count from 1, as people do."""
    keys = [part if re.fullmatch(r"[A-Za-z0-9_-]{1,60}", part) else shown(part) for part in path if type(part) is str]
    entries = [f", entry {part + 1}" for part in path if type(part) is int]
    return ".".join(keys) + "".join(entries)


def shown(value: Any) -> str:
    """A value in TOML's manner, on one line, and cut where it is long."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        items = ["[...]" if isinstance(item, list) else shown(item) for item in value[:5]]
        return f"[{', '.join(items)}{', ...' if len(value) > 5 else ''}]"
    if isinstance(value, int) and value.bit_length() > 200:
        return f"a number of {value.bit_length()} bits"
    return str(value)


def _quoted(text: str) -> str:
    # What a terminal would obey, or a reader would not see, is written as TOML's escapes.
    header, is_key, _ = text.partition(KEY_HEADER)
    start = (header + is_key if is_key else text)[:LONGEST_SHOWN]
    quoted = "".join(map(_visible, json.dumps(start, ensure_ascii=False)))
    return quoted if start == text else f'{quoted[:-1]}..." ({len(text)} characters)'


def _visible(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    return f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"


def count(number: int, thing: str, plural: str | None = None) -> str:
    """A number with its noun: "no entry", "1 entry", "2 entries"."""
    return f"{number or 'no'} {thing if number < 2 else plural or thing + 's'}"
