"""The end of a roll-out: `make release ENV=name` waits until every server has answered.

An apply ends as soon as State Manager knows of a release. This command asks it on, says of each server what it serves
since when, and ends with status 1 where a release was undone: with the server, and the last line of its log. Where the
site sends by SES, it says what still keeps mail from arriving.
https://docs.aws.amazon.com/systems-manager/latest/userguide/state-manager-associations-viewing-execution-results.html
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAUSE = 5
"""Seconds between two questions."""

UNDER_WAY = ("Pending", "InProgress")
"""https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AssociationExecutionTarget.html"""


class NoRelease(Exception):
    """There is none to wait for, in one line."""


@dataclass(frozen=True)
class Answer:
    """What a server has said.

    Attributes:
        server: its id.
        status: Success, Failed, TimedOut, ...: State Manager's word.
        since: when.
        command: by which its output is found; None where it got none.
    """

    server: str
    status: str
    since: str
    command: str | None


class RollOut:
    """A group's release on its way.

    Attributes:
        group: whose servers take it.
        release: its name.
    """

    def __init__(self, client: Any, name: str, group: str) -> None:
        """
        Args:
            client: boto3's, for Systems Manager.
            name: the environment's.

        Raises:
            NoRelease: the environment has not been applied.
        """
        self._client = client
        self.group = group
        asked = [{"key": "AssociationName", "value": f"{name}-{group}-release"}]
        found = client.list_associations(AssociationFilterList=asked)["Associations"]
        if not found:
            raise NoRelease(f"State Manager knows no release of {name}'s {group} servers: apply {name} first.")
        about = client.describe_association(AssociationId=found[0]["AssociationId"])["AssociationDescription"]
        self._id, self._version = about["AssociationId"], about["AssociationVersion"]
        (command,) = about["Parameters"]["commands"]
        self.release = command.split()[-1]

    def look(self) -> tuple[bool, list[Answer]]:
        """Whether it is over, and the answers so far, each server's last. Those of another release do not count."""
        executions = [
            execution
            for execution in self._all("describe_association_executions", "AssociationExecutions")
            if execution["AssociationVersion"] == self._version
        ]
        answers: dict[str, Answer] = {}
        for execution in sorted(executions, key=lambda execution: execution["CreatedTime"]):
            for target in self._all(
                "describe_association_execution_targets",
                "AssociationExecutionTargets",
                ExecutionId=execution["ExecutionId"],
            ):
                answers[target["ResourceId"]] = Answer(
                    target["ResourceId"],
                    target["Status"],
                    f"{target['LastExecutionDate']:%H:%M:%S}" if "LastExecutionDate" in target else "",
                    target.get("OutputSource", {}).get("OutputSourceId"),
                )
        over = bool(executions) and not any(execution["Status"] in UNDER_WAY for execution in executions)
        return over, [answers[server] for server in sorted(answers)]

    def last_line(self, answer: Answer) -> str:
        """What the server wrote last."""
        if not answer.command:
            return "it was not asked"
        said = self._client.get_command_invocation(CommandId=answer.command, InstanceId=answer.server)
        lines = f"{said['StandardOutputContent']}\n{said['StandardErrorContent']}".strip().splitlines()
        told = [line for line in lines if "FAILED: " in line]
        return (told or lines or [said["StatusDetails"]])[-1]

    def _all(self, action: str, key: str, **arguments: str) -> list[dict[str, Any]]:
        """Of all pages."""
        pages = self._client.get_paginator(action).paginate(AssociationId=self._id, **arguments)
        return list(pages.search(f"{key}[]"))


def wait(roll_outs: Sequence[RollOut], say: Callable[[str], None], pause: Callable[[], None]) -> int:
    """Waits until every server of every group has answered.

    Args:
        say: takes a line for a person.
        pause: called between two questions.

    Returns:
        The exit status: 1 where a server has not taken its release.
    """
    told: dict[RollOut, list[Answer]] = {roll_out: [] for roll_out in roll_outs}
    under_way, failed = list(roll_outs), False
    while under_way:
        for roll_out in list(under_way):
            over, answers = roll_out.look()
            for answer in answers:
                if answer.status in UNDER_WAY or answer in told[roll_out]:
                    continue
                told[roll_out].append(answer)
                if answer.status == "Success":
                    say(f"{roll_out.group}: {answer.server} serves release {roll_out.release} since {answer.since}")
                else:
                    failed = True
                    say(f"{roll_out.group}: {answer.server}: {answer.status}: {roll_out.last_line(answer)}")
            if over:
                under_way.remove(roll_out)
                if not answers:
                    say(f"{roll_out.group}: no server is there yet: new ones take release {roll_out.release}")
        if under_way:
            pause()
    if failed:
        say("The release was undone where it failed, and has gone no further. Revert the change and apply.")
    return int(failed)


def what_holds_mail(client: Any, domain: str) -> list[str]:
    """What keeps SES from sending a site's mail to everybody, with the next step, a line each.
    https://docs.aws.amazon.com/ses/latest/dg/request-production-access.html

    Args:
        client: boto3's, for SES (version 2) in the region that sends.
        domain: the sender's.
    """
    lines = []
    if not client.get_email_identity(EmailIdentity=domain)["VerifiedForSendingStatus"]:
        lines.append(
            f"mail: SES has not seen {domain}'s DKIM records yet, and sends nothing. It looks for up to three days; "
            "where the domain is kept elsewhere, write the output mail_records there."
        )
    account, region = client.get_account(), client.meta.region_name
    if not account["ProductionAccessEnabled"]:
        lines.append(
            f"mail: this account's SES in {region} is in its sandbox: it sends to verified addresses only, 200 mails a "
            "day. Ask for production access in SES's console, or: aws sesv2 put-account-details --region "
            f"{region} --production-access-enabled --mail-type TRANSACTIONAL --website-url https://{domain}"
        )
    if not account["SendingEnabled"]:
        lines.append(f"mail: AWS has paused this account's SES in {region}: its console, under Reputation, says why.")
    return lines


def main(name: str) -> int:
    """Waits for an environment's release, with the AWS credentials of whoever asks.

    Returns:
        The exit status: 0, 1 where a server has not taken its release, 2 where a person has something to mend.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from modules.settings import InvalidEnvironment, load

    try:
        settings = load(Path("environments", f"{name}.toml"))
        client = boto3.client("ssm", region_name=settings.region)
        status = wait([RollOut(client, name, group) for group in settings.groups], _say, lambda: time.sleep(PAUSE))
        if settings.mail and settings.mail.by_ses:
            ses = boto3.client("sesv2", region_name=settings.mail.region or settings.region)
            try:
                lines = what_holds_mail(ses, settings.mail.domain)
            except ClientError as error:
                # The release is served, whether or not this person may look at SES.
                lines = [f"mail: SES does not tell how it is: {error}"]
            for line in lines:
                _say(line)
        return status
    except (InvalidEnvironment, NoRelease, BotoCoreError, ClientError) as error:
        print(error, file=sys.stderr)
        return 2


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
