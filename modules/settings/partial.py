"""The valid settings of a file that has invalid ones too, so that the rules can check them in the same run."""

from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError, create_model

from modules.settings.vocabulary import section_of


class Unusable(AttributeError):
    """A rule has read a setting that is missing or invalid, so nothing can be said about what depends on it."""


class Usable:
    """Takes the place of a section's model, and has its valid settings only."""

    def __init__(self, settings: dict[str, Any]) -> None:
        vars(self).update(settings)

    def __getattr__(self, name: str) -> Any:
        raise Unusable(name)


def usable(model: type[BaseModel], content: dict[str, Any]) -> dict[str, Any]:
    """A section's valid settings, with the defaults of those that the file leaves out.

    Args:
        model: the section.
        content: the section in the file.
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
    """A section that has this one setting."""
    field = model.model_fields[name]
    settings: dict[str, Any] = {name: (field.annotation, field)}
    return create_model(name, __config__=model.model_config, **settings)
