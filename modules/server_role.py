"""What a server may do in AWS: an instance profile with the fewest permissions."""

from collections.abc import Sequence
from dataclasses import dataclass

from constructs import Construct

from . import aws
from .accepted import accept


@dataclass(frozen=True)
class Permission:
    """One statement of a server's policy.

    Attributes:
        sid: what it is for, letters and digits.
        actions: the API calls.
        resources: the ARNs that they may touch.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]


def trusted_by(scope: Construct, id: str, service: str) -> aws.DataAwsIamPolicyDocument:
    """Who may take on a role: one service of AWS."""
    principals = aws.DataAwsIamPolicyDocumentStatementPrincipals(type="Service", identifiers=[service])
    statement = aws.DataAwsIamPolicyDocumentStatement(actions=["sts:AssumeRole"], principals=[principals])
    return aws.DataAwsIamPolicyDocument(scope, id, statement=[statement])


class ServerRole(Construct):
    """The role of a group of servers: Session Manager, and what the caller lists.

    Attributes:
        instance_profile: the profile's name, for the servers.
        granted: what must exist before a server uses its permissions.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, permissions: Sequence[Permission]) -> None:
        super().__init__(scope, f"{id}_role")
        trust = trusted_by(self, f"{id}_trust", "ec2.amazonaws.com")
        allowed = aws.DataAwsIamPolicyDocument(
            self,
            f"{id}_permissions",
            statement=[
                aws.DataAwsIamPolicyDocumentStatement(
                    sid=permission.sid, actions=list(permission.actions), resources=list(permission.resources)
                )
                for permission in permissions
            ],
        )
        role = aws.IamRole(
            self, id, name_prefix=f"{name}-{id}-", assume_role_policy=trust.json, tags={"Name": f"{name}-{id}"}
        )
        partition = aws.DataAwsPartition(self, id)
        session_manager = aws.IamRolePolicyAttachment(
            self,
            f"{id}_session_manager",
            role=role.name,
            policy_arn=f"arn:{partition.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore",
        )
        accept(
            self,
            f"aws_iam_role_policy_attachment.{id}_session_manager",
            "AwsSolutions-IAM4",
            "AWS keeps up with what its own agent needs.",
        )
        policy = aws.IamRolePolicy(self, id, name="site", role=role.id, policy=allowed.json)
        profile = aws.IamInstanceProfile(
            self, id, name_prefix=f"{name}-{id}-", role=role.name, tags={"Name": f"{name}-{id}"}
        )
        self.instance_profile = profile.name
        self.granted = [session_manager, policy]
