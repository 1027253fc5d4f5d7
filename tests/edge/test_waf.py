"""The web application firewall."""

from typing import Any

import pytest

from tests.site.sites import shipped, variation


def refusing(**settings: Any) -> set[str]:
    """The rules that refuse what they find."""
    site = variation("handson", {"waf": settings})

    def refuses(rule: dict[str, Any]) -> bool:
        return "block" in rule["action"] if "action" in rule else "none" in rule["override_action"]

    rules = site["aws_wafv2_web_acl.waf"]["rule"]
    assert len(rules) == len({rule["priority"] for rule in rules}) == 10
    return {rule["name"] for rule in rules if refuses(rule)}


ALL_BUT_ANONYMOUS = {
    "LoginLimit",
    "AmazonIpReputationList",
    "CommonRuleSet",
    "KnownBadInputsRuleSet",
    "SQLiRuleSet",
    "PHPRuleSet",
    "WordPressRuleSet",
    "BodiesOfStrangers",
    "BodiesElsewhere",
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


def rules_of(**settings: Any) -> dict[str, Any]:
    site = variation("handson", {"waf": settings})
    return {rule["name"]: rule["statement"] for rule in site["aws_wafv2_web_acl.waf"]["rule"]}


def overridden(rules: dict[str, Any], group: str) -> set[str]:
    """Of a group of AWS's, the rules that only count."""
    return {rule["name"] for rule in rules[group]["managed_rule_group_statement"].get("rule_action_override", [])}


def labels(rule: dict[str, Any]) -> set[str]:
    one_of_them, *_ = rule["and_statement"]["statement"]
    return {one["label_match_statement"]["key"] for one in one_of_them["or_statement"]["statement"]}


def exceptions(rule: dict[str, Any]) -> list[tuple[str, str]]:
    _, *unless = rule["and_statement"]["statement"]
    matches = [one["not_statement"]["statement"][0]["byte_match_statement"] for one in unless]
    return [(one["positional_constraint"], one["search_string"]) for one in matches]


def test_an_editor_who_is_signed_in_may_save_what_strangers_may_not_send():
    """https://docs.aws.amazon.com/waf/latest/developerguide/waf-labels.html"""
    rules = rules_of(mode="block")
    assert {"CrossSiteScripting_BODY", "GenericLFI_BODY"} < overridden(rules, "CommonRuleSet")
    assert overridden(rules, "PHPRuleSet") == {"PHPHighRiskMethodsVariables_BODY"}
    assert overridden(rules, "SQLiRuleSet") == {"SQLi_BODY", "SQLiExtendedPatterns_BODY"}
    strangers, elsewhere = rules["BodiesOfStrangers"], rules["BodiesElsewhere"]
    assert labels(strangers) == labels(elsewhere)
    assert len(labels(strangers)) == 9
    assert "awswaf:managed:aws:core-rule-set:CrossSiteScripting_Body" in labels(strangers)
    assert "awswaf:managed:aws:sql-database:SQLi_Body" in labels(strangers)
    assert "awswaf:managed:aws:core-rule-set:SizeRestrictions_Body" not in labels(strangers)
    assert exceptions(strangers) == [("CONTAINS", "wordpress_logged_in_")]
    assert exceptions(elsewhere) == [("STARTS_WITH", "/wp-admin/"), ("STARTS_WITH", "/wp-json/")]


def test_a_rule_that_refuses_what_the_site_needs_only_counts():
    rules = rules_of(mode="block", count=["WordPressExploitablePaths_URIPATH", "GenericLFI_BODY"])
    assert overridden(rules, "WordPressRuleSet") == {"WordPressExploitablePaths_URIPATH"}
    assert "awswaf:managed:aws:core-rule-set:GenericLFI_Body" not in labels(rules["BodiesElsewhere"])
    assert len(labels(rules["BodiesElsewhere"])) == 8


def test_which_rule_blocked_whom_is_one_saved_query():
    site = variation("handson", {"waf": {}})
    query = site["aws_cloudwatch_query_definition.waf"]
    assert query["name"] == "handson/which rule blocked whom"
    assert query["log_group_names"] == ["${aws_cloudwatch_log_group.waf.name}"]
    assert 'filter action = "BLOCK"' in query["query_string"]
    assert shipped()["production"]["aws_cloudwatch_query_definition.waf"]["provider"] == "aws.edge"
