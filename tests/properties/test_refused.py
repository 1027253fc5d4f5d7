"""Files that something is wrong with: told in words, whatever it is, and without harm to what was written before."""

import copy
import json
import os
import subprocess
import sys
import tomllib
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from modules import PROJECT
from modules.settings import InvalidEnvironment, load
from modules.settings.problems import Problem
from tests.properties.files import File, paths
from tests.properties.rendering import read, strings, templates, written
from tests.properties.values import UNSEEN
from tests.settings.files import ENVIRONMENTS, toml

BASES = [
    tomllib.loads(path.read_text(encoding="utf-8"))
    for path in sorted([*ENVIRONMENTS.glob("*.toml"), *Path(__file__).parents[1].glob("settings/complete-*.toml")])
]

INJECTED = (
    "${pwned}",
    "%{ if pwned }",
    "$${pwned}",
    "$$${pwned}",
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "\\'; touch pwned; #",
    "\nEND_OF_settings\ntouch pwned\n",
    '")}${pwned}',
    "<script>pwned</script>",
    "ブログ🗻 ${pwned}",
)
"""The word stands in none of the files."""

OF_ANOTHER_TYPE = (
    *(True, 0, -1, 2**63, 10**400, 1.5, float("inf"), float("nan"), "", " ", "x" * 1_000_000),
    *([], [[]], [{}], ["x"] * 10_000, {}, {"": ""}, {"x": {"y": [1]}}),
    *(date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC), time(1, 2)),
)
"""A value that no setting, or not every one, takes."""


@st.composite
def mutants(draw: st.DrawFn) -> str:
    """A file of the project or of its tests with one thing changed."""
    content = copy.deepcopy(draw(st.sampled_from(BASES)))
    path = draw(st.sampled_from(list(paths(content))))
    parent: Any = content
    for key in path[:-1]:
        parent = parent[key]
    key, value = path[-1], parent[path[-1]]
    kind = draw(st.sampled_from(["gone", "twice", "type", "number", "text", "name", "more", "cut", "bytes"]))
    match kind:
        case "gone":
            del parent[key]
        case "type":
            parent[key] = draw(st.sampled_from(OF_ANOTHER_TYPE))
        case "number":
            parent[key] = draw(st.one_of(st.integers(), st.floats()))
        case "text":
            text, piece = str(value), draw(st.sampled_from(INJECTED + UNSEEN))
            place = draw(st.integers(0, len(text)))
            parent[key] = draw(st.sampled_from([text[:place] + piece + text[place:], piece, text * 100_000]))
        case "name" | "more" if isinstance(parent, dict):
            piece = draw(st.sampled_from(INJECTED + UNSEEN))
            name = draw(st.sampled_from([f"{key}{piece}", "", "x", str(key).upper()]))
            parent[name] = parent.pop(key) if kind == "name" else draw(st.sampled_from([value, *OF_ANOTHER_TYPE]))
    text = File("mutant", content).text
    if kind == "twice":
        line = draw(st.sampled_from(text.splitlines()))
        text += draw(st.sampled_from([line, f"[{line.split(' = ')[0]}]", f"[[{line.split(' = ')[0]}]]"]))
    if kind == "cut":
        text = text[: draw(st.integers(0, len(text)))]
    if kind == "bytes":
        place = draw(st.integers(0, len(text)))
        text = text[:place] + draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=3)) + text[place:]
    return text


REFUSED: dict[str, None] = {}
"""What was refused so far, for the test of the command."""


@settings(max_examples=settings.default.max_examples * 5)
@given(text=mutants())
# The first was accepted once, and ended in a traceback; the second is accepted for good.
@example(text=File("m", BASES[0] | {"database": {"instance_class": "db.t3.nano"}}).text)
@example(text=File("m", BASES[0] | {"wordpress": {"title": "".join(INJECTED[:9])}}).text)
def test_a_changed_file_is_refused_in_words_or_makes_a_sound_site(text: str):
    try:
        read("mutant", text)
    except InvalidEnvironment as refused:
        assert_is_told_in_words(refused)
        REFUSED[text] = None
        return
    for _, found in strings(json.loads(written("mutant", text))):
        for template in templates(found):
            assert "pwned" not in template


def assert_is_told_in_words(refused: InvalidEnvironment) -> None:
    assert refused.problems
    for problem in refused.problems:
        assert isinstance(problem, Problem)
        lines = str(problem).split("\n")
        assert len(lines) == 3
        for line in lines:
            # A terminal obeys none of it, and a megabyte does not flood it.
            assert all(letter.isprintable() or letter.isspace() for letter in line)
            assert len(line) < 1500
            assert not {"\r", "\x1b", "\u2028", "\x85", "\x0b", "\x0c"} & set(line)


def test_the_command_refuses_them_all_and_leaves_what_was_written(tmp_path: Path):
    texts = list(REFUSED)[:60] or [toml({"region": 5})]
    (tmp_path / "environments").mkdir()
    for number, text in enumerate(texts):
        (tmp_path / "environments" / f"n{number}.toml").write_text(text, encoding="utf-8", newline="")
        earlier = tmp_path / "cdktf.out/stacks" / f"n{number}" / "cdk.tf.json"
        earlier.parent.mkdir(parents=True)
        earlier.write_text('{"of": "an earlier run"}')
    run = subprocess.run(
        [sys.executable, PROJECT / "main.py"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "CDKTF_OUTDIR"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2, run.stderr
    assert "Traceback" not in run.stderr
    for number in range(len(texts)):
        assert f"environments/n{number}.toml: " in run.stderr
        earlier = tmp_path / "cdktf.out/stacks" / f"n{number}" / "cdk.tf.json"
        assert earlier.read_text() == '{"of": "an earlier run"}'


@pytest.mark.parametrize(
    "name", [".", "-", "a b", "a'b", "$(id)", "${x}", "%{x}", "a\nb", "ブログ", "🗻", "x" * 200, "A", "\udcff"]
)
def test_a_file_with_a_hostile_name_is_refused(tmp_path: Path, name: str):
    path = tmp_path / f"{name}.toml"
    path.write_text(File("m", BASES[0]).text, encoding="utf-8")
    with pytest.raises(InvalidEnvironment) as refusal:
        load(path)
    assert_is_told_in_words(refusal.value)
    # It can be printed, whatever bytes the name has.
    assert str(refusal.value).encode()
