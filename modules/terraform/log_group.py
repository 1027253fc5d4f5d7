"""Lines that CloudWatch keeps."""

from constructs import Construct

from modules import aws
from modules.terraform.accepted import OWN_KEY, accept


def log_group(
    scope: Construct, id: str, *, name: str, retention: int, key_arn: str | None, edge: aws.AwsProvider | None = None
) -> aws.CloudwatchLogGroup:
    """A log group.

    Args:
        name: the group's in CloudWatch.
        retention: days that a line is kept.
        key_arn: the key that encrypts the lines; None for CloudWatch's own.
        edge: the provider of us-east-1, for what is made there.
    """
    group = aws.CloudwatchLogGroup(scope, id, provider=edge, name=name, retention_in_days=retention, kms_key_id=key_arn)
    accept(group, "CKV_AWS_158", OWN_KEY, unless=key_arn)
    why = "How long people need them is a setting; a year of them is paid for a year."
    accept(group, "CKV_AWS_338", why, unless=retention >= 365)
    return group
