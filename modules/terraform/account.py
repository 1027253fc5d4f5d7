"""What Terraform asks AWS about where a stack is applied: once for the whole stack, and the same in every region."""

from constructs import Construct

from modules.aws.addresses import stack_of
from modules.terraform.condition import Condition


def account_id(scope: Construct) -> str:
    """The account's twelve digits."""
    return _current(scope, "aws_caller_identity", "account_id")


def partition(scope: Construct) -> str:
    """What ARNs there begin with after `arn:`, `aws` for most.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html"""
    return _current(scope, "aws_partition", "partition")


def dns_suffix(scope: Construct) -> str:
    """What the names of the partition's services end in, `amazonaws.com` for most."""
    return _current(scope, "aws_partition", "dns_suffix")


def in_this_account(scope: Construct, setting: str, arn: str) -> Condition:
    """What a setting names is of the account where the stack is applied.

    Args:
        setting: its place in the environment file.
        arn: its value.
    """
    account = arn.split(":")[4]
    return Condition(
        f'data.aws_caller_identity.current.account_id == "{account}"',
        f"{setting} is of the account {account}, and this is {account_id(scope)}: AWS takes one of the same account "
        "only. Name one of this account's, or apply with the credentials of the other.",
    )


def _current(scope: Construct, type_: str, attribute: str) -> str:
    address = f"data.{type_}.current"
    stack_of(scope).add_override(address, {})
    return f"${{{address}.{attribute}}}"
