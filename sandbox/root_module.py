"""One root module: a synthesized stack in a folder where Terraform may work on it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from modules.wordpress import ARCHIVE, write_archive
from sandbox import providers
from sandbox.terraform import SandboxError, Terraform, TerraformFailed

FILE = "cdk.tf.json"

ARGUMENTS = {
    "validate": [],
    # Nearly all the time of an apply goes by in waiting, so thirty can wait at once.
    "plan": ["-input=false", "-parallelism=30"],
    "apply": ["-input=false", "-parallelism=30", "-auto-approve"],
    "destroy": ["-input=false", "-parallelism=30", "-auto-approve"],
}

PROVIDER_SETTINGS = {
    "skip_credentials_validation": True,
    "skip_metadata_api_check": True,
    "s3_use_path_style": True,
    # At the provider's 25, a call that keeps failing takes nine minutes to say so.
    "max_retries": 4,
}
REAL_ACCOUNT_SETTINGS = {
    "access_key",
    "allowed_account_ids",
    "assume_role",
    "assume_role_with_web_identity",
    "forbidden_account_ids",
    "profile",
    "secret_key",
    "shared_config_files",
    "shared_credentials_files",
    "token",
}


class RootModule:
    """A stack's JSON in a folder, and the Terraform commands for it.

    Every command raises TerraformFailed, with Terraform's words, where Terraform ends with an error.

    Attributes:
        folder: Terraform's working directory, where its state stays.
        stack: the JSON as Terraform reads it here.
    """

    def __init__(
        self,
        folder: Path,
        source: Path | str | Mapping[str, Any],
        terraform: Terraform,
        provider_settings: Mapping[str, Any] = PROVIDER_SETTINGS,
    ) -> None:
        """Write the stack's JSON into the folder.

        Args:
            folder: becomes Terraform's working directory; made if there is none.
            source: a `cdk.tf.json` (with the `assets` beside it), or such a document, whose archive is the one that
                this project makes now.
            terraform: the binary, and the environment it runs in.
            provider_settings: arguments for every configuration of the AWS provider.
        """
        self.folder = folder
        self._terraform = terraform
        self._log = folder / "terraform.log"
        folder.mkdir(parents=True, exist_ok=True)
        if isinstance(source, Mapping):
            document = source
            if "aws_s3_object" in document.get("resource", {}):
                (folder / ARCHIVE).parent.mkdir(exist_ok=True)
                write_archive(folder / ARCHIVE, document.get("//", {}).get("site"))
        else:
            assets = Path(source).with_name("assets")
            if assets.is_dir():
                shutil.rmtree(folder / "assets", ignore_errors=True)
                shutil.copytree(assets, folder / "assets")
            document = json.loads(Path(source).read_text())
        self.stack = for_sandbox(document, provider_settings)
        (folder / FILE).write_text(json.dumps(self.stack, indent=2))

    def init(self) -> None:
        """Install the providers: those of the last time, which needs no network, where the stack still allows them.

        Raises:
            TerraformFailed: there is no way to them, with advice.
            SandboxError: it took too long.
        """
        with providers.one_at_a_time():
            try:
                self._run("init", "-input=false")
            except TerraformFailed:
                try:
                    self._run("init", "-input=false", "-upgrade")
                except TerraformFailed as failure:
                    raise TerraformFailed(failure.status, f"{failure}\n{providers.ADVICE}") from None
            except SandboxError as problem:
                raise SandboxError(f"{problem}. {providers.ADVICE}") from None

    def validate(self) -> None:
        """Check the stack against the providers' schemas.

        Raises:
            TerraformFailed: the stack is not valid.
        """
        self._run("validate")

    def plan(self, *arguments: str) -> Plan:
        """Compare the stack with what there is."""
        path = self.folder / "plan.tfplan"
        status = self._run("plan", "-detailed-exitcode", f"-out={path.name}", *arguments, good=(0, 2))
        return Plan(self, path, is_empty=status == 0)

    def apply(self, *arguments: str) -> None:
        """Make what there is like the stack."""
        self._run("apply", *arguments)

    def destroy(self, *arguments: str) -> None:
        """Remove everything that the state knows."""
        self._run("destroy", *arguments)

    def forget(self, *addresses: str) -> None:
        """Take resources out of the state, and leave them as they are."""
        self._run("state", "rm", *addresses)

    def show(self, path: Path | None = None) -> dict[str, Any]:
        """The state, or a saved plan, in Terraform's JSON form.

        https://developer.hashicorp.com/terraform/internals/json-format
        """
        self._run("show", "-json", *([path.name] if path else []))
        return json.loads(self.output)

    @property
    def output(self) -> str:
        """What the last command printed."""
        return self._log.read_text()

    def run_live(self, command: str, *arguments: str) -> int:
        """Run a command for a person to watch and return Terraform's exit status."""
        colour = [] if sys.stdout.isatty() else ["-no-color"]
        return self._terraform.run(command, *colour, *ARGUMENTS[command], *arguments, folder=self.folder)

    def _run(self, command: str, *arguments: str, good: tuple[int, ...] = (0,)) -> int:
        words = [command, *ARGUMENTS.get(command, []), *arguments]
        if command not in ("show", "state"):  # which have their own words first
            words.insert(1, "-no-color")
        with self._log.open("w") as log:
            limit = providers.TURN if command == "init" else None
            status = self._terraform.run(*words, folder=self.folder, output=log, limit=limit)
        if status not in good:
            raise TerraformFailed(status, self.output)
        return status


@dataclass(frozen=True)
class Plan:
    """A saved plan.

    Attributes:
        root: what was planned.
        path: the plan file.
        is_empty: whether there is nothing to do, outputs included.
    """

    root: RootModule
    path: Path
    is_empty: bool

    @cached_property
    def json(self) -> dict[str, Any]:
        """The plan as `terraform show -json` gives it."""
        return self.root.show(self.path)


def for_sandbox(document: Mapping[str, Any], provider_settings: Mapping[str, Any]) -> dict[str, Any]:
    """The stack with its state in Terraform's working directory and its AWS in the sandbox.

    The copy is edited instead of being given an override file, because no override can
    take a `cloud` block away.
    """
    stack: dict[str, Any] = json.loads(json.dumps(document))
    for elsewhere in ("backend", "cloud"):
        stack.get("terraform", {}).pop(elsewhere, None)
    configurations = stack.get("provider", {}).get("aws", [])
    for aws in configurations if isinstance(configurations, list) else [configurations]:
        for setting in REAL_ACCOUNT_SETTINGS:
            aws.pop(setting, None)
        aws.update(provider_settings)
    return stack
