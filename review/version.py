"""Which Pressform wrote a review."""

import tomllib
from pathlib import Path

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]

PRODUCT = f"Pressform {PROJECT['version']}"
"""The last line of every review."""
