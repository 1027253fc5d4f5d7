"""The drawn files are worth drawing: every setting can be drawn, is, and fits."""

import re
from typing import Any, get_args

import annotated_types
import pytest
from hypothesis import given, seed, settings

from modules.settings import Environment
from modules.settings.vocabulary import sections
from tests.properties.files import File, files, paths
from tests.properties.rendering import SEED
from tests.properties.values import DRAWN, setting

FIELDS = {
    (*place, name): field for place, section in sections(Environment) for name, field in section.model_fields.items()
}


@pytest.mark.parametrize("place", FIELDS, ids=".".join)
def test_every_setting_has_a_strategy(place: tuple[str, ...]):
    """What fails here wants an entry in values.DRAWN, or a case in values.setting."""
    setting(FIELDS[place]).validate()


def test_nearly_every_setting_is_drawn_and_fits():
    drawn = set()

    @seed(SEED)
    @settings(max_examples=200)
    @given(file=files())
    def draw(file: File) -> None:
        drawn.update(paths(file.content))

    draw()
    # A site's folder and what is in it are files of the project: tests/wordpress/test_site_folder.py.
    missing = FIELDS.keys() - drawn - {("wordpress", "site"), ("wordpress", "theme")}
    # What one file in fifty draws may be missing by chance.
    assert len(missing) <= 5, f"always left out or taken out again: {sorted(missing)}"


def _constraints(annotation: Any, metadata: list[Any]) -> list[list[Any]]:
    """Of every text in a setting, what bounds it."""
    if hasattr(annotation, "annotation"):
        return _constraints(annotation.annotation, annotation.metadata)
    if hasattr(annotation, "__metadata__"):
        inner, *more = get_args(annotation)
        return _constraints(inner, [*more, *metadata])
    if annotation is str:
        return [[item for outer in metadata for item in [outer, *getattr(outer, "metadata", [])]]]
    return [found for inner in get_args(annotation) for found in _constraints(inner, metadata if inner is str else [])]


@pytest.mark.parametrize("place", FIELDS, ids=".".join)
def test_every_text_has_an_end(place: tuple[str, ...]):
    for constraints in _constraints(FIELDS[place], []):
        if DRAWN.keys() & {getattr(item, "func", None) for item in constraints} - {_text_check()}:
            continue
        longest = [item.max_length for item in constraints if isinstance(item, annotated_types.MaxLen)]
        for pattern in [item.pattern for item in constraints if getattr(item, "pattern", None)]:
            longest.append(re._parser.parse(pattern).getwidth()[1])
        assert longest, "neither a pattern nor max_length"
        assert min(longest) <= 1000


def _text_check() -> Any:
    from modules.settings import types

    return types._single_line
