"""Which files a release changes: the archive of the base beside the one of the working tree."""

from __future__ import annotations

import hashlib
import tarfile
from dataclasses import dataclass
from pathlib import Path

from modules.wordpress import ARCHIVE

NAMED = 5
"""Files of each kind that are named; the others are counted."""


@dataclass(frozen=True)
class Files:
    """What two archives differ in, by the files' names in them, sorted."""

    changed: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def told(self) -> str:
        """In words, without a full stop; `no other files` where they hold the same."""
        kinds = {"changed": self.changed, "new": self.new, "gone": self.gone}
        return ", ".join(_told(kind, names) for kind, names in kinds.items() if names) or "no other files"


def _told(kind: str, names: tuple[str, ...]) -> str:
    # A backtick would end what is shown as code.
    shown = [f"`{name.replace('`', chr(39))}`" for name in names[:NAMED]]
    if more := len(names) - len(shown):
        shown.append(f"{more} more")
    return f"{len(names)} {'file' if len(names) == 1 else 'files'} {kind} ({', '.join(shown)})"


def between(before: Path | None, after: Path | None) -> Files | None:
    """What the release beside one stack's JSON changes of that beside another's; None where one of them has none."""
    archives = [found for json in (before, after) if json and (found := json.parent / ARCHIVE).is_file()]
    return compare(*archives) if len(archives) == 2 else None


def compare(before: Path, after: Path) -> Files:
    """What two archives differ in."""
    old, new = _contents(before), _contents(after)
    return Files(
        tuple(sorted(name for name in new.keys() & old.keys() if new[name] != old[name])),
        tuple(sorted(new.keys() - old.keys())),
        tuple(sorted(old.keys() - new.keys())),
    )


def _contents(archive: Path) -> dict[str, bytes]:
    """The SHA-256 of each file, which may be larger than fits into memory."""
    found = {}
    with tarfile.open(archive) as packed:
        for member in packed:
            if content := packed.extractfile(member):
                found[member.name] = hashlib.file_digest(content, "sha256").digest()  # type: ignore[arg-type]  # it has
    return found
