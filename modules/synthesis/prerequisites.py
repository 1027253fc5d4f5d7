"""The programs that Pressform needs beside Python.

What a person has on PATH is taken where it is new enough. Where it is not, toolchain/ fetches one; what cannot be
fetched is told in a line, with where to get it.

    python -m modules.synthesis.prerequisites PROGRAM ... -- COMMAND [ARGUMENT ...]

runs a command for which these programs are on PATH.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from modules.synthesis import toolchain
from modules.terraform.versions import OLDEST_TERRAFORM

NODE = (20, 0)
"""The oldest Node.js that the CDKTF libraries still run on."""

ANSWERS = 60
"""Seconds that a program may take to tell its version."""

NODE_NEEDED = (
    f"Node.js {'.'.join(map(str, NODE))} or newer is needed: install it from https://nodejs.org, version 22 or 24"
)
NPM_NEEDED = "npm is needed: it comes with Node.js 22 or 24, from https://nodejs.org"
TERRAFORM_NEEDED = (
    f"Terraform or OpenTofu {'.'.join(map(str, OLDEST_TERRAFORM))} or newer is needed:"
    " install it from https://developer.hashicorp.com/terraform/install"
)


class Missing(Exception):
    """A program that must be installed first; the message says which and where from."""


class _Unfit(Exception):
    """Why a person's own program cannot be used, as a sentence without its full stop."""


@dataclass(frozen=True)
class Terraform:
    """A Terraform or OpenTofu that is new enough.

    Attributes:
        binary: its full path.
        platform: what its providers are built for, such as `linux_amd64`.
    """

    binary: str
    platform: str


def require_node() -> str:
    """Sees to it that PATH has a Node.js that is new enough.

    Returns:
        Its version.

    Raises:
        Missing: it has not, and none can be fetched.
    """
    try:
        return _ask_node()
    except _Unfit as lacking:
        _put_on_path(_fetch(toolchain.NODE, lacking, NODE_NEEDED))
    try:
        return _ask_node()
    except _Unfit as lacking:
        raise Missing(f"{NODE_NEEDED}. {lacking}.") from None


def require_npm() -> None:
    """Sees to it that PATH has npm, and a Node.js for it.

    Raises:
        Missing: it has not, and none can be fetched.
    """
    require_node()
    if not shutil.which("npm"):
        _put_on_path(_fetch(toolchain.NODE, _Unfit("There is no npm on PATH"), NPM_NEEDED))


def require_terraform() -> None:
    """Sees to it that PATH has a Terraform that is new enough, unless `TERRAFORM_BINARY_NAME` names one.

    Raises:
        Missing: it has not, and none can be fetched.
    """
    programs = Path(find_terraform().binary).parent
    if programs == toolchain.TERRAFORM.programs:
        _put_on_path(programs)


def find_terraform() -> Terraform:
    """A person's own Terraform, else a fetched one: for the sandbox, where no credentials of theirs are.

    Raises:
        Missing: there is none that is new enough, and none can be fetched.
    """
    try:
        return _ask_terraform(_named_terraform())
    except _Unfit as lacking:
        # A person who named one wants that one, and nothing else in its place.
        if os.environ.get("TERRAFORM_BINARY_NAME"):
            raise Missing(f"{TERRAFORM_NEEDED}. {lacking}.") from None
        programs = _fetch(toolchain.TERRAFORM, lacking, TERRAFORM_NEEDED)
    try:
        return _ask_terraform(str(programs / "terraform"))
    except _Unfit as lacking:
        raise Missing(f"{TERRAFORM_NEEDED}. {lacking}.") from None


def own_terraform() -> Terraform:
    """A person's own Terraform: what `TERRAFORM_BINARY_NAME` names, as in CDKTF itself; `terraform` by default.

    Raises:
        Missing: there is none that is new enough.
    """
    try:
        return _ask_terraform(_named_terraform())
    except _Unfit as lacking:
        raise Missing(f"{TERRAFORM_NEEDED}. {lacking}.") from None


def run(words: list[str]) -> NoReturn:
    """Becomes a command for which programs are on PATH.

    Args:
        words: the programs' names, `--`, the command.

    Raises:
        SystemExit: 2, a program is missing; 130 after Ctrl-C.
    """
    separator = words.index("--")
    try:
        for program in words[:separator]:
            _REQUIRE[program]()
    except Missing as missing:
        print(missing, file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    command = words[separator + 1 :]
    os.execvp(command[0], command)


_REQUIRE: dict[str, Callable[[], object]] = {"node": require_node, "npm": require_npm, "terraform": require_terraform}


def _ask_node() -> str:
    """Its version.

    Raises:
        _Unfit: the `node` on PATH.
    """
    if not shutil.which("node"):
        raise _Unfit("There is no node on PATH")
    try:
        answer = subprocess.run(
            ["node", "--version"], capture_output=True, text=True, errors="replace", timeout=ANSWERS, check=True
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError) as error:
        raise _Unfit(f"The node on PATH does not run: {str(error).rstrip('.')}") from None
    found = re.search(r"(\d+)\.(\d+)", answer)
    if not found or tuple(map(int, found.groups())) < NODE:
        raise _Unfit(f"The node on PATH is {answer.splitlines()[0] if answer else 'silent'}")
    return answer


def _named_terraform() -> str:
    """
    Raises:
        _Unfit: there is no such program.
    """
    name = os.environ.get("TERRAFORM_BINARY_NAME") or "terraform"
    if binary := shutil.which(name):
        return binary
    raise _Unfit(f"There is no {name} on PATH")


def _ask_terraform(binary: str) -> Terraform:
    """
    Raises:
        _Unfit: it is too old, or something else.
    """
    # Without anybody's settings, and without its asking its maker for a newer one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    try:
        asked = subprocess.run(
            [binary, "version", "-json"],
            env=environment | {"CHECKPOINT_DISABLE": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
            timeout=ANSWERS,
        )
        about = json.loads(asked.stdout)
        version, platform = about["terraform_version"], about["platform"]
    except (OSError, ValueError, KeyError, TypeError):
        raise _Unfit(f"{binary} does not tell its version") from None
    except subprocess.TimeoutExpired:
        raise _Unfit(f"{binary} does not answer: {ANSWERS} seconds without its version") from None
    if tuple(map(int, version.split(".")[:2])) < OLDEST_TERRAFORM:
        raise _Unfit(f"{binary} is {version}")
    return Terraform(binary, platform)


def _fetch(wanted: toolchain.Toolchain, lacking: _Unfit, advice: str) -> Path:
    """
    Args:
        lacking: what makes it necessary.
        advice: for a person, where it cannot be had.

    Returns:
        The folder of the programs.

    Raises:
        Missing: it cannot be fetched.
    """
    try:
        toolchain.fetch(wanted, str(lacking))
    except toolchain.CannotFetch as reason:
        raise Missing(f"{advice}. {lacking}, and none can be fetched: {reason}.") from None
    return wanted.programs


def _put_on_path(programs: Path) -> None:
    """For this process, and all that it starts."""
    os.environ["PATH"] = os.pathsep.join([str(programs), os.environ.get("PATH", os.defpath)])


if __name__ == "__main__":
    run(sys.argv[1:])
