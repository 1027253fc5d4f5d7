"""Run Terraform on a synthesized stack against the AWS on this machine.

    python -m sandbox plan|apply|destroy|validate ENVIRONMENT [-- ARGUMENT ...]

The arguments after `--` go to Terraform. The exit status is Terraform's; 2 if there is
something to put right first, 130 after Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path

from sandbox.root_module import ARGUMENTS, FILE
from sandbox.sandbox import Sandbox
from sandbox.terraform import SandboxError, TerraformFailed

STACKS = Path("cdktf.out/stacks")
SANDBOXES = Path(".sandbox")

EXISTING = {"aws_vpc": "a VPC", "aws_db_instance": "a database"}

SLOW = {
    "apply": "about three minutes",
    "destroy": "about two minutes",
}


def main(words: list[str]) -> int:
    """Carry one command out and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox",
        description="Run Terraform on a synthesized stack against an AWS on this machine.",
    )
    parser.add_argument("command", choices=ARGUMENTS)
    parser.add_argument("environment", help=f"a stack in {STACKS}")
    parser.add_argument("arguments", nargs="*", help="after --: arguments for Terraform")
    given = parser.parse_args(words)

    # Whoever ends us this way wants what Ctrl-C gives: Terraform finishes, all is saved.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run(given.command, given.environment, given.arguments)
    except SandboxError as problem:
        print(f"sandbox: {problem}", file=sys.stderr)
        return 2
    except OSError as problem:
        print(f"sandbox: {problem.filename or SANDBOXES}: {problem.strerror}", file=sys.stderr)
        return 2
    except TerraformFailed as failure:
        print(failure, file=sys.stderr)
        return failure.status
    except KeyboardInterrupt:
        return 130


def run(command: str, environment: str, arguments: list[str]) -> int:
    """One Terraform command on one stack, for a person to watch.

    Returns:
        Terraform's exit status.

    Raises:
        SandboxError: there is no such stack, or the sandbox cannot start or save.
        TerraformFailed: the providers could not be installed.
    """
    source = STACKS / environment / FILE
    if not source.is_file():
        there = ", ".join(sorted(found.parent.name for found in STACKS.glob(f"*/{FILE}")))
        raise SandboxError(
            f"there is no stack {environment!r} in {STACKS}, only {there or 'nothing at all'};"
            " `make synth` makes one of every file in environments/"
        )
    with Sandbox(SANDBOXES / environment) as sandbox:
        if sandbox.forgotten:
            say(f"starts empty, because what it held cannot be used: {sandbox.forgotten}")
        if sandbox.went_back:
            say(
                "the last command was cut short and half of what it did would be of no use,"
                f" so everything is as it was before it ({sandbox.went_back})"
            )
        if command in SLOW:
            say(
                f"AWS is played by moto; {command} still takes {SLOW[command]}, because"
                " Terraform's AWS provider waits by fixed timers for databases and the like"
            )
        root = sandbox.root_module("terraform", source)
        root.init()
        status = root.run_live(command, *arguments)
        if status == 1:
            say(f"AWS's side of it is in {sandbox.log}")
            if expected := _expected(source):
                say(
                    f"the stack reads {' and '.join(expected)} of your own account, and nothing of that is in here:"
                    f" `terraform -chdir={source.parent} plan` asks your account"
                )
        return status


def _expected(source: Path) -> list[str]:
    """What the stack takes to exist already."""
    read = json.loads(source.read_text()).get("data", {})
    return [what for kind, what in EXISTING.items() if kind in read]


def say(text: str) -> None:
    """Tell the person something that is not Terraform's output."""
    print(f"sandbox: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
