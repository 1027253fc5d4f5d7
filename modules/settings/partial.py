"""What is right in a file of which something is wrong, so that the rules find what else there is."""

from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError, create_model

from modules.settings.vocabulary import section_of


class Unusable(AttributeError):
    """A setting that is missing or wrong by itself was read: whatever depends on it cannot be told."""


class Usable:
    """Stands in for a section, and has those of its settings that are right."""

    def __init__(self, settings: dict[str, Any]) -> None:
        vars(self).update(settings)

    def __getattr__(self, name: str) -> Any:
        raise Unusable(name)


def usable(model: type[BaseModel], content: dict[str, Any]) -> dict[str, Any]:
    """The settings of a section that are right by themselves, those that were left out included.

    Args:
        model: the section.
        content: what the file says in it.
    """
    settings = {}
    for name, field in model.model_fields.items():
        section = section_of(field)
        if name not in content:
            if not field.is_required():
                settings[name] = field.get_default()
        elif section is not None:
            if isinstance(content[name], dict):
                settings[name] = Usable(usable(section, content[name]))
        else:
            try:
                settings[name] = getattr(_alone(model, name).model_validate({name: content[name]}), name)
            except ValidationError:
                continue
    return settings


@cache
def _alone(model: type[BaseModel], name: str) -> type[BaseModel]:
    """A section of one setting."""
    field = model.model_fields[name]
    return create_model(name, __config__=model.model_config, **{name: (field.annotation, field)})
