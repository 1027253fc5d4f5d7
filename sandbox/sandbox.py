"""A sandbox: the process that plays AWS, and the root modules that are applied to it."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import select
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3
import botocore.config
import botocore.session

from modules import PROJECT
from sandbox.calls.writing import FILE
from sandbox.providers import cli_configuration
from sandbox.root_module import PROVIDER_SETTINGS, RootModule
from sandbox.terraform import OWNER, SandboxError, clean_environment, find_terraform

WAIT = 120
"""Seconds in which AWS has started, or has saved what it holds and ended: many times what it takes."""


class Sandbox:
    """A running AWS of its own, as a context manager. Several can run side by side, each in its own folder.

    Attributes:
        folder: what it keeps from one time to the next.
        forgotten: why what the folder kept could not be used, so that it is empty; None when all is well.
        went_back: why it is as before the last command; None when all is well.
        endpoint: the URL of its AWS.
    """

    forgotten: str | None
    went_back: str | None
    endpoint: str

    def __init__(self, folder: Path | str) -> None:
        """Name the folder; nothing runs yet.

        Args:
            folder: what the sandbox keeps from one time to the next; made if there is none.
        """
        self.folder = Path(folder).absolute()

    def __enter__(self) -> Sandbox:
        """Start its AWS.

        Raises:
            SandboxError: another process uses the folder, Terraform is missing, or AWS did not start.
        """
        terraform = find_terraform()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._server = self._start_server()
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        try:
            if not select.select([self._server.stdout], [], [], WAIT)[0]:
                raise SandboxError(f"AWS did not start within {WAIT} seconds; {self.log} tells where it stands")
            said = json.loads(self._server.stdout.readline())
        except BaseException as failure:
            self._end_server()
            if isinstance(failure, json.JSONDecodeError):
                raise SandboxError(f"AWS did not start; {self.log} tells why") from None
            raise
        self.forgotten, self.went_back = said["forgotten"], said["went_back"]
        self.endpoint = f"http://127.0.0.1:{said['port']}"
        self._terraform = replace(
            terraform,
            environment=clean_environment()
            | {
                "AWS_ENDPOINT_URL": self.endpoint,
                "TF_CLI_CONFIG_FILE": str(cli_configuration(self.folder, terraform.platform)),
            },
            server=self._server.stdin.fileno(),
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Save what its AWS holds and end it.

        Raises:
            SandboxError: it could not be saved, and nothing else had failed before.
        """
        reason = self._end_server()
        if self._server.returncode and error is None:
            raise SandboxError(
                f"what the last command did is lost, for what AWS holds could not be saved: {reason};"
                " the next command finds what the one before it left"
            )

    def root_module(self, name: str, source: Path | str | Mapping[str, Any]) -> RootModule:
        """A stack to work on in this sandbox; the same name finds the same state again.

        A hosted zone that the stack expects to find is there from now on.

        Args:
            name: of its folder in the sandbox.
            source: a `cdk.tf.json`, or such a document.
        """
        root = RootModule(self.folder / name, source, self._terraform)
        self._add_zones(root.stack)
        return root

    def client(self, service: str, region: str, role: str | None = None) -> Any:
        """A boto3 client for this sandbox, whatever the environment says about real AWS.

        Args:
            role: the ARN of the role in which it acts; None for the account's owner.
        """
        signed = self.credentials(role) if role else {}
        nowhere = (None, None, os.devnull, None)
        session = botocore.session.Session(
            session_vars={
                "profile": (None, None, None, None),
                "config_file": nowhere,
                "credentials_file": nowhere,
            }
        )
        return boto3.Session(botocore_session=session).client(
            service,
            region_name=region,
            endpoint_url=self.endpoint,
            aws_access_key_id=signed.get("AWS_ACCESS_KEY_ID", OWNER),
            aws_secret_access_key=signed.get("AWS_SECRET_ACCESS_KEY", OWNER),
            aws_session_token=signed.get("AWS_SESSION_TOKEN"),
            config=botocore.config.Config(proxies={}, s3={"addressing_style": "path"}),
        )

    def act_with(self, policies: Iterable[Mapping[str, Any]]) -> None:
        """From now on, the root modules that are made here have a role with these policies. Without it, they act as the
        account's owner."""
        environment = {**self._terraform.environment, **self.credentials(self.add_role(policies))}
        self._terraform = replace(self._terraform, environment=environment)

    def add_role(self, policies: Iterable[Mapping[str, Any]]) -> str:
        """A role that may do what these policies allow; its ARN."""
        iam, name = self.client("iam", "us-east-1"), f"terraform-{secrets.token_hex(4)}"
        trusted = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [trusted]})
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        for number, policy in enumerate(policies, 1):
            made = iam.create_policy(PolicyName=f"{name}-{number}", PolicyDocument=json.dumps(policy))["Policy"]["Arn"]
            iam.attach_role_policy(RoleName=name, PolicyArn=made)
        return role

    def credentials(self, role: str) -> dict[str, str]:
        """Temporary credentials of a role, as the environment variables that AWS's programs read.

        Args:
            role: its ARN.
        """
        taken = self.client("sts", "us-east-1").assume_role(RoleArn=role, RoleSessionName="sandbox")["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": taken["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": taken["SecretAccessKey"],
            "AWS_SESSION_TOKEN": taken["SessionToken"],
        }

    def _add_zones(self, stack: Mapping[str, Any]) -> None:
        """Of all that a site may expect, the one thing that has a name and nothing else that matters."""
        expected = {zone["name"] for zone in stack.get("data", {}).get("aws_route53_zone", {}).values()}
        if not expected:
            return
        route53 = self.client("route53", "us-east-1")
        there = {zone["Name"].removesuffix(".") for zone in route53.list_hosted_zones()["HostedZones"]}
        for name in sorted(expected - there):
            route53.create_hosted_zone(Name=name, CallerReference=name)

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of a program that shall meet this AWS, and no other."""
        return self._terraform.environment

    @property
    def log(self) -> Path:
        """Every request to this sandbox's AWS since it was started, and its faults."""
        return self.folder / "aws.log"

    @property
    def calls(self) -> Path:
        """Every call of an API that its AWS got since it was started; `sandbox.calls.refusals` reads it."""
        return self.folder / FILE

    def _start_server(self) -> subprocess.Popen[str]:
        with self.log.open("a") as log:
            # The server inherits the locked file: the lock ends with it, not with us.
            try:
                fcntl.flock(log, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SandboxError(f"another command is using the sandbox in {self.folder}; wait for its end") from None
            log.truncate(0)
            return subprocess.Popen(
                [sys.executable, "-m", "sandbox.server", str(self.folder), str(os.getpid())],
                cwd=PROJECT,
                env=clean_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                # Ctrl-C on the terminal must not reach it: Terraform still has things to finish.
                start_new_session=True,
            )

    def _end_server(self) -> str:
        """Close the server's standard input, upon which it saves and ends; if that failed, why."""
        try:
            said, _ = self._server.communicate(timeout=WAIT)
        except subprocess.TimeoutExpired:
            for number in (signal.SIGABRT, signal.SIGCONT):  # the log then has where it stood
                self._server.send_signal(number)
            self._server.communicate()
            return f"it did not end within {WAIT} seconds; {self.log} tells where it stood"
        if self._server.returncode < 0:
            return f"it was killed by {signal.Signals(-self._server.returncode).name}"
        return said or f"{self.log} tells why"


def offline_root_module(folder: Path, source: Path | str | Mapping[str, Any]) -> RootModule:
    """A stack to plan with no AWS at all, which works for one that looks nothing up.

    Not even the account id: Terraform then knows it as the empty string.

    Args:
        folder: becomes Terraform's working directory; made if there is none.
        source: a `cdk.tf.json`, or such a document.

    Raises:
        SandboxError: Terraform is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    terraform = find_terraform()
    configuration = cli_configuration(folder, terraform.platform)
    environment = clean_environment() | {"TF_CLI_CONFIG_FILE": str(configuration)}
    return RootModule(
        folder,
        source,
        replace(terraform, environment=environment),
        PROVIDER_SETTINGS | {"skip_requesting_account_id": True},
    )
