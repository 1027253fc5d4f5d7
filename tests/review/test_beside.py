"""What a plan holds beside the changes of resources, each in the verdict and, where it is a risk, in `--fail-on`."""

from typing import Any

import pytest

from review.plan import Plan
from review.report import Report
from tests.review.conftest import Document, Golden, change

pytestmark = pytest.mark.xdist_group("review")


@pytest.fixture
def document(golden: Golden) -> Document:
    return golden.plan("no change")


def told(document: Document) -> tuple[str, list[tuple[str, str]]]:
    report = Report(Plan(document), "test", "")
    return report.verdict, [(risk.danger.value, risk.text) for risk in report.risks]


def test_what_is_forgotten_stays_and_is_no_longer_kept(document: Document):
    change(document, "aws_db_instance.database")["change"] |= {"actions": ["forget"], "after": None}
    verdict, risks = told(document)
    assert verdict.startswith("1 to forget: aws_db_instance.database is no longer kept")
    assert [danger for danger, _ in risks] == ["state"], "the site still has its database"


def test_an_import_is_counted_and_no_risk(document: Document):
    change(document, "aws_db_instance.database")["change"]["importing"] = {"id": "d"}
    assert told(document) == ("1 to import", [])


def test_a_move_is_counted(document: Document):
    change(document, "aws_db_instance.database")["previous_address"] = "aws_db_instance.old"
    assert told(document) == ("1 to move", [])


def test_an_output_that_changes_is_counted_and_a_sensitive_one_is_not_shown(document: Document):
    output = {"actions": ["update"], "before": "a", "after": "b", "before_sensitive": True, "after_sensitive": True}
    document["output_changes"]["word"] = output
    report = Report(Plan(document), "test", "")
    assert report.verdict == "1 output to change"
    assert report.beside == ["the output `word` is changed: `(sensitive)` → `(sensitive)`"]


def test_a_deposed_database_is_data_at_risk(document: Document):
    item = change(document, "aws_db_instance.database")
    left_over = {**item, "deposed": "1a2b3c4d", "change": {**item["change"], "actions": ["delete"], "after": None}}
    document["resource_changes"].append(left_over)
    verdict, ((danger, text),) = told(document)
    assert verdict.startswith("1 left over to destroy")
    assert danger == "data-loss"
    assert "left behind" in text


def test_drift_of_what_the_configuration_says_is_told_and_what_aws_adds_is_not(document: Document):
    item = change(document, "aws_db_instance.database")
    before = {**item["change"]["before"], "instance_class": "db.t3.large", "endpoint": "other"}
    document["resource_drift"].append({**item, "change": {**item["change"], "before": before, "actions": ["update"]}})
    _, risks = told(document)
    assert risks == [("state", "`aws_db_instance.database` was changed outside Terraform: instance_class")]


@pytest.mark.parametrize(("status", "says"), [("fail", "fails: too old"), ("unknown", "known only after the apply")])
def test_checks_that_did_not_pass_are_told(document: Document, status: str, says: str):
    instances: list[dict[str, Any]] = [{"status": status, "problems": [{"message": "too old"}]}]
    address = {"kind": "check", "to_display": "check.health"}
    document["checks"] = [{"address": address, "status": status, "instances": instances}]
    verdict, ((danger, text),) = told(document)
    assert danger == "incomplete"
    assert says in text
    assert "check.health" in verdict


def test_a_plan_of_a_part_says_so_and_keeps_the_rest_of_the_site(document: Document):
    document["complete"] = False
    document["resource_changes"] = [
        item for item in document["resource_changes"] if item["address"] == "aws_db_instance.database"
    ]
    report = Report(Plan(document), "test", "")
    assert "an incomplete plan" in report.verdict
    assert [risk.danger.value for risk in report.risks] == ["incomplete"]
    assert report.survival is not None, "what Terraform did not plan stays as it is"


def test_a_plan_that_only_refreshes_says_so(document: Document):
    del document["resource_changes"]
    document["applyable"] = True
    report = Report(Plan(document), "test", "")
    assert report.verdict == "only Terraform's own record changes"
    assert report.survival is not None


def test_sensitive_values_leave_the_answer_unknown_and_no_trace(document: Document):
    for address, names in (
        ("aws_subnet.public_1a", ["availability_zone", "cidr_block"]),
        ("aws_instance.webserver1", ["tags"]),
        ("aws_lb_listener.load_balancer_http", ["port"]),
        ("aws_vpc_security_group_ingress_rule.load_balancer_from_internet_80", ["cidr_ipv4", "from_port"]),
    ):
        its = change(document, address)["change"]
        its["before_sensitive"] = its["after_sensitive"] = dict.fromkeys(names, True)
    report = Report(Plan(document), "test", "")
    assert ("(sensitive)", "load balancer") in {(flow.source, flow.target) for flow in report.after.reach.possible}
    assert report.survival is not None
    assert report.survival.down == ""
