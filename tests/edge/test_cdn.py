"""CloudFront in front: what it keeps, what it passes on, and that nobody gets around it."""

import json
import subprocess

import pytest

from modules import aws
from modules.edge.cdn import VISITOR_HEADER, Cdn
from modules.edge.load_balancer import LoadBalancer
from modules.servers.application import WordPress
from modules.settings.cdn import Cdn as Settings
from modules.settings.load_balancer import LoadBalancer as LoadBalancerSettings
from modules.settings.page_cache import PageCache
from modules.terraform.configuration import provide_elsewhere
from tests.site.sites import Site, shipped, variation
from tests.stacks import REGION, network, rendered
from tests.tools import require

NAMES = ["blog.example.com", "www.example.com"]
OWN = "arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"


def cdn(page_cache: PageCache = PageCache(), **settings: object) -> Site:  # noqa: B008  # frozen
    def build(stack):
        balancer = LoadBalancer(
            stack,
            "load_balancer",
            LoadBalancerSettings(),
            name="test",
            tier=network(stack).servers["web"],
            leads_to="web",
            port=WordPress.PORT,
            health_path=WordPress.HEALTH_PATH,
            internal=True,
            certificate_arn=OWN.replace("us-east-1", REGION),
        )
        zone = aws.Route53Zone(stack, "zone", name="example.com")
        proof = aws.Route53Record(
            stack, "proof", zone_id=zone.zone_id, name="_1.example.com", type="CNAME", ttl=300, records=["_2.test"]
        )
        Cdn(
            stack,
            "cdn",
            Settings(**settings),
            name="test",
            names=NAMES,
            proofs=[proof],
            origin=balancer,
            page_cache=page_cache,
            edge=provide_elsewhere(stack, "edge", "us-east-1", {"Project": "test"}),
        )

    return rendered(build)


@pytest.fixture(scope="module")
def site() -> Site:
    return cdn()


@pytest.fixture(scope="module")
def distribution(site: Site) -> dict:
    return site["aws_cloudfront_distribution.cdn"]


def test_nobody_gets_around_cloudfront(site: Site, distribution: dict):
    assert site["aws_lb.load_balancer"]["internal"] is True
    [origin] = distribution["origin"]
    assert origin["vpc_origin_config"]["vpc_origin_id"] == "${aws_cloudfront_vpc_origin.cdn.id}"
    assert "custom_header" not in origin
    rules = site.all("aws_vpc_security_group_ingress_rule")
    [rule] = [rule for rule in rules.values() if "load_balancer" in rule["security_group_id"]]
    assert rule["prefix_list_id"] == "${data.aws_ec2_managed_prefix_list.cdn.id}"
    assert (rule["from_port"], rule["to_port"]) == (443, 443)


def test_the_way_to_the_load_balancer_is_encrypted(site: Site):
    [way] = site["aws_cloudfront_vpc_origin.cdn"]["vpc_origin_endpoint_config"]
    assert way["origin_protocol_policy"] == "https-only"
    assert way["origin_ssl_protocols"] == [{"items": ["TLSv1.2"], "quantity": 1}]


def test_static_files_are_kept_as_long_as_the_servers_say_and_by_query(site: Site, distribution: dict):
    behaviors = distribution["ordered_cache_behavior"][1:]
    assert [behavior["path_pattern"] for behavior in behaviors] == ["/wp-content/*", "/wp-includes/*"]
    assert {behavior["cache_policy_id"] for behavior in behaviors} == {"${aws_cloudfront_cache_policy.cdn.id}"}
    policy = site["aws_cloudfront_cache_policy.cdn"]
    assert (policy["min_ttl"], policy["default_ttl"]) == (0, 0)
    key = policy["parameters_in_cache_key_and_forwarded_to_origin"]
    assert key["cookies_config"] == {"cookie_behavior": "none"}
    assert key["query_strings_config"] == {"query_string_behavior": "all"}
    assert key["enable_accept_encoding_brotli"] is True


class TestPages:
    def test_they_are_kept_for_seconds_where_the_servers_say_so_and_only_then(self, site: Site, distribution: dict):
        behavior = distribution["default_cache_behavior"]
        assert behavior["cache_policy_id"] == "${aws_cloudfront_cache_policy.cdn_pages.id}"
        policy = site["aws_cloudfront_cache_policy.cdn_pages"]
        # For as long as an answer may be stale, too: CloudFront takes the lesser of the two.
        assert (policy["min_ttl"], policy["default_ttl"], policy["max_ttl"]) == (0, 0, 600)
        assert {error["error_caching_min_ttl"] for error in distribution["custom_error_response"]} == {0}
        assert 404 in {error["error_code"] for error in distribution["custom_error_response"]}

    def test_a_plugins_script_beside_its_files_is_one(self, distribution: dict):
        first = dict(distribution["ordered_cache_behavior"][0])
        assert first.pop("path_pattern") == "*.php"
        assert first == distribution["default_cache_behavior"]

    def test_by_name_query_and_whether_the_visitor_has_pages_of_their_own(self, site: Site):
        key = site["aws_cloudfront_cache_policy.cdn_pages"]["parameters_in_cache_key_and_forwarded_to_origin"]
        assert key["headers_config"]["headers"] == [{"items": ["Host", VISITOR_HEADER]}]
        assert key["query_strings_config"] == {"query_string_behavior": "all"}
        assert key["cookies_config"] == {"cookie_behavior": "none"}

    @pytest.mark.parametrize("setting", [{"page_seconds": 0}, {"page_cache": PageCache(enabled=False)}])
    def test_they_can_be_passed_on_alone(self, setting: dict):
        site = cdn(**setting)
        behavior = site["aws_cloudfront_distribution.cdn"]["default_cache_behavior"]
        assert behavior["cache_policy_id"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # CachingDisabled
        assert "aws_cloudfront_cache_policy.cdn_pages" not in site

    def test_what_the_administration_sends_is_passed_on(self, distribution: dict):
        behavior = distribution["default_cache_behavior"]
        assert behavior["origin_request_policy_id"] == "216adef6-5c7f-47e4-b989-5492eafa07d3"
        assert "POST" in behavior["allowed_methods"]


def test_every_request_to_the_load_balancer_has_the_host_of_its_certificate(distribution: dict):
    with_host = {"216adef6-5c7f-47e4-b989-5492eafa07d3", "bf0718e1-ba1e-49d1-88b1-f726733018ae"}
    behaviors = [distribution["default_cache_behavior"], *distribution["ordered_cache_behavior"]]
    assert {behavior["origin_request_policy_id"] for behavior in behaviors} == with_host


def test_visitors_get_https_http_3_compression_and_ipv6(distribution: dict):
    assert distribution["http_version"] == "http2and3"
    assert distribution["is_ipv6_enabled"] is True
    assert distribution["viewer_certificate"]["minimum_protocol_version"] == "TLSv1.2_2021"
    for behavior in [distribution["default_cache_behavior"], *distribution["ordered_cache_behavior"]]:
        assert behavior["viewer_protocol_policy"] == "redirect-to-https"
        assert behavior["compress"] is True


def test_the_certificate_is_made_in_us_east_1_and_proven_by_the_same_records(site: Site, distribution: dict):
    providers = {provider.get("alias"): provider for provider in site.content["provider"]["aws"]}
    assert providers["edge"]["region"] == "us-east-1"
    assert providers["edge"]["default_tags"] == [{"tags": {"Project": "test"}}]
    certificate = site["aws_acm_certificate.cdn"]
    assert certificate["provider"] == "aws.edge"
    assert [certificate["domain_name"], *certificate["subject_alternative_names"]] == NAMES
    assert site["aws_acm_certificate_validation.cdn"]["provider"] == "aws.edge"
    assert site["aws_acm_certificate_validation.cdn"]["depends_on"] == ["aws_route53_record.proof"]
    assert distribution["aliases"] == NAMES
    issued = "${aws_acm_certificate_validation.cdn.certificate_arn}"
    assert distribution["viewer_certificate"]["acm_certificate_arn"] == issued


def test_a_site_that_waits_beside_another_one_has_none_of_its_names():
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html#alternate-domain-names-move"""
    waiting = variation("production", {"https": {"records": "none"}})
    assert "aliases" not in waiting["aws_cloudfront_distribution.cdn"]
    assert waiting["aws_cloudfront_distribution.cdn"]["viewer_certificate"]["ssl_support_method"] == "sni-only"


def test_a_certificate_that_exists_is_used():
    site = cdn(certificate_arn=OWN)
    assert "aws_acm_certificate.cdn" not in site
    assert site["aws_cloudfront_distribution.cdn"]["viewer_certificate"]["acm_certificate_arn"] == OWN


def test_security_headers_promise_nothing_that_https_settings_do_not(site: Site, distribution: dict):
    headers = site["aws_cloudfront_response_headers_policy.cdn"]["security_headers_config"]
    assert headers["content_type_options"] == {"override": True}
    assert "strict_transport_security" not in headers
    policy = "${aws_cloudfront_response_headers_policy.cdn.id}"
    assert distribution["default_cache_behavior"]["response_headers_policy_id"] == policy


@pytest.mark.parametrize(("setting", "given"), [("100", "PriceClass_100"), ("all", "PriceClass_All")])
def test_the_price_class_is_a_setting(setting, given):
    assert cdn(price_class=setting)["aws_cloudfront_distribution.cdn"]["price_class"] == given


class TestFunction:
    """In JavaScript as CloudFront runs it:
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html"""

    def asked(self, site: Site, headers: dict[str, str], cookies: tuple[str, ...] = ()) -> dict[str, str]:
        """The headers that the load balancer gets."""
        event = {
            "context": {"requestId": "of this request"},
            "viewer": {"ip": "2001:db8::7"},
            "request": {
                "uri": "/",
                "headers": {name.lower(): {"value": value} for name, value in headers.items()},
                "cookies": {name: {"value": "1"} for name in cookies},
            },
        }
        code = site["aws_cloudfront_function.cdn"]["code"]
        script = f"{code}\nconsole.log(JSON.stringify(handler({json.dumps(event)})))"
        node = require("node", "https://nodejs.org")
        run = subprocess.run([node, "-e", script], check=True, capture_output=True, text=True)
        return {name: header["value"] for name, header in json.loads(run.stdout)["headers"].items()}

    def test_it_is_what_pages_go_through(self, site: Site, distribution: dict):
        [association] = distribution["default_cache_behavior"]["function_association"]
        assert association == {"event_type": "viewer-request", "function_arn": "${aws_cloudfront_function.cdn.arn}"}
        assert site["aws_cloudfront_function.cdn"]["publish"] is True

    def test_both_headers_are_its_own_whatever_the_visitor_claims(self, site: Site):
        headers = {"host": "blog.example.com", Cdn.CLIENT_HEADER: "192.0.2.1", VISITOR_HEADER: "mallory"}
        assert self.asked(site, headers) == {
            "host": "blog.example.com",
            "true-client-ip": "2001:db8::7",
            "pressform-visitor": "anyone",
        }

    @pytest.mark.parametrize(
        ("headers", "cookies", "visitor"),
        [
            ({}, ("_ga", "wordpress_test_cookie"), "anyone"),
            ({}, ("wordpress_logged_in_0123",), "of this request"),
            ({}, ("_ga", "woocommerce_cart_hash"), "of this request"),
            ({}, ("wp-postpass_0123",), "of this request"),
            ({"Authorization": "Basic eA=="}, (), "of this request"),
            ({"X-HTTP-Method-Override": "DELETE"}, (), "of this request"),
        ],
    )
    def test_whoever_gets_pages_of_their_own_shares_none(self, site: Site, headers, cookies, visitor):
        assert self.asked(site, headers, cookies)["pressform-visitor"] == visitor


def test_a_zone_that_vpc_origins_leave_out_is_told_while_planning():
    """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html"""
    site = shipped()["production"]
    (condition,) = site["aws_cloudfront_vpc_origin.cdn"]["lifecycle"]["precondition"]
    assert '["ap-northeast-1a", "ap-northeast-1c"]' in condition["condition"]
    assert '["apne1-az3", "cac1-az3", "use1-az3", "usw1-az2"]' in condition["condition"]
    assert site["data.aws_availability_zones.cdn"] == {"state": "available"}


def test_terraform_waits_longer_for_a_vpc_origin_than_aws_takes():
    """Up to fifteen minutes, says the page above."""
    timeouts = shipped()["production"]["aws_cloudfront_vpc_origin.cdn"]["timeouts"]
    assert timeouts == {"create": "45m", "update": "45m", "delete": "45m"}
