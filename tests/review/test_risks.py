"""What a reviewer is told first, on the plan of a live site with one thing changed by hand."""

import json
from pathlib import Path

import pytest

from review.__main__ import main
from review.plan import Plan
from review.report import Report
from tests.review.conftest import Document, Golden, change

pytestmark = pytest.mark.xdist_group("review")


@pytest.fixture
def document(golden: Golden) -> Document:
    return golden.plan("no change")


def risks(document: Document) -> list[tuple[str, str]]:
    return [(risk.danger.value, risk.text) for risk in Report(Plan(document), "test", "").risks]


def destroy(document: Document, address: str) -> None:
    change(document, address)["change"] |= {"actions": ["delete"], "after": None}


def test_destroyed_uploads_are_data_at_risk(document: Document):
    destroy(document, "aws_efs_file_system.uploads")
    assert risks(document)[0] == (
        "data-loss",
        "the uploads is destroyed (`aws_efs_file_system.uploads`): what it held is gone for good",
    )


def test_a_final_snapshot_and_deletion_protection_are_told(document: Document):
    destroy(document, "aws_db_instance.database")
    change(document, "aws_db_instance.database")["change"]["before"] |= {
        "skip_final_snapshot": False,
        "deletion_protection": True,
    }
    (_, text), *_ = risks(document)
    assert "a final snapshot keeps what it held; its deletion protection will stop the apply" in text


def test_backups_turned_off_are_data_at_risk(document: Document):
    database = change(document, "aws_db_instance.database")["change"]
    database |= {"actions": ["update"], "after": database["after"] | {"backup_retention_period": 0}}
    assert risks(document) == [("data-loss", "backups are turned off (`aws_db_instance.database`)")]


def test_a_replaced_server_takes_the_uploads_with_it_where_they_are_on_its_disk(document: Document):
    document["resource_changes"] = [c for c in document["resource_changes"] if not c["type"].startswith("aws_efs")]
    change(document, "aws_instance.webserver2")["change"]["actions"] = ["create", "delete"]
    assert ("data-loss", "uploads are on the servers' own disks, which go: WEBSERVER2") in risks(document)


@pytest.mark.parametrize(
    ("address", "values", "expected"),
    [
        ("web_from_load_balancer_80", {"cidr_ipv4": "0.0.0.0/0"}, "internet can now reach the web servers on port 80"),
        (
            "web_from_load_balancer_80",
            {"cidr_ipv6": "::/0"},
            "`aws_vpc_security_group_ingress_rule.web_from_load_balancer_80` now lets internet in on port 80: "
            "only that no route leads to the web servers keeps it shut",
        ),
        ("load_balancer_from_internet_80", {"from_port": 22}, "internet can now reach the load balancer on port 22-80"),
    ],
)
def test_whatever_the_internet_newly_reaches_is_an_exposure(document: Document, address: str, values, expected: str):
    rule = change(document, f"aws_vpc_security_group_ingress_rule.{address}")["change"]
    rule |= {"actions": ["update"], "after": rule["after"] | values}
    assert ("exposure", expected) in risks(document)


def test_a_rule_where_no_route_leads_is_an_exposure_that_only_the_route_keeps_shut(document: Document):
    rule = change(document, "aws_vpc_security_group_ingress_rule.database_from_web_3306")["change"]
    rule |= {"actions": ["update"], "after": rule["after"] | {"cidr_ipv4": "0.0.0.0/0"}}
    report = Report(Plan(document), "test", "")
    address = "aws_vpc_security_group_ingress_rule.database_from_web_3306"
    assert (
        "exposure",
        f"`{address}` now lets internet in on port 3306: only that no route leads to the database keeps it shut",
    ) in risks(document)
    assert [rule.address for rule in report.after.reach.idle] == [address]
    assert ("internet", "database") not in {(flow.source, flow.target) for flow in report.matrix.flows}


def test_addresses_where_no_route_leads_are_told_and_are_no_exposure(document: Document):
    rule = change(document, "aws_vpc_security_group_ingress_rule.database_from_web_3306")["change"]
    rule |= {"actions": ["update"], "after": rule["after"] | {"cidr_ipv4": "203.0.113.0/24"}}
    report = Report(Plan(document), "test", "")
    assert not any(risk.danger.value == "exposure" for risk in report.risks)
    assert "no route leads to what these rules open" in report.caveats[0]


def test_rules_of_another_kind_are_not_passed_over_in_silence(document: Document):
    document["resource_changes"].append(
        {
            "address": "aws_security_group_rule.extra",
            "mode": "managed",
            "type": "aws_security_group_rule",
            "change": {"actions": ["create"], "before": None, "after": {"cidr_blocks": ["0.0.0.0/0"]}},
        }
    )
    (danger, text), *_ = risks(document)
    assert danger == "exposure"
    assert "`aws_security_group_rule.extra`" in text
    assert "look for yourself" in text


def test_one_of_several_with_the_same_name_is_not_passed_over(golden: Golden):
    """Everything is called `this`: that the standby goes is seen all the same."""
    text = json.dumps(golden.plan("no standby"))
    for address in ("aws_db_instance.database", "aws_lb.load_balancer", "aws_efs_file_system.uploads"):
        text = text.replace(address, address.partition(".")[0] + ".this")
    report = Report(Plan(json.loads(text)), "test", "")

    assert len([name for name in report.after.site.parts if name.endswith(".this")]) == 3
    assert "losing the aws_db_instance.this's primary now takes the site down" in report.verdict


@pytest.mark.parametrize(
    ("fail_on", "status"), [([], 0), (["exposure"], 0), (["data-loss"], 1), (["exposure", "data-loss"], 1)]
)
def test_the_exit_status_tells_ci(document: Document, tmp_path: Path, fail_on: list[str], status: int):
    destroy(document, "aws_db_instance.database")
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(document))
    words = ["--fail-on", *fail_on] if fail_on else []
    assert main([str(plan), *words]) == status
    assert plan.with_suffix(".md").is_file()
    assert plan.with_suffix(".html").is_file()
