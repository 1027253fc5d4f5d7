"""What a plan does not tell is unknown: neither safe, nor down, nor closed. Small plans, written down."""

from typing import Any

import pytest

from benchmarks.reviewers.changes import ZONES, Site
from review.plan import Plan
from review.report import Report

WORLD = "0.0.0.0/0"
WEB = "aws_security_group.web"


@pytest.fixture
def site() -> Site:
    return Site()


def report(site: Site) -> Report:
    return Report(Plan(site.plan), "test", "")


def without(site: Site, *addresses: str) -> None:
    """As if these had never been."""
    for address in addresses:
        del site.resources[address], site.written[address]


def fleet(site: Site, **sizes: Any) -> None:
    """An auto scaling group in the place of both servers."""
    names = [f"web_{zone[-2:]}" for zone in ZONES]
    without(site, *(f"{kind}.{name}" for name in names for kind in ("aws_instance", "aws_lb_target_group_attachment")))
    site.add("aws_launch_template.web", vpc_security_group_ids=[WEB], instance_type="t3.small")
    site.add(
        "aws_autoscaling_group.web",
        vpc_zone_identifier=[f"aws_subnet.private_{zone[-2:]}" for zone in ZONES],
        launch_template=[{"id": "aws_launch_template.web"}],
        target_group_arns=["aws_lb_target_group.web"],
        **sizes,
    )


@pytest.mark.parametrize(
    ("sizes", "is_in_doubt"),
    [
        ({"min_size": 2, "max_size": 4}, False),
        ({"min_size": 0, "max_size": 4, "desired_capacity": 2}, True),
        ({"max_size": 4}, True),
    ],
)
def test_a_fleet_that_may_shrink_to_nothing_may_be_there(site: Site, sizes: dict[str, int], is_in_doubt: bool):
    fleet(site, **sizes)
    survival = report(site).after.survival
    assert survival.down == ""
    assert bool(survival.in_doubt) is is_in_doubt


def test_requests_go_to_the_port_that_an_attachment_names(site: Site):
    for zone in ZONES:
        address = f"aws_lb_target_group_attachment.web_{zone[-2:]}"
        site.resources[address]["change"]["before"]["port"] = 8080
    for rule in ("egress_rule.balancer_to_web_80", "ingress_rule.web_from_balancer_80"):
        change = site.resources[f"aws_vpc_security_group_{rule}"]["change"]
        change["before"] |= {"from_port": 8080, "to_port": 8080}
    found = report(site).after

    assert found.survival.down == found.survival.in_doubt == ""
    assert found.survival.single_points == []


def test_a_server_that_the_others_lean_on_may_be_a_single_point_of_failure(site: Site):
    without(site, "aws_db_instance.site", "aws_db_subnet_group.site")
    groups = ["aws_security_group.database"]
    site.add("aws_instance.mysql", subnet_id="aws_subnet.private_1a", vpc_security_group_ids=groups)
    survival = report(site).after.survival

    assert survival.single_points == []
    assert survival.unknown_points == ["mysql", "zone 1a"]


def test_a_bastion_that_the_servers_could_sign_in_to_is_none(site: Site):
    site.between("web", "bastion", 22)
    site.add("aws_security_group.bastion", vpc_id="aws_vpc.site")
    groups = ["aws_security_group.bastion"]
    site.add("aws_instance.bastion", subnet_id="aws_subnet.public_1a", vpc_security_group_ids=groups)
    assert report(site).after.survival.unknown_points == []


def test_an_address_by_a_network_interface_is_on_the_internet(site: Site):
    site.add("aws_network_interface.one", subnet_id="aws_subnet.public_1a", security_groups=["aws_security_group.one"])
    site.add("aws_security_group.one", vpc_id="aws_vpc.site")
    given = [{"network_interface_id": "aws_network_interface.one", "device_index": 0}]
    site.add("aws_instance.one", network_interface=given, associate_public_ip_address=False)
    site.add("aws_eip.one", network_interface="aws_network_interface.one")
    site.rule("ingress", "ssh", "one", 22, action="create", cidr_ipv4=WORLD)
    (risk,) = report(site).risks

    assert risk.text == "internet can now reach the one servers on port 22"


def test_a_route_for_a_part_of_the_internet_may_let_it_in(site: Site):
    for place in ("0.0.0.0/1", "128.0.0.0/1"):
        gateway = {"route_table_id": "aws_route_table.public", "gateway_id": "aws_internet_gateway.site"}
        site.add(f"aws_route.half_{place[:3]}", destination_cidr_block=place, **gateway)
    without(site, "aws_route.public")
    survival = report(site).after.survival

    assert survival.down == ""
    assert survival.in_doubt


def test_a_network_acl_s_rule_that_goes_is_gone_from_the_list_that_aws_had(site: Site):
    entry = {"action": "allow", "cidr_block": WORLD, "from_port": 0, "to_port": 0, "protocol": "-1", "rule_no": 100}
    subnets = [f"aws_subnet.public_{zone[-2:]}" for zone in ZONES]
    site.add("aws_network_acl.public", vpc_id="aws_vpc.site", subnet_ids=subnets, ingress=[entry], egress=[entry])
    for path in ("ingress", "egress"):
        del site.written["aws_network_acl.public"][path]
    rule = {"rule_action": "allow", "cidr_block": WORLD, "from_port": 0, "to_port": 0, "protocol": "-1"}
    for name, is_egress in (("in", False), ("out", True)):
        acl = {"network_acl_id": "aws_network_acl.public", "rule_number": 100, "egress": is_egress}
        site.add(f"aws_network_acl_rule.{name}", **acl, **rule)
    assert report(site).after.survival.down == ""

    site.destroy("aws_network_acl_rule.in")
    assert report(site).after.survival.down == "nothing lets visitors reach a load balancer"


def test_of_two_groups_in_one_expression_it_may_be_either(site: Site):
    site.rule("ingress", "ssh", "web", 22, action="create", cidr_ipv4=WORLD)
    address = "aws_vpc_security_group_ingress_rule.ssh"
    change = site.resources[address]["change"]
    del change["after"]["security_group_id"]
    change["after_unknown"] = {"security_group_id": True}
    both = ["var.is_open", "aws_security_group.web.id", "aws_security_group.uploads.id"]
    site.written[address]["security_group_id"] = {"references": both}
    found = report(site)

    assert found.after.reach.unrelated[0] == 1
    assert all(risk.danger.value == "exposure" for risk in found.risks)
    assert found.risks
