"""Who reaches whom, where it takes more than a security group's rule to say."""

import pytest

from review.moment import Moment, Resource
from review.needs import Before
from review.plan import Plan
from review.reach import Reach
from review.report import Report
from review.rules import CLOUDFRONT, Ports
from review.site import Site
from review.survival import NOTHING, Outcome, Survival, Works
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


def two_protocols(**changes: dict[str, object]) -> Site:
    """A server in a private subnet of both protocols, whose firewall is open to everybody: NAT is its way out by IPv4,
    an egress-only gateway by IPv6."""
    values: dict[str, dict[str, object]] = {
        "aws_vpc.site": {"id": "vpc-1", "cidr_block": "10.0.0.0/21", "ipv6_cidr_block": "2001:db8::/56"},
        "aws_subnet.web_1a": {
            "id": "subnet-1",
            "vpc_id": "vpc-1",
            "availability_zone": "ap-northeast-1a",
            "cidr_block": "10.0.0.0/24",
            "ipv6_cidr_block": "2001:db8::/64",
            "assign_ipv6_address_on_creation": True,
        },
        "aws_internet_gateway.site": {"id": "igw-1", "vpc_id": "vpc-1"},
        "aws_subnet.public_1a": {
            "id": "subnet-0",
            "vpc_id": "vpc-1",
            "availability_zone": "ap-northeast-1a",
            "cidr_block": "10.0.1.0/24",
        },
        "aws_route_table.public": {"id": "rtb-0", "vpc_id": "vpc-1"},
        "aws_route_table_association.public": {"route_table_id": "rtb-0", "subnet_id": "subnet-0"},
        "aws_route.public": {
            "route_table_id": "rtb-0",
            "destination_cidr_block": "0.0.0.0/0",
            "gateway_id": "igw-1",
        },
        "aws_nat_gateway.nat_1a": {"id": "nat-1", "subnet_id": "subnet-0"},
        "aws_egress_only_internet_gateway.site": {"id": "eigw-1", "vpc_id": "vpc-1"},
        "aws_route_table.web": {"id": "rtb-1", "vpc_id": "vpc-1"},
        "aws_route_table_association.web": {"route_table_id": "rtb-1", "subnet_id": "subnet-1"},
        "aws_route.ipv4": {
            "route_table_id": "rtb-1",
            "destination_cidr_block": "0.0.0.0/0",
            "nat_gateway_id": "nat-1",
        },
        "aws_route.ipv6": {
            "route_table_id": "rtb-1",
            "destination_ipv6_cidr_block": "::/0",
            "egress_only_gateway_id": "eigw-1",
        },
        "aws_security_group.web": {"id": "sg-1", "name": "web"},
        "aws_instance.web": {
            "id": "i-1",
            "subnet_id": "subnet-1",
            "vpc_security_group_ids": ["sg-1"],
            "associate_public_ip_address": False,
            "tags": {"Name": "web"},
        },
    }
    for direction in ("ingress", "egress"):
        for version, cidr in (("ipv4", "0.0.0.0/0"), ("ipv6", "::/0")):
            # A port of its own for each protocol, so that a flow tells by which of them it goes.
            port = {"ipv4": 443, "ipv6": 6443}[version]
            values[f"aws_vpc_security_group_{direction}_rule.{version}"] = {
                "security_group_id": "sg-1",
                "ip_protocol": "tcp",
                "from_port": port,
                "to_port": port,
                f"cidr_{version}": cidr,
            }
    for address, changed in changes.items():
        kind, name = address.split("__")
        values[f"{kind}.{name}"] = values.get(f"{kind}.{name}", {}) | changed
    return Site(Moment([Resource(address, address.split(".")[0], its) for address, its in values.items()]))


def outside(site: Site) -> set[tuple[str, str]]:
    """By which port the internet is reached, and reaches the server."""
    reach = Reach(site)
    assert not any("internet" in (flow.source, flow.target) for flow in reach.possible)
    return {
        ("in" if flow.source == "internet" else "out", str(flow.ports))
        for flow in reach.flows
        if "internet" in (flow.source, flow.target)
    }


def test_an_egress_only_gateway_is_a_way_out_by_ipv6_and_no_entrance():
    assert outside(two_protocols()) == {("out", "443"), ("out", "6443")}


def test_what_the_egress_only_gateway_keeps_shut_is_remembered():
    assert sorted(rule.address for rule in Reach(two_protocols()).idle) == [
        "aws_vpc_security_group_ingress_rule.ipv4",
        "aws_vpc_security_group_ingress_rule.ipv6",
    ]


def test_a_route_of_ipv6_to_the_internet_gateway_opens_a_server_behind_nat():
    site = two_protocols(aws_route__ipv6={"egress_only_gateway_id": None, "gateway_id": "igw-1"})
    assert outside(site) == {("out", "443"), ("out", "6443"), ("in", "6443")}


def test_a_server_without_an_address_of_ipv6_has_no_use_for_its_route():
    subnet = {"assign_ipv6_address_on_creation": False}
    route = {"egress_only_gateway_id": None, "gateway_id": "igw-1"}
    assert outside(two_protocols(aws_subnet__web_1a=subnet, aws_route__ipv6=route)) == {("out", "443")}


@pytest.mark.parametrize("count", [0, None])
def test_a_template_that_says_nothing_of_ipv6_leaves_it_to_the_subnet(count: int | None):
    template = {"id": "lt-1", "network_interfaces": [{"security_groups": ["sg-1"], "ipv6_address_count": count}]}
    fleet = {"min_size": 2, "vpc_zone_identifier": ["subnet-1"], "launch_template": [{"id": "lt-1"}]}
    site = two_protocols(aws_launch_template__web=template, aws_autoscaling_group__web=fleet)
    [part] = [part for part in site.parts.values() if part.resource.type == "aws_autoscaling_group"]
    assert part.is_public_by_ipv6 is True


def test_the_vpc_s_own_addresses_of_ipv6_are_not_the_internet_s():
    rule = {"cidr_ipv6": "2001:db8::/56"}
    route = {"egress_only_gateway_id": None, "gateway_id": "igw-1"}
    site = two_protocols(aws_route__ipv6=route, aws_vpc_security_group_ingress_rule__ipv6=rule)
    assert outside(site) == {("out", "443"), ("out", "6443")}
    assert not any(flow.source == "2001:db8::/56" for flow in Reach(site).flows)


def test_without_nat_a_server_of_both_protocols_lacks_a_way_out_that_it_needs():
    """By IPv6 alone it may do, which nobody can tell from a plan."""
    site = two_protocols()
    assert survival(site)["NAT gateway in 1a"].gets_out.works is Works.NO
    alone = two_protocols(aws_route__ipv4={"destination_cidr_block": "192.0.2.0/24"})
    assert survival(alone)[NOTHING].gets_out.works is Works.UNKNOWN


def survival(site: Site) -> dict[str, Outcome]:
    return Survival(site, Reach(site), Before()).outcomes
