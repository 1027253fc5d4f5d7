"""Who may import whom: the storeys of pyproject.toml."""

import subprocess

from tests.tools import require


def test_imports_point_downwards():
    lint_imports = require("lint-imports", "make setup")
    run = subprocess.run([lint_imports, "--no-cache"], text=True, capture_output=True, check=False)
    assert run.returncode == 0, run.stdout
