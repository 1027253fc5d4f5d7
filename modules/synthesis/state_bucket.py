"""The bucket that keeps Terraform's state: `make bootstrap-state ENV=name`.

It exists before the site and outlives it, so it is a stack of its own, in cdktf.out/state-buckets.
"""

import os
import subprocess
import sys
from pathlib import Path

from modules.settings import InvalidEnvironment, load
from modules.synthesis import prerequisites

OUTPUT = Path("cdktf.out/state-buckets")


def bootstrap(name: str, arguments: list[str]) -> int:
    """Makes the state bucket of an environment, with the AWS credentials of whoever asks. Terraform shows its plan and
    asks before it does anything.

    Args:
        name: the environment's.
        arguments: more words for `terraform apply`.

    Returns:
        The exit status: Terraform's, or 2 where a person has something to mend.
    """
    file = Path("environments", f"{name}.toml")
    try:
        prerequisites.require_node()
        # What holds a person's credentials is their own, from whom they chose to trust.
        terraform = prerequisites.own_terraform().binary
        environment = load(file)
    except (prerequisites.Missing, InvalidEnvironment) as error:
        print(error, file=sys.stderr)
        return 2
    state = environment.state
    if state.backend != "s3":
        print(f'{file}: state.backend is "{state.backend}": only "s3" keeps the state in a bucket.', file=sys.stderr)
        return 2
    assert state.bucket is not None  # the settings' rules ask for it
    own_state = Path(f"terraform.{state.bucket}.tfstate")
    folder = _write(state.bucket, state.region or environment.region, own_state)
    for words in (["init", "-input=false"], ["apply", *arguments]):
        status = subprocess.run([terraform, f"-chdir={folder}", *words], check=False).returncode
        if status:
            return status
    print(f"\nKeep {own_state}: by it Terraform knows the bucket.")
    return 0


def _write(bucket: str, region: str, own_state: Path) -> Path:
    from cdktf import App, LocalBackend, TerraformStack

    from modules.terraform.bucket import Bucket
    from modules.terraform.configuration import provide_aws

    folder = OUTPUT / "stacks" / bucket
    OUTPUT.mkdir(parents=True, exist_ok=True)
    # Whole, because Node may have been started in another folder.
    app = App(outdir=str(OUTPUT.absolute()))
    stack = TerraformStack(app, bucket)
    LocalBackend(stack, path=os.path.relpath(own_state, folder))
    provide_aws(stack, region, {"Name": bucket, "ManagedBy": "terraform"})
    Bucket(stack, "state", name=bucket)
    app.synth()
    return folder


if __name__ == "__main__":
    sys.exit(bootstrap(sys.argv[1], sys.argv[2:]))
