"""Which environments are up to date: what each was rendered from, and what came of it, by SHA-256.

An entry of the record is a fact: from these inputs come these bytes. It holds whoever else writes the folder, and an
environment is up to date where its inputs and its output are those of its entry.
"""

import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from modules import PROJECT
from modules.folder_lock import folder_lock
from modules.synthesis.output_folder import STACK_FILE, put
from modules.wordpress import ARCHIVE

RECORD = "rendered.cache"
"""In the output folder: who deletes it has everything rendered."""

VARIABLES = ("CDKTF_CONTEXT_JSON", "SYNTH_HCL_OUTPUT", "JSII_NODE", "JSII_RUNTIME")
"""The environment variables that decide what CDKTF writes, or which program does."""


class Fingerprint(NamedTuple):
    """What files held. Two are equal where nobody wrote the files in between, not even the same bytes.

    Attributes:
        digest: of all names and contents.
        written: for each file, when its content or anything about it was changed last.
    """

    digest: str
    written: tuple[tuple[int, ...], ...]


def fingerprint(paths: Iterable[Path], *words: str) -> Fingerprint:
    """Of files, folders with all that is in them, and words beside them. What is not there counts as that.

    Raises:
        OSError: a file cannot be read.
    """
    digest = hashlib.sha256(json.dumps(words).encode())
    written = []
    for path in paths:
        for file in _files(path):
            # The time first: who writes between the two is seen by the next look.
            about = file.stat()
            written.append((about.st_mtime_ns, about.st_ctime_ns, about.st_ino))
            name = file.relative_to(path.parent)  # the same wherever the project stands
            content = os.fsencode(os.readlink(file)) if file.is_dir() else _digest(file)
            digest.update(f"{name}\0".encode(errors="surrogateescape") + content)
    return Fingerprint(digest.hexdigest(), tuple(written))


def _files(path: Path) -> Iterator[Path]:
    """Links to folders, too: one may lead to another folder than before, while no file has changed."""
    if path.is_file():
        yield path
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        yield from (link for name in folders if (link := Path(folder, name)).is_symlink())
        yield from (file for name in sorted(files) if (file := Path(folder, name)).is_file())


def of_the_project(node: str) -> Fingerprint:
    """Of what every environment is rendered with: the project's code, the installed packages, Python and Node.js. A
    package that was edited where it is installed is not seen.

    Args:
        node: the version of Node.js.
    """
    installed = [record for folder in sys.path if folder for record in sorted(Path(folder).glob("*.dist-info/RECORD"))]
    variables = {name: os.environ.get(name, "") for name in VARIABLES}
    # CDKTF's command line always gives a context, mostly one that says nothing.
    if variables["CDKTF_CONTEXT_JSON"] in ("{}", '{"cdktfRelativeModules":[]}'):
        variables["CDKTF_CONTEXT_JSON"] = ""
    return fingerprint(
        [PROJECT / "main.py", PROJECT / "modules", PROJECT / "requirements.txt", Path("cdktf.json"), *installed],
        *(platform.python_implementation(), sys.version, node),
        *(f"{name}={value}" for name, value in variables.items()),
    )


class Record:
    """What was rendered into an output folder, and from what."""

    def __init__(self, output: Path, project: Fingerprint) -> None:
        """
        Args:
            project: what every environment is rendered with.
        """
        self._output, self._project = output, project
        self._entries = self._read()

    def up_to_date(self, files: Mapping[str, Path]) -> dict[str, Mapping[str, Any]]:
        """The environments that need not be rendered again, with CDKTF's manifest of each.

        Args:
            files: the environment files by name.
        """
        manifests: dict[str, Mapping[str, Any]] = {}
        for name, path in files.items():
            # No such entry, one that is damaged, or files that are not there: it is rendered.
            with suppress(OSError, LookupError, TypeError):
                entry = self._entries[name]
                if self._holds(entry, name, path):
                    manifests[name] = {"stacks": {name: entry["stack"]}, "version": entry["version"]}
        return manifests

    def _holds(self, entry: Mapping[str, Any], name: str, path: Path) -> bool:
        # Of this project, even where another one wrote the record (changed.py).
        inputs = [path, *(PROJECT / place for place in entry["reads"] if place != str(path))]
        folder = self._output / "stacks" / name
        return (
            entry["project"] == self._project.digest
            and str(path) in entry["reads"]
            and entry["inputs"] == fingerprint(inputs).digest
            and entry["made"] == made(folder / STACK_FILE, folder / ARCHIVE)
        )

    def add(self, answers: Iterable[Mapping[str, Any]], scratch: Path) -> None:
        """Adds what was rendered, and takes out what is there no more.

        Args:
            answers: rendering.py's. One whose inputs were written meanwhile is not recorded.
        """
        new = {
            answer["name"]: {
                "project": self._project.digest,
                "reads": [_in_the_project(place) for place in answer["reads"]],
                "inputs": answer["inputs"],
                "made": answer["made"],
                "stack": answer["manifest"]["stacks"][answer["name"]],
                "version": answer["manifest"]["version"],
            }
            for answer in answers
            if answer["inputs"]
        }
        with folder_lock(self._output):  # or another run would put back a record without what this one adds
            entries = {
                name: entry
                for name, entry in (self._read() | new).items()
                if (self._output / "stacks" / name / STACK_FILE).exists()
            }
            whole = scratch / RECORD
            whole.write_text(json.dumps(entries), encoding="utf-8")
            put(whole, self._output / RECORD)

    def _read(self) -> dict[str, Any]:
        try:
            entries = json.loads((self._output / RECORD).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return entries if isinstance(entries, dict) else {}


def _in_the_project(place: str) -> str:
    path = Path(place)
    return str(path.relative_to(PROJECT)) if path.is_relative_to(PROJECT) else place


def made(*files: Path) -> str:
    """The digest of what was rendered, wherever it stands.

    Raises:
        OSError: a file is not there.
    """
    return hashlib.sha256(b"".join(map(_digest, files))).hexdigest()


def _digest(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
