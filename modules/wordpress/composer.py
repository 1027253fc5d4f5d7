"""Composer: what a site folder's composer.lock names is installed in a copy of the folder, and goes out with it.

https://getcomposer.org/doc/03-cli.md#install-i
"""

import hashlib
import json
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from modules.wordpress.site_folder import CannotGoOut, Refusal

COMMAND = (
    *("install", "--no-dev", "--no-interaction", "--no-progress", "--no-scripts", "--no-ansi"),
    *("--prefer-dist", "--optimize-autoloader"),
)
LIMIT = 900
"""Seconds that it may take: hundreds of packages over a slow line."""

SHOWN = 5
"""The last lines of what it says where it fails."""

# Copies live as long as the process: several environments may have one folder.
_copies: list[TemporaryDirectory[str]] = []


def install(folder: Path) -> Path:
    """A copy of the folder with what its composer.lock names.

    Raises:
        CannotGoOut: Composer failed, with its last words.
    """
    lock = folder / "composer.lock"
    # A link that leads to nothing, as editors leave them, is none of Composer's.
    return _install(folder, lock.read_bytes(), max(path.lstat().st_mtime_ns for path in (folder, *folder.rglob("*"))))


@cache
def _install(folder: Path, lock: bytes, changed: int) -> Path:
    scratch = TemporaryDirectory(prefix="composer-")
    _copies.append(scratch)
    copy = Path(scratch.name, folder.name)
    shutil.copytree(folder, copy, symlinks=True, ignore=shutil.ignore_patterns(".git", "node_modules", "vendor"))
    _name_the_autoloader(copy / "composer.json", lock)
    environment = {
        **os.environ,
        "COMPOSER_ALLOW_SUPERUSER": "1",
        # Neither a version control around the copy nor a link out of it is in what comes out.
        "COMPOSER_ROOT_VERSION": "1.0.0",
        "GIT_CEILING_DIRECTORIES": scratch.name,
        "COMPOSER_MIRROR_PATH_REPOS": "1",
    }
    try:
        run = subprocess.run(
            [shutil.which("composer") or "composer", *COMMAND],
            cwd=copy,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=LIMIT,
        )
    except subprocess.TimeoutExpired:
        raise _failed(f"Composer took longer than {LIMIT} seconds") from None
    if run.returncode:
        last = " / ".join(run.stdout.split("\n")[-SHOWN - 1 :]).strip(" /")
        raise _failed(f"Composer ended with status {run.returncode}: {last}")
    return copy


def _name_the_autoloader(place: Path, lock: bytes) -> None:
    """Older Composers give it another name each time.
    https://getcomposer.org/doc/06-config.md#autoloader-suffix"""
    try:
        asked = json.loads(place.read_text("utf-8"))
        asked["config"] = {"autoloader-suffix": hashlib.sha256(lock).hexdigest()[:32], **(asked.get("config") or {})}
    except (ValueError, TypeError, AttributeError):
        raise _failed("no composer.json that Composer could read") from None
    place.write_text(json.dumps(asked), encoding="utf-8")


def _failed(found: str) -> CannotGoOut:
    return CannotGoOut([Refusal("composer.json", found, f"what `composer {' '.join(COMMAND[:2])}` can install there")])
