"""The README's commands in a fresh clone, as a person types them."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from modules import PROJECT
from sandbox import Sandbox
from tests.site.sites import SHIPPED, shipped
from tests.tools import require

LIMIT = 1000
"""Seconds for a command; the longest installs everything."""

pytestmark = pytest.mark.xdist_group("fresh-clone")


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is committed, in an empty folder of its own."""
    require("git", "https://git-scm.com")
    folder = tmp_path_factory.mktemp("fresh") / "pressform"
    subprocess.run(["git", "clone", "--quiet", str(PROJECT), str(folder)], check=True)
    return folder


def typed(clone: Path, *words: str, environment: Mapping[str, str] = os.environ) -> str:
    """A command's output, once it ended well."""
    of_others = ("VIRTUAL_ENV", "MAKE", "MFLAGS")
    without = {name: value for name, value in environment.items() if not name.startswith(of_others)}
    # Else pip compiles thousands of modules, of which few are ever imported. It takes the 0 for a yes:
    # https://pip.pypa.io/en/stable/topics/configuration/
    without |= {"PIP_NO_COMPILE": "0"}
    done = subprocess.Popen(
        words,
        cwd=clone,
        env=without,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        said, _ = done.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(done.pid, signal.SIGKILL)
        pytest.fail(f"{' '.join(words)}: not within {LIMIT} seconds; it has said {done.communicate()[0]}")
    assert done.returncode == 0, said
    return re.sub(r"\x1b\[[0-9;]*m", "", said)


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The environment of a machine that has Python, make, git and a shell: no Node.js, no Terraform, no compiler."""
    programs = tmp_path_factory.mktemp("bare")
    for name in ("git", "make", "sh", "touch"):
        (programs / name).symlink_to(require(name, f"apt-get install {name}"))
    (programs / "python3").symlink_to(Path(sys.executable).resolve())
    of_others = ("TERRAFORM_BINARY_NAME", "PYTEST_")
    without = {name: value for name, value in os.environ.items() if not name.startswith(of_others)}
    return without | {"PATH": str(programs)}


def test_make_plan_sets_everything_up_and_shows_the_plan(clone: Path, bare: Mapping[str, str]):
    said = typed(clone, "make", "plan", environment=bare)
    for line in (
        "There is no node on PATH: Node.js is fetched from the Python registry into .tools/node (",
        "There is no terraform on PATH: Terraform is fetched from the Python registry into .tools/terraform (",
    ):
        assert said.count(line) == 1
    assert f"Plan: {shipped()['handson'].planned} to add, 0 to change, 0 to destroy." in said
    assert "# aws_db_instance.database will be created" in said
    assert typed(clone, "git", "status", "--porcelain") == "", "what the commands make is ignored by git"


def test_make_synth_needs_neither_terraform_nor_a_network(clone: Path, tmp_path: Path):
    require("unshare", "apt-get install util-linux")
    for name in ("terraform", "tofu"):
        broken = tmp_path / name
        broken.write_text("#!/bin/sh\nexit 1\n")
        broken.chmod(0o755)
    shutil.rmtree(clone / "cdktf.out")
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    typed(clone, "unshare", "--map-root-user", "--net", "make", "synth", environment=environment)
    assert sorted(path.parent.name for path in clone.glob("cdktf.out/stacks/*/cdk.tf.json")) == SHIPPED


def test_make_test_starts_on_a_bare_machine(clone: Path, bare: Mapping[str, str]):
    """With two of the tests: one wants Node.js, the other Terraform."""
    tests = (
        "tests/terraform/test_terraform_block.py::test_own_tags_are_added_and_the_projects_cannot_be_lost",
        "tests/sandbox/test_root_module.py::test_a_stack_that_looks_nothing_up_is_planned_without_any_aws",
    )
    said = typed(clone, "make", "test", environment={**bare, "PYTEST_ADDOPTS": " ".join(tests)})
    assert re.search(r"=+ 2 passed in", said), said


def test_cdktf_and_terraform_work_on_their_own(clone: Path, tmp_path: Path):
    """`npx cdktf synth` and `diff`, then plain Terraform in the stack's folder."""
    require("npx", "Node.js 22 or 24, from https://nodejs.org")
    with Sandbox(tmp_path) as sandbox:
        environment = dict(sandbox.environment) | {"CHECKPOINT_DISABLE": "1", "CI": "1"}
        said = " ".join(typed(clone, "npx", "cdktf", "synth", environment=environment).split())  # in lines of 80 signs
        assert "Generated Terraform code for the stacks: " + ", ".join(SHIPPED) in said
        plan = f"Plan: {shipped()['handson'].planned} to add, 0 to change, 0 to destroy."
        # The lock would ask the registry for the checksums of other platforms.
        words = ("npx", "cdktf", "diff", "handson", "--skip-provider-lock")
        assert plan in typed(clone, *words, environment=environment)

        terraform = [os.environ.get("TERRAFORM_BINARY_NAME", "terraform"), "-chdir=cdktf.out/stacks/handson"]
        typed(clone, *terraform, "init", "-input=false", environment=environment)
        assert plan in typed(clone, *terraform, "plan", "-input=false", "-no-color", environment=environment)
