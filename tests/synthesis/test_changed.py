"""Which stacks a change touches, and how they are shared out to a pipeline's jobs."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from modules import PROJECT
from modules.synthesis.changed import Changes, compare, groups, main, matrices, waves
from modules.wordpress import ARCHIVE
from tests.synthesis.conftest import SITE

LARGER = SITE.replace("t2.micro", "t3.micro")
GITHUB_MATRIX = 256
"""https://docs.github.com/actions/reference/limits"""


def output(folder: Path, stacks: Mapping[str, str], archive: str = "release") -> Path:
    """An output folder of main.py's, with the settings of each stack's servers."""
    for name, text in stacks.items():
        (folder / "stacks" / name / "assets").mkdir(parents=True)
        document = {"locals": {"web_settings": [text], "web_trust": "x"}}
        (folder / "stacks" / name / "cdk.tf.json").write_text(json.dumps(document))
        (folder / "stacks" / name / ARCHIVE).write_text(archive)
    folder.mkdir(exist_ok=True)
    (folder / "manifest.json").write_text("{}")
    return folder


def test_each_stack_is_told_with_what_became_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    base = output(tmp_path / "base", {"blog": "1", "news": "1", "shop": "1", "wiki": "1"})
    head = output(tmp_path / "head", {"blog": "1", "forum": "1", "shop": "2", "wiki": "1"})
    (head / "stacks/wiki" / ARCHIVE).write_text("another")
    assert main(["--base", str(base), "--head", str(head)]) == 0
    said, counted = capsys.readouterr()
    assert said.splitlines() == ["added forum", "removed news", "changed shop", "changed wiki"]
    assert counted == "1 unchanged\n"


def test_what_takes_another_release_is_rehearsed_canaries_first(tmp_path: Path):
    names = [f"customer-{number:02}" for number in range(30)]
    base = output(tmp_path / "base", dict.fromkeys([*names, "larger"], "1"))
    head = output(tmp_path / "head", dict.fromkeys([*names, "new"], "2"))
    output(head, {"larger": "1"})
    stack = head / "stacks/larger/cdk.tf.json"
    stack.write_text(stack.read_text().replace('"x"', '"y"'))

    changes = compare(base, head)
    assert changes.changed == [*names, "larger"]
    assert changes.released == names, "neither a new site nor what leaves its servers' release as it is"
    given = matrices(changes, ["customer-2*"])
    assert [entry["stack"] for entry in given["rehearse"]] == names[20:] + names[:10]
    assert given["released"] == 30


def test_where_nothing_differs_nothing_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    base = output(tmp_path / "base", {"blog": "1"})
    assert main(["--base", str(base), "--head", str(base)]) == 0
    assert capsys.readouterr() == ("", "1 unchanged\n")
    assert matrices(compare(base, base), [])["all"] == []


def test_without_a_base_everything_is_added(tmp_path: Path):
    head = output(tmp_path / "head", {"blog": "1", "shop": "1"})
    assert compare(None, head) == Changes(added=["blog", "shop"], changed=[], removed=[], unchanged=[])


def test_a_folder_that_holds_no_output_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["--head", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"{tmp_path}: no output folder of main.py: it has no manifest.json\n"


@pytest.mark.parametrize(
    ("count", "jobs", "largest"), [(0, 0, 0), (1, 1, 1), (100, 100, 1), (300, 100, 3), (1000, 100, 10)]
)
def test_as_many_jobs_as_github_takes_have_each_stack_once(count: int, jobs: int, largest: int):
    names = [f"customer-{number:04}" for number in range(count)]
    matrix = groups(names, "rest", 100)
    assert len(matrix) == jobs
    assert [name for job in matrix for name in job["stacks"].split()] == names
    assert max((len(job["stacks"].split()) for job in matrix), default=0) == largest
    assert len({job["group"] for job in matrix}) == jobs


def test_the_canaries_and_the_rest_stay_below_githubs_limit_together():
    names = [f"customer-{number:04}" for number in range(1000)]
    given = matrices(Changes(names, [], [], []), ["customer-0*"])
    assert len(given["all"]) < GITHUB_MATRIX
    assert given["all"] == given["canary"] + given["rest"]
    assert len({job["group"] for job in given["all"]}) == len(given["all"]), "an artifact has its group's name"
    assert len(json.dumps(given)) < 1_000_000, "what a job's outputs may have"


@pytest.mark.parametrize(
    ("patterns", "first"),
    [(["staging*", "shop"], ["shop", "staging-1"]), (["none"], ["blog"]), ([], ["blog"])],
)
def test_some_stack_always_goes_first(patterns: list[str], first: list[str]):
    names = ["blog", "shop", "staging-1", "wiki"]
    canaries, rest = waves(names, patterns)
    assert canaries == first
    assert sorted(canaries + rest) == names
    assert waves([], patterns) == ([], [])


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project's repository: one commit with four environments, and a working tree that differs."""
    folder = tmp_path_factory.mktemp("repository")
    for name in ("main.py", "requirements.txt", "cdktf.json", ".gitignore"):
        shutil.copy(PROJECT / name, folder)
    shutil.copytree(PROJECT / "modules", folder / "modules", ignore=shutil.ignore_patterns("__pycache__"))
    environments = folder / "environments"
    environments.mkdir()
    for name in ("blog", "news", "shop"):
        (environments / f"{name}.toml").write_text(SITE)
    (environments / "wiki.toml").write_text(f'{SITE}\nsite = "sites/wiki"\n')
    config = folder / "sites/wiki/config.php"
    config.parent.mkdir(parents=True)
    config.write_text("<?php\n")
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "All")
    (environments / "shop.toml").write_text(LARGER)
    (environments / "news.toml").unlink()
    (environments / "blog.toml").write_text(f"# A comment changes nothing.\n{SITE}")
    config.write_text("<?php\n// Another release.\n")
    return folder


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    return subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def changed(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CDKTF_")}
    command = [sys.executable, "-m", "modules.synthesis.changed", *words]
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)


def test_a_revision_is_rendered_by_its_own_code_and_compared(repository: Path):
    done = changed(repository, "--since", "HEAD")
    assert done.stdout.splitlines() == ["removed news", "changed shop", "changed wiki"], done.stderr
    assert done.stderr == "1 unchanged\n"
    assert git(repository, "worktree", "list").count("\n") == 1, "nothing is left of it"
    assert sorted(path.name for path in (repository / "cdktf.out/stacks").glob("*/cdk.tf.json")) == ["cdk.tf.json"] * 3


def test_what_the_base_gave_is_not_rendered_again(repository: Path):
    shutil.rmtree(repository / "cdktf.out", ignore_errors=True)
    assert changed(repository, "--since", "HEAD").returncode == 0
    blog, shop = (repository / f"cdktf.out/stacks/{name}/cdk.tf.json" for name in ("blog", "shop"))
    assert blog.read_text().replace("blog", "") != shop.read_text().replace("shop", "")
    shop.unlink()
    done = subprocess.run([sys.executable, "main.py"], cwd=repository, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "cdktf.out/stacks/shop/cdk.tf.json",
        "cdktf.out: 2 environments were up to date",
    ]


def test_a_change_of_the_code_that_all_have_changes_all(repository: Path):
    file = repository / "modules/wordpress/common/release.sh"
    before = file.read_text()
    file.write_text(f"{before}# The end.\n")
    try:
        done = changed(repository, "--since", "HEAD")
    finally:
        file.write_text(before)
    assert done.stdout.splitlines() == ["changed blog", "removed news", "changed shop", "changed wiki"], done.stderr


def test_the_hook_for_atlantis_lists_what_a_pull_request_changes(repository: Path):
    hook = yaml.safe_load((PROJECT / "docs/atlantis/repos.yaml").read_text())["repos"][0]["pre_workflow_hooks"][0]
    programs = repository / ".venv/bin"
    programs.mkdir(parents=True)
    for name, script in (("python", f'exec {sys.executable} "$@"'), ("make", "exit")):
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o755)
    git(repository, "remote", "add", "origin", ".")
    branch = git(repository, "branch", "--show-current").strip()
    environment = os.environ | {"BASE_BRANCH_NAME": branch, "PATH": f"{programs}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-c", hook["run"]], cwd=repository, env=environment, check=True, capture_output=True)
    written = yaml.safe_load((repository / "atlantis.yaml").read_text())
    assert [project["dir"] for project in written["projects"]] == ["cdktf.out/stacks/shop", "cdktf.out/stacks/wiki"]
    assert (repository / "cdktf.out/stacks/shop/cdk.tf.json").exists()


def test_a_revision_that_is_none_is_told(repository: Path):
    done = changed(repository, "--since", "nowhere")
    assert done.returncode == 2
    assert done.stderr.startswith("`git worktree add` failed:\n")
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr
