"""The constraints that AWS documents in words, and that no model of its services holds: a row for each.

A new constraint is a new row. Its page is where it was read, and where one looks when a row is wrong.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Constraint:
    """One row.

    Attributes:
        calls: the operations that it holds for, such as `ec2:CreateSecurityGroup`.
        parameter: a JMESPath to what it is about; `@` is all parameters.
        allowed: an expression that all of a value must match, or a function of the value.
        rule: what AWS takes, in words; an error says it after the parameter.
        source: the page that says so.
    """

    calls: str
    parameter: str
    allowed: str | Callable[[Any], bool]
    rule: str
    source: str

    def admits(self, value: Any) -> bool:
        """Whether AWS takes the value."""
        if isinstance(self.allowed, str):
            return re.fullmatch(self.allowed, str(value), re.DOTALL) is not None
        return self.allowed(value)


EC2 = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference"
RDS = "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference"
AURORA = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide"
MYSQL = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide"
ELB = "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference"
CACHE = "https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference"
CLOUDWATCH = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference"
LOGS = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference"

GROUP_TEXT = r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}"
GROUP_TEXT_IS = "has up to 255 letters, digits, spaces and ._-:/()#,@[]+=&;{}!$*"
RULES = "ec2:AuthorizeSecurityGroupIngress ec2:AuthorizeSecurityGroupEgress"
PEERS = "[IpRanges, Ipv6Ranges, UserIdGroupPairs, PrefixListIds]"

DISTRIBUTION = "[DistributionConfigWithTags.DistributionConfig, DistributionConfig][]"

HYPHENATED = r"[a-zA-Z](-?[a-zA-Z0-9])*"
HYPHENATED_IS = "letters, digits and single hyphens, begins with a letter and ends with no hyphen"

RESERVED_USERS = {"mysql.sys", "mysql.session", "mysql.infoschema", "rdsadmin", "rdsrepladmin", "rdstopmgr", "root"}
RETENTIONS = {1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731}
RETENTIONS |= {1096, 1827, 2192, 2557, 2922, 3288, 3653}
DAY, WEEK = 86_400, 7 * 86_400


def _minutes(window: str) -> tuple[int, int]:
    """Where a window such as `sun:18:00-sun:19:00` begins, in minutes of the week (or day), and how long it is."""
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    whole = 7 * 1440 if window[0].isalpha() else 1440
    start, end = (
        (days.index(it[:3].lower()) * 1440 if it[0].isalpha() else 0) + int(it[-5:-3]) * 60 + int(it[-2:])
        for it in window.split("-")
    )
    return start, (end - start) % whole


def _at_least_half_an_hour(window: str) -> bool:
    return _minutes(window)[1] >= 30


def _windows_apart(call: dict[str, Any]) -> bool:
    """Whether backup (of every day) and maintenance (of one) do not overlap."""
    if not (call.get("PreferredBackupWindow") and call.get("PreferredMaintenanceWindow")):
        return True
    backup, long = _minutes(call["PreferredBackupWindow"])
    maintenance, takes = _minutes(call["PreferredMaintenanceWindow"])
    apart = (maintenance - backup) % 1440
    return apart >= long and apart + takes <= 1440


def _evaluated_in_time(alarm: dict[str, Any]) -> bool:
    periods = [alarm.get("Period") or 0]
    for metric in alarm.get("Metrics") or []:
        periods.append(metric.get("MetricStat", metric).get("Period") or 0)
    return max(periods) * alarm["EvaluationPeriods"] <= (WEEK if max(periods) >= 3600 else DAY)


def _bytes(user_data: str | bytes) -> int:
    return len(b64decode(user_data))


def _json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _compact(policy: str) -> int:
    """Characters that IAM counts: no white space."""
    return len(re.sub(r"\s", "", policy))


def _prefix_length(cidr: str) -> int:
    return int(cidr.rpartition("/")[2])


CONSTRAINTS = (
    # EC2
    Constraint(
        "ec2:CreateSecurityGroup", "Description", GROUP_TEXT, GROUP_TEXT_IS, f"{EC2}/API_CreateSecurityGroup.html"
    ),
    Constraint(
        "ec2:CreateSecurityGroup",
        "GroupName",
        rf"(?!sg-|default$){GROUP_TEXT}",
        f"{GROUP_TEXT_IS}, begins not with sg-, and is not default",
        f"{EC2}/API_CreateSecurityGroup.html",
    ),
    Constraint(RULES, f"IpPermissions[].{PEERS}[][].Description", GROUP_TEXT, GROUP_TEXT_IS, f"{EC2}/API_IpRange.html"),
    Constraint(
        "ec2:CreateVpc ec2:CreateSubnet",
        "CidrBlock",
        lambda it: 16 <= _prefix_length(it) <= 28,
        "has a length from /16 to /28",
        "https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html",
    ),
    Constraint(
        "ec2:RunInstances",
        "UserData",
        lambda it: _bytes(it) <= 16_384,
        "has 16 KB before it is encoded",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html",
    ),
    Constraint(
        "ec2:CreateLaunchTemplate ec2:CreateLaunchTemplateVersion",
        "LaunchTemplateData.UserData",
        lambda it: _bytes(it) <= 16_384,
        "has 16 KB before it is encoded",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html",
    ),
    Constraint(
        "ec2:CreateFlowLogs",
        "MaxAggregationInterval",
        "60|600",
        "is 60 or 600 seconds",
        f"{EC2}/API_CreateFlowLogs.html",
    ),
    Constraint(
        "ec2:CreateImage",
        "Name",
        r"[a-zA-Z0-9()\[\] ./\-'@_]{3,128}",
        "has 3 to 128 letters, digits and ()[] ./-'@_",
        f"{EC2}/API_CreateImage.html",
    ),
    # Auto Scaling
    Constraint(
        "autoscaling:CreateAutoScalingGroup autoscaling:UpdateAutoScalingGroup",
        "InstanceMaintenancePolicy",
        lambda it: (
            100 <= it["MaxHealthyPercentage"] <= 200 and it["MaxHealthyPercentage"] - it["MinHealthyPercentage"] <= 100
        ),
        "has at most 100 percentage points between its two",
        "https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstanceMaintenancePolicy.html",
    ),
    Constraint(
        "autoscaling:CreateAutoScalingGroup autoscaling:UpdateAutoScalingGroup",
        "@",
        lambda it: it.get("MinSize", 0) <= it.get("DesiredCapacity", it.get("MinSize", 0)) <= it.get("MaxSize", 10_000),
        "wants a desired capacity between its least and its most",
        "https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CreateAutoScalingGroup.html",
    ),
    # RDS
    Constraint(
        "rds:CreateDBInstance",
        "DBInstanceIdentifier",
        rf"(?=.{{1,63}}$){HYPHENATED}",
        f"has up to 63 {HYPHENATED_IS}",
        f"{RDS}/API_CreateDBInstance.html",
    ),
    Constraint(
        "rds:CreateDBCluster",
        "DBClusterIdentifier",
        rf"(?=.{{1,63}}$){HYPHENATED}",
        f"has up to 63 {HYPHENATED_IS}",
        f"{RDS}/API_CreateDBCluster.html",
    ),
    Constraint(
        "rds:CreateDBParameterGroup",
        "DBParameterGroupName",
        rf"(?=.{{1,255}}$)(?!default\.){HYPHENATED}",
        f"has up to 255 {HYPHENATED_IS}",
        f"{RDS}/API_CreateDBParameterGroup.html",
    ),
    Constraint(
        "rds:CreateDBClusterParameterGroup",
        "DBClusterParameterGroupName",
        rf"(?=.{{1,255}}$)(?!default\.){HYPHENATED}",
        f"has up to 255 {HYPHENATED_IS}",
        f"{RDS}/API_CreateDBClusterParameterGroup.html",
    ),
    Constraint(
        "rds:CreateDBSubnetGroup",
        "DBSubnetGroupName",
        r"(?!(?i:default)$)[a-zA-Z][a-zA-Z0-9._ \-]{0,254}",
        "has up to 255 letters, digits, and ._- or spaces, begins with a letter and is not default",
        f"{RDS}/API_CreateDBSubnetGroup.html",
    ),
    Constraint(
        "rds:CreateDBInstance rds:CreateDBCluster",
        "MasterUsername",
        lambda it: re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_]{0,15}", it) is not None and it.lower() not in RESERVED_USERS,
        "has up to 16 letters, digits and _, begins with a letter and is not reserved",
        f"{MYSQL}/CHAP_Limits.html#RDS_Limits.Constraints",
    ),
    Constraint(
        "rds:CreateDBInstance rds:CreateDBCluster rds:ModifyDBInstance rds:ModifyDBCluster",
        "MasterUserPassword",
        r'(?!.*[/"@])[ -~]{8,41}',
        'has 8 to 41 characters of ASCII, without / " and @',
        f"{RDS}/API_CreateDBInstance.html",
    ),
    Constraint(
        "rds:CreateDBInstance",
        "DBName",
        r"[a-zA-Z][a-zA-Z0-9_]{0,63}",
        "has up to 64 letters, digits and _, and begins with a letter",
        f"{RDS}/API_CreateDBInstance.html",
    ),
    Constraint(
        "rds:CreateDBCluster",
        "DatabaseName",
        r"[a-zA-Z][a-zA-Z0-9_]{0,63}",
        "has up to 64 letters, digits and _, and begins with a letter",
        f"{RDS}/API_CreateDBCluster.html",
    ),
    Constraint(
        "rds:CreateDBInstance rds:ModifyDBInstance",
        "BackupRetentionPeriod",
        lambda it: 0 <= it <= 35,
        "is 0 to 35 days",
        f"{RDS}/API_CreateDBInstance.html",
    ),
    Constraint(
        "rds:CreateDBCluster rds:ModifyDBCluster",
        "BackupRetentionPeriod",
        lambda it: 1 <= it <= 35,
        "is 1 to 35 days",
        f"{RDS}/API_CreateDBCluster.html",
    ),
    Constraint(
        "rds:CreateDBInstance rds:CreateDBCluster rds:ModifyDBInstance rds:ModifyDBCluster",
        "[PreferredBackupWindow, PreferredMaintenanceWindow][]",
        _at_least_half_an_hour,
        "is half an hour at least",
        f"{RDS}/API_CreateDBInstance.html",
    ),
    Constraint(
        "rds:CreateDBInstance rds:CreateDBCluster rds:ModifyDBInstance rds:ModifyDBCluster",
        "@",
        _windows_apart,
        "wants windows for backup and maintenance that do not overlap",
        f"{RDS}/API_CreateDBInstance.html",
    ),
    Constraint(
        "rds:CreateDBInstance rds:ModifyDBInstance rds:CreateDBCluster rds:ModifyDBCluster",
        "MonitoringInterval",
        "0|1|5|10|15|30|60",
        "is 0, 1, 5, 10, 15, 30 or 60 seconds",
        f"{RDS}/API_CreateDBInstance.html",
    ),
    Constraint(
        "rds:CreateDBInstance rds:ModifyDBInstance rds:CreateDBCluster rds:ModifyDBCluster",
        "PerformanceInsightsRetentionPeriod",
        lambda it: it in {7, 731} or (it % 31 == 0 and 1 <= it // 31 <= 23),
        "is 7, 731 or a number of months of 31 days",
        f"{RDS}/API_CreateDBInstance.html",
    ),
    Constraint(
        "rds:CreateDBInstance rds:ModifyDBInstance",
        "@",
        lambda it: (
            it.get("StorageType") != "gp3" or not it.get("Engine") or 20 <= it.get("AllocatedStorage", 20) <= 65_536
        ),
        "wants 20 to 65,536 GiB of gp3",
        f"{RDS}/API_CreateDBInstance.html",
    ),
    Constraint(
        "rds:CreateDBInstance rds:ModifyDBInstance",
        "@",
        lambda it: (
            not it.get("MaxAllocatedStorage") or it["MaxAllocatedStorage"] >= 1.1 * it.get("AllocatedStorage", 0)
        ),
        "wants to grow by a tenth at least",
        f"{MYSQL}/USER_PIOPS.Autoscaling.html",
    ),
    Constraint(
        "rds:RestoreDBInstanceFromDBSnapshot rds:RestoreDBInstanceToPointInTime",
        "@",
        lambda it: "DBName" not in it,
        "has no DBName, which is not for MySQL",
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceToPointInTime.html",
    ),
    Constraint(
        "rds:CreateDBInstance",
        "DBInstanceClass",
        r"db\.(?!t1\.|t2\.|m1\.|m3\.).+",
        "is of a generation that MySQL 8.4 and Aurora MySQL 3 run on",
        f"{MYSQL}/Concepts.DBInstanceClass.Support.html",
    ),
    Constraint(
        "rds:CreateDBCluster rds:ModifyDBCluster",
        "ServerlessV2ScalingConfiguration",
        lambda it: (
            it["MinCapacity"] % 0.5 == 0
            and 0 <= it["MinCapacity"] <= it["MaxCapacity"]
            and 1 <= it["MaxCapacity"] <= 256
        ),
        "goes in halves from 0 to 256, and to 1 at least",
        f"{AURORA}/aurora-serverless-v2.setting-capacity.html",
    ),
    # Parameters, by engine: those of an Aurora cluster are a cluster's.
    Constraint(
        "rds:ModifyDBParameterGroup",
        "Parameters[?ParameterName=='require_secure_transport'].ParameterValue",
        "0|1",
        "is 0 or 1 for an instance",
        f"{MYSQL}/mysql-ssl-connections.require-ssl.html",
    ),
    Constraint(
        "rds:ModifyDBClusterParameterGroup",
        "Parameters[?ParameterName=='require_secure_transport'].ParameterValue",
        "ON|OFF",
        "is ON or OFF for a cluster",
        f"{AURORA}/AuroraMySQL.Security.html",
    ),
    Constraint(
        "rds:ModifyDBParameterGroup rds:ModifyDBClusterParameterGroup",
        "Parameters[?ParameterName=='slow_query_log' || ParameterName=='general_log'].ParameterValue",
        "0|1",
        "is 0 or 1",
        f"{MYSQL}/USER_LogAccess.MySQL.Generallog.html",
    ),
    Constraint(
        "rds:ModifyDBParameterGroup rds:ModifyDBClusterParameterGroup",
        "Parameters[?ParameterName=='log_output'].ParameterValue",
        "FILE|TABLE|NONE",
        "is FILE, TABLE or NONE",
        f"{MYSQL}/Appendix.MySQL.CommonDBATasks.Logs.html",
    ),
    Constraint(
        "rds:ModifyDBParameterGroup rds:ModifyDBClusterParameterGroup",
        "Parameters[?ParameterName=='long_query_time'].ParameterValue",
        lambda it: 0 <= float(it) <= 31_536_000,
        "is 0 to 31,536,000 seconds",
        f"{MYSQL}/USER_LogAccess.MySQL.Generallog.html",
    ),
    Constraint(
        "rds:ModifyDBClusterParameterGroup",
        "Parameters[?ParameterName=='server_audit_logging'].ParameterValue",
        "0|1",
        "is 0 or 1",
        f"{AURORA}/AuroraMySQL.Auditing.html",
    ),
    Constraint(
        "rds:ModifyDBClusterParameterGroup",
        "Parameters[?ParameterName=='server_audit_events'].ParameterValue",
        "(CONNECT|QUERY|QUERY_DCL|QUERY_DDL|QUERY_DML|TABLE)(,(CONNECT|QUERY|QUERY_DCL|QUERY_DDL|QUERY_DML|TABLE))*",
        "is a list of CONNECT, QUERY, QUERY_DCL, QUERY_DDL, QUERY_DML and TABLE",
        f"{AURORA}/AuroraMySQL.Auditing.html",
    ),
    # Load balancers
    Constraint(
        "elbv2:CreateLoadBalancer",
        "Name",
        r"(?!internal-)(?!-)[a-zA-Z0-9-]{1,32}(?<!-)",
        "has up to 32 letters, digits and hyphens, none at its ends, and begins not with internal-",
        f"{ELB}/API_CreateLoadBalancer.html",
    ),
    Constraint(
        "elbv2:CreateTargetGroup",
        "Name",
        r"(?!-)[a-zA-Z0-9-]{1,32}(?<!-)",
        "has up to 32 letters, digits and hyphens, none at its ends",
        f"{ELB}/API_CreateTargetGroup.html",
    ),
    Constraint(
        "elbv2:CreateTargetGroup elbv2:ModifyTargetGroup",
        "@",
        lambda it: it.get("HealthCheckTimeoutSeconds", 0) < it.get("HealthCheckIntervalSeconds", 301),
        "wants a health check that times out before the next",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html",
    ),
    Constraint(
        "elbv2:ModifyTargetGroupAttributes",
        "Attributes[?Key=='deregistration_delay.timeout_seconds'].Value",
        lambda it: 0 <= int(it) <= 3600,
        "is 0 to 3600 seconds",
        f"{ELB}/API_TargetGroupAttribute.html",
    ),
    Constraint(
        "elbv2:ModifyTargetGroupAttributes",
        "Attributes[?Key=='slow_start.duration_seconds'].Value",
        lambda it: int(it) == 0 or 30 <= int(it) <= 900,
        "is 0 or 30 to 900 seconds",
        f"{ELB}/API_TargetGroupAttribute.html",
    ),
    Constraint(
        "elbv2:ModifyLoadBalancerAttributes",
        "Attributes[?Key=='idle_timeout.timeout_seconds'].Value",
        lambda it: 1 <= int(it) <= 4000,
        "is 1 to 4000 seconds",
        f"{ELB}/API_LoadBalancerAttribute.html",
    ),
    Constraint(
        "elbv2:ModifyLoadBalancerAttributes",
        "Attributes[?Key=='client_keep_alive.seconds'].Value",
        lambda it: 60 <= int(it) <= 604_800,
        "is 60 to 604,800 seconds",
        f"{ELB}/API_LoadBalancerAttribute.html",
    ),
    Constraint(
        "elbv2:ModifyLoadBalancerAttributes",
        "Attributes[?Key=='routing.http.desync_mitigation_mode'].Value",
        "monitor|defensive|strictest",
        "is monitor, defensive or strictest",
        f"{ELB}/API_LoadBalancerAttribute.html",
    ),
    # ElastiCache
    Constraint(
        "elasticache:CreateReplicationGroup",
        "ReplicationGroupId",
        rf"(?=.{{1,40}}$){HYPHENATED}",
        f"has up to 40 {HYPHENATED_IS}",
        f"{CACHE}/API_CreateReplicationGroup.html",
    ),
    Constraint(
        "elasticache:CreateCacheSubnetGroup",
        "CacheSubnetGroupName",
        r"[a-zA-Z0-9-]{1,255}",
        "has up to 255 letters, digits and hyphens",
        f"{CACHE}/API_CreateCacheSubnetGroup.html",
    ),
    Constraint(
        "elasticache:CreateUser",
        "@",
        lambda it: (
            it.get("AuthenticationMode", {}).get("Type") != "iam"
            or it["UserId"] == it["UserName"] == it["UserId"].lower()
        ),
        "wants one name in lower case as id and name of a user that signs in by IAM",
        "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html",
    ),
    Constraint(
        "elasticache:CreateReplicationGroup",
        "PreferredMaintenanceWindow",
        lambda it: _minutes(it)[1] >= 60,
        "is an hour at least",
        f"{CACHE}/API_CreateReplicationGroup.html",
    ),
    # S3
    Constraint(
        "s3:CreateBucket",
        "Bucket",
        r"(?!xn--|sthree-|amzn-s3-demo-)(?!.*\.\.)(?!.*(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        "is a bucket's name, with no reserved beginning or end",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
    ),
    # Keys, secrets, roles
    Constraint(
        "kms:CreateAlias",
        "AliasName",
        r"alias/(?!aws/)[a-zA-Z0-9/_-]{1,250}",
        "begins with alias/ and not with alias/aws/, and has letters, digits and /_-",
        "https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html",
    ),
    Constraint(
        "secretsmanager:CreateSecret",
        "Name",
        r"[a-zA-Z0-9/_+=.@-]{1,512}",
        "has letters, digits and /_+=.@-",
        "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html",
    ),
    Constraint(
        "secretsmanager:DeleteSecret",
        "RecoveryWindowInDays",
        lambda it: 7 <= it <= 30,
        "is 7 to 30 days",
        "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html",
    ),
    Constraint(
        "iam:CreateRole",
        "RoleName",
        r"(?!(?i:AWSServiceRole|AWSReservedSSO)).*",
        "begins with no name of AWS's own",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html",
    ),
    Constraint(
        "iam:PutRolePolicy",
        "PolicyDocument",
        lambda it: _compact(it) <= 10_240,
        "has up to 10,240 characters without white space",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
    ),
    Constraint(
        "iam:CreateRole iam:UpdateAssumeRolePolicy",
        "[AssumeRolePolicyDocument, PolicyDocument][]",
        lambda it: _compact(it) <= 2048,
        "has up to 2,048 characters without white space",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html",
    ),
    # CloudWatch
    Constraint(
        "cloudwatch:PutMetricAlarm",
        "Period",
        lambda it: it in {10, 20, 30} or it % 60 == 0,
        "is 10, 20, 30 or a number of minutes",
        f"{CLOUDWATCH}/API_PutMetricAlarm.html",
    ),
    Constraint(
        "cloudwatch:PutMetricAlarm",
        "@",
        _evaluated_in_time,
        "looks back over a day at most, or a week where its periods are hours",
        f"{CLOUDWATCH}/API_PutMetricAlarm.html",
    ),
    Constraint(
        "cloudwatch:PutMetricAlarm",
        "@",
        lambda it: it.get("DatapointsToAlarm", 1) <= it["EvaluationPeriods"],
        "wants no more bad periods than it looks at",
        f"{CLOUDWATCH}/API_PutMetricAlarm.html",
    ),
    Constraint(
        "cloudwatch:PutMetricAlarm",
        "TreatMissingData",
        "breaching|notBreaching|ignore|missing",
        "is breaching, notBreaching, ignore or missing",
        f"{CLOUDWATCH}/API_PutMetricAlarm.html",
    ),
    Constraint(
        "cloudwatch:PutDashboard",
        "DashboardName",
        r"[A-Za-z0-9_-]{1,255}",
        "has up to 255 letters, digits and _-",
        f"{CLOUDWATCH}/API_PutDashboard.html",
    ),
    Constraint(
        "cloudwatch:PutDashboard",
        "DashboardBody",
        lambda it: _json(it) and len(json.loads(it)["widgets"]) <= 500,
        "is JSON, with up to 500 widgets",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html",
    ),
    Constraint(
        "logs:PutRetentionPolicy",
        "retentionInDays",
        lambda it: it in RETENTIONS,
        f"is one of {', '.join(map(str, sorted(RETENTIONS)))}",
        f"{LOGS}/API_PutRetentionPolicy.html",
    ),
    Constraint(
        "logs:CreateLogGroup", "logGroupName", r"(?!aws/).*", "begins not with aws/", f"{LOGS}/API_CreateLogGroup.html"
    ),
    Constraint(
        "logs:PutMetricFilter",
        "metricTransformations[]",
        lambda it: (
            not (it.get("defaultValue") is not None and it.get("dimensions")) and len(it.get("dimensions") or {}) <= 3
        ),
        "has up to 3 dimensions, and no default value where it has one",
        f"{LOGS}/API_MetricTransformation.html",
    ),
    # The firewall
    Constraint(
        "wafv2:PutLoggingConfiguration",
        "LoggingConfiguration.LogDestinationConfigs[]",
        r"arn:.*:aws-waf-logs-.*",
        "is a log group (bucket, stream) whose name begins with aws-waf-logs-",
        "https://docs.aws.amazon.com/waf/latest/developerguide/logging-cw-logs.html",
    ),
    Constraint(
        "wafv2:CreateWebACL wafv2:UpdateWebACL",
        "Rules[].Statement.RateBasedStatement.EvaluationWindowSec",
        "60|120|300|600",
        "is 60, 120, 300 or 600 seconds",
        "https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html",
    ),
    Constraint(
        "wafv2:CreateWebACL wafv2:UpdateWebACL",
        "Rules[].Priority | [@]",
        lambda it: len(set(it)) == len(it),
        "wants another priority for each rule",
        "https://docs.aws.amazon.com/waf/latest/APIReference/API_Rule.html",
    ),
    # CloudFront
    Constraint(
        "cloudfront:CreateDistributionWithTags cloudfront:UpdateDistribution",
        f"{DISTRIBUTION}.Comment",
        r".{0,128}",
        "has up to 128 characters",
        "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DistributionConfig.html",
    ),
    Constraint(
        "cloudfront:CreateDistributionWithTags cloudfront:UpdateDistribution",
        f"{DISTRIBUTION}.Origins.Items[].[CustomOriginConfig, VpcOriginConfig][].OriginReadTimeout",
        lambda it: 1 <= it <= 120,
        "is 1 to 120 seconds",
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesOrigin.html",
    ),
    Constraint(
        "cloudfront:CreateFunction cloudfront:UpdateFunction",
        "FunctionCode",
        lambda it: len(it) <= 10_240,
        "has up to 10 KB",
        "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html",
    ),
    # Backups
    Constraint(
        "backup:CreateBackupPlan backup:UpdateBackupPlan",
        "BackupPlan.Rules[].[Lifecycle, CopyActions[].Lifecycle][][]",
        lambda it: (
            not it.get("MoveToColdStorageAfterDays")
            or it.get("DeleteAfterDays", 10**6) >= it["MoveToColdStorageAfterDays"] + 90
        ),
        "keeps a copy in cold storage for 90 days at least",
        "https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Lifecycle.html",
    ),
    Constraint(
        "backup:CreateBackupPlan backup:UpdateBackupPlan",
        "BackupPlan.Rules[]",
        lambda it: (
            it.get("CompletionWindowMinutes", 10_080) >= it.get("StartWindowMinutes", 480) + 60
            and it.get("StartWindowMinutes", 60) >= 60
        ),
        "starts within an hour or later, and has an hour more to end",
        "https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupRuleInput.html",
    ),
    # Mails
    Constraint(
        "sns:CreateTopic",
        "Name",
        r"[a-zA-Z0-9_-]{1,256}(\.fifo)?",
        "has up to 256 letters, digits and _-",
        "https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html",
    ),
    Constraint(
        "sns:SetTopicAttributes",
        "@",
        lambda it: it["AttributeName"] != "DisplayName" or len(it.get("AttributeValue", "")) <= 100,
        "gives a display name of up to 100 characters",
        "https://docs.aws.amazon.com/sns/latest/dg/sns-create-topic.html",
    ),
)
