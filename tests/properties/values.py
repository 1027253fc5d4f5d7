"""One setting's values, drawn from its annotation: a new setting is drawn by itself."""

import base64
import re
from collections.abc import Iterable, Iterator
from functools import cache
from ipaddress import IPv4Network, IPv6Network
from random import Random
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import annotated_types
from hypothesis import strategies as st
from pydantic import AfterValidator, BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from modules.settings import mail, types

HOSTILE = (
    "'",
    '"',
    "\\",
    "`id`",
    "$(id)",
    "$HOME",
    "${",
    "}",
    "%{",
    "$${",
    "$$${",
    "%%{",
    '${file("/etc/passwd")}',
    "%{ if true }x%{ endif }",
    "${local.web_settings}",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "<script>alert(1)</script>",
    "@HEALTH_PATH@",
    "&&",
    "|",
    "!!",
    "-n ",
    "#",
    "*/",
    "{{ x }}",
    "ブログ",
    "🗻👩‍💻",
    "e\u0301",
    "\ufa19",
    "\u212b",
    "שלום",
)
"""Pieces of text that mean something to a shell, to Terraform, to HTML or to who compares letters."""

UNSEEN = ("\n", "\r\n", "\t", "\x00", "\x1b[2J", "\x7f", "\u202e", "\u2028", "\ufeff", "\nEND_OF_settings\ntouch x\n")
"""Pieces that no line of text holds."""


def texts() -> st.SearchStrategy[str]:
    """One line that a person may have typed, or meant badly."""
    letters = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp")), max_size=5)
    pieces = st.lists(st.one_of(st.sampled_from(HOSTILE), letters), min_size=1, max_size=30).map("".join)
    return pieces.map(lambda text: text[:200]).filter(lambda text: _passes(types._single_line, text))


def matching(pattern: str) -> st.SearchStrategy[str]:
    """Texts of a pattern: the shortest, the longest, or any other. Ten times as quick as hypothesis's own from_regex,
    which makes a choice of each letter."""
    parsed = re._parser.parse(pattern)
    return st.integers(0, 2**20 - 1).map(lambda seed: "".join(_letters(parsed, Random(seed), seed)))


LONGEST = 40
"""Letters of a text that its pattern does not bound."""


def _letters(parsed: Any, dice: Random, seed: int) -> Iterator[str]:
    for kind, what in parsed:
        match str(kind):
            case "LITERAL":
                yield chr(what)
            case "IN":
                yield dice.choice(_choices(tuple(what)))
            case "BRANCH":
                yield from _letters(dice.choice(what[1]), dice, seed)
            case "SUBPATTERN":
                yield from _letters(what[3], dice, seed)
            case "MAX_REPEAT":
                least, most, repeated = what
                most = min(int(most), max(LONGEST, least))
                # An even seed shrinks to the shortest one; every fourth is as long as can be.
                times = least if seed < 16 else most if seed % 4 == 1 else dice.randint(least, min(most, least + 8))
                for _ in range(times):
                    yield from _letters(repeated, dice, seed)
            case "AT":
                pass
            case _:
                raise TypeError(f"{kind} in a pattern: add it here")


@cache
def _choices(ranges: tuple[Any, ...]) -> str:
    """The letters of a character class."""
    letters = ""
    for kind, what in ranges:
        if str(kind) == "LITERAL":
            letters += chr(what)
        elif str(kind) == "RANGE":
            letters += "".join(map(chr, range(what[0], what[1] + 1)))
        elif str(kind) == "NEGATE":
            return "".join(letter for letter in map(chr, range(33, 127)) if letter not in _choices(ranges[1:]))
        else:
            raise TypeError(f"{kind} in a character class: add it here")
    return letters


@st.composite
def public_keys(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(["ssh-ed25519", "ssh-rsa"]))
    if kind == "ssh-rsa":
        exponent = b"\x01\x00\x01"
        modulus = b"\x00" + b"\x80" + draw(st.binary(min_size=1, max_size=1)) * draw(st.sampled_from([255, 511]))
        parts = [kind.encode(), exponent, modulus]
    else:
        parts = [kind.encode(), draw(st.binary(min_size=32, max_size=32))]
    encoded = base64.b64encode(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).decode()
    return " ".join([kind, encoded, *draw(st.sampled_from([[], ["me@example.com"], ["a.b+c-d_2"]]))])


def sender_names() -> st.SearchStrategy[str]:
    return (
        texts().map(lambda text: re.sub(r'["\\\\<>$]', "", text)).filter(lambda text: _passes(types._single_line, text))
    )


@st.composite
def networks(draw: st.DrawFn) -> str:
    length = draw(st.integers(8, 32))
    return str(IPv4Network((draw(st.integers(0, 2**32 - 1)), length), strict=False))


def networks_of_both_kinds() -> st.SearchStrategy[str]:
    numbers = st.tuples(st.integers(0, 2**128 - 1), st.integers(16, 128))
    return st.one_of(networks(), numbers.map(lambda pair: str(IPv6Network(pair, strict=False))))


def constants() -> st.SearchStrategy[Any]:
    numbers = st.one_of(st.integers(-(2**53) + 1, 2**53 - 1), st.floats(allow_nan=False, allow_infinity=False))
    return st.one_of(st.booleans(), numbers, texts())


DRAWN = {
    types._plain: constants,
    types._single_line: texts,
    mail._sendable_name: sender_names,
    types._public_key: public_keys,
    types._network: networks,
    types._any_network: networks_of_both_kinds,
    types._subnet: networks,
}
"""What no pattern describes, by the function that checks it."""


def setting(annotation: Any, metadata: Iterable[Any] = ()) -> st.SearchStrategy[Any]:
    """What a setting takes.

    Args:
        annotation: its type, as annotated in its section.
        metadata: the constraints that pydantic split off the annotation.

    Raises:
        TypeError: nothing here knows how to draw it.
    """
    metadata = list(metadata)
    if isinstance(annotation, FieldInfo):
        return setting(annotation.annotation, annotation.metadata)
    if hasattr(annotation, "__metadata__"):
        inner, *more = get_args(annotation)
        return setting(inner, [*more, *metadata])
    constraints = [item for outer in metadata for item in [outer, *getattr(outer, "metadata", [])]]
    checks = [item.func for item in constraints if isinstance(item, AfterValidator | BeforeValidator)]
    # Where a kind of value is narrowed further, what narrows it stands behind it.
    for check in reversed(checks):
        if check in DRAWN:
            return DRAWN[check]()
    limits = {type(item): item for item in constraints}
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is bool:
        return st.booleans()
    if annotation in (int, float):
        return _numbers(limits)
    if annotation is str:
        patterns = [item.pattern for item in constraints if getattr(item, "pattern", None)]
        if not patterns:
            raise TypeError(f"no pattern, and no strategy for {checks}: add one to DRAWN")
        # As above.
        return matching(patterns[0]).filter(_fits(limits, checks, patterns))
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, UnionType):
        return st.one_of([setting(kind) for kind in arguments if kind is not type(None)])
    least = limits[annotated_types.MinLen].min_length if annotated_types.MinLen in limits else 0
    most = limits[annotated_types.MaxLen].max_length if annotated_types.MaxLen in limits else least + 3
    if origin is tuple:
        return st.lists(setting(arguments[0]), min_size=least, max_size=min(most, least + 3), unique=True)
    if origin is dict:
        return st.dictionaries(*map(setting, arguments), min_size=least, max_size=min(most, least + 3))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return section(annotation)
    raise TypeError(f"no strategy for {annotation}")


def _numbers(limits: dict[type, Any]) -> st.SearchStrategy[Any]:
    least, most = limits[annotated_types.Ge].ge, limits[annotated_types.Le].le
    if step := limits.get(annotated_types.MultipleOf):
        times = st.integers(int(least / step.multiple_of), int(most / step.multiple_of))
        return times.map(lambda number: number * step.multiple_of)
    return st.one_of(st.sampled_from([least, most]), st.integers(least, most))


def _fits(limits: dict[type, Any], checks: list[Any], patterns: list[str]) -> Any:
    longest = limits[annotated_types.MaxLen].max_length if annotated_types.MaxLen in limits else None

    def fits(text: str) -> bool:
        return (
            text.isascii()
            and (longest is None or len(text) <= longest)
            and all(re.fullmatch(pattern, text) for pattern in patterns)
            and all(_passes(check, text) for check in checks)
        )

    return fits


def _passes(check: Any, value: Any) -> bool:
    try:
        check(value)
    except ValueError:
        return False
    return True


@cache
def section(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """A table with any of its settings."""
    fields = {name: setting(field) for name, field in model.model_fields.items()}
    needed = {name for name, field in model.model_fields.items() if field.is_required()}

    @st.composite
    def table(draw: st.DrawFn) -> dict[str, Any]:
        # A bit for each setting: far fewer choices than a coin for each, and so far quicker. Not drawn as a number,
        # because hypothesis likes small ones best: the last settings would hardly ever be given.
        dice = Random(draw(st.integers(0, 2**20 - 1)))
        given = dice.getrandbits(len(fields)) | dice.getrandbits(len(fields))
        return {
            name: draw(value)
            for place, (name, value) in enumerate(fields.items())
            if name in needed or given >> place & 1
        }

    return table()
