"""IAM policies: of roles, keys, buckets and topics.

They are local values and no data sources. Terraform reads a data source anew when anything changes that it names, and
until then the policy counts as unknown: a log that is kept longer would look like a change of what servers may do.
https://developer.hashicorp.com/terraform/language/data-sources#dependencies
"""

from collections.abc import Iterable
from typing import Any

from constructs import Construct

from modules.terraform.account import partition
from modules.terraform.local_value import local_value

Statement = dict[str, Any]
"""As IAM's JSON has it.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_statement.html"""


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
