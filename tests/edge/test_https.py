"""HTTPS ends at the load balancer."""

import pytest

from tests.site.sites import shipped, variation

ARN = "arn:aws:acm:ap-northeast-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
WITH_CERTIFICATE = {"https": {"domain": "blog.example.com", "certificate_arn": ARN}}
WITH_ZONE = {"https": {"domain": "blog.example.com", "more_names": ["www.example.com"], "zone": "example.com"}}


@pytest.mark.parametrize("changes", [WITH_CERTIFICATE, WITH_ZONE])
def test_port_80_redirects_for_good_and_keeps_host_path_and_query(changes):
    listener = variation("handson", changes)["aws_lb_listener.load_balancer_http"]
    action = listener["default_action"][0]
    assert action["type"] == "redirect"
    # Host, path and query stay as they are where the redirect does not name them.
    assert action["redirect"] == {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}


@pytest.mark.parametrize("changes", [WITH_CERTIFICATE, WITH_ZONE])
def test_tls_is_1_2_or_1_3_with_forward_secrecy(changes):
    listener = variation("handson", changes)["aws_lb_listener.load_balancer_https"]
    assert (listener["port"], listener["protocol"]) == (443, "HTTPS")
    assert listener["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
    assert listener["default_action"] == [{"type": "forward", "target_group_arn": "${aws_lb_target_group.web.arn}"}]


def test_an_existing_certificate_is_used_as_it_is():
    site = variation("handson", WITH_CERTIFICATE)
    assert site["aws_lb_listener.load_balancer_https"]["certificate_arn"] == ARN
    assert not site.all("aws_acm_certificate")
    assert not site.all("aws_route53_record")


def test_a_certificate_is_made_for_every_name_and_used_once_it_is_issued():
    site = variation("handson", WITH_ZONE)
    certificate = site["aws_acm_certificate.domain"]
    assert certificate["domain_name"] == "blog.example.com"
    assert certificate["subject_alternative_names"] == ["www.example.com"]
    assert certificate["validation_method"] == "DNS"
    issued = "${aws_acm_certificate_validation.domain.certificate_arn}"
    assert site["aws_lb_listener.load_balancer_https"]["certificate_arn"] == issued
    assert site["aws_acm_certificate_validation.domain"]["validation_record_fqdns"] == [
        "${aws_route53_record.domain_blog_example_com_validation.fqdn}",
        "${aws_route53_record.domain_www_example_com_validation.fqdn}",
    ]


def test_every_name_leads_to_the_load_balancer():
    site = variation("handson", WITH_ZONE)
    for name in ("blog", "www"):
        for kind in ("A", "AAAA"):
            record = site[f"aws_route53_record.domain_{name}_example_com_{kind.lower()}"]
            assert (record["name"], record["type"]) == (f"{name}.example.com", kind)
            assert record["alias"]["name"] == "${aws_lb.load_balancer.dns_name}"
            assert record["zone_id"] == "${data.aws_route53_zone.domain.zone_id}"


def test_a_site_may_wait_beside_another_one_and_take_its_records_over():
    waiting = variation("handson", {"https": {**WITH_ZONE["https"], "records": "none"}})
    assert set(waiting.all("aws_route53_record")) == {
        "domain_blog_example_com_validation",
        "domain_www_example_com_validation",
    }
    taking = variation("handson", {"https": {**WITH_ZONE["https"], "records": "take_over"}})
    plain = variation("handson", WITH_ZONE)
    for kind in ("a", "aaaa"):
        record = f"aws_route53_record.domain_blog_example_com_{kind}"
        assert "allow_overwrite" not in plain[record]
        assert taking[record] == plain[record] | {"allow_overwrite": True}


def test_names_with_hyphens_and_dots_never_share_an_address():
    names = {
        "domain": "a-b.example.com",
        "more_names": ["a.b.example.com", "a.dash.b.example.com"],
        "zone": "example.com",
    }
    site = variation("handson", {"https": names})
    assert len([name for name in site.all("aws_route53_record") if name.endswith("_validation")]) == 3


def test_a_zone_is_taken_by_id_or_made():
    by_id = variation("handson", {"https": {"domain": "blog.example.com", "zone_id": "Z0123456789ABCDEFGHIJ"}})
    assert by_id["aws_route53_record.domain_blog_example_com_a"]["zone_id"] == "Z0123456789ABCDEFGHIJ"
    made = shipped()["three-tier"]
    assert made["aws_route53_zone.domain"]["name"] == "example.com"
    assert made.content["output"]["name_servers"]["value"] == "${aws_route53_zone.domain.name_servers}"


def test_wordpress_knows_the_sites_one_address():
    plain = shipped()["handson"]
    assert "SITE_URL='http://${aws_lb.load_balancer.dns_name}'" in plain.settings("web")
    assert plain.content["output"]["site_url"]["value"] == "http://${aws_lb.load_balancer.dns_name}"
    secure = variation("handson", WITH_ZONE)
    assert "SITE_URL='https://blog.example.com'" in secure.settings("web")
    assert secure.content["output"]["site_url"]["value"] == "https://blog.example.com"


def test_inside_the_vpc_everything_stays_http():
    for group in variation("three-tier", {}).all("aws_lb_target_group").values():
        assert (group["protocol"], group["port"]) == ("HTTP", 80)


def test_hsts_is_a_setting():
    header = "routing_http_response_strict_transport_security_header_value"
    assert shipped()["three-tier"]["aws_lb_listener.load_balancer_https"][header] == "max-age=31536000"
    assert header not in variation("handson", WITH_ZONE)["aws_lb_listener.load_balancer_https"]
