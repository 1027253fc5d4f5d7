"""The drawn files as Terraform JSON, each rendered once for all tests."""

import random
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, seed, settings

from modules.settings import Environment, load
from modules.synthesis.output_folder import STACK_FILE
from modules.synthesis.rendering import render
from tests.properties.files import File, files

SEED = 0 if settings.default.derandomize else random.SystemRandom().randrange(2**32)


def each_file(test: Callable[..., None]) -> Callable[..., None]:
    """Runs a test on drawn files. With one seed, every test meets the same ones, and they are rendered once."""
    return seed(SEED)(given(file=files())(test))


@cache
def written(name: str, text: str) -> str:
    """The stack's JSON as the command writes it."""
    return _write(read(name, text), name)


def again(name: str, text: str) -> str:
    """The same once more, without what was kept of the last time."""
    return _write(read(name, text), name)


def read(name: str, text: str) -> Environment:
    """The settings.

    Raises:
        InvalidEnvironment: they refuse the file.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder, f"{name}.toml")
        path.write_text(text, encoding="utf-8")
        return load(path)


def _write(environment: Environment, name: str) -> str:
    with TemporaryDirectory() as folder:
        render({name: environment}, Path(folder))
        return Path(folder, "stacks", name, STACK_FILE).read_text(encoding="utf-8")


def strings(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a document, each with the name of the argument that it belongs to; the names themselves too."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield "", name
            yield from strings(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item, key)
    elif isinstance(value, str):
        yield key, value


def templates(text: str) -> Iterator[str]:
    """The parts of a text that Terraform evaluates.

    https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences-1
    """
    place = 0
    while place < len(text):
        if text.startswith(("$${", "%%{"), place):
            place += 3
        elif text.startswith(("${", "%{"), place):
            depth, end = 1, place + 2
            while depth and end < len(text):
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
            yield text[place:end]
            place = end
        else:
            place += 1


__all__ = ["File", "again", "each_file", "read", "strings", "templates", "written"]
