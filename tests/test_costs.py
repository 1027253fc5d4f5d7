"""What a run says of its processor time."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from modules import PROJECT

BURNS = """
import subprocess, sys, time

def burn(seconds):
    while time.process_time() < seconds: pass

def test_burns():
    burn(time.process_time() + 1)

def test_starts_what_burns():
    subprocess.run([sys.executable, "-c", "import time\\nwhile time.process_time() < 2: pass"], check=True)
"""


def ended(folder: Path, *words: str, **variables: str) -> str:
    """The output of the tests in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.costs", "-p", "no:cacheprovider", *words],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("PYTEST")}
        | {"PYTHONPATH": str(PROJECT)}
        | variables,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {"burning": BURNS, "idle": "def test_idle(): pass\n"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / f"test_{name}.py").write_text(text)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("processes", ["0", "2"])
def test_each_group_is_told_with_what_it_started_the_costliest_first(folder: Path, processes: str):
    said = ended(folder, "-n", processes, CI="true")
    rows = re.findall(r"^ +([\d.]+) s +(\d+) tests  (\w+)$", said, re.MULTILINE)
    (burning, idle), (rest, whole) = rows, re.findall(r"^ +([\d.]+) s  (?:starting|altogether)", said, re.MULTILINE)
    assert (burning[1:], idle[1:]) == (("2", "burning"), ("1", "idle"))
    assert float(burning[0]) >= 3
    assert float(idle[0]) < float(burning[0])
    assert float(whole) == pytest.approx(sum(map(float, (burning[0], idle[0], rest))), abs=0.2)


@pytest.mark.slow
def test_a_person_at_work_is_spared_it(folder: Path):
    assert "processor time" not in ended(folder, "idle")
