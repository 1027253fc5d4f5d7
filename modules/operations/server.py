"""One of a site's servers as a person reaches it: commands by Systems Manager, files by way of the site's bucket."""

import shlex
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

PAUSE = 3
"""Seconds between two looks at a command."""

OUTPUT = 24_000
"""Characters of a command's output that come back.
https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html"""

UNDER_WAY = ("Pending", "InProgress", "Delayed", "Cancelling")
"""https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html"""

CURRENT = "/opt/pressform/current"
"""The folder of the release that a server serves."""

Say = Callable[[str], None]
"""Takes a line for a person."""


class Refused(Exception):
    """What a person has to mend, in words for them."""


@dataclass(frozen=True)
class Ran:
    """How a command ended.

    Attributes:
        status: its exit status.
        output: what it wrote.
    """

    status: int
    output: str


class Server(Protocol):
    """A server that runs WordPress."""

    def run(self, command: str, *, seconds: int = 600, log: str | None = None, say: Say | None = None) -> Ran:
        """Runs a line of shell as root, and waits for its end.

        Args:
            seconds: after which it is stopped.
            log: the bucket's key where it leaves what it has said so far.
            say: takes each line, as soon as it is known.

        Raises:
            Refused: it cannot be run at all.
        """

    def upload(self, path: Path, key: str) -> None:
        """Puts a file into the bucket."""

    def holds(self, key: str) -> bool:
        """Whether the bucket has it."""

    def download(self, key: str, path: Path) -> None:
        """Fetches a file from the bucket.

        Raises:
            Refused: it is not there.
        """

    def delete(self, key: str) -> None:
        """Takes a file out of the bucket."""


class Lines:
    """Says what is new in a text that grows."""

    def __init__(self, say: Say | None) -> None:
        self._say, self._said = say, 0

    def hear(self, text: str, *, over: bool = False) -> None:
        """Args:
        over: the text is complete, its last line too.
        """
        end = len(text) if over else text.rfind("\n") + 1
        if self._say and end > self._said:
            for line in text[self._said : end].splitlines():
                self._say(line)
            self._said = end


class AwsServer:
    """The first of a site's servers on AWS, by id.

    Attributes:
        id: the instance's.
    """

    def __init__(self, client: Callable[[str], Any], name: str, group: str, region: str) -> None:
        """
        Args:
            client: makes boto3's of a service.
            name: the environment's.
            group: of the servers that run WordPress.

        Raises:
            Refused: none is running.
        """
        self._ssm, self._s3 = client("ssm"), client("s3")
        self._region, self._found_bucket = region, ""
        filters = [
            {"Name": "tag:Releases", "Values": [f"{name}-{group}"]},
            {"Name": "instance-state-name", "Values": ["running"]},
        ]
        pages = client("ec2").get_paginator("describe_instances").paginate(Filters=filters)
        running = sorted(pages.search("Reservations[].Instances[].InstanceId"))
        if not running:
            raise Refused(f"No {group} server of {name} is running in {region}: apply {name} first.")
        self.id = running[0]

    def run(self, command: str, *, seconds: int = 600, log: str | None = None, say: Say | None = None) -> Ran:
        parameters = {"commands": [command], "executionTimeout": [str(seconds)]}
        told = f"commands={shlex.quote(command)},executionTimeout={seconds}"
        print_command(
            *("aws", "ssm", "send-command", "--region", self._region, "--instance-ids", self.id),
            *("--document-name", "AWS-RunShellScript", "--parameters", told),
        )
        sent = self._ssm.send_command(
            InstanceIds=[self.id], DocumentName="AWS-RunShellScript", Parameters=parameters, TimeoutSeconds=60
        )
        asked = {"CommandId": sent["Command"]["CommandId"], "InstanceId": self.id}
        lines = Lines(say)
        while (ran := self._invocation(asked))["Status"] in UNDER_WAY:
            if log:
                lines.hear(self._read(log))
            time.sleep(PAUSE)
        output = f"{ran['StandardOutputContent']}{ran['StandardErrorContent']}"
        lines.hear(output, over=True)
        if len(ran["StandardOutputContent"]) >= OUTPUT:
            print(f"Systems Manager shows no more than the first {OUTPUT:,} characters.", file=sys.stderr)
        if ran["Status"] in ("Success", "Failed") and ran["ResponseCode"] >= 0:
            return Ran(ran["ResponseCode"], output)
        raise Refused(f"{self.id} has not answered: {ran['StatusDetails']}. Is it reachable by Session Manager?")

    def _invocation(self, asked: Mapping[str, str]) -> dict[str, Any]:
        """It is unknown for a moment after it was sent."""
        try:
            return self._ssm.get_command_invocation(**asked)
        except self._ssm.exceptions.InvocationDoesNotExist:
            return {"Status": "Pending"}

    @property
    def _bucket(self) -> str:
        """As the server itself has been told."""
        if not self._found_bucket:
            ran = self.run(". /opt/pressform/site; echo $BUCKET")
            if ran.status or not ran.output.strip():
                raise Refused(f"{self.id} has no release yet: {ran.output.strip()}")
            self._found_bucket = ran.output.strip()
        return self._found_bucket

    def upload(self, path: Path, key: str) -> None:
        self._s3.upload_file(str(path), self._bucket, key)

    def holds(self, key: str) -> bool:
        from botocore.exceptions import ClientError

        try:
            self._s3.head_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            # Who may not list a bucket is refused what is not there.
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in (403, 404):
                return False
            raise
        return True

    def download(self, key: str, path: Path) -> None:
        from botocore.exceptions import ClientError

        try:
            self._s3.download_file(self._bucket, key, str(path))
        except ClientError as error:
            raise Refused(f"s3://{self._bucket}/{key} cannot be read: {error}") from error

    def delete(self, key: str) -> None:
        self._s3.delete_object(Bucket=self._bucket, Key=key)

    def _read(self, key: str) -> str:
        from botocore.exceptions import ClientError

        try:
            return self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read().decode(errors="replace")
        except ClientError:
            return ""


def print_command(*words: str) -> None:
    """Shows the command of AWS's that does what is being done."""
    print(f"+ {shlex.join(words)}", file=sys.stderr, flush=True)
