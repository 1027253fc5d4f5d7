"""The workflows that a user's repository takes as they are."""

import re
import subprocess
from pathlib import Path

import pytest

from modules import PROJECT
from tests.tools import require

FOLDER = PROJECT / ".github/workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))


def test_actionlint_finds_nothing():
    command = require("actionlint", "pip install -r requirements.txt")
    done = subprocess.run([command, *map(str, WORKFLOWS)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_zizmor_finds_nothing():
    command = require("zizmor", "pip install -r requirements.txt")
    words = ["--offline", "--no-progress", "--persona", "pedantic", str(FOLDER)]
    done = subprocess.run([command, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_every_action_is_pinned_to_a_commit_and_says_which_release_that_is(workflow: Path):
    actions = re.findall(r"uses: (.+)", workflow.read_text())
    assert actions
    for action in actions:
        if action.startswith("./"):
            continue  # of this very commit
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_permissions_are_given_job_by_job_and_no_event_gives_a_fork_secrets(workflow: Path):
    text = workflow.read_text()
    assert "\npermissions: {}\n" in text
    assert "pull_request_target" not in text
    assert "workflow_run" not in text
    assert "secrets." not in text
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")
