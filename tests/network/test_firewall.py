"""Who may talk to whom, and that nobody else may."""

import pytest

from tests.site.sites import SHIPPED, shipped, variation

WORLD, VPC = "0.0.0.0/0", "10.0.0.0/21"


def boots(group):
    """What a server's boot needs: packages by HTTPS and HTTP, and names."""
    return {
        (group, WORLD, "tcp/443"),
        (group, WORLD, "tcp/80"),
        (group, VPC, "tcp/53"),
        (group, VPC, "udp/53"),
    }


FLOWS = {
    "handson": {
        (WORLD, "load_balancer", "tcp/80"),
        ("load_balancer", "web", "tcp/80"),
        ("web", "database", "tcp/3306"),
        ("web", "uploads", "tcp/2049"),
        *boots("web"),
    },
    "private-web": {
        (WORLD, "load_balancer", "tcp/80"),
        ("load_balancer", "web", "tcp/80"),
        ("web", "database", "tcp/3306"),
        ("web", "uploads", "tcp/2049"),
        *boots("web"),
    },
    "three-tier": {
        (WORLD, "load_balancer", "tcp/80"),
        (WORLD, "load_balancer", "tcp/443"),
        ("load_balancer", "frontend", "tcp/80"),
        ("frontend", "internal_load_balancer", "tcp/80"),
        ("internal_load_balancer", "api", "tcp/80"),
        ("api", "database", "tcp/3306"),
        ("api", "uploads", "tcp/2049"),
        ("frontend", "endpoints", "tcp/443"),
        ("api", "endpoints", "tcp/443"),
        *boots("frontend"),
        *boots("api"),
    },
}


CLOUDFRONT = "${data.aws_ec2_managed_prefix_list.cdn.id}"

FLOWS["production"] = {
    (CLOUDFRONT, "load_balancer", "tcp/443"),
    ("load_balancer", "web", "tcp/80"),
    ("web", "database", "tcp/3306"),
    ("web", "cache", "tcp/6379"),
    ("web", "uploads", "tcp/2049"),
    ("web", "endpoints", "tcp/443"),
    *boots("web"),
}


@pytest.mark.parametrize("environment", SHIPPED)
def test_each_hop_is_open_to_its_neighbour_alone(environment):
    assert shipped()[environment].allowed() == FLOWS[environment]


@pytest.mark.parametrize("environment", SHIPPED)
def test_security_groups_have_no_rules_of_their_own_beside_the_listed_ones(environment):
    for group in shipped()[environment].all("aws_security_group").values():
        assert "ingress" not in group
        assert "egress" not in group


def test_handson_names_its_groups_as_the_article_does():
    groups = shipped()["handson"].all("aws_security_group")
    assert groups["web"]["tags"]["Name"] == "WEB-SG-1"
    assert groups["database"]["tags"]["Name"] == "RDS-SG-1"


def test_a_group_in_use_can_be_replaced():
    for group in shipped()["handson"].all("aws_security_group").values():
        assert group["lifecycle"] == {"create_before_destroy": True}
        assert "name_prefix" in group


def test_ssh_is_closed_unless_the_environment_file_opens_it():
    for site in shipped().values():
        assert "22" not in {port.split("/")[1] for _, _, port in site.allowed()}
        assert not site.all("aws_key_pair")


def test_ssh_opens_to_the_given_addresses_alone():
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
    site = variation("handson", {"ssh": {"public_key": key, "allowed_cidrs": ["203.0.113.0/24", "198.51.100.7/32"]}})
    assert site.allowed() - FLOWS["handson"] == {
        ("203.0.113.0/24", "web", "tcp/22"),
        ("198.51.100.7/32", "web", "tcp/22"),
    }
    assert site["aws_key_pair.web"]["public_key"] == key
    for server in site.all("aws_instance").values():
        assert server["key_name"] == "${aws_key_pair.web.key_name}"


def test_ssh_opens_to_addresses_of_ipv6_too():
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
    given = ["203.0.113.0/24", "2001:db8::/32", "2001:db8::1/128"]
    site = variation("handson", {"network": {"ipv6": True}, "ssh": {"public_key": key, "allowed_cidrs": given}})
    assert {flow for flow in site.allowed() if flow[2] == "tcp/22"} == {(cidr, "web", "tcp/22") for cidr in given}
    rule = site["aws_vpc_security_group_ingress_rule.web_from_admin_2001_db8___32_22"]
    assert rule["cidr_ipv6"] == "2001:db8::/32"


def test_without_shared_uploads_there_is_no_way_to_them():
    site = variation("handson", {"uploads": {"shared": False}})
    assert site.allowed() == FLOWS["handson"] - {("web", "uploads", "tcp/2049")}
    assert not site.all("aws_efs_file_system")
