"""A project's folder with environments of its own, and the command run in it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from modules import PROJECT
from modules.synthesis.command import synthesize
from modules.synthesis.fingerprints import RECORD

SITE = (PROJECT / "environments" / "handson.toml").read_text()

State = dict[str, tuple[bytes, int]]


class Folder:
    """A working folder.

    Attributes:
        path: the folder.
        output: where the JSON goes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.output = path / "cdktf.out"

    def write(self, **environments: str) -> None:
        """Environment files by name."""
        (self.path / "environments").mkdir(exist_ok=True)
        for name, text in environments.items():
            (self.path / "environments" / f"{name}.toml").write_text(text)

    def stack(self, name: str) -> Path:
        return self.output / "stacks" / name / "cdk.tf.json"

    @property
    def record(self) -> Path:
        """Of what need not be rendered again."""
        return self.output / RECORD

    def synth(self, *only: str, jobs: int | None = None, anew: bool = False) -> int:
        """What main.py does, in this process."""
        return synthesize(Path("environments"), Path("cdktf.out"), only, jobs, anew=anew)

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        """Starts main.py as a person does, in a process group of its own as a shell does."""
        return subprocess.Popen(
            [sys.executable, PROJECT / "main.py", *words],
            start_new_session=True,
            cwd=self.path,
            env=clean(os.environ) | environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def listed(self) -> list[str]:
        """The stacks in the manifest."""
        return list(json.loads((self.output / "manifest.json").read_text())["stacks"])

    def contents(self) -> dict[str, bytes]:
        """Every file of the output with its bytes."""
        return {name: content for name, (content, _) in self.files().items()}

    def files(self) -> State:
        """Every file of the output with its bytes and its time, but for the record."""
        paths = sorted(path for path in self.output.rglob("*") if path.is_file() and path != self.record)
        return {str(path.relative_to(self.output)): (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}


def clean(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith("CDKTF_")}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return Folder(tmp_path)


@pytest.fixture
def shop(folder: Folder) -> Folder:
    """A working folder with one good environment."""
    folder.write(shop=SITE)
    return folder


def unplug(monkeypatch: pytest.MonkeyPatch) -> None:
    """For pip, a machine without a network: nobody listens at that port."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
