"""What is up to date is not rendered again, and nobody can tell from the output."""

import json
import random
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from modules import PROJECT
from modules.settings import Environment, load
from modules.synthesis import command, fingerprints, prerequisites, rendering
from modules.synthesis.fingerprints import fingerprint
from modules.wordpress import ARCHIVE
from tests.synthesis.conftest import SITE, Folder

LARGER = SITE.replace("t2.micro", "t3.micro")
BROKEN = "region ="
STEPS = 25


class Project:
    """A small project in the place of this one, with a renderer that takes no time: what it writes is made of all that
    the real one's output depends on.

    Attributes:
        rendered: the environments that were rendered since `forget`.
    """

    def __init__(self, folder: Folder, root: Path) -> None:
        self.folder, self.root = folder, root
        self.node = "v20.0.0"
        self.rendered: list[str] = []
        self.code, self.package = root / "modules/part.py", root / "site-packages/cdktf-1.dist-info/RECORD"
        self.site = root / "site"
        for place in (self.code, self.package, self.site / "theme/style.css", root / "main.py"):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text("first")
        self.meanwhile: Callable[[], object] = lambda: None

    def render(self, sites: dict[str, Environment], folder: Path) -> list[str]:
        ((name, environment),) = sites.items()
        self.rendered.append(name)
        theme = {path.name: path.read_text() for path in self.site.rglob("*.css")}
        made = [environment.model_dump_json(), self.code.read_text(), self.package.read_text(), self.node, theme]
        self.meanwhile()
        stack = folder / "stacks" / name
        (stack / ARCHIVE).parent.mkdir(parents=True)
        (stack / ARCHIVE).write_text(json.dumps(made[1]))
        (stack / "cdk.tf.json").write_text(json.dumps(made))
        manifest = {"stacks": {name: {"name": name, "annotations": []}}, "version": "stubbed"}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        return []

    def synth(self) -> list[str]:
        """The environments that were rendered."""
        self.rendered.clear()
        self.folder.synth()
        return self.rendered


class InThisProcess:
    """Workers that are none."""

    def __init__(self, output: Path, scratch: Path) -> None:
        self._output, self._scratch = output, scratch
        self.done: list[dict[str, Any]] = []

    def __enter__(self) -> "InThisProcess":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def answers(self, tasks: Sequence[str]) -> Iterator[dict[str, Any]]:
        for task in tasks:
            self.done.append(rendering.answer(Path(task), self._output, self._scratch))
            yield self.done[-1]


@pytest.fixture
def small(folder: Folder, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with two environments, rendered once."""
    project = Project(folder, tmp_path_factory.mktemp("project"))
    monkeypatch.setattr(fingerprints, "PROJECT", project.root)
    monkeypatch.setattr(sys, "path", [*sys.path, str(project.root / "site-packages")])
    monkeypatch.setattr(prerequisites, "require_node", lambda: project.node)
    monkeypatch.setattr(command, "_workers", lambda _, *folders: InThisProcess(*folders))
    monkeypatch.setattr(rendering, "render", project.render)
    monkeypatch.setattr(rendering, "reads", lambda path, _: [path, project.site])
    folder.write(blog=SITE, shop=SITE)
    assert project.synth() == ["blog", "shop"]
    return project


def test_what_nobody_touched_is_not_rendered_again(small: Project, capsys: pytest.CaptureFixture[str]):
    before = small.folder.files()
    assert small.synth() == []
    assert capsys.readouterr().out.splitlines()[-1] == "cdktf.out: 2 environments were up to date"
    assert small.folder.files() == before


def test_all_renders_it_and_so_does_a_record_that_is_gone_or_damaged(small: Project):
    record = small.folder.record.read_text()
    small.rendered.clear()
    small.folder.synth(anew=True)
    assert small.rendered == ["blog", "shop"]
    for damaged in ("", record[:-9], "[]", '{"blog": 1, "shop": {}}', '{"blog": {"reads": 1}}', "\0"):
        small.folder.record.write_text(damaged)
        assert small.synth() == ["blog", "shop"], damaged
        assert small.synth() == []
    small.folder.record.unlink()
    assert small.synth() == ["blog", "shop"]


@pytest.mark.parametrize(
    "change",
    [
        lambda small: small.code.write_text("second"),
        lambda small: small.code.with_name("new.sh").write_text(""),
        lambda small: small.package.write_text("second"),
        lambda small: (small.root / "requirements.txt").write_text("cdktf==2"),
        lambda small: Path("cdktf.json").write_text("{}"),
        lambda small: setattr(small, "node", "v22.0.0"),
        lambda small: (small.site / "theme/style.css").write_text("second"),
        lambda small: (small.site / "theme/style.css").rename(small.site / "style.css"),
    ],
    ids=["code", "new file", "package", "lock", "cdktf.json", "node", "site", "renamed"],
)
def test_a_change_of_what_all_are_made_from_renders_all(small: Project, change: Callable[[Project], object]):
    change(small)
    assert small.synth() == ["blog", "shop"]
    assert small.synth() == []


def test_the_context_that_cdktfs_command_line_gives_without_need_changes_nothing(
    small: Project, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CDKTF_CONTEXT_JSON", '{"cdktfRelativeModules":[]}')
    assert small.synth() == []
    monkeypatch.setenv("CDKTF_CONTEXT_JSON", '{"excludeStackIdFromLogicalIds":"true"}')
    assert small.synth() == ["blog", "shop"]


def test_a_change_of_one_file_renders_one(small: Project):
    small.folder.write(shop=LARGER)
    assert small.synth() == ["shop"]


@pytest.mark.parametrize("file", ["cdk.tf.json", ARCHIVE])
def test_output_that_was_cut_tampered_with_or_deleted_is_made_again(small: Project, file: str):
    place = small.folder.stack("shop").parent / file
    before = small.folder.contents()
    for damage in (lambda: place.write_bytes(place.read_bytes()[:-1]), lambda: place.write_text("{}"), place.unlink):
        damage()
        assert small.synth() == ["shop"]
        assert small.folder.contents() == before


def test_a_manifest_that_was_tampered_with_is_mended_without_rendering(small: Project):
    before = small.folder.contents()
    for text in ("{", '{"stacks": {}, "version": "0"}', '{"stacks": {"shop": {}}, "version": "0"}'):
        (small.folder.output / "manifest.json").write_text(text)
        assert small.synth() == []
        assert small.folder.contents() == before


@pytest.mark.parametrize(
    "write",
    [
        lambda small: small.folder.write(shop=SITE),
        lambda small: small.code.write_text("first"),
        lambda small: (small.site / "theme/style.css").write_text("first"),
    ],
    ids=["environment", "code", "site"],
)
def test_what_is_written_while_it_is_rendered_is_not_taken_for_known(
    small: Project, write: Callable[[Project], object]
):
    """Not even where it ends as it began: nobody knows what was read in between."""
    small.folder.write(shop=LARGER)
    small.synth()
    small.folder.write(shop=SITE)
    small.meanwhile = lambda: write(small)
    assert small.synth() == ["shop"]
    small.meanwhile = lambda: None
    assert small.synth() == ["shop"]
    assert small.synth() == []


def test_a_broken_file_is_told_each_time_and_what_it_was_before_is_known(small: Project):
    small.folder.write(shop=BROKEN)
    assert small.folder.synth() == small.folder.synth() == 2
    small.folder.write(shop=SITE)
    assert small.synth() == []


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_the_output_is_that_of_a_run_that_renders_everything(small: Project, seed: int):
    """Edits, deletions and damage in any order, and runs at once."""
    chance = random.Random(seed)
    told = []
    for _ in range(STEPS):
        for _ in range(chance.randrange(3)):
            told.append(happens(small, chance))
        reference = small.folder.output.with_name("reference")
        shutil.rmtree(reference, ignore_errors=True)
        if small.folder.output.exists():
            shutil.copytree(small.folder.output, reference)
        if chance.random() < 0.2:
            threads = [Thread(target=small.folder.synth) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        else:
            small.folder.synth()
        other = Folder(small.folder.path)
        other.output = reference
        command.synthesize(Path("environments"), reference, anew=True)
        assert small.folder.contents() == other.contents(), told


def happens(small: Project, chance: random.Random) -> str:
    """One thing that a person, or a machine that goes down, may do."""
    name = chance.choice(["blog", "shop", "news"])
    file = small.folder.path / "environments" / f"{name}.toml"
    stack = small.folder.stack(name)
    outputs = [stack, stack.parent / ARCHIVE, small.folder.output / "manifest.json", small.folder.record]
    output = chance.choice([path for path in outputs if path.exists()] or [file])
    inputs = [small.code, small.package, small.site / "theme/style.css"]
    deeds: dict[str, Callable[[], object]] = {
        "written": lambda: file.write_text(chance.choice([SITE, LARGER, BROKEN])),
        "deleted": lambda: file.unlink(missing_ok=True),
        "input edited": lambda: chance.choice(inputs).write_text(chance.choice(["first", "second"])),
        "file added": lambda: (small.site / "theme" / f"{name}.css").write_text(""),
        "node": lambda: setattr(small, "node", chance.choice(["v20.0.0", "v22.0.0"])),
        "cut": lambda: output.exists() and output.write_bytes(output.read_bytes()[:-7]),
        "removed": lambda: output.unlink(missing_ok=True),
        "tampered": lambda: stack.exists() and stack.write_text("{}"),
        "all removed": lambda: shutil.rmtree(small.folder.output, ignore_errors=True),
    }
    deed = chance.choice(list(deeds))
    deeds[deed]()
    return f"{deed} {name}"


def test_the_owners_folder_is_read_too(folder: Folder):
    folder.write(shop=f'{SITE}\nsite = "sites/example"\n')
    path = Path("environments/shop.toml")
    assert rendering.reads(path, load(path)) == [path, PROJECT / "sites/example"]
    assert fingerprint([PROJECT / "sites/example"]).digest != fingerprint([PROJECT / "sites/none"]).digest


def test_a_fingerprint_tells_names_from_contents(tmp_path: Path):
    for folder, name, text in (("one", "a", "bc"), ("two", "ab", "c")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(text)
    assert fingerprint([tmp_path / "one"]).digest != fingerprint([tmp_path / "two"]).digest
    assert fingerprint([tmp_path / "none"]).digest != fingerprint([tmp_path / "one"]).digest


def test_a_link_to_another_folder_is_another_content(tmp_path: Path):
    for version in ("1.0", "2.0"):
        (tmp_path / "site" / version).mkdir(parents=True)
        (tmp_path / "site" / version / "shop.php").write_text(version)
    digests = set()
    for version in ("1.0", "2.0"):
        (tmp_path / "site/shop").unlink(missing_ok=True)
        (tmp_path / "site/shop").symlink_to(version)
        digests.add(fingerprint([tmp_path / "site"]).digest)
    assert len(digests) == 2


def test_the_real_renderer_gives_the_same_bytes_by_steps_and_at_once(folder: Folder):
    folder.write(blog=SITE, shop=SITE)
    assert folder.synth() == 0
    folder.write(shop=LARGER, news=SITE)
    (folder.path / "environments/blog.toml").unlink()
    folder.stack("shop").write_text("{")
    assert folder.synth() == 0
    by_steps = folder.files()
    assert folder.synth() == 0
    assert folder.files() == by_steps

    shutil.rmtree(folder.output)
    assert folder.synth() == 0
    assert folder.contents() == {name: content for name, (content, _) in by_steps.items()}
