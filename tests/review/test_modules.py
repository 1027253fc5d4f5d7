"""Sites as other people write them, planned by Terraform: modules, `count`, `for_each`, and older resource types."""

from pathlib import Path
from typing import Any

import pytest

from review.plan import Plan
from review.report import Report
from review.survival import NOTHING, Works
from tests.once import Planned
from tests.review.conftest import Document

pytestmark = pytest.mark.xdist_group("review-new")

SITE = Path(__file__).with_name("stacks") / "site"
ZONES = ["ap-northeast-1a", "ap-northeast-1c"]


@pytest.fixture
def site(planned: Planned):
    """The plan of a new site in a module."""

    def plan(**changes: Any) -> Document:
        call = {"source": str(SITE), "for_each": {"main": 1}, "zones": ZONES, "admins": [], "is_spread": True}
        provider = {"aws": [{"region": "ap-northeast-1"}]}
        return planned.of({"provider": provider, "module": {"site": {**call, **changes}}})

    return plan


def report(document: Document) -> Report:
    return Report(Plan(document), "test", "")


def flows(found: Report) -> set[tuple[str, str, str]]:
    return {(flow.source, flow.target, str(flow.ports)) for flow in found.after.reach.flows}


def test_who_reaches_whom_is_followed_through_modules(site):
    found = report(site())
    names = {part.resource.parsed.block: name for name, part in found.after.site.parts.items()}
    balancer, database = names["aws_alb.this"], names["aws_db_instance.this"]

    assert {
        ("internet", balancer, "80"),
        (balancer, "web servers", "80"),
        ("web servers", database, "3306"),
    } <= flows(found)
    outside = {(flow.source, flow.target) for flow in found.after.reach.possible}
    assert outside == {("web servers", "internet")}, "by which gateway is not known"
    assert found.after.reach.unrelated[0] == 0
    assert found.risks == []


def test_a_spread_site_has_no_single_point_of_failure_and_keys_go_together(site):
    found = report(site()).after
    servers = {
        member.resource.address: [subnet.zone for subnet in member.subnets]
        for part in found.site.parts.values()
        for member in part.members
        if member.resource.type == "aws_instance"
    }

    assert servers == {f'module.site["main"].aws_instance.web["{zone}"]': [zone] for zone in ZONES}
    assert found.survival.single_points == []
    assert found.survival.unknown_points == []
    assert not any("reports" in lost for lost in found.survival.outcomes), "the site does not need the replica"


def test_where_terraform_does_not_tell_which_gateway_is_whose_the_way_out_is_unknown(site):
    outcomes = report(site()).after.survival.outcomes

    assert outcomes["NAT gateway in 1a"].answers.works is Works.YES
    assert outcomes["NAT gateway in 1a"].gets_out.works is Works.UNKNOWN
    assert outcomes[NOTHING].gets_out.works is Works.UNKNOWN


def test_a_site_without_a_standby_has_one(site):
    found = report(site(is_spread=False)).after.survival

    assert [lost for lost in found.single_points if "primary" in lost]
    assert {"zone 1a", "zone 1c"} <= set(found.single_points)


def test_addresses_that_come_from_a_variable_are_seen(site):
    (risk,) = report(site(admins=["0.0.0.0/0"])).risks

    assert risk.danger.value == "exposure"
    assert "web_from_admins" in risk.text
    assert "only that no route leads" in risk.text


def test_a_local_value_on_the_way_makes_it_unknown(site):
    """Terraform leaves local values out of what it tells."""
    document = site()
    module = document["configuration"]["root_module"]["module_calls"]["site"]["module"]
    for resource in module["resources"]:
        if resource["address"] == "aws_instance.web":
            resource["expressions"]["vpc_security_group_ids"] = {"references": ["local.groups"]}
    found = report(document)

    assert found.after.survival.down == ""
    assert found.after.survival.in_doubt.startswith("the plan does not rule out")
    assert "No single point" not in found.verdict
    assert any(not flow.is_certain for flow in found.after.reach.possible)


def test_two_modules_of_the_same_kind_are_two_sites(planned: Planned, site):
    call = {"source": str(SITE), "zones": ZONES, "admins": [], "is_spread": True}
    document = planned.of(
        {"provider": {"aws": [{"region": "ap-northeast-1"}]}, "module": {"one": call, "other": {**call}}}
    )
    found = report(document).after

    databases = [name for name, part in found.site.parts.items() if part.resource.type == "aws_db_instance"]
    assert len(databases) == 4
    assert found.survival.single_points == []
    assert not any("module.one" in flow.source and "module.other" in flow.target for flow in found.reach.flows)


def test_a_database_of_which_nobody_knows_whether_it_has_a_standby_may_go_with_any_zone(site):
    document = site()
    for item in document["resource_changes"]:
        if item["type"] == "aws_db_instance":
            item["change"]["after"].pop("multi_az", None)
            item["change"]["after_unknown"]["multi_az"] = True
    survival = report(document).after.survival

    assert survival.single_points == []
    assert {"zone 1a", "zone 1c"} <= set(survival.unknown_points)
