"""Who reaches whom, where it takes more than a security group's rule to say."""

import pytest

from review.plan import Plan
from review.report import Report
from review.rules import CLOUDFRONT, Ports
from tests.review.conftest import Document, Golden, change

pytestmark = pytest.mark.xdist_group("review")


@pytest.fixture
def document(golden: Golden) -> Document:
    return golden.plan("no change")


def flows(document: Document) -> set[tuple[str, str, str]]:
    return {(f.source, f.target, str(f.ports)) for f in Report(Plan(document), "test", "").after.reach.flows}


def set_values(document: Document, address: str, **values: object) -> None:
    item = change(document, address)["change"]
    item["before"] = item["after"] = item["after"] | values


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (Ports("tcp", 80, 80), Ports("tcp", 0, 1000), "80"),
        (Ports("tcp", 80, 90), Ports("tcp", 85, 99), "85-90"),
        (Ports("-1", 0, 65535), Ports("udp", 53, 53), "53/udp"),
        (Ports("-1", 0, 65535), Ports("-1", 0, 65535), "everything"),
        (Ports("tcp", 0, 65535), Ports("tcp", 0, 65535), "all tcp"),
        (Ports("tcp", 80, 80), Ports("udp", 80, 80), "None"),
        (Ports("tcp", 80, 80), Ports("tcp", 81, 81), "None"),
    ],
)
def test_what_both_ends_allow_is_open(one: Ports, other: Ports, both: str):
    assert str(one & other) == str(other & one) == both


def test_one_end_alone_opens_nothing(document: Document):
    document["resource_changes"].remove(change(document, "aws_vpc_security_group_egress_rule.web_to_database_3306"))
    assert ("web servers", "database", "3306") not in flows(document)


def test_addresses_open_what_stands_in_them(document: Document):
    rule = "aws_vpc_security_group_egress_rule.web_to_database_3306"
    set_values(document, rule, referenced_security_group_id=None, cidr_ipv4="10.0.2.0/23")
    assert ("web servers", "database", "3306") in flows(document)
    set_values(document, rule, cidr_ipv4="10.0.0.0/24")
    assert ("web servers", "database", "3306") not in flows(document)


def test_without_a_default_route_nothing_goes_in_or_out(document: Document):
    document["resource_changes"].remove(change(document, "aws_route.public_internet"))
    assert not any("internet" in flow for flow in flows(document))


def test_servers_without_a_public_address_do_not_get_out_by_the_internet_gateway(document: Document):
    for server in ("webserver1", "webserver2"):
        set_values(document, f"aws_instance.{server}", associate_public_ip_address=False)
    assert ("web servers", "internet", "443") not in flows(document)


def test_cloudfront_reaches_an_internal_load_balancer(document: Document):
    """By a VPC origin, and a rule for CloudFront's own addresses."""
    balancer = change(document, "aws_lb.load_balancer")["change"]["after"]
    set_values(document, "aws_lb.load_balancer", internal=True)
    rule = "aws_vpc_security_group_ingress_rule.load_balancer_from_internet_80"
    set_values(document, rule, cidr_ipv4=None, prefix_list_id="pl-1")
    values = {"vpc_origin_endpoint_config": [{"arn": balancer["arn"]}]}
    document["resource_changes"].append(
        {
            "address": "aws_cloudfront_vpc_origin.cdn",
            "mode": "managed",
            "type": "aws_cloudfront_vpc_origin",
            "change": {"actions": ["no-op"], "before": values, "after": values},
        }
    )
    document["prior_state"]["values"]["root_module"]["resources"].append(
        {
            "address": "data.aws_ec2_managed_prefix_list.cdn",
            "mode": "data",
            "type": "aws_ec2_managed_prefix_list",
            "values": {"id": "pl-1", "name": "com.amazonaws.global.cloudfront.origin-facing"},
        }
    )
    assert (CLOUDFRONT, "load balancer", "80") in flows(document)
    report = Report(Plan(document), "test", "")
    assert report.after.survival.single_points == []
    assert report.risks == []


def test_a_vpc_that_somebody_else_keeps_is_taken_to_have_its_routes(planned):
    ec2 = planned.sandbox.client("ec2", Golden.REGION)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/21")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    tiers = {
        tier: {
            f"ap-northeast-1{zone}": ec2.create_subnet(
                VpcId=vpc, CidrBlock=f"10.0.{first + i}.0/24", AvailabilityZone=f"ap-northeast-1{zone}"
            )["Subnet"]["SubnetId"]
            for i, zone in enumerate("ac")
        }
        for tier, first in {"public": 0, "database": 2, "web": 4}.items()
    }
    document = planned("private-web", network={"cidr": None, "nat": None, "vpc_id": vpc, **tiers})
    report = Report(Plan(document), "test", "")

    assert {("internet", "load balancer", "80"), ("web servers", "internet", "443")} <= flows(document)
    assert report.after.survival.single_points == []
    assert report.caveats == ["the VPC's routes are kept elsewhere: they are taken to lead where they should"]
