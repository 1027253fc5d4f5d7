"""What a server may do in AWS: an instance profile with the fewest permissions."""

from collections.abc import Sequence

from constructs import Construct

from modules import aws
from modules.terraform.accepted import accept
from modules.terraform.policy import Permission, managed, policy, trust


class ServerRole(Construct):
    """The role of a group of servers: Session Manager, and what the caller lists.

    Attributes:
        instance_profile: the profile's name, for the servers.
        granted: what must exist before a server uses its permissions.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, permissions: Sequence[Permission]) -> None:
        super().__init__(scope, f"{id}_role")
        role = aws.IamRole(
            self,
            id,
            name_prefix=f"{name}-{id}-",
            assume_role_policy=trust(self, f"{id}_trust", "ec2.amazonaws.com"),
            tags={"Name": f"{name}-{id}"},
        )
        session_manager = aws.IamRolePolicyAttachment(
            self,
            f"{id}_session_manager",
            role=role.name,
            policy_arn=managed(self, "AmazonSSMManagedInstanceCore"),
        )
        accept(session_manager, "AwsSolutions-IAM4", "AWS keeps up with what its own agent needs.")
        allowed = aws.IamRolePolicy(
            self,
            id,
            name="site",
            role=role.id,
            policy=policy(self, f"{id}_permissions", [permission.statement for permission in permissions]),
        )
        profile = aws.IamInstanceProfile(
            self, id, name_prefix=f"{name}-{id}-", role=role.name, tags={"Name": f"{name}-{id}"}
        )
        self.instance_profile = profile.name
        self.granted = [session_manager, allowed]
