"""The plan of a change on top of its base, in a project of one resource."""

import json
import subprocess
from pathlib import Path

import pytest

from review.__main__ import main
from review.archives import Files
from review.proposal import files_since, propose
from tests.once import require_terraform

pytestmark = pytest.mark.slow

MAIN = """
import io, json, os, pathlib, tarfile
stack = pathlib.Path(os.environ["CDKTF_OUTDIR"], "stacks/tiny/cdk.tf.json")
stack.parent.mkdir(parents=True)
stack.write_text(json.dumps({{
    "terraform": {{"required_providers": {{"aws": {{"source": "hashicorp/aws"}}}}}},
    "provider": {{"aws": [{{"region": "ap-northeast-1"}}]}},
    "resource": {{"aws_sns_topic": {{"alarms": {{"name": "alarms", "display_name": "{name}"}}}}}},
}}))
(stack.parent / "assets").mkdir()
with tarfile.open(stack.parent / "assets/release.tar", "w") as release:
    for file, content in {{"web/same.sh": "same", "web/other.sh": "{name}", "web/{name}.sh": "x"}}.items():
        member = tarfile.TarInfo(file)
        member.size = len(content)
        release.addfile(member, io.BytesIO(content.encode()))
"""

CHANGED = Files(("web/other.sh",), new=("web/after.sh",), gone=("web/before.sh",))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A git repository whose last commit has another name than the working tree."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    author = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    (folder / "main.py").write_text(MAIN.format(name="before"))
    (folder / "environments").mkdir()
    (folder / "environments/tiny.toml").touch()
    for words in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "base"]):
        subprocess.run(["git", *words], check=True)
    (folder / "main.py").write_text(MAIN.format(name="after"))
    return folder


def names(plan: Path) -> list[tuple[list[str], str | None, str]]:
    changes = [item["change"] for item in json.loads(plan.read_text())["resource_changes"]]
    return [(c["actions"], (c["before"] or {}).get("display_name"), c["after"]["display_name"]) for c in changes]


def test_the_working_tree_is_planned_on_top_of_the_base(project: Path, tmp_path: Path):
    require_terraform()
    said: list[str] = []

    proposal = propose("tiny", "HEAD", tmp_path / "sandbox", said.append)
    plan = proposal.plan
    assert proposal.files == CHANGED
    assert names(plan) == [(["update"], "before", "after")]
    assert "as it is in HEAD" in said[0]
    trees = subprocess.run(["git", "worktree", "list"], capture_output=True, text=True, check=True).stdout
    assert len(trees.splitlines()) == 1, "no worktree is left behind"

    proposal = propose("tiny", None, tmp_path / "sandbox", said.append)
    plan = proposal.plan
    assert proposal.files is None
    assert names(plan) == [(["create"], None, "after")]
    assert len(said) == 1


def test_the_files_of_the_release_are_compared_with_the_bases(project: Path):
    assert files_since("HEAD", "tiny") == CHANGED


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--env", "other"], "there is no environments/other.toml"),
        (["--env", "tiny", "--base", "nowhere"], "invalid reference: nowhere"),
    ],
)
def test_what_cannot_be_planned_is_told(project: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str):
    assert main(words) == 2
    assert says in capsys.readouterr().err


def test_a_failed_synthesis_is_told(project: Path, capsys: pytest.CaptureFixture[str]):
    (project / "main.py").write_text("raise SystemExit('handson.toml: 1 problem')")
    assert main(["--env", "tiny"]) == 2
    assert "handson.toml: 1 problem" in capsys.readouterr().err
