"""Findings of security scanners are accepted where a setting is off, and are faults where it is on."""

from typing import Any

import pytest

from tests.site.sites import SHIPPED, shipped, variation


def checks(site: Any, address: str) -> set[str]:
    return set(site.content["//"]["accepted"].get(address, {}))


@pytest.mark.parametrize(
    ("address", "check", "on"),
    [
        ("aws_lb.load_balancer", "CKV_AWS_91", {"logs": {"access_logs": True}}),
        ("aws_lb.load_balancer", "CKV_AWS_150", {"load_balancer": {"deletion_protection": True}}),
        ("aws_lb.load_balancer", "CKV2_AWS_28", {"waf": {}}),
        ("aws_vpc.site", "CKV2_AWS_11", {"logs": {"flow_logs": "all"}}),
        ("aws_db_instance.database", "CKV_AWS_118", {"database": {"enhanced_monitoring": 60}}),
        ("aws_db_instance.database", "CKV_AWS_129", {"database": {"slow_query": 1}}),
        ("aws_db_instance.database", "CKV_AWS_161", {"database": {"iam_authentication": True}}),
        ("aws_db_instance.database", "CKV_AWS_293", {"database": {"deletion_protection": True}}),
        ("aws_secretsmanager_secret.salts", "CKV_AWS_149", {"encryption": {"own_key": True}}),
        ("aws_efs_file_system.uploads", "CKV_AWS_184", {"encryption": {"own_key": True}}),
        ("aws_cloudwatch_log_group.wordpress", "CKV_AWS_158", {"encryption": {"own_key": True}}),
        ("aws_cloudwatch_log_group.wordpress", "CKV_AWS_338", {"wordpress": {"log_retention": 365}}),
    ],
)
def test_what_is_switched_on_is_accepted_no_longer(address: str, check: str, on: dict[str, Any]):
    assert check in checks(shipped()["handson"], address)
    assert check not in checks(variation("handson", on), address)


@pytest.mark.parametrize("environment", SHIPPED)
def test_what_is_accepted_is_a_resource_and_has_a_reason(environment: str):
    site = shipped()[environment]
    for address, reasons in site.content["//"]["accepted"].items():
        assert address in site
        assert all(reason.endswith(".") for reason in reasons.values())


def test_the_database_server_is_looked_at_with_a_role_of_its_own():
    site = variation("handson", {"database": {"enhanced_monitoring": 60}})
    database = site["aws_db_instance.database"]
    assert database["monitoring_interval"] == 60
    assert database["monitoring_role_arn"] == "${aws_iam_role.database_monitoring.arn}"
    assert database["depends_on"] == ["aws_iam_role_policy_attachment.database_monitoring"]
    assert "monitoring_interval" not in shipped()["handson"]["aws_db_instance.database"]
