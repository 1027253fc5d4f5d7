"""Files that are right."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from modules.settings import Environment, load, load_all
from modules.settings.vocabulary import sections
from tests.settings.files import ENVIRONMENTS, FLEET, PAIR, SHIPPED, TIERS, read, toml

COMPLETE = [*sorted(Path(__file__).parent.glob("complete-*.toml")), ENVIRONMENTS / "private-web.toml"]
"""Between them they give every setting."""


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_environment_is_accepted(name: str):
    assert load(ENVIRONMENTS / f"{name}.toml")


def test_a_folder_is_read_by_the_files_names():
    assert sorted(load_all(ENVIRONMENTS)) == SHIPPED


@pytest.mark.parametrize("least", [PAIR, FLEET, TIERS], ids=["pair", "fleet", "three tiers"])
def test_subnets_and_servers_are_enough(least: dict[str, Any]):
    assert read(least).region == "ap-northeast-1"


def _given(content: dict[str, Any], path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Every setting of a file that is not a section, by path."""
    of_section = {place for place, _ in sections(Environment)}
    settings = {}
    for key, value in content.items():
        place = (*path, key)
        settings |= _given(value, place) if place in of_section else {place: value}
    return settings


def _read(environment: Environment, path: tuple[str, ...]) -> Any:
    value: Any = environment
    for key in path:
        value = getattr(value, key)
    return value


@pytest.mark.parametrize("path", COMPLETE, ids=lambda path: path.stem)
def test_what_is_written_is_what_is_read(path: Path):
    environment = load(path)
    for setting, written in _given(tomllib.loads(path.read_text())).items():
        value = _read(environment, setting)
        if isinstance(value, dict):
            value = {key: item if isinstance(item, bool | int | float) else str(item) for key, item in value.items()}
        elif isinstance(value, tuple):
            value = [str(item) for item in value]
        elif not isinstance(written, bool | int | float):
            value = str(value)
        assert value == written, setting


def test_every_setting_can_be_given():
    given = {setting for path in COMPLETE for setting in _given(tomllib.loads(path.read_text()))}
    opened = {place for place, _ in sections(Environment)}
    known = {(*place, key) for place, section in sections(Environment) for key in section.model_fields} - opened

    def of_any_group(settings: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
        """The three groups of servers have one vocabulary."""
        return {("web", *rest) if first in ("frontend", "api") else (first, *rest) for first, *rest in settings}

    assert of_any_group(known) - of_any_group(given) == set(), "add them to tests/settings/complete-*.toml"


def test_settings_cannot_change_once_they_are_read():
    with pytest.raises(ValueError, match="frozen"):
        read(PAIR).region = "us-east-1"


def test_a_byte_order_mark_is_no_part_of_the_file():
    text = "\n".join(f"{key} = {toml(value)}" for key, value in PAIR.items())
    assert read(b"\xef\xbb\xbf" + text.encode()) == read(text)


def test_an_editors_hidden_files_are_no_environments(tmp_path: Path):
    (tmp_path / "shop.toml").write_bytes((ENVIRONMENTS / "handson.toml").read_bytes())
    (tmp_path / ".#shop.toml").symlink_to("someone@somewhere.4711")
    (tmp_path / ".shop.toml").write_text("half a se")
    assert list(load_all(tmp_path)) == ["shop"]


@pytest.mark.parametrize(
    ("kind", "said", "traps"),
    [
        ("production", {}, False),
        ("staging", {}, True),
        ("development", {}, True),
        ("staging", {"trap": False}, False),
    ],
)
def test_a_copy_of_a_site_writes_to_nobody_unless_it_is_told_to(kind: str, said: dict, traps: bool):
    mail = {"sender": "shop@example.com", **said}
    settings = read({**PAIR, "wordpress": {"environment_type": kind}, "mail": mail})
    assert settings.mail
    assert settings.mail.trap is traps
