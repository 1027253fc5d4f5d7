"""Which stacks a change touches: `make changed BASE=main`.

    python -m modules.synthesis.changed --since REVISION [--groups] [--canaries FILE]
    python -m modules.synthesis.changed --base FOLDER [--head FOLDER] ...

compares the JSON of two revisions, and the archives beside it, byte by byte. Pipelines plan and apply what differs, and
nothing else; `--groups` gives it in the form of GitHub's matrices.
"""

import argparse
import fnmatch
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

from modules.synthesis.fingerprints import made
from modules.synthesis.output_folder import STACK_FILE
from modules.wordpress import ARCHIVE

MOST_GROUPS = {"canary": 50, "rest": 200}
"""Jobs of each wave. GitHub refuses a matrix of more than 256, and plan.yml plans both waves in one.
https://docs.github.com/actions/reference/limits"""

MOST_REHEARSED = 20
"""Stacks, a job each: a rehearsal takes minutes, and what changes hundreds of sites changes all of them alike."""


class CannotCompare(Exception):
    """There is nothing to compare with; the text says why."""


@dataclass(frozen=True)
class Changes:
    """What became of the stacks from one revision to the next, each list in the order of the names.

    Attributes:
        added: those that were not there.
        changed: those whose JSON or archive differs.
        removed: those that are there no more. What they made in AWS is.
        unchanged: the others.
        released: those of the changed ones whose servers take another release.
    """

    added: list[str]
    changed: list[str]
    removed: list[str]
    unchanged: list[str]
    released: list[str] = field(default_factory=list)

    @property
    def to_plan(self) -> list[str]:
        """The stacks that differ and are there."""
        return sorted([*self.added, *self.changed])

    def lines(self) -> Iterator[str]:
        """A stack a line, with what became of it."""
        of = {name: word for word in ("added", "changed", "removed") for name in getattr(self, word)}
        yield from (f"{of[name]} {name}" for name in sorted(of))


def compare(base: Path | None, head: Path) -> Changes:
    """Compares two output folders of main.py.

    Args:
        base: None where there is nothing to compare with: everything is added.
        head: the newer one.
    """
    before, after = _stacks(base) if base else {}, _stacks(head)
    common = sorted(before.keys() & after.keys())
    changed = [name for name in common if before[name] != after[name]]
    return Changes(
        added=sorted(after.keys() - before.keys()),
        changed=changed,
        removed=sorted(before.keys() - after.keys()),
        unchanged=[name for name in common if before[name] == after[name]],
        released=[name for name in changed if base and _release(base, name) != _release(head, name)],
    )


def _release(output: Path, name: str) -> dict[str, Any]:
    """What a stack's groups of servers run: their settings, which name the archive by its digest."""
    values = json.loads((output / "stacks" / name / STACK_FILE).read_bytes()).get("locals", {})
    return {key: value for key, value in values.items() if key.endswith("_settings")}


def _stacks(output: Path) -> dict[str, str]:
    """The digest of each stack."""
    digests = {}
    for stack in output.glob(f"stacks/*/{STACK_FILE}"):
        archive = stack.parent / ARCHIVE
        digests[stack.parent.name] = made(stack, *([archive] if archive.exists() else []))
    return digests


def groups(names: Sequence[str], wave: str, most: int) -> list[dict[str, str]]:
    """The stacks, shared out to as many jobs as may be.

    Returns:
        For each job the `group`, a name, and its `stacks`, separated by spaces: a matrix of GitHub's.
    """
    each = ceil(len(names) / most) or 1
    shares = [names[start : start + each] for start in range(0, len(names), each)]
    return [{"group": f"{wave}-{number:03}", "stacks": " ".join(share)} for number, share in enumerate(shares, 1)]


def waves(names: Sequence[str], patterns: Sequence[str]) -> tuple[list[str], list[str]]:
    """Which stacks go first, and which only after these have answered.

    Args:
        names: the stacks that are applied.
        patterns: names of canaries, or patterns of names. Where none of them is applied, the first stack is the canary.
    """
    canaries = [name for name in names if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)]
    canaries = canaries or list(names[:1])
    return canaries, [name for name in names if name not in canaries]


def matrices(changes: Changes, patterns: Sequence[str]) -> dict[str, Any]:
    """What plan.yml and apply.yml go by."""
    first, rest = waves(changes.to_plan, patterns)
    rehearsed, _ = waves(changes.released, patterns)
    rehearsed = list(dict.fromkeys([*rehearsed, *changes.released]))[:MOST_REHEARSED]
    canary, others = (groups(names, wave, MOST_GROUPS[wave]) for wave, names in (("canary", first), ("rest", rest)))
    return {
        "all": [*canary, *others],
        "canary": canary,
        "rest": others,
        "rehearse": [{"stack": name} for name in rehearsed],
        "released": len(changes.released),
        "removed": changes.removed,
        "unchanged": len(changes.unchanged),
    }


@contextmanager
def rendered(revision: str) -> Iterator[Path]:
    """The output of a revision's own code, files and packages, for a while.

    Raises:
        CannotCompare: git does not know the revision, or its code fails.
    """
    with tempfile.TemporaryDirectory(prefix="base-") as scratch:
        tree, output = Path(scratch, "tree"), Path(scratch, "cdktf.out")
        _run("git", "worktree", "add", "--quiet", "--detach", str(tree), revision)
        try:
            # A file that is broken in the base is as good as none: the stack is new.
            _run(_python(tree), "main.py", folder=tree, allowed=(0, 2), CDKTF_OUTDIR=str(output))
            yield output
        finally:
            _run("git", "worktree", "remove", "--force", str(tree))


def _python(tree: Path) -> str:
    """One with the packages that the revision locks."""
    lock = tree / "requirements.txt"
    if lock.read_bytes() == Path("requirements.txt").read_bytes():
        return sys.executable
    _run("make", "setup", f"PYTHON={sys.executable}", folder=tree)
    return str(tree / ".venv/bin/python")


def _run(*command: str, folder: Path | None = None, allowed: Sequence[int] = (0,), **environment: str) -> None:
    done = subprocess.run(
        command, check=False, cwd=folder, env=os.environ | environment, capture_output=True, text=True
    )
    if done.returncode not in allowed:
        raise CannotCompare(f"`{' '.join(command[:3])}` failed:\n{done.stderr.strip() or done.stdout.strip()}")


def since(revision: str, head: Path) -> Changes:
    """Renders a revision and the working tree, and compares them.

    Args:
        head: the working tree's output folder. Where it is not there yet, it begins as the revision's: what has not
            changed is rendered once.

    Raises:
        CannotCompare: one of them cannot be rendered.
    """
    with rendered(revision) as base:
        if base.exists() and not head.exists():
            shutil.copytree(base, head)
        _run(sys.executable, "main.py", CDKTF_OUTDIR=str(head))
        return compare(base, head)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the stacks that differ.

    Returns:
        The exit status: 0, or 2 where there is something to mend.
    """
    parser = argparse.ArgumentParser(prog="python -m modules.synthesis.changed", description="The stacks that differ.")
    below = parser.add_mutually_exclusive_group()
    below.add_argument("--since", metavar="REVISION", help="of git; the working tree is rendered as well")
    below.add_argument("--base", type=_output, metavar="FOLDER", help="an output folder; without it, all is added")
    parser.add_argument("--head", type=Path, default=Path("cdktf.out"), metavar="FOLDER", help="by default cdktf.out")
    parser.add_argument("--groups", action="store_true", help="as JSON, in groups that GitHub's matrices take")
    parser.add_argument(
        "--canaries", type=Path, metavar="FILE", help="names or patterns, one a line: what is applied first"
    )
    asked = parser.parse_args(arguments)
    try:
        changes = since(asked.since, asked.head) if asked.since else compare(asked.base, _output(str(asked.head)))
        patterns = _patterns(asked.canaries) if asked.canaries else []
    except (CannotCompare, argparse.ArgumentTypeError) as problem:
        print(problem, file=sys.stderr)
        return 2
    if asked.groups:
        print(json.dumps(matrices(changes, patterns)))
    else:
        print(*changes.lines(), sep="\n", end="\n" if changes.to_plan or changes.removed else "")
    print(f"{len(changes.unchanged):,} unchanged", file=sys.stderr)
    return 0


def _output(text: str) -> Path:
    if not (path := Path(text)).joinpath("manifest.json").is_file():
        raise argparse.ArgumentTypeError(f"{text}: no output folder of main.py: it has no manifest.json")
    return path


def _patterns(file: Path) -> list[str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotCompare(f"{file}: cannot be read: {error}") from None
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


if __name__ == "__main__":
    sys.exit(main())
