"""Whom the site's own keys admit."""

import json
from fnmatch import fnmatch

import pytest

from tests.site.sites import SHIPPED, Site, shipped, variation

ACCOUNT = "${data.aws_caller_identity.current.account_id}"
PARTITION = "${data.aws_partition.current.partition}"


def admitted(site: Site, key: str = "data") -> dict[str, dict]:
    """A key's statements, by name."""
    return {statement["Sid"]: statement for statement in site.statements(f"aws_kms_key.{key}")}


@pytest.mark.parametrize("base", SHIPPED)
def test_every_log_group_that_the_key_encrypts_is_one_that_its_policy_names(base: str):
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"""
    logs = {"flow_logs": "all"}
    site = variation(base, {"encryption": {"own_key": True}, "logs": logs, "database": {"slow_query": 1}, "waf": {}})
    groups = site.all("aws_cloudwatch_log_group").values()
    assert len(groups) >= 5
    for group in groups:
        key = group["kms_key_id"].split(".")[1]
        region = "us-east-1" if key == "data_edge" else "ap-northeast-1"
        statement = admitted(site, key)["LogsEncrypt"]
        arn = f"arn:{PARTITION}:logs:{region}:{ACCOUNT}:log-group:{group['name']}"
        allowed = statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
        assert any(fnmatch(arn, pattern) for pattern in allowed), group["name"]
        assert "StringEquals" not in statement["Condition"]


def test_the_key_admits_only_what_uses_it():
    plain = variation("handson", {"encryption": {"own_key": True}})
    assert admitted(plain).keys() == {"AccountAdministers", "LogsEncrypt"}
    watched = variation("handson", {"encryption": {"own_key": True}, "monitoring": {"emails": ["ops@example.com"]}})
    assert admitted(watched).keys() == {"AccountAdministers", "LogsEncrypt", "AlarmsEncrypt"}
    abroad = variation(
        "handson", {"encryption": {"own_key": True}, "mail": {"sender": "a@b.de", "region": "us-east-1"}}
    )
    assert admitted(abroad).keys() == {"AccountAdministers", "LogsEncrypt"}
    assert admitted(abroad, "data_mail").keys() == {"AccountAdministers", "BouncesEncrypt"}
    production = shipped()["production"]
    fleet = {"AccountAdministers", "LogsEncrypt", "AlarmsEncrypt", "FleetsUseDisks", "FleetsAttachDisks"}
    assert admitted(production).keys() == fleet | {"BouncesEncrypt"}
    assert admitted(production, "data_edge").keys() == {"AccountAdministers", "LogsEncrypt"}
    assert admitted(production, "data_copy").keys() == {"AccountAdministers"}


def test_nobody_is_admitted_who_could_not_use_it():
    """A rule of EventBridge's reaches no topic under a key by the source's account, and there is no rule.
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services"""
    assert "events.amazonaws.com" not in json.dumps(admitted(shipped()["production"]))


def test_the_makers_of_spot_capacitys_disks_are_admitted_where_there_is_some():
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/service-linked-roles-spot-instance-requests.html"""

    def makers(**fleet: int) -> list[str]:
        site = variation("production", {"web": {"fleet": fleet}})
        return admitted(site)["FleetsUseDisks"]["Condition"]["ArnEquals"]["aws:PrincipalArn"]

    role = f"arn:{PARTITION}:iam::{ACCOUNT}:role/aws-service-role/"
    scaling = f"{role}autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    assert makers() == [scaling]
    assert makers(spot_share=50) == [scaling, f"{role}spot.amazonaws.com/AWSServiceRoleForEC2Spot"]
