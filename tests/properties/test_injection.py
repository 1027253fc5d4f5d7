"""No text of an environment file is code to Terraform or to a shell: asked of Terraform and bash themselves."""

import copy
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from modules.settings import Environment
from sandbox import offline_root_module
from tests.properties.files import File, paths
from tests.properties.rendering import read, templates, written
from tests.properties.test_refused import BASES, INJECTED
from tests.properties.values import HOSTILE, UNSEEN, texts

FREE_TEXT = {("wordpress", "title"), ("wordpress", "constants", "SHOP_NAME"), ("mail", "name")}
"""Settings in which a person may write anything."""

READ = {*"$`'\"\\{}<>#*|\n\u202e\u2028\ufeff"}
"""What a shell, Terraform, nginx or HTML would read. Addresses may have the rest of what addresses have."""


def _texts_of(content: dict[str, Any]) -> list[tuple[tuple[Any, ...], bool]]:
    """Where a file has text: the value of a setting, and (True) the names in a table that a person names."""
    found = []
    for path in paths(content):
        value: Any = content
        for key in path:
            value = value[key]
        if isinstance(value, str):
            found.append((path, False))
        if isinstance(path[-1], str):
            found.append((path, True))
    return found


def test_no_text_but_the_free_one_takes_what_a_shell_or_terraform_would_read():
    pieces = [piece for piece in (*INJECTED, *HOSTILE, *UNSEEN) if not re.fullmatch(r"[\w @.-]*", piece, re.ASCII)]
    free = {
        (path, piece)
        for content in BASES
        for path, is_name in _texts_of(content)
        for piece in pieces
        if _accepted(content, path, piece, is_name=is_name)
    }
    addresses = {piece for path, piece in free if path[0] == "redirects"}
    assert {path for path, _ in free if path[0] != "redirects"} == FREE_TEXT
    assert [piece for piece in addresses if READ & set(piece)] == []


def _accepted(content: dict[str, Any], path: tuple[Any, ...], piece: str, *, is_name: bool) -> bool:
    content = copy.deepcopy(content)
    parent: Any = content
    for key in path[:-1]:
        parent = parent[key]
    if is_name:
        parent[path[-1] + piece] = parent.pop(path[-1])
    else:
        parent[path[-1]] += piece
    try:
        Environment.model_validate(content)
    except ValidationError:
        return False
    return True


def wordpress(title: str) -> Environment:
    return read("shop", File("shop", BASES[0] | {"wordpress": {"title": title}}).text)


def _titles() -> list[str]:
    """All hostile pieces, as many in one title as it holds, and drawn ones."""
    titles, title = [], "It"
    for piece in HOSTILE:
        if len(title + piece) > 190:
            titles.append(title)
            title = "It"
        title += f" {piece}"
    titles.append(title)

    @settings(max_examples=max(4, settings.default.max_examples // 8))
    @given(text=texts())
    def draw(text: str) -> None:
        titles.append(text)

    draw()
    return titles


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """For each title, the settings of a server as Terraform uploads them."""
    heads = {}
    for title in _titles():
        content = BASES[0] | {"wordpress": {"title": title}}
        lines = json.loads(written("shop", File("shop", content).text))["locals"]["web_settings"]
        # What AWS makes is not there to be asked.
        heads[title] = [line for line in lines if line.startswith("TITLE=") or not list(templates(line))]
    document = {
        "locals": {f"n{number}": head for number, head in enumerate(heads.values())},
        "output": {f"n{number}": {"value": f'${{join("\\n", local.n{number})}}'} for number in range(len(heads))},
    }
    root = offline_root_module(tmp_path_factory.mktemp("scripts"), document)
    root.init()
    outputs = root.plan().json["planned_values"]["outputs"]
    return {title: outputs[f"n{number}"]["value"] for number, title in enumerate(heads)}


def test_a_title_reaches_the_server_letter_by_letter_and_runs_nothing(scripts: dict[str, str], tmp_path: Path):
    for number, (title, script) in enumerate(scripts.items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "settings").write_bytes(script.encode())
        arrived = subprocess.run(
            ["bash", "-c", '. ./settings; printf "%s" "$TITLE"'], cwd=folder, env={}, capture_output=True, check=True
        )
        # As the settings have it: Terraform composes letters and their accents, and they do so before it.
        assert arrived.stdout.decode() == wordpress(title).wordpress.title
        assert [path.name for path in folder.iterdir()] == ["settings"]
