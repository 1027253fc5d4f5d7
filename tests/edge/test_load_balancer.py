"""The site's one access point."""

import pytest

from tests.site.sites import SHIPPED, shipped, variation


def test_handson_has_one_internet_facing_load_balancer_over_both_public_subnets():
    balancers = shipped()["handson"].all("aws_lb")
    assert list(balancers) == ["load_balancer"]
    assert balancers["load_balancer"]["internal"] is False
    assert balancers["load_balancer"]["load_balancer_type"] == "application"
    assert balancers["load_balancer"]["subnets"] == ["${aws_subnet.public_1a.id}", "${aws_subnet.public_1c.id}"]


def test_handson_answers_by_http_and_passes_requests_to_the_web_servers():
    site = shipped()["handson"]
    assert list(site.all("aws_lb_listener")) == ["load_balancer_http"]
    listener = site["aws_lb_listener.load_balancer_http"]
    assert (listener["port"], listener["protocol"]) == (80, "HTTP")
    assert listener["default_action"] == [{"type": "forward", "target_group_arn": "${aws_lb_target_group.web.arn}"}]


def test_both_servers_are_registered():
    site = shipped()["handson"]
    registered = {target["target_id"] for target in site.all("aws_lb_target_group_attachment").values()}
    assert registered == {"${aws_instance.webserver1.id}", "${aws_instance.webserver2.id}"}


@pytest.mark.parametrize(
    ("environment", "group", "path"),
    [
        ("handson", "web", "/health.php"),
        ("private-web", "web", "/health.php"),
        ("three-tier", "frontend", "/health.php"),
        ("three-tier", "api", "/health.php"),
    ],
)
def test_each_tier_is_checked_on_a_health_page_of_its_own(environment, group, path):
    site = shipped()[environment]
    check = site[f"aws_lb_target_group.{group}"]["health_check"]
    assert check["path"] == path
    assert check["matcher"] == "200"
    assert check["timeout"] < check["interval"]
    assert f"HEALTH_PATH='{path}'" in site.settings(group)


@pytest.mark.parametrize("environment", SHIPPED)
def test_doubtful_requests_do_not_pass(environment):
    for balancer in shipped()[environment].all("aws_lb").values():
        assert balancer["desync_mitigation_mode"] == "defensive"
        assert balancer["drop_invalid_header_fields"] is True
        assert balancer["enable_http2"] is True


def test_idle_timeout_stickiness_and_deletion_protection_are_settings():
    settings = {
        "idle_timeout": 120,
        "desync": "strictest",
        "stickiness": 3600,
        "deletion_protection": True,
        "deregistration_delay": 5,
    }
    site = variation("handson", {"load_balancer": settings})
    balancer, targets = site["aws_lb.load_balancer"], site["aws_lb_target_group.web"]
    assert balancer["idle_timeout"] == 120
    assert balancer["desync_mitigation_mode"] == "strictest"
    assert balancer["enable_deletion_protection"] is True
    assert targets["stickiness"] == {"type": "lb_cookie", "enabled": True, "cookie_duration": 3600}
    assert targets["deregistration_delay"] == "5"
    assert "IDLE_TIMEOUT='120'" in site.settings("web")


def test_requests_are_spread_unless_stickiness_is_asked_for():
    assert shipped()["handson"]["aws_lb_target_group.web"]["stickiness"]["enabled"] is False


def test_a_replaced_target_group_exists_beside_its_successor():
    group = shipped()["handson"]["aws_lb_target_group.web"]
    assert group["lifecycle"] == {"create_before_destroy": True}
    assert len(group["name_prefix"]) <= 6


def test_the_internal_load_balancer_stands_in_private_subnets():
    site = shipped()["three-tier"]
    balancer = site["aws_lb.internal_load_balancer"]
    assert balancer["internal"] is True
    assert balancer["subnets"] == ["${aws_subnet.api_1a.id}", "${aws_subnet.api_1c.id}"]
    assert site["aws_lb_listener.internal_load_balancer_http"]["port"] == 80
    assert "BEHIND='${aws_lb.internal_load_balancer.dns_name}'" in site.settings("frontend")


IPV6 = {"network": {"ipv6": True}}


def test_visitors_reach_a_load_balancer_of_both_protocols_by_either():
    site = variation("three-tier", IPV6)
    assert site["aws_lb.load_balancer"]["ip_address_type"] == "dualstack"
    from_internet = {(peer, port) for peer, group, port in site.allowed() if group == "load_balancer"}
    assert from_internet == {(peer, port) for peer in ("0.0.0.0/0", "::/0") for port in ("tcp/80", "tcp/443")}
    assert "aws_vpc_security_group_ingress_rule.load_balancer_from_internet_ipv6_443" in site
    records = site.all("aws_route53_record")
    for kind in ("a", "aaaa"):
        assert records[f"domain_blog_example_com_{kind}"]["alias"]["name"] == "${aws_lb.load_balancer.dns_name}"


@pytest.mark.parametrize(
    ("environment", "balancer"), [("three-tier", "internal_load_balancer"), ("production", "load_balancer")]
)
def test_an_internal_load_balancer_is_asked_by_ipv4(environment, balancer):
    """CloudFront's VPC origins do, and so do the frontend servers."""
    site = variation(environment, IPV6)
    assert "ip_address_type" not in site[f"aws_lb.{balancer}"]
    assert not [peer for peer, group, _ in site.allowed() if group == balancer and ":" in peer]


LONGEST = "a234567890123456789b"


@pytest.mark.parametrize("base", SHIPPED)
def test_names_fit_for_the_longest_environment_name(base):
    site = variation(base, {}, name=LONGEST)
    for balancer in site.all("aws_lb").values():
        assert len(balancer["name"]) <= 32
    for group in site.all("aws_lb_target_group").values():
        assert len(group["name_prefix"]) <= 6
        assert group["name_prefix"].endswith("-")
    for kind, limit in {"aws_iam_role": 38, "aws_iam_instance_profile": 38}.items():
        for role in site.all(kind).values():
            assert len(role["name_prefix"]) <= limit
