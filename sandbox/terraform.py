"""The Terraform (or OpenTofu) binary, run in an environment of its own making."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from modules.synthesis import prerequisites

COLLECT = "400"
"""Per cent that the memory of Terraform and of its providers grows by before they look for garbage. At Go's 100, a
third of a plan's processor time goes there: 18 s instead of 12 s for production, with 590 MB instead of 725 MB.
https://go.dev/doc/gc-guide#GOGC"""

OWNER = "sandbox"
"""The id of the access key that stands for the owner of the sandbox's account, who may do all; its secret too."""

LEASH = Path(__file__).with_name("leash.py")


class SandboxError(Exception):
    """Something that the person who gave the command can put right, told in one line."""


class TerraformFailed(Exception):
    """Terraform ended with an error; the text is what it printed."""

    def __init__(self, status: int, output: str) -> None:
        super().__init__(output)
        self.status = status


@dataclass(frozen=True)
class Terraform:
    """One binary and the environment it runs in.

    Attributes:
        binary: its full path.
        platform: what its providers are built for, such as `linux_amd64`.
        environment: its environment variables, all of them.
        server: a file descriptor that stays open for as long as it runs, and is told its process number.
    """

    binary: str
    platform: str
    environment: Mapping[str, str] = field(default_factory=dict)
    server: int | None = None

    def run(self, *arguments: str, folder: Path, output: IO[str] | None = None, limit: float | None = None) -> int:
        """Run one command in `folder` and return its exit status.

        Terraform has a process group of its own, so Ctrl-C on the terminal reaches only
        us and is passed on exactly once: the first lets Terraform finish what is under
        way and write its state, a second one makes it drop everything.

        Args:
            *arguments: the command and its arguments.
            folder: its working directory.
            output: where its output goes; without it, to our own, in colour on a terminal.
            limit: seconds after which it is killed.

        Raises:
            SandboxError: it was.
            KeyboardInterrupt: after Terraform has ended, if there was a Ctrl-C.
        """
        interrupted = False
        with subprocess.Popen(
            [*self._leash(), self.binary, *arguments],
            cwd=folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            pass_fds=() if self.server is None else [self.server],
            process_group=0,
        ) as process:
            while process.returncode is None:
                try:
                    process.wait(limit)
                except KeyboardInterrupt:
                    interrupted = True
                    process.send_signal(signal.SIGINT)
                except subprocess.TimeoutExpired:
                    end_group(process.pid)
                    raise SandboxError(
                        f"`{Path(self.binary).name} {arguments[0]}` has not ended within {limit:.0f} seconds"
                    ) from None
            # A provider whose Terraform was killed may live on for ever, and hold our output and the server's input.
            end_group(process.pid)
        if interrupted:
            raise KeyboardInterrupt
        return process.returncode

    def _leash(self) -> list[str]:
        """The words before a command that make it end when we do, where the system can do that."""
        if sys.platform != "linux":
            return []
        server = -1 if self.server is None else self.server
        return [sys.executable, "-IS", str(LEASH), str(os.getpid()), str(server)]


def end_group(number: int) -> None:
    """Kill what is left of a process group, if anything is."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(number, signal.SIGKILL)


def find_terraform() -> Terraform:
    """The person's own, or a fetched one.

    Raises:
        SandboxError: there is none that is new enough, and none can be fetched.
    """
    try:
        found = prerequisites.find_terraform()
    except prerequisites.Missing as missing:
        raise SandboxError(str(missing)) from None
    return Terraform(found.binary, found.platform)


def clean_environment() -> dict[str, str]:
    """Our environment without what would lead to a real AWS account, a real state or other settings.

    Every `AWS_` and `TF_` variable goes, and the files in `~/.aws` are made unreachable
    by the variables that AWS's SDKs read their places from:
    https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    return {
        "GOGC": COLLECT,
        **kept,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ACCESS_KEY_ID": OWNER,
        "AWS_SECRET_ACCESS_KEY": OWNER,
        "CHECKPOINT_DISABLE": "1",
        # Terraform then leaves out "to apply this plan, run terraform apply": not from here.
        "TF_IN_AUTOMATION": "1",
    }
