"""What AWS would refuse is found: a wrong value of every kind, and no right one."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.core.utils import get_service_model

from sandbox import Sandbox
from sandbox.calls.constraints import CONSTRAINTS
from sandbox.calls.models import matches
from sandbox.calls.recorded import recorded
from sandbox.calls.refusals import refusals

TOKYO = "ap-northeast-1"

RULE = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80}


def parameter(name: str, value: str) -> dict[str, Any]:
    return {"ParameterName": name, "ParameterValue": value, "ApplyMethod": "immediate"}


def alarm(**changes: Any) -> dict[str, Any]:
    whole = {"AlarmName": "slow", "Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Statistic": "Average"}
    whole |= {"Period": 60, "EvaluationPeriods": 5, "Threshold": 90, "ComparisonOperator": "GreaterThanThreshold"}
    return whole | changes


WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    # What AWS's models hold.
    "iam create_role": (
        "too long",
        {"RoleName": "a" * 65, "AssumeRolePolicyDocument": "{}"},
        "iam:CreateRole: RoleName has 64 characters at most, and is 'aaaa",
    ),
    "efs create_file_system": (
        "no such value",
        {"CreationToken": "site", "ThroughputMode": "fast"},
        "efs:CreateFileSystem: ThroughputMode is one of bursting, provisioned, elastic, and is 'fast'",
    ),
    "backup create_backup_vault": (
        "a pattern",
        {"BackupVaultName": "the site's"},
        r"backup:CreateBackupVault: BackupVaultName matches ^[a-zA-Z0-9\-\_]{2,50}$, and is",
    ),
    "elbv2 create_target_group": (
        "a range",
        {"Name": "web", "Protocol": "HTTP", "Port": 80, "VpcId": "vpc-1", "HealthCheckIntervalSeconds": 3},
        "elbv2:CreateTargetGroup: HealthCheckIntervalSeconds is 5 at least, and is 3",
    ),
    "logs create_log_group": ("what must be there", {}, "logs:CreateLogGroup: logGroupName must be there"),
    "wafv2 create_web_acl": (
        "below lists",
        {
            "Name": "site",
            "Scope": "REGIONAL",
            "DefaultAction": {"Allow": {}},
            "VisibilityConfig": {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "a"},
            "Rules": [
                {
                    "Name": "limit",
                    "Priority": 0,
                    "Statement": {"RateBasedStatement": {"Limit": 5, "AggregateKeyType": "IP"}},
                    "VisibilityConfig": {
                        "SampledRequestsEnabled": True,
                        "CloudWatchMetricsEnabled": True,
                        "MetricName": "a",
                    },
                }
            ],
        },
        "wafv2:CreateWebACL: Rules[0].Statement.RateBasedStatement.Limit is 10 at least, and is 5",
    ),
    # What it says in words.
    "ec2 create_security_group": (
        "an apostrophe",
        {"GroupName": "endpoints", "Description": "AWS's services inside the VPC"},
        "ec2:CreateSecurityGroup: Description has up to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*, and is",
    ),
    "ec2 authorize_security_group_ingress": (
        "of a rule, too",
        {
            "GroupId": "sg-1",
            "IpPermissions": [
                RULE | {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "from web"}]},
                RULE | {"UserIdGroupPairs": [{"GroupId": "sg-2", "Description": "the site's servers"}]},
            ],
        },
        '._-:/()#,@[]+=&;{}!$*, and is "the site\'s servers"',
    ),
    "rds modify_db_cluster_parameter_group": (
        "an instance's value",
        {"DBClusterParameterGroupName": "site", "Parameters": [parameter("require_secure_transport", "1")]},
        "is ON or OFF for a cluster, and is '1'",
    ),
    "rds modify_db_parameter_group": (
        "a cluster's value",
        {"DBParameterGroupName": "site", "Parameters": [parameter("require_secure_transport", "ON")]},
        "is 0 or 1 for an instance, and is 'ON'",
    ),
    "rds restore_db_instance_to_point_in_time": (
        "a name that MySQL keeps",
        {"SourceDBInstanceIdentifier": "shop", "TargetDBInstanceIdentifier": "site", "DBName": "wordpress"},
        "has no DBName, which is not for MySQL",
    ),
    "rds create_db_cluster": (
        "windows that overlap",
        {
            "DBClusterIdentifier": "site",
            "Engine": "aurora-mysql",
            "PreferredBackupWindow": "17:00-18:00",
            "PreferredMaintenanceWindow": "sat:17:30-sat:18:30",
        },
        "wants windows for backup and maintenance that do not overlap",
    ),
    "logs put_retention_policy": (
        "no enum",
        {"logGroupName": "site", "retentionInDays": 100},
        "logs:PutRetentionPolicy: retentionInDays is one of 1, 3, 5, 7,",
    ),
    "cloudwatch put_metric_alarm": (
        "of two parameters",
        alarm(Period=300, EvaluationPeriods=289),
        "looks back over a day at most",
    ),
    "s3 create_bucket": (
        "a reserved name",
        {"Bucket": "site-s3alias", "CreateBucketConfiguration": {"LocationConstraint": TOKYO}},
        "s3:CreateBucket: Bucket is a bucket's name, with no reserved beginning or end",
    ),
    "elbv2 create_load_balancer": (
        "another one",
        {"Name": "internal-site", "Subnets": ["subnet-1", "subnet-2"]},
        "elbv2:CreateLoadBalancer: Name has up to 32 letters",
    ),
    "ec2 create_launch_template": (
        "before it is encoded",
        {"LaunchTemplateName": "web", "LaunchTemplateData": {"UserData": b64encode(bytes(16_385)).decode()}},
        "ec2:CreateLaunchTemplate: LaunchTemplateData.UserData has 16 KB before it is encoded",
    ),
    "sns create_topic": (
        "a tag",
        {"Name": "alarms", "Tags": [{"Key": "aws:name", "Value": "site"}]},
        "sns:CreateTopic: the key of a tag has up to 128",
    ),
}
"""By service and call: why, with what, and what is said."""

RIGHT: dict[str, dict[str, Any]] = {
    "ec2 create_security_group": {
        "GroupName": "endpoints",
        "Description": "AWS services inside the VPC",
        "TagSpecifications": [{"ResourceType": "security-group", "Tags": [{"Key": "Name", "Value": "ウェブ 1"}]}],
    },
    "rds modify_db_cluster_parameter_group": {
        "DBClusterParameterGroupName": "site",
        "Parameters": [parameter("require_secure_transport", "ON")],
    },
    "cloudwatch put_metric_alarm": alarm(Period=86_400, EvaluationPeriods=7),
    "logs put_retention_policy": {"logGroupName": "site", "retentionInDays": 365},
    "s3 create_bucket": {"Bucket": "site", "CreateBucketConfiguration": {"LocationConstraint": TOKYO}},
}


def refused(folder: Path, calls: Iterable[tuple[str, dict[str, Any]]]) -> list[str]:
    """What is found after these calls, made as Terraform's provider makes them: it checks nothing before."""
    with Sandbox(folder) as sandbox:
        for name, parameters in calls:
            service, operation = name.split()
            client = boto3.client(
                service,
                region_name=TOKYO,
                endpoint_url=sandbox.endpoint,
                aws_access_key_id="sandbox",
                aws_secret_access_key="sandbox",
                config=Config(parameter_validation=False, proxies={}, s3={"addressing_style": "path"}),
            )
            with suppress(ClientError):  # what moto says does not matter
                getattr(client, operation)(**parameters)
        asked = [call.name for call in recorded(sandbox.calls)]
        assert len(asked) == len(list(calls))
        return refusals(sandbox.calls)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return refused(tmp_path_factory.mktemp("wrong"), [(name, values) for name, (_, values, _) in WRONG.items()])


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_found(name: str, found: list[str]) -> None:
    _, _, said = WRONG[name]
    assert [line for line in found if said in line], "\n".join(found)


def test_nothing_else_is_found(found: list[str]) -> None:
    assert len(found) == len(WRONG)


def test_right_values_are_taken(tmp_path: Path) -> None:
    assert refused(tmp_path, RIGHT.items()) == []


def test_a_call_is_written_down_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as sandbox:
        for _ in range(2):
            sandbox.client("sts", TOKYO).get_caller_identity()
        assert [call.name for call in recorded(sandbox.calls)] == ["sts:GetCallerIdentity"]
        assert sandbox.calls.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("pattern", "value", "does"),
    [
        ("[a-z]*", "shop", True),
        ("[a-z]*", "Shop", False),  # all of it is meant
        ("^arn:", "arn:aws:iam::123456789012:role/web", True),
        (r"[\p{L}\p{N}_.:/=+\-@]*", "店舗", True),
        (r"[\w-.]+", "web-1.a", True),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF]*", "\U0001f600", True),
    ],
)
def test_patterns_are_read_as_aws_means_them(pattern: str, value: str, does: bool) -> None:
    assert matches(pattern, value) is does


def test_every_row_is_about_a_call_that_there_is_and_says_where_it_was_read() -> None:
    for row in CONSTRAINTS:
        for call in row.calls.split():
            service, _, operation = call.partition(":")
            shape = get_service_model(service).operation_model(operation).input_shape
            assert row.parameter == "@" or shape.members.keys() & set(re.findall(r"\w+", row.parameter)), row
        assert row.source.startswith("https://docs.aws.amazon.com/"), row
