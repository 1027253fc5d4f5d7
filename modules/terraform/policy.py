"""IAM policies: of roles, keys, buckets and topics.

They are local values, not data sources. When a resource that a data source refers to is going to change, Terraform
reads the data source during the apply only, and the plan shows the whole policy as "known after apply": a log that is
kept for longer would look like a change of what servers may do. A local value is known in the plan.
https://developer.hashicorp.com/terraform/language/data-sources#dependencies
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules.terraform.account import dns_suffix, partition
from modules.terraform.local_value import local_value

Statement = dict[str, Any]
"""As IAM's JSON has it.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_statement.html"""


@dataclass(frozen=True)
class Permission:
    """One statement of what somebody may do.

    Attributes:
        sid: what it is for, letters and digits.
        actions: the API calls.
        resources: the ARNs that they may touch.
        condition: when, in IAM's JSON; None for always.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: Mapping[str, Any] | None = None

    @property
    def statement(self) -> Statement:
        statement = {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": list(self.actions),
            "Resource": list(self.resources),
        }
        return statement | ({"Condition": dict(self.condition)} if self.condition else {})


def policy(scope: Construct, id: str, statements: Iterable[Statement]) -> str:
    """A policy as the resource takes it, and `local.<id>` as a person reads it."""
    document = local_value(scope, id, {"Version": "2012-10-17", "Statement": list(statements)})
    return f"${{jsonencode({document.fqn})}}"


def managed(scope: Construct, name: str) -> str:
    """The ARN of a policy that AWS keeps.
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html"""
    return f"arn:{partition(scope)}:iam::aws:policy/{name}"


def trust(scope: Construct, id: str, service: str) -> str:
    """Who may take on a role: one service of AWS, such as `ec2.amazonaws.com`."""
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return policy(scope, id, [statement])


def may_decrypt(scope: Construct, sid: str, secret_arn: str) -> Permission:
    """A secret under a key of its keeper's is read with that key; here it opens this secret and nothing else.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html"""
    _, of_partition, _, region, account, *_ = secret_arn.split(":")
    only_the_secret = {
        "kms:EncryptionContext:SecretARN": secret_arn,
        "kms:ViaService": f"secretsmanager.{region}.{dns_suffix(scope)}",
    }
    keys = f"arn:{of_partition}:kms:{region}:{account}:key/*"
    return Permission(sid, ("kms:Decrypt",), (keys,), {"StringEquals": only_the_secret})
