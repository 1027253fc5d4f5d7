"""The folder that CDKTF's command line and Terraform read, usually cdktf.out.

Several runs may write it at once: a file is moved into its place when it is whole.
"""

import fcntl
import filecmp
import json
import os
import shutil
import tempfile
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from modules.folder_lock import folder_lock
from modules.wordpress import ARCHIVE

STACK_FILE = "cdk.tf.json"
MANIFEST = "manifest.json"
SCRATCH = ".synth-"


@contextmanager
def scratch_folder(output: Path) -> Iterator[Path]:
    """A folder for what is not ready, on the output's own disk. Those of runs that were killed go away."""
    output.mkdir(parents=True, exist_ok=True)
    try:
        with ExitStack() as until_the_end:
            with folder_lock(output):
                for left in output.glob(f"{SCRATCH}*"):
                    _remove_unless_in_use(left)
                folder = until_the_end.enter_context(tempfile.TemporaryDirectory(prefix=SCRATCH, dir=output))
                until_the_end.enter_context(folder_lock(Path(folder)))
            yield Path(folder)
    finally:
        with suppress(OSError):  # There is something in it, as there should be.
            output.rmdir()


def _remove_unless_in_use(scratch: Path) -> None:
    """A run keeps its folder locked, and a lock ends with the process, however that ends."""
    with suppress(OSError):  # in use, or nobody's to remove
        descriptor = os.open(scratch, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(scratch, ignore_errors=True)
        finally:
            os.close(descriptor)


def put(made: Path, place: Path) -> bool:
    """Moves a file into its place, unless the same stands there already: nobody ever reads a half-written one.

    Returns:
        Whether it was moved.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists() and filecmp.cmp(place, made, shallow=False):
        return False
    os.replace(made, place)
    return True


def list_stacks(rendered: Sequence[Mapping[str, Any]], output: Path, scratch: Path) -> None:
    """Adds the stacks to the manifest that CDKTF's command line reads, and takes out those that are no more.

    Args:
        rendered: CDKTF's own manifest of each.
    """
    with folder_lock(output):  # or another run would put back a manifest without what this one lists
        listed = _listed(output)
        for manifest in rendered:
            listed |= manifest["stacks"]
        stacks = {
            name: stack for name, stack in sorted(listed.items()) if (output / "stacks" / name / STACK_FILE).exists()
        }
        made = scratch / MANIFEST
        content = {"stacks": stacks, "version": rendered[-1]["version"]}
        made.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        put(made, output / MANIFEST)


def _listed(output: Path) -> dict[str, Any]:
    """The stacks in the manifest as it is."""
    try:
        return json.loads((output / MANIFEST).read_text(encoding="utf-8"))["stacks"]
    except (FileNotFoundError, ValueError, LookupError, TypeError):
        return {}  # None yet, or none of CDKTF's.


def remove_others(names: Container[str], output: Path) -> None:
    """Removes the JSON of environments that are no more, but nothing that Terraform keeps beside it."""
    for stale in sorted(output.glob(f"stacks/*/{STACK_FILE}")):
        if (name := stale.parent.name) not in names:
            stale.unlink(missing_ok=True)
            (stale.parent / ARCHIVE).unlink(missing_ok=True)
            print(f"{stale}: removed, as there is no environment {name} any more")
