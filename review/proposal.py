"""The plan of a change: the base's site stands in a sandbox, and the working tree is planned on top of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from modules.synthesis import prerequisites
from review.archives import Files, between
from sandbox import Sandbox

STACK = "stacks/{}/cdk.tf.json"


class CannotPropose(Exception):
    """There is no plan to review; the text says why."""


@dataclass(frozen=True)
class Proposal:
    """What is proposed.

    Attributes:
        plan: the file with the plan's JSON.
        files: what the release changes of the servers' files; None without a base, or a release.
    """

    plan: Path
    files: Files | None


def propose(environment: str, base: str | None, folder: Path, say: Callable[[str], None]) -> Proposal:
    """Plans the working tree's site on top of the base's.

    Args:
        environment: the environment's name.
        base: a git revision; None plans on top of nothing.
        folder: the sandbox's, kept from one review to the next.
        say: tells a person what takes long.

    Raises:
        CannotPropose: Node.js, git, the synthesis or an unknown environment.
        sandbox.SandboxError: Terraform or the sandbox.
    """
    try:
        # For both: the base, in a folder that goes away, would fetch one of its own.
        prerequisites.require_node()
    except prerequisites.Missing as missing:
        raise CannotPropose(str(missing)) from None
    with tempfile.TemporaryDirectory(prefix="review-") as scratch:
        head = stack(Path.cwd(), environment, Path(scratch, "head"))
        if head is None:
            raise CannotPropose(f"there is no environments/{environment}.toml")
        below = stack_at(base, environment, Path(scratch)) if base else None
        with Sandbox(folder) as sandbox:
            if below:
                say(f"applies {environment} as it is in {base}, which takes about three minutes the first time")
                root = sandbox.root_module("terraform", below)
                root.init()
                root.apply()
            # Another root module has a state of its own: without a base, everything is new.
            root = sandbox.root_module("terraform" if below else "new", head)
            root.init()
            plan = folder / "plan.json"
            plan.write_text(json.dumps(root.plan().json))
            return Proposal(plan, between(below, head))


def files_since(base: str, environment: str) -> Files | None:
    """What the working tree's release of an environment changes since a git revision; None where one of them has none.

    Raises:
        CannotPropose: git does not know the revision, or one of them cannot be rendered.
    """
    with tempfile.TemporaryDirectory(prefix="review-") as scratch:
        below = stack_at(base, environment, Path(scratch))
        return between(below, stack(Path.cwd(), environment, Path(scratch, "head")))


def stack_at(revision: str, environment: str, scratch: Path) -> Path | None:
    """Synthesizes a git revision by its own code; gives the environment's stack, or None where it has no such
    environment.

    Raises:
        CannotPropose: git does not know the revision, or its code fails.
    """
    with _worktree(revision, scratch / "worktree") as tree:
        return stack(tree, environment, scratch / "base")


@contextmanager
def _worktree(revision: str, place: Path) -> Iterator[Path]:
    """The project as it is at a revision, for a while."""
    _run("git", "worktree", "add", "--quiet", "--detach", str(place), revision)
    try:
        yield place
    finally:
        _run("git", "worktree", "remove", "--force", str(place))


def stack(project: Path, environment: str, output: Path) -> Path | None:
    """Synthesizes a project; gives the environment's stack, or None where it has no such environment.

    Raises:
        CannotPropose: its code fails.
    """
    if not (project / "environments" / f"{environment}.toml").is_file():
        return None
    # Where it is stopped in the middle, what it leaves goes away with the rest.
    places = {"CDKTF_OUTDIR": str(output), "TMPDIR": str(output.parent)}
    _run(sys.executable, "main.py", "--only", environment, folder=project, **places)
    return output / STACK.format(environment)


def _run(*command: str, folder: Path | None = None, **environment: str) -> None:
    done = subprocess.run(
        command, check=False, cwd=folder, env=os.environ | environment, capture_output=True, text=True
    )
    if done.returncode:
        raise CannotPropose(f"`{' '.join(command[:3])}` failed:\n{done.stderr.strip() or done.stdout.strip()}")
