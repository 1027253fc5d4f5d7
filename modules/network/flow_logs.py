"""Packets that the VPC's firewalls refused or let through, written down in CloudWatch."""

from constructs import Construct

from modules import aws
from modules.terraform.log_group import log_group
from modules.terraform.policy import policy, trust


class FlowLogs(Construct):
    """The VPC's flow logs. They cost by the GB, and buy an answer to "who tried to reach what"."""

    def __init__(
        self, scope: Construct, id: str, *, name: str, vpc_id: str, traffic: str, retention: int, key_arn: str | None
    ) -> None:
        """
        Args:
            traffic: `rejected` or `all`.
            retention: days that they are kept.
            key_arn: the key that encrypts them; None for CloudWatch's own.
        """
        super().__init__(scope, id)
        group = log_group(self, id, name=f"/{name}/flow-logs", retention=retention, key_arn=key_arn)
        role = aws.IamRole(
            self,
            id,
            name_prefix=f"{name}-flow-logs-",
            assume_role_policy=trust(self, f"{id}_trust", "vpc-flow-logs.amazonaws.com"),
        )
        write = {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            "Resource": f"{group.arn}:*",
        }
        aws.IamRolePolicy(self, id, name="write", role=role.id, policy=policy(self, f"{id}_permissions", [write]))
        aws.FlowLog(
            self,
            id,
            vpc_id=vpc_id,
            traffic_type={"rejected": "REJECT", "all": "ALL"}[traffic],
            log_destination=group.arn,
            iam_role_arn=role.arn,
            tags={"Name": name},
        )
