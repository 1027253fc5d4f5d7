"""Writes docs/environment.md and docs/environment.schema.json: `make docs`."""

from pathlib import Path

from modules.settings.reference import page, schema

FILES = {Path("docs/environment.md"): page, Path("docs/environment.schema.json"): schema}

if __name__ == "__main__":
    for path, content in FILES.items():
        path.write_text(content(), encoding="utf-8")
        print(path)
