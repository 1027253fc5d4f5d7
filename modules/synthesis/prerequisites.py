"""The programs that Pressform needs, and one line for each that is missing or too old."""

import re
import shutil
import subprocess

NODE = (20, 0)
"""The oldest Node.js that the CDKTF libraries still run on."""


class Missing(Exception):
    """A program that must be installed first; the message says which and where from."""


def require_node() -> None:
    """
    Raises:
        Missing: Node.js is absent or too old.
    """
    require("node", NODE, "Node.js", "https://nodejs.org, version 22 or 24")


def require(program: str, oldest: tuple[int, int], title: str, source: str) -> None:
    """Asks a program for its version.

    Args:
        program: the command; `--version` must print the version.
        oldest: the oldest usable version.
        title: the program's name for people.
        source: where to install it from.

    Raises:
        Missing: the program is absent, does not run, or is too old.
    """
    wanted = f"{title} {'.'.join(map(str, oldest))} or newer is needed: install it from {source}"
    if not shutil.which(program):
        raise Missing(f"{wanted}. There is no {program} on PATH.")
    try:
        answer = subprocess.run(
            [program, "--version"], capture_output=True, text=True, errors="replace", timeout=60, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise Missing(f"{wanted}. The {program} on PATH does not run: {str(error).rstrip('.')}.") from None
    found = re.search(r"(\d+)\.(\d+)", answer)
    if not found or tuple(map(int, found.groups())) < oldest:
        raise Missing(
            f"{wanted}. The {program} on PATH is {answer.strip().splitlines()[0] if answer.strip() else 'silent'}."
        )
