"""Where the parts stand, and which way their packets go."""

import pytest

from tests.site.sites import SHIPPED, shipped, variation


def subnets(site):
    return {
        name: (subnet["availability_zone"], subnet["cidr_block"]) for name, subnet in site.all("aws_subnet").items()
    }


def routes_of(site, subnet):
    """The default routes that a subnet follows: what they lead to."""
    tables = [
        association["route_table_id"]
        for association in site.all("aws_route_table_association").values()
        if association["subnet_id"] == f"${{aws_subnet.{subnet}.id}}"
    ]
    assert len(tables) == 1, "a subnet has one route table"
    return [
        route.get("gateway_id") or route.get("nat_gateway_id")
        for route in site.all("aws_route").values()
        if route["route_table_id"] == tables[0] and route.get("destination_cidr_block") == "0.0.0.0/0"
    ]


def test_handson_has_the_articles_vpc_with_dns_names():
    vpc = shipped()["handson"]["aws_vpc.site"]
    assert vpc["cidr_block"] == "10.0.0.0/21"
    assert vpc["enable_dns_hostnames"] is True
    assert vpc["enable_dns_support"] is True
    assert shipped()["handson"].content["provider"]["aws"][0]["region"] == "ap-northeast-1"


def test_handson_has_the_articles_four_subnets():
    assert subnets(shipped()["handson"]) == {
        "public_1a": ("ap-northeast-1a", "10.0.0.0/24"),
        "public_1c": ("ap-northeast-1c", "10.0.1.0/24"),
        "database_1a": ("ap-northeast-1a", "10.0.2.0/24"),
        "database_1c": ("ap-northeast-1c", "10.0.3.0/24"),
    }


def test_three_tiers_use_all_eight_networks_of_the_articles_vpc():
    taken = {cidr for _, cidr in subnets(shipped()["three-tier"]).values()}
    assert taken == {f"10.0.{number}.0/24" for number in range(8)}


@pytest.mark.parametrize("environment", SHIPPED)
def test_subnets_and_servers_are_named_and_tagged(environment):
    site = shipped()[environment]
    for name, subnet in site.all("aws_subnet").items():
        assert subnet["tags"]["Name"] == f"{environment}-{name.replace('_', '-')}"
    tags = site.content["provider"]["aws"][0]["default_tags"][0]["tags"]
    assert tags == {"Environment": environment, "Project": "wordpress", "ManagedBy": "terraform"}


def test_public_subnets_lead_to_the_internet_gateway():
    site = shipped()["handson"]
    for subnet in ("public_1a", "public_1c"):
        assert routes_of(site, subnet) == ["${aws_internet_gateway.site.id}"]
    assert site["aws_internet_gateway.site"]["vpc_id"] == "${aws_vpc.site.id}"


@pytest.mark.parametrize("environment", SHIPPED)
def test_the_database_has_no_route_to_the_internet(environment):
    site = shipped()[environment]
    for subnet in site.all("aws_subnet"):
        if subnet.startswith("database_"):
            assert routes_of(site, subnet) == []


@pytest.mark.parametrize("environment", SHIPPED)
def test_the_default_security_group_is_emptied(environment):
    group = shipped()[environment]["aws_default_security_group.unused"]
    assert "ingress" not in group
    assert "egress" not in group


def test_each_zone_of_private_servers_uses_its_own_nat():
    site = shipped()["private-web"]
    assert routes_of(site, "web_1a") == ["${aws_nat_gateway.nat_1a.id}"]
    assert routes_of(site, "web_1c") == ["${aws_nat_gateway.nat_1c.id}"]
    assert site["aws_nat_gateway.nat_1a"]["subnet_id"] == "${aws_subnet.public_1a.id}"
    assert site["aws_nat_gateway.nat_1c"]["subnet_id"] == "${aws_subnet.public_1c.id}"


def test_one_nat_serves_every_zone():
    site = variation("private-web", {"network": {"nat": "one"}})
    assert list(site.all("aws_nat_gateway")) == ["nat_1a"]
    assert routes_of(site, "web_1c") == ["${aws_nat_gateway.nat_1a.id}"]


def test_without_nat_private_servers_have_no_way_out():
    site = variation(
        "private-web",
        {
            "network": {"nat": "none", "interface_endpoints": True},
            "web": {"image_id": "ami-0123456789abcdef0", "image_architecture": "arm64"},
        },
    )
    assert routes_of(site, "web_1a") == []
    assert not site.all("aws_nat_gateway")
    assert not site.all("aws_eip")


@pytest.mark.parametrize("environment", SHIPPED)
def test_servers_wait_for_the_routes_that_their_boot_needs(environment):
    site = shipped()[environment]
    for kind in ("aws_instance", "aws_autoscaling_group"):
        for server in site.all(kind).values():
            waits = server["depends_on"]
            assert any(address.startswith("aws_route.") for address in waits)
            assert any(address.startswith("aws_route_table_association.") for address in waits)


def test_private_servers_reach_s3_inside_the_vpc():
    endpoint = shipped()["private-web"]["aws_vpc_endpoint.s3"]
    assert endpoint["vpc_endpoint_type"] == "Gateway"
    assert endpoint["route_table_ids"] == ["${aws_route_table.servers_1a.id}", "${aws_route_table.servers_1c.id}"]


def test_interface_endpoints_are_a_setting():
    assert list(shipped()["private-web"].all("aws_vpc_endpoint")) == ["s3"]
    site = shipped()["three-tier"]
    assert sorted(site.all("aws_vpc_endpoint")) == ["logs", "s3", "secretsmanager", "ssm", "ssmmessages"]
    secrets = site["aws_vpc_endpoint.secretsmanager"]
    assert secrets["private_dns_enabled"] is True
    assert secrets["security_group_ids"] == ["${aws_security_group.endpoints.id}"]
    assert secrets["subnet_ids"] == ["${aws_subnet.frontend_1a.id}", "${aws_subnet.frontend_1c.id}"]


IPV6 = {"network": {"ipv6": True}}
OUT_ONLY = "${aws_egress_only_internet_gateway.site.id}"


def block(number):
    return f"${{cidrsubnet(aws_vpc.site.ipv6_cidr_block, 8, {number})}}"


def test_subnets_of_ipv6_have_networks_that_no_further_zone_moves():
    """Their numbers are those of their IPv4 addresses within the VPC's /21: of 2,048, eight in a row have one."""
    site = variation("private-web", IPV6)
    zone = {"public": {"ap-northeast-1d": "10.0.6.0/25"}, "web": {"ap-northeast-1d": "10.0.6.128/25"}}
    zone["database"] = {"ap-northeast-1d": "10.0.7.0/24"}
    larger = variation("private-web", {"network": {"ipv6": True, **zone}})
    assert site["aws_vpc.site"]["assign_generated_ipv6_cidr_block"] is True
    numbers = {"public_1a": 0, "public_1c": 32, "web_1a": 128, "web_1c": 160}
    for name, number in numbers.items():
        for same in (site, larger):
            assert same[f"aws_subnet.{name}"]["ipv6_cidr_block"] == block(number)
            assert same[f"aws_subnet.{name}"]["assign_ipv6_address_on_creation"] is True
    assert larger["aws_subnet.public_1d"]["ipv6_cidr_block"] == block(192)
    assert larger["aws_subnet.web_1d"]["ipv6_cidr_block"] == block(208)


@pytest.mark.parametrize("environment", SHIPPED)
def test_the_database_stays_without_ipv6(environment):
    site = variation(environment, IPV6)
    assert "ipv6_cidr_block" not in site["aws_subnet.database_1a"]
    assert "ipv6_cidr_block" in site["aws_subnet.public_1a"]


def test_public_subnets_lead_by_ipv6_to_the_internet_gateway_and_private_ones_out_only():
    site = variation("private-web", IPV6)
    routes = {
        name: {key: value for key, value in route.items() if key != "route_table_id"}
        for name, route in site.all("aws_route").items()
        if "destination_ipv6_cidr_block" in route
    }
    out = {"destination_ipv6_cidr_block": "::/0", "egress_only_gateway_id": OUT_ONLY}
    assert routes == {
        "public_internet_ipv6": {
            "destination_ipv6_cidr_block": "::/0",
            "gateway_id": "${aws_internet_gateway.site.id}",
        },
        "servers_1a_internet_ipv6": out,
        "servers_1c_internet_ipv6": out,
    }
    waits = site["aws_autoscaling_group.web"]["depends_on"]
    assert {f"aws_route.{name}" for name in routes if name.startswith("servers_")} <= set(waits)


def test_public_servers_need_no_egress_only_gateway():
    site = variation("handson", IPV6)
    assert not site.all("aws_egress_only_internet_gateway")
    assert "aws_route.public_internet_ipv6" in site["aws_instance.webserver1"]["depends_on"]


def test_servers_reach_the_internet_by_both_protocols():
    rules = variation("private-web", IPV6).all("aws_vpc_security_group_egress_rule")
    for port in (80, 443):
        assert rules[f"web_to_internet_{port}"]["cidr_ipv4"] == "0.0.0.0/0"
        assert rules[f"web_to_internet_ipv6_{port}"]["cidr_ipv6"] == "::/0"
        assert rules[f"web_to_internet_ipv6_{port}"]["from_port"] == port


@pytest.mark.parametrize("environment", SHIPPED)
def test_ipv6_makes_no_server_another(environment):
    """Each gets its address by its subnet: another template would be new servers."""
    before, after = shipped()[environment], variation(environment, IPV6)
    for kind in ("aws_launch_template", "aws_instance", "aws_db_instance", "aws_efs_mount_target"):
        for name, resource in before.all(kind).items():
            assert {**after.all(kind)[name], "depends_on": None} == {**resource, "depends_on": None}
