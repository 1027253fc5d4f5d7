"""Pydantic's errors, told as problems."""

import difflib
from collections.abc import Iterator

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from modules.settings.problems import Problem, count, dotted, shown
from modules.settings.vocabulary import allowed_words, plain_type, sections, setting_at

NEVER = {
    ("database", "publicly_accessible"): "the database is never public: only the servers of WordPress reach it",
    ("database", "password"): "no secret stands in an environment file: the password is generated",
    (
        "php",
        "upload_max_filesize",
    ): "wordpress.upload_limit is the size of uploads, for all on the way",
    (
        "wordpress",
        "multisite",
    ): "one environment is one site, with one address: give each site its own",
    ("database", "storage_encrypted"): "the database is always encrypted",
}
"""Keys that people look for and that are left out on purpose."""


def refusals(model: type[BaseModel], errors: list[ErrorDetails]) -> Iterator[Problem]:
    """Turns pydantic's errors into problems, one each.

    Args:
        model: what was to be read.
        errors: what pydantic says is wrong with it.
    """
    for error in errors:
        path = tuple(part for part in error["loc"] if part != "[key]")
        key, value = dotted(*path), error["input"]
        if error["type"] == "extra_forbidden":
            yield _unknown(model, tuple(map(str, path)))
            continue
        setting = setting_at(model, error["loc"])
        allowed = allowed_words(setting)
        if error["type"] == "missing":
            yield Problem(key, "nothing: it is missing", allowed)
        elif error["loc"][-1] == "[key]":
            yield Problem(key, f"the name {shown(value)}", allowed)
        elif error["type"] in ("too_short", "too_long") and not isinstance(value, str):
            limit = error["ctx"].get("min_length") or error["ctx"]["max_length"]
            bound = "at least" if error["type"] == "too_short" else "at most"
            entries = count(limit, "entry", "entries")
            yield Problem(key, count(len(value), "entry", "entries"), f"{bound} {entries}: {allowed}")
        else:
            yield Problem(key, shown(value) + _why(error, plain_type(setting)), allowed)


def _why(error: ErrorDetails, wanted: object) -> str:
    """What is wrong with a value, where the value alone does not say it."""
    if isinstance(error["input"], str) and wanted in (bool, int):
        return ", in quotes"
    reason = str(error.get("ctx", {}).get("error", ""))
    return f", {reason}" if reason else ""


def _unknown(model: type[BaseModel], path: tuple[str, ...]) -> Problem:
    if path in NEVER:
        return Problem(dotted(*path), "a key that is left out on purpose", NEVER[path])
    *parents, key = path
    known = {place: list(section.model_fields) for place, section in sections(model)}
    here = known[tuple(parents)]
    homes = [place for place, keys in known.items() if key in keys]
    # Of equal sections, the one that the key was written near: a fleet's in [web] is meant for [web.fleet].
    homes = [place for place in homes if parents and place[:1] == path[:1]] or homes
    near = difflib.get_close_matches(key, here, n=1, cutoff=0.5)
    if homes:
        places = [f"[{'.'.join(place)}]" if place else "the top of the file, above every [table]" for place in homes]
        hint = f": it belongs to {' or '.join(places)}"
    else:
        hint = f': did you mean "{near[0]}"?' if near else ""
    return Problem(dotted(*path), f"an unknown key{hint}", f"the keys {', '.join(here)}")
