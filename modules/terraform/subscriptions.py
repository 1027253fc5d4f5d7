"""People whom an SNS topic writes to."""

import re
from collections.abc import Iterable

from constructs import Construct

from modules import aws

WORDS = {"_": "__", ".": "_dot_", "-": "_dash_", "+": "_plus_", "%": "_percent_", "@": "_at_"}


def subscribe(
    scope: Construct, topic: str, arn: str, addresses: Iterable[str], *, provider: aws.AwsProvider | None = None
) -> None:
    """Subscribes each mail address, which confirms once. By address, so that one more moves no other; the same one
    twice is one.

    Args:
        topic: the beginning of each subscription's id.
        arn: the topic.
        provider: that of the topic's region, where it is not the site's.
    """
    for id_, address in {_id(topic, address): address for address in addresses}.items():
        aws.SnsTopicSubscription(scope, id_, provider=provider, topic_arn=arn, protocol="email", endpoint=address)


def _id(topic: str, address: str) -> str:
    """A mail address as a Terraform id, one to one: `ops@example.com` is `alarms_ops_at_example_dot_com`."""
    return f"{topic}_" + re.sub(r"[^a-z0-9]", lambda sign: WORDS[sign[0]], address.lower())
