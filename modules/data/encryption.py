"""The site's own keys for its data at rest."""

from constructs import Construct

from modules import aws
from modules.terraform.account import account_id, partition
from modules.terraform.policy import Statement, policy

SERVICES = ("logs.{region}.amazonaws.com", "cloudwatch.amazonaws.com", "events.amazonaws.com")
"""Services that use a key in their own name. The others use it in the name of whoever calls them, whom the account's
own policies admit. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"""

USE = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]


class EncryptionKey(Construct):
    """A customer-managed KMS key that rotates every year. It costs about 1 USD a month, and buys a record of every use
    and one switch for all the data.

    Attributes:
        arn: the key.
    """

    def __init__(
        self, scope: Construct, id: str, *, name: str, region: str, provider: aws.AwsProvider | None = None
    ) -> None:
        """
        Args:
            name: the beginning of the key's alias; the id is the rest.
            region: where the key is.
            provider: that region's, where the site is in another and has no servers in this one.
        """
        super().__init__(scope, id)
        name_in_full = f"{name}-{id.replace('_', '-')}"
        where = partition(self), account_id(self)
        statements = _for_data(*where, region)
        if provider is None:
            statements += _for_disks(*where)
        key = aws.KmsKey(
            self,
            id,
            provider=provider,
            description=f"{name}: data at rest",
            enable_key_rotation=True,
            deletion_window_in_days=30,
            policy=policy(self, f"{id}_key", statements),
            tags={"Name": name_in_full},
        )
        aws.KmsAlias(self, id, provider=provider, name=f"alias/{name_in_full}", target_key_id=key.key_id)
        self.arn = key.arn


# A key's policy. Its resource is always "*", which there means this key.


def _for_data(partition: str, account: str, region: str) -> list[Statement]:
    return [
        {
            # Without it nobody could ever change this policy again.
            "Sid": "AccountAdministers",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{partition}:iam::{account}:root"},
            "Action": "kms:*",
            "Resource": "*",
        },
        {
            "Sid": "ServicesEncrypt",
            "Effect": "Allow",
            "Principal": {"Service": [service.format(region=region) for service in SERVICES]},
            "Action": USE,
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}},
        },
    ]


def _for_disks(partition: str, account: str) -> list[Statement]:
    """A fleet's disks are made by its service-linked role, which the account's own policies do not admit.
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html"""
    scaling = (
        f"arn:{partition}:iam::{account}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    )
    # By condition and not as principal, which KMS would refuse in an account that never had a fleet.
    by_scaling = {"StringEquals": {"kms:CallerAccount": account}, "ArnEquals": {"aws:PrincipalArn": scaling}}
    return [
        {
            "Sid": "FleetsUseDisks",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": USE,
            "Resource": "*",
            "Condition": by_scaling,
        },
        {
            "Sid": "FleetsAttachDisks",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": "kms:CreateGrant",
            "Resource": "*",
            "Condition": by_scaling | {"Bool": {"kms:GrantIsForAWSResource": "true"}},
        },
    ]
