"""The command that waits for a roll-out's end: what it says, and how it ends."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from modules.rollout import NoRelease, RollOut, wait, what_holds_mail

AT = datetime(2026, 11, 28, 12, 30, 15, tzinfo=UTC)


class StateManager:
    """Answers as the API reference has it. Each look at the executions is a step further.

    `steps` are the states of the newest execution, each with its servers' states."""

    def __init__(self, steps: list[tuple[str, dict[str, str]]], said: dict[str, str]) -> None:
        self.steps, self.said, self.step = steps, said, -1

    def list_associations(self, AssociationFilterList: list[dict[str, str]]) -> dict[str, Any]:
        known = AssociationFilterList == [{"key": "AssociationName", "value": "shop-web-release"}]
        return {"Associations": [{"AssociationId": "a-1"}] if known else []}

    def describe_association(self, AssociationId: str) -> dict[str, Any]:
        commands = ["/opt/pressform/bootstrap.sh 0123456789abcdef"]
        about = {"AssociationId": AssociationId, "AssociationVersion": "3", "Parameters": {"commands": commands}}
        return {"AssociationDescription": about}

    def get_paginator(self, action: str) -> Any:
        """boto3's own, over the answers below."""
        client = boto3.client("ssm", region_name="ap-northeast-1")
        setattr(client, action, getattr(self, action))
        return client.get_paginator(action)

    def describe_association_executions(self, AssociationId: str, NextToken: str = "") -> dict[str, Any]:
        before = {"ExecutionId": "old", "AssociationVersion": "2", "Status": "Failed", "CreatedTime": AT}
        if not NextToken:
            self.step += 1
            return {"AssociationExecutions": [before], "NextToken": "more"}
        status, _ = self.steps[self.step]
        newest = {"ExecutionId": "new", "AssociationVersion": "3", "Status": status, "CreatedTime": AT}
        return {"AssociationExecutions": [newest] if status else []}

    def describe_association_execution_targets(self, AssociationId: str, ExecutionId: str) -> dict[str, Any]:
        assert ExecutionId == "new"
        _, servers = self.steps[self.step]
        targets = [
            {
                "ResourceId": server,
                "Status": status,
                "LastExecutionDate": AT,
                "OutputSource": {"OutputSourceId": f"command-{server}", "OutputSourceType": "RunCommand"},
            }
            for server, status in servers.items()
        ]
        return {"AssociationExecutionTargets": targets}

    def get_command_invocation(self, CommandId: str, InstanceId: str) -> dict[str, str]:
        assert CommandId == f"command-{InstanceId}"
        return {
            "StandardOutputContent": self.said[InstanceId],
            "StandardErrorContent": "failed to run commands: exit status 1",
            "StatusDetails": "Failed",
        }


@pytest.fixture
def lines() -> list[str]:
    return []


def test_it_waits_until_every_server_has_answered(lines: list[str]):
    client = StateManager(
        [
            ("", {}),  # what is known is of the release before
            ("InProgress", {"i-1": "InProgress"}),
            ("InProgress", {"i-1": "Success", "i-2": "Pending"}),
            ("Success", {"i-1": "Success", "i-2": "Success"}),
        ],
        {},
    )
    pauses: list[int] = []
    assert wait([RollOut(client, "shop", "web")], lines.append, lambda: pauses.append(1)) == 0
    assert lines == [f"web: {server} serves release 0123456789abcdef since 12:30:15" for server in ("i-1", "i-2")]
    assert len(pauses) == 3


def test_it_ends_with_the_server_that_failed_and_the_last_line_of_its_log(lines: list[str]):
    log = "2026-11-28T12:30:14Z serving\n2026-11-28T12:30:15Z FAILED: release x is not served: /: status 500\n"
    client = StateManager([("Failed", {"i-1": "Failed"})], {"i-1": log})
    assert wait([RollOut(client, "shop", "web")], lines.append, lambda: None) == 1
    assert lines[0] == "web: i-1: Failed: 2026-11-28T12:30:15Z FAILED: release x is not served: /: status 500"
    assert lines[1].endswith("Revert the change and apply.")


def test_before_the_first_server_is_there_nothing_has_failed(lines: list[str]):
    client = StateManager([("Success", {})], {})
    assert wait([RollOut(client, "shop", "web")], lines.append, lambda: None) == 0
    assert lines == ["web: no server is there yet: new ones take release 0123456789abcdef"]


def test_an_environment_that_was_not_applied_has_no_release():
    with pytest.raises(NoRelease, match="State Manager knows no release of shop's api servers: apply shop first"):
        RollOut(StateManager([], {}), "shop", "api")


class Ses:
    """An account's SES, as its API answers."""

    class meta:
        region_name = "ap-northeast-1"

    def __init__(self, *, verified: bool, production: bool, sending: bool = True) -> None:
        self.verified, self.production, self.sending = verified, production, sending

    def get_email_identity(self, EmailIdentity: str) -> dict[str, Any]:
        assert EmailIdentity == "example.com"
        return {"VerifiedForSendingStatus": self.verified}

    def get_account(self) -> dict[str, Any]:
        return {"ProductionAccessEnabled": self.production, "SendingEnabled": self.sending}


def test_mail_that_would_reach_nobody_is_told_with_the_next_step():
    records, sandbox, paused = what_holds_mail(Ses(verified=False, production=False, sending=False), "example.com")
    assert "has not seen example.com's DKIM records yet" in records
    assert "mail_records" in records
    assert "in its sandbox: it sends to verified addresses only" in sandbox
    assert "aws sesv2 put-account-details --region ap-northeast-1 --production-access-enabled" in sandbox
    assert "has paused this account's SES" in paused


def test_mail_that_arrives_is_no_news():
    assert what_holds_mail(Ses(verified=True, production=True), "example.com") == []
