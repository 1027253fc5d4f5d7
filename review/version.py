"""Which Pressform wrote a review."""

import tomllib

from modules import PROJECT

VERSION = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

PRODUCT = f"Pressform {VERSION}"
"""The last line of every review."""
