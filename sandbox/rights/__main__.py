"""Write the least policy with which an environment can be applied, changed and destroyed.

    python -m sandbox.rights ENVIRONMENT

It applies the environment in a sandbox of its own, with all rights, and reads what was called. An IAM policy
takes 6,144 characters: there may be several files.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from sandbox.__main__ import STACKS
from sandbox.rights.least import least_policies, of_terraform, write
from sandbox.root_module import FILE
from sandbox.sandbox import Sandbox
from sandbox.terraform import SandboxError, TerraformFailed

PERMISSIONS = Path("docs/permissions")

EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def main(environment: str) -> int:
    """Returns the exit status: 0, Terraform's, or 2 where there is something to put right first."""
    source = STACKS / environment / FILE
    if not source.is_file():
        print(f"permissions: there is no stack {environment!r} in {STACKS}: `make synth` makes it", file=sys.stderr)
        return 2
    try:
        with tempfile.TemporaryDirectory() as folder:
            with Sandbox(folder) as sandbox:
                sandbox.act_with([EVERYTHING])
                root = sandbox.root_module("site", source)
                root.init()
                root.apply()
            for path in write(least_policies(of_terraform(sandbox.calls), environment), PERMISSIONS, environment):
                print(path)
    except SandboxError as problem:
        print(f"permissions: {problem}", file=sys.stderr)
        return 2
    except TerraformFailed as failure:
        print(failure, file=sys.stderr)
        return failure.status
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m sandbox.rights", description="Write the least policy of an apply.")
    parser.add_argument("environment", help="the environment's name")
    sys.exit(main(parser.parse_args().environment))
