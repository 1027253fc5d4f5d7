"""The site's own keys for its data at rest."""

from collections.abc import Sequence

from constructs import Construct

from modules import aws
from modules.terraform.account import account_id, dns_suffix, partition
from modules.terraform.policy import Statement, policy

USE = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]

FLEETS = "autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
SPOT = "spot.amazonaws.com/AWSServiceRoleForEC2Spot"
"""The roles in which AWS itself makes a fleet's disks, and those of its spot capacity.
https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/service-linked-roles-spot-instance-requests.html"""


class EncryptionKey(Construct):
    """A customer-managed KMS key that rotates every year. It costs about 1 USD a month, and buys a record of every use
    and one switch for all the data.

    Its policy admits the account, whose own policies say who may do what, and by name those services alone that use it
    in nobody's name but theirs.

    Attributes:
        arn: the key.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        region: str,
        provider: aws.AwsProvider | None = None,
        logs: bool = False,
        alarms: bool = False,
        bounces: bool = False,
        makers_of_disks: Sequence[str] = (),
    ) -> None:
        """
        Args:
            name: the beginning of the key's alias; the id is the rest.
            region: where the key is.
            provider: that region's, where the site is in another.
            logs: CloudWatch encrypts log groups with it.
            alarms: CloudWatch sends alarms to a topic that is encrypted with it.
            bounces: SES sends bounces to a topic that is encrypted with it.
            makers_of_disks: the service-linked roles that make disks with it, FLEETS and SPOT.
        """
        super().__init__(scope, id)
        name_in_full = f"{name}-{id.replace('_', '-')}"
        statements = [self._administration()]
        if logs:
            statements.append(self._for_logs(name, region))
        if alarms:
            statements.append(self._for_topics("AlarmsEncrypt", "cloudwatch.amazonaws.com"))
        if bounces:
            statements.append(self._for_topics("BouncesEncrypt", "ses.amazonaws.com"))
        if makers_of_disks:
            statements += self._for_disks(makers_of_disks)
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

    # The resource of a key's own policy is always "*", which there means this key.

    def _administration(self) -> Statement:
        return {
            # Without it nobody could ever change this policy again.
            "Sid": "AccountAdministers",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{partition(self)}:iam::{account_id(self)}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }

    def _for_logs(self, name: str, region: str) -> Statement:
        """CloudWatch Logs says which log group it encrypts, and does not say for which account.
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"""
        groups = (f"/{name}/*", f"/aws/rds/*/{name}-database/*", f"aws-waf-logs-{name}*")
        beginning = f"arn:{partition(self)}:logs:{region}:{account_id(self)}:log-group:"
        return {
            "Sid": "LogsEncrypt",
            "Effect": "Allow",
            "Principal": {"Service": f"logs.{region}.{dns_suffix(self)}"},
            "Action": USE,
            "Resource": "*",
            "Condition": {
                "ArnLike": {"kms:EncryptionContext:aws:logs:arn": [f"{beginning}{group}" for group in groups]}
            },
        }

    def _for_topics(self, sid: str, publisher: str) -> Statement:
        """https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services"""
        return {
            "Sid": sid,
            "Effect": "Allow",
            "Principal": {"Service": publisher},
            "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:SourceAccount": account_id(self)}},
        }

    def _for_disks(self, makers: Sequence[str]) -> list[Statement]:
        """The account's own policies do not admit service-linked roles."""
        roles = [f"arn:{partition(self)}:iam::{account_id(self)}:role/aws-service-role/{maker}" for maker in makers]
        # By condition and not as principals, which KMS would refuse in an account that never had a fleet.
        by_makers = {
            "StringEquals": {"kms:CallerAccount": account_id(self)},
            "ArnEquals": {"aws:PrincipalArn": roles},
        }
        return [
            {
                "Sid": "FleetsUseDisks",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": USE,
                "Resource": "*",
                "Condition": by_makers,
            },
            {
                "Sid": "FleetsAttachDisks",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": "kms:CreateGrant",
                "Resource": "*",
                "Condition": by_makers | {"Bool": {"kms:GrantIsForAWSResource": "true"}},
            },
        ]
