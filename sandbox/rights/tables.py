"""What AWS documents of the rights that a call takes: a row for each, with the page that says so.

Most calls take the action of their own name. All actions, their resources and what they depend on:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from dataclasses import dataclass

PREFIXES = {
    "efs": "elasticfilesystem",
    "elbv2": "elasticloadbalancing",
    "service-quotas": "servicequotas",
    "sesv2": "ses",
}
"""What IAM calls a service, where botocore's model has another name."""

GLOBAL = {"cloudfront", "iam", "route53", "sts"}
"""Services without regions: `aws:RequestedRegion` is us-east-1 for them.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requestedregion"""

ACTIONS = {
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    "s3:DeleteBucketEncryption": ["s3:PutEncryptionConfiguration"],
    "s3:DeleteBucketLifecycle": ["s3:PutLifecycleConfiguration"],
    "s3:DeleteBucketTagging": ["s3:PutBucketTagging"],
    "s3:DeleteObjects": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
    "s3:DeletePublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
    "s3:GetBucketAccelerateConfiguration": ["s3:GetAccelerateConfiguration"],
    "s3:GetBucketCors": ["s3:GetBucketCORS"],
    "s3:GetBucketEncryption": ["s3:GetEncryptionConfiguration"],
    "s3:GetBucketLifecycleConfiguration": ["s3:GetLifecycleConfiguration"],
    "s3:GetBucketReplication": ["s3:GetReplicationConfiguration"],
    "s3:GetObjectLockConfiguration": ["s3:GetBucketObjectLockConfiguration"],
    "s3:GetPublicAccessBlock": ["s3:GetBucketPublicAccessBlock"],
    "s3:HeadBucket": ["s3:ListBucket"],
    "s3:HeadObject": ["s3:GetObject"],
    "s3:ListBuckets": ["s3:ListAllMyBuckets"],
    "s3:ListObjectVersions": ["s3:ListBucketVersions"],
    "s3:ListObjects": ["s3:ListBucket"],
    "s3:ListObjectsV2": ["s3:ListBucket"],
    "s3:PutBucketEncryption": ["s3:PutEncryptionConfiguration"],
    "s3:PutBucketLifecycleConfiguration": ["s3:PutLifecycleConfiguration"],
    "s3:PutPublicAccessBlock": ["s3:PutBucketPublicAccessBlock"],
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/APIReference/API_CreateDistributionWithTags.html
    "cloudfront:CreateDistributionWithTags": ["cloudfront:CreateDistribution"],
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    "sts:GetCallerIdentity": [],
}
"""The actions of a call that are not of its own name; none where everybody may."""

VERSIONED = {"s3:GetObject": "s3:GetObjectVersion", "s3:DeleteObject": "s3:DeleteObjectVersion"}
"""With a `VersionId`, it is another action.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"""

NAMED = {
    "autoscaling": {
        "AutoScalingGroupName": "autoscaling:{region}:{account}:autoScalingGroup:*:autoScalingGroupName/{}",
    },
    "backup": {
        "BackupVaultName": "backup:{region}:{account}:backup-vault:{}",
        "ResourceArn": "{}",
    },
    "cloudfront": {
        "Name": "cloudfront::{account}:function/{}",
        "DistributionId": "cloudfront::{account}:distribution/{}",
    },
    "cloudwatch": {
        "AlarmName": "cloudwatch:{region}:{account}:alarm:{}",
        "DashboardName": "cloudwatch::{account}:dashboard/{}",
        "ResourceARN": "{}",
    },
    "elasticache": {
        "CacheSubnetGroupName": "elasticache:{region}:{account}:subnetgroup:{}",
        "ReplicationGroupId": "elasticache:{region}:{account}:replicationgroup:{}",
        "ResourceName": "{}",
        "UserGroupIds": "elasticache:{region}:{account}:usergroup:{}",
        "UserGroupId": "elasticache:{region}:{account}:usergroup:{}",
        "UserId": "elasticache:{region}:{account}:user:{}",
        "UserIds": "elasticache:{region}:{account}:user:{}",
    },
    "elbv2": {
        "ListenerArn": "{}",
        "LoadBalancerArn": "{}",
        "TargetGroupArn": "{}",
    },
    "iam": {
        "InstanceProfileName": "iam::{account}:instance-profile/{}",
        "RoleName": "iam::{account}:role/{}",
    },
    "kms": {
        "AliasName": "kms:{region}:{account}:{}",
        "KeyId": "kms:{region}:{account}:key/{}",
        "TargetKeyId": "kms:{region}:{account}:key/{}",
    },
    "logs": {
        "deliveryDestinationArn": "{}",
        "deliverySourceName": "logs:{region}:{account}:delivery-source:{}",
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
        "logGroupName": "logs:{region}:{account}:log-group:{}:*",
        "resourceArn": "{}",
    },
    "rds": {
        "DBClusterIdentifier": "rds:{region}:{account}:cluster:{}",
        "DBClusterParameterGroupName": "rds:{region}:{account}:cluster-pg:{}",
        "DBInstanceIdentifier": "rds:{region}:{account}:db:{}",
        "DBParameterGroupName": "rds:{region}:{account}:pg:{}",
        "DBSubnetGroupName": "rds:{region}:{account}:subgrp:{}",
        "ResourceName": "{}",
    },
    "s3": {
        "Bucket": "s3:::{}",
    },
    "secretsmanager": {
        "Name": "secretsmanager:{region}:{account}:secret:{}-??????",
        "SecretId": "{}",
    },
    "sesv2": {
        "ConfigurationSetName": "ses:{region}:{account}:configuration-set/{}",
        "EmailIdentity": "ses:{region}:{account}:identity/{}",
        "ResourceArn": "{}",
    },
    "sns": {
        "Name": "sns:{region}:{account}:{}",
        "ResourceArn": "{}",
        "TopicArn": "{}",
    },
}
"""ARNs of what a call names, from its parameters, by service. What has an id of AWS's own is not here: no policy that
is written before it exists can name it."""

OF_A_CALL = {
    "elasticache:CreateReplicationGroup": {"Engine": "elasticache:{region}:{account}:parametergroup:default.*"},
    "elbv2:CreateLoadBalancer": {"Name": "elasticloadbalancing:{region}:{account}:loadbalancer/app/{}/*"},
    "elbv2:CreateTargetGroup": {"Name": "elasticloadbalancing:{region}:{account}:targetgroup/{}/*"},
    "rds:DeleteDBCluster": {"FinalDBSnapshotIdentifier": "rds:{region}:{account}:cluster-snapshot:{}"},
    "rds:DeleteDBInstance": {"FinalDBSnapshotIdentifier": "rds:{region}:{account}:snapshot:{}"},
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/security_iam_id-based-policy-examples-create-and-modify-examples.html
    "rds:CreateDBInstance": {
        "DBInstanceClass": "rds:{region}:{account}:og:default:*",
        "Engine": "rds:{region}:{account}:pg:default.*",
    },
    "ssm:CreateAssociation": {
        "AssociationName": "ssm:{region}:{account}:association/*",
        "Name": "ssm:{region}:{account}:document/{}",
    },
    "ssm:DeleteAssociation": {"AssociationId": "ssm:{region}:{account}:association/{}"},
    "ssm:UpdateAssociation": {
        "AssociationId": "ssm:{region}:{account}:association/{}",
        "Name": "ssm:{region}:{account}:document/{}",
    },
    "ssm:GetParameter": {"Name": "ssm:{region}:{account}:parameter{}"},
    "wafv2:CreateWebACL": {"Name": "wafv2:{region}:{account}:*/webacl/{}/*"},
    "wafv2:GetWebACL": {"Name": "wafv2:{region}:{account}:*/webacl/{}/*"},
}
"""Calls whose parameters mean something of their own."""

TAGGING = {
    "acm": ["acm:AddTagsToCertificate", "acm:RemoveTagsFromCertificate"],
    "autoscaling": ["autoscaling:CreateOrUpdateTags", "autoscaling:DeleteTags"],
    "ec2": ["ec2:CreateTags", "ec2:DeleteTags"],
    "elasticache": ["elasticache:AddTagsToResource", "elasticache:RemoveTagsFromResource"],
    "elbv2": ["elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags"],
    "iam:CreateInstanceProfile": ["iam:TagInstanceProfile", "iam:UntagInstanceProfile"],
    "iam:CreateRole": ["iam:TagRole", "iam:UntagRole"],
    "rds": ["rds:AddTagsToResource", "rds:RemoveTagsFromResource"],
    "route53": ["route53:ChangeTagsForResource"],
    "s3": ["s3:PutBucketTagging"],
    "s3:PutObject": ["s3:PutObjectTagging"],
    "ssm": ["ssm:AddTagsToResource", "ssm:RemoveTagsFromResource"],
}
"""What puts tags on something, also on what is just being made, and what takes them off; by service, or by call. All
others have `TagResource` and `UntagResource`.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html"""


@dataclass(frozen=True)
class Implied:
    """A right that a call takes beside its own.

    Attributes:
        calls: for which it holds.
        actions: what is to be allowed.
        source: the page that says so.
        parameter: a JMESPath; the row holds only where it finds something, which the resource may name.
        resource: the ARN without its first two words; `{}` is what the parameter found.
        context: condition keys and their values.
    """

    calls: str
    actions: str
    source: str
    parameter: str = "@"
    resource: str = "*"
    context: tuple[tuple[str, str], ...] = ()


def _passed(calls: str, parameter: str, service: str, source: str, resource: str = "{}") -> Implied:
    return Implied(calls, "iam:PassRole", source, parameter, resource, (("iam:PassedToService", service),))


def _linked(calls: str, service: str, source: str) -> Implied:
    """The role by which a service acts in an account: made at the first use."""
    role = f"iam::{{account}}:role/aws-service-role/{service}/*"
    return Implied(
        calls, "iam:CreateServiceLinkedRole", source, resource=role, context=(("iam:AWSServiceName", service),)
    )


_DOCS = "https://docs.aws.amazon.com"

IMPLIED = (
    # Roles that are handed to a service
    _passed(
        "ec2:RunInstances",
        "IamInstanceProfile.Name",
        "ec2.amazonaws.com",
        f"{_DOCS}/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html",
        "iam::{account}:role/{}",
    ),
    _passed(
        "ec2:CreateLaunchTemplate",
        "LaunchTemplateData.IamInstanceProfile.Name",
        "ec2.amazonaws.com",
        f"{_DOCS}/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html",
        "iam::{account}:role/{}",
    ),
    _passed(
        "ec2:CreateFlowLogs",
        "DeliverLogsPermissionArn",
        "vpc-flow-logs.amazonaws.com",
        f"{_DOCS}/vpc/latest/userguide/flow-logs-iam-role.html",
    ),
    _passed(
        "rds:CreateDBInstance",
        "MonitoringRoleArn",
        "monitoring.rds.amazonaws.com",
        f"{_DOCS}/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html",
    ),
    _passed(
        "backup:CreateBackupSelection",
        "BackupSelection.IamRoleArn",
        "backup.amazonaws.com",
        f"{_DOCS}/aws-backup/latest/devguide/iam-service-roles.html",
    ),
    # Roles that a service makes for itself
    _linked(
        "elbv2:CreateLoadBalancer",
        "elasticloadbalancing.amazonaws.com",
        f"{_DOCS}/elasticloadbalancing/latest/userguide/elb-service-linked-roles.html",
    ),
    _linked(
        "autoscaling:CreateAutoScalingGroup",
        "autoscaling.amazonaws.com",
        f"{_DOCS}/autoscaling/ec2/userguide/autoscaling-service-linked-role.html",
    ),
    _linked(
        "rds:CreateDBInstance rds:CreateDBCluster",
        "rds.amazonaws.com",
        f"{_DOCS}/AmazonRDS/latest/UserGuide/UsingWithRDS.IAM.ServiceLinkedRoles.html",
    ),
    _linked(
        "elasticache:CreateReplicationGroup",
        "elasticache.amazonaws.com",
        f"{_DOCS}/AmazonElastiCache/latest/dg/using-service-linked-roles.html",
    ),
    _linked(
        "efs:CreateMountTarget",
        "elasticfilesystem.amazonaws.com",
        f"{_DOCS}/efs/latest/ug/using-service-linked-roles.html",
    ),
    _linked(
        "backup:CreateBackupVault efs:PutBackupPolicy",
        "backup.amazonaws.com",
        f"{_DOCS}/aws-backup/latest/devguide/using-service-linked-roles-AWSServiceRoleForBackup.html",
    ),
    _linked(
        "cloudfront:CreateVpcOrigin",
        "vpcorigin.cloudfront.amazonaws.com",
        f"{_DOCS}/AmazonCloudFront/latest/DeveloperGuide/using-service-linked-roles-vpc-origin.html",
    ),
    _linked(
        "wafv2:PutLoggingConfiguration",
        "wafv2.amazonaws.com",
        f"{_DOCS}/waf/latest/developerguide/using-service-linked-roles.html",
    ),
    # What a service does with the rights of who calls it
    Implied(
        "autoscaling:CreateAutoScalingGroup",
        "ec2:RunInstances ec2:CreateTags",
        f"{_DOCS}/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-permissions.html",
    ),
    Implied(
        "elbv2:CreateLoadBalancer",
        "ec2:DescribeAccountAttributes ec2:DescribeAddresses ec2:DescribeInternetGateways ec2:DescribeSecurityGroups "
        "ec2:DescribeSubnets ec2:DescribeVpcs ec2:GetSecurityGroupsForVpc",
        f"{_DOCS}/aws-managed-policy/latest/reference/ElasticLoadBalancingFullAccess.html",
    ),
    Implied(
        "rds:CreateDBInstance rds:CreateDBCluster rds:CreateDBSubnetGroup",
        "ec2:DescribeAccountAttributes ec2:DescribeAvailabilityZones ec2:DescribeInternetGateways "
        "ec2:DescribeSecurityGroups ec2:DescribeSubnets ec2:DescribeVpcAttribute ec2:DescribeVpcs",
        f"{_DOCS}/aws-managed-policy/latest/reference/AmazonRDSFullAccess.html",
    ),
    Implied(
        "efs:CreateMountTarget",
        "ec2:CreateNetworkInterface ec2:DeleteNetworkInterface ec2:DescribeNetworkInterfaces "
        "ec2:DescribeSecurityGroups ec2:DescribeSubnets",
        f"{_DOCS}/efs/latest/ug/API_CreateMountTarget.html",
    ),
    Implied(
        "efs:DeleteMountTarget",
        "ec2:DeleteNetworkInterface",
        f"{_DOCS}/efs/latest/ug/API_DeleteMountTarget.html",
    ),
    Implied(
        "elasticache:CreateReplicationGroup",
        "ec2:CreateNetworkInterface ec2:DeleteNetworkInterface ec2:DescribeNetworkInterfaces ec2:DescribeSubnets "
        "ec2:DescribeVpcs",
        f"{_DOCS}/service-authorization/latest/reference/list_amazonelasticache.html",
    ),
    Implied(
        "ec2:CreateVpcEndpoint",
        "route53:AssociateVPCWithHostedZone",
        f"{_DOCS}/service-authorization/latest/reference/list_amazonec2.html",
        "PrivateDnsEnabled",
    ),
    Implied(
        "cloudfront:CreateVpcOrigin",
        "ec2:DescribeInstances ec2:DescribeInternetGateways ec2:DescribeSecurityGroups ec2:DescribeSubnets "
        "elasticloadbalancing:DescribeListeners elasticloadbalancing:DescribeLoadBalancers",
        f"{_DOCS}/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html",
    ),
    Implied(
        "cloudfront:CreateDistributionWithTags",
        "wafv2:GetWebACL",
        f"{_DOCS}/waf/latest/developerguide/security_iam_service-with-iam.html",
        "DistributionConfigWithTags.DistributionConfig.WebACLId | [@][?@]",
        "{}",
    ),
    Implied(
        "wafv2:PutLoggingConfiguration",
        "logs:CreateLogDelivery logs:DeleteLogDelivery logs:DescribeLogGroups logs:DescribeResourcePolicies "
        "logs:PutResourcePolicy",
        f"{_DOCS}/waf/latest/developerguide/logging-cw-logs.html",
    ),
    Implied(
        "logs:PutDeliverySource",
        "cloudfront:AllowVendedLogDeliveryForResource",
        f"{_DOCS}/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html",
        "resourceArn",
        "{}",
    ),
    Implied(
        "logs:PutDeliveryDestination",
        "s3:GetBucketPolicy s3:PutBucketPolicy",
        f"{_DOCS}/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html",
        "deliveryDestinationConfiguration.destinationResourceArn",
        "{}",
    ),
    # Keys
    Implied(
        "rds:CreateDBInstance rds:CreateDBCluster efs:CreateFileSystem elasticache:CreateReplicationGroup "
        "backup:CreateBackupVault",
        "kms:CreateGrant",
        f"{_DOCS}/kms/latest/developerguide/grants.html",
        "KmsKeyId || EncryptionKeyArn",
        "{}",
        (("kms:GrantIsForAWSResource", "true"),),
    ),
    Implied(
        "rds:CreateDBInstance rds:CreateDBCluster efs:CreateFileSystem elasticache:CreateReplicationGroup "
        "backup:CreateBackupVault",
        "kms:DescribeKey",
        f"{_DOCS}/kms/latest/developerguide/grants.html",
        "KmsKeyId || EncryptionKeyArn",
        "{}",
    ),
    Implied(
        "backup:CreateBackupVault",
        "kms:Decrypt kms:GenerateDataKey kms:RetireGrant",
        f"{_DOCS}/aws-backup/latest/devguide/access-control.html",
        "EncryptionKeyArn",
        "{}",
    ),
    Implied(
        "backup:CreateBackupVault",
        "backup-storage:MountCapsule",
        f"{_DOCS}/aws-backup/latest/devguide/access-control.html",
    ),
    Implied(
        "secretsmanager:CreateSecret",
        "kms:Decrypt kms:GenerateDataKey",
        f"{_DOCS}/secretsmanager/latest/userguide/security-encryption.html",
        "KmsKeyId",
        "{}",
    ),
    Implied(
        "s3:PutBucketEncryption",
        "kms:Decrypt kms:GenerateDataKey",
        f"{_DOCS}/AmazonS3/latest/userguide/UsingKMSEncryption.html",
        "ServerSideEncryptionConfiguration.Rules[].ApplyServerSideEncryptionByDefault.KMSMasterKeyID",
        "{}",
    ),
)
