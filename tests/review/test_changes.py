"""How single changes are read, on the plan of a live site with one thing changed by hand."""

import base64
import gzip
import json

import pytest

from review.changes import differences, section
from review.moment import Action
from review.plan import Plan
from review.report import Report
from tests.review.conftest import Document, Golden, change

pytestmark = pytest.mark.xdist_group("review")


@pytest.fixture
def document(golden: Golden) -> Document:
    return golden.plan("no change")


def test_sensitive_values_are_compared_and_never_shown(document: Document):
    database = change(document, "aws_db_instance.database")["change"]
    database["actions"] = ["update"]
    database["before"] = database["before"] | {"password": "old-secret"}
    database["after"] = database["after"] | {"password": "new-secret"}
    database["before_sensitive"] = database["after_sensitive"] = {"password": True}

    plan = Plan(document)
    (changed,) = [c for c in plan.changes if c.action is Action.UPDATE]
    (found,) = differences(changed)
    assert (found.path, found.before, found.after) == ("password", "(sensitive)", "(sensitive)")


def test_deposed_objects_and_data_sources_are_no_part_of_the_site(document: Document):
    database = change(document, "aws_db_instance.database")
    left_over = {**database, "deposed": "1a2b3c4d", "change": {**database["change"], "actions": ["delete"]}}
    document["resource_changes"].append(left_over)

    assert not any(c.action is Action.DELETE for c in Plan(document).changes)


def test_a_moved_resource_is_told_and_is_no_risk(document: Document):
    item = change(document, "aws_db_instance.database")
    item["previous_address"] = "aws_db_instance.old"

    report = Report(Plan(document), "moved", "")
    assert [change.moved_from for change in report.sections["Database"]] == ["aws_db_instance.old"]
    assert report.risks == []


def test_a_boot_script_s_change_is_shown_line_by_line(document: Document):
    server = change(document, "aws_instance.webserver1")["change"]
    scripts = [f"#!/bin/sh\nstep one\nstep {word}\nstep three\n" for word in ("two", "2")]
    before, after = (base64.b64encode(gzip.compress(script.encode())).decode() for script in scripts)
    server["actions"] = ["update"]
    server["before"] = server["before"] | {"user_data_base64": before}
    server["after"] = server["after"] | {"user_data_base64": after}

    (changed,) = [c for c in Plan(document).changes if c.action is Action.UPDATE]
    (found,) = differences(changed)
    assert [line for line in found.lines if line[0] in "+-"] == ["-step two", "+step 2"]


def test_a_policy_s_change_is_shown_line_by_line(document: Document):
    permissions = change(document, "aws_iam_role_policy.web")["change"]
    policy = json.loads(permissions["before"]["policy"])
    (logs,) = [statement for statement in policy["Statement"] if statement["Sid"] == "WriteLogs"]
    logs["Action"].append("logs:DeleteLogStream")
    permissions["actions"] = ["update"]
    permissions["after"] = permissions["after"] | {"policy": json.dumps(policy)}

    (changed,) = [c for c in Plan(document).changes if c.action is Action.UPDATE]
    (found,) = differences(changed)
    assert found.path == "policy"
    assert [line.strip("+ ") for line in found.lines if line[0] == "+"] == [
        '"logs:PutLogEvents",',
        '"logs:DeleteLogStream"',
    ]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("aws_vpc", "Network"),
        ("aws_vpc_endpoint", "Network"),
        ("aws_vpc_security_group_ingress_rule", "Firewalls"),
        ("aws_default_security_group", "Firewalls"),
        ("aws_lb_listener", "Load balancer"),
        ("aws_db_subnet_group", "Database"),
        ("aws_cloudfront_distribution", "Domain"),
        ("aws_cloudwatch_metric_alarm", "Logs and alarms"),
        ("random_password", "Everything else"),
    ],
)
def test_a_resource_type_belongs_to_a_part_of_the_site(kind: str, expected: str):
    assert section(kind) == expected
