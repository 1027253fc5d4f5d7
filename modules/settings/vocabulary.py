"""Which settings there are and what values each takes, read from the models of the sections."""

import types
import typing
from collections.abc import Iterable, Iterator
from typing import Any

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from modules.settings.problems import shown
from modules.settings.types import Allowed


def allowed_words(annotation: Any, metadata: Iterable[Any] = ()) -> str:
    """What a setting takes, for errors and for the reference.

    Args:
        annotation: the setting's type, as annotated in its section.
        metadata: the constraints that pydantic split off the annotation.
    """
    metadata = list(metadata)
    if isinstance(annotation, FieldInfo):
        return allowed_words(annotation.annotation, annotation.metadata)
    if typing.get_origin(annotation) is typing.Annotated:
        annotation, *inner = typing.get_args(annotation)
        return allowed_words(annotation, [*inner, *metadata])
    # Where one annotated type narrows another, both have an Allowed. The narrower one is the outer one, and comes last.
    for item in reversed(metadata):
        if isinstance(item, Allowed):
            return item.words
    if annotation is bool:
        return "true or false"
    if annotation in (int, float):
        return _number(metadata)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return "one of " + ", ".join(map(shown, arguments)) if len(arguments) > 1 else shown(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(allowed_words(item) for item in arguments if item is not type(None))
    if origin is tuple:
        return f"a list, each entry {allowed_words(arguments[0])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        needed = [name for name, field in annotation.model_fields.items() if field.is_required()]
        return "a table" + (f" with {' and '.join(needed)}" if needed else "")
    raise TypeError(f"{annotation} needs an Allowed(...) beside it in modules/settings")


def _number(metadata: list[Any]) -> str:
    limits = {type(item): item for outer in metadata for item in [outer, *getattr(outer, "metadata", [])]}
    step = limits.get(annotated_types.MultipleOf)
    words = (
        f"a {'' if step else 'whole '}number from {limits[annotated_types.Ge].ge} to {limits[annotated_types.Le].le}"
    )
    return words + (f" in steps of {step.multiple_of}" if step else "")


def plain_type(setting: Any) -> Any:
    """A setting's type, without the field and the words around it."""
    annotation = setting.annotation if isinstance(setting, FieldInfo) else setting
    return typing.get_args(annotation)[0] if typing.get_origin(annotation) is typing.Annotated else annotation


def section_of(setting: Any) -> type[BaseModel] | None:
    """The section that a setting opens, also where it may be left out; None for a plain value."""
    annotation = plain_type(setting)
    for candidate in [annotation, *typing.get_args(annotation)]:
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate
    return None


def sections(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], type[BaseModel]]]:
    """Every section of a model with its path, the model itself first."""
    yield path, model
    for name, field in model.model_fields.items():
        if (section := section_of(field)) is not None:
            yield from sections(section, (*path, name))


def setting_at(model: type[BaseModel], location: tuple[int | str, ...]) -> Any:
    """The field or the annotation that a pydantic location points to; None where there is no such setting."""
    setting: Any = model
    is_name = location[-1] == "[key]"
    for part in location[:-2] if is_name else location:
        section = section_of(setting)
        if section is not None:
            setting = section.model_fields.get(str(part))
        else:
            of_table = typing.get_origin(plain_type(setting)) is dict
            setting = typing.get_args(plain_type(setting))[1 if of_table else 0]
        if setting is None:
            return None
    return typing.get_args(plain_type(setting))[0] if is_name else setting
