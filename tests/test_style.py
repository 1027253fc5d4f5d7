"""The project's own code checks."""

import ast
import re
import subprocess
from collections.abc import Iterator

import pytest

from modules import PROJECT
from tests.tools import require

ANOTHER_DIALECT = re.compile(
    r"""
    ^\s*:\w+[^:\n]*:\s                # a field of Sphinx: ":param name: ..."
    | :\w+:`                           # a role of Sphinx: ":class:`...`"
    | ``\w                             # reStructuredText's literals
    | ^\s*-{4,}\s*$                    # numpydoc's underlined headings
    | ^\s+[a-z_]\w*(,\ [a-z_]\w*)+:\s  # several arguments in one entry
    """,
    re.MULTILINE | re.VERBOSE,
)


def docstrings() -> Iterator[tuple[str, str]]:
    """Every docstring of the project by its place, those below attributes included."""
    packages = [path.parent for path in PROJECT.glob("*/__init__.py")]
    for path in sorted(path for package in packages for path in package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Expr(ast.Constant(str(text))):
                    yield f"{path.relative_to(PROJECT)}:{node.lineno}", text


def ruff(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [require("ruff", "make setup"), *words], cwd=PROJECT, text=True, capture_output=True, check=False
    )


def test_code_is_clean():
    done = ruff("check", "--no-cache", ".")
    assert done.returncode == 0, done.stdout


def test_code_is_formatted():
    done = ruff("format", "--no-cache", "--check", ".")
    assert done.returncode == 0, done.stdout


@pytest.mark.slow  # ten seconds of processor time, until its cache is there
def test_types_are_right():
    mypy = require("mypy", "make setup")
    done = subprocess.run([mypy], cwd=PROJECT, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_docstrings_are_written_in_one_dialect_which_is_googles():
    found = dict(docstrings())
    assert len(found) > 1_000
    assert [place for place, text in found.items() if ANOTHER_DIALECT.search(text)] == []
