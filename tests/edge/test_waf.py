"""The web application firewall."""

from typing import Any

import pytest

from tests.site.sites import shipped, variation


def refusing(**settings: str) -> set[str]:
    """The rules that refuse what they find."""
    site = variation("handson", {"waf": settings})

    def refuses(rule: dict[str, Any]) -> bool:
        return "block" in rule["action"] if "action" in rule else "none" in rule["override_action"]

    rules = site["aws_wafv2_web_acl.waf"]["rule"]
    assert len(rules) == len({rule["priority"] for rule in rules}) == 8
    return {rule["name"] for rule in rules if refuses(rule)}


ALL_BUT_ANONYMOUS = {
    "LoginLimit",
    "AmazonIpReputationList",
    "CommonRuleSet",
    "KnownBadInputsRuleSet",
    "SQLiRuleSet",
    "PHPRuleSet",
    "WordPressRuleSet",
}


@pytest.mark.parametrize(
    ("settings", "rules"),
    [
        ({}, set()),
        ({"anonymous": "block"}, set()),
        ({"mode": "block"}, ALL_BUT_ANONYMOUS),
        ({"mode": "block", "anonymous": "block"}, ALL_BUT_ANONYMOUS | {"AnonymousIpList"}),
    ],
)
def test_it_counts_first_and_refuses_what_the_settings_say(settings: dict[str, str], rules: set[str]):
    assert refusing(**settings) == rules


def test_what_leaves_a_trace_says_nothing_of_who_is_signed_in():
    site = variation("handson", {"waf": {}})
    logging = site["aws_wafv2_web_acl_logging_configuration.waf"]
    assert logging["log_destination_configs"] == ["${aws_cloudwatch_log_group.waf.arn}"]
    assert site["aws_cloudwatch_log_group.waf"]["name"] == "aws-waf-logs-handson"
    hidden = {field["single_header"]["name"] for field in logging["redacted_fields"]}
    assert hidden == {"authorization", "cookie"}


def test_in_front_of_cloudfront_its_log_has_a_key_of_its_region():
    site = shipped()["production"]
    assert site["aws_cloudwatch_log_group.waf"]["kms_key_id"] == "${aws_kms_key.data_edge.arn}"
    assert site["aws_kms_key.data_edge"]["provider"] == "aws.edge"
    admitted = [one["Principal"].get("Service") for one in site.statements("aws_kms_key.data_edge")]
    assert admitted == [None, "logs.us-east-1.${data.aws_partition.current.dns_suffix}"]
