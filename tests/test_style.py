"""The project's own code checks."""

import subprocess
import sys

from modules import PROJECT


def ruff(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ruff", *words], cwd=PROJECT, text=True, capture_output=True, check=False
    )


def test_code_is_clean():
    done = ruff("check", "--no-cache", ".")
    assert done.returncode == 0, done.stdout


def test_code_is_formatted():
    done = ruff("format", "--no-cache", "--check", ".")
    assert done.returncode == 0, done.stdout
