"""What IAM is asked when a call comes: which actions, of which resources, under which conditions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any

import jmespath
from moto.utilities.utils import get_partition

from sandbox.calls.documented import has_tags
from sandbox.calls.recorded import Call
from sandbox.rights.tables import ACTIONS, GLOBAL, IMPLIED, NAMED, OF_A_CALL, PREFIXES, TAGGING, VERSIONED

ACCOUNT = "123456789012"

ANY = "*"

REGION = "aws:RequestedRegion"


@dataclass(frozen=True)
class Asked:
    """One decision.

    Attributes:
        action: such as `rds:CreateDBInstance`.
        resource: an ARN; `*` where what it is about has no name.
        context: condition keys and their values.
    """

    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict, hash=False)


def asked(call: Call) -> Iterator[Asked]:
    """All decisions that a call takes; each must be an allowance."""
    context = _context(call)
    resources = list(_resources(call)) or [ANY]
    for action in _actions(call):
        for resource in [ANY] if knows_no_resource(action) else resources:
            yield Asked(action, resource, context)
    for row in IMPLIED:
        if call.name not in row.calls.split():
            continue
        found = jmespath.search(row.parameter, call.parameters)
        for value in found if isinstance(found, list) else [found]:
            if value:
                resource = ANY if row.resource == ANY else _arn(row.resource, str(value), call.region)
                for action in row.actions.split():
                    yield Asked(action, resource, context | dict(row.context))


def prefix(service: str) -> str:
    """What IAM calls a service of botocore's."""
    return PREFIXES.get(service, service)


def actions_of(name: str) -> list[str]:
    """The actions of an operation's own, such as `s3:ListBucket` for `s3:ListObjectsV2`."""
    service, _, operation = name.partition(":")
    return ACTIONS.get(name, [f"{prefix(service)}:{operation}"])


def tagging(name: str) -> list[str]:
    """What puts tags on what an operation makes, and what takes them off."""
    service = name.partition(":")[0]
    return (
        TAGGING.get(name)
        or TAGGING.get(service)
        or [f"{prefix(service)}:{it}" for it in ("TagResource", "UntagResource")]
    )


def knows_no_resource(action: str) -> bool:
    """Whether it is about all there is: what lists, in nearly every service."""
    lists = action.partition(":")[2].startswith(("Describe", "List")) and action not in LISTS_ONE
    return lists or action in NAMELESS


LISTS_ONE = {"logs:DescribeLogStreams", "s3:ListBucket", "s3:ListBucketVersions"}
"""Actions that list what is in one thing, which has a name."""

NAMELESS = {"cloudfront:CreateFunction"}
"""Actions that IAM knows without a resource, although their calls name one."""


def _actions(call: Call) -> Iterator[str]:
    for action in actions_of(call.name):
        yield VERSIONED.get(action, action) if call.parameters.get("VersionId") else action
    if has_tags(call.parameters):
        yield tagging(call.name)[0]


def _resources(call: Call) -> Iterator[str]:
    if call.service == "s3" and call.parameters.get("Key"):
        yield _arn("s3:::{}", f"{call.parameters['Bucket']}/{call.parameters['Key']}", call.region)
        return
    for parameter, template in (NAMED.get(call.service, {}) | OF_A_CALL.get(call.name, {})).items():
        value: Any = call.parameters.get(parameter)
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                yield _arn(template, one, call.region)

    if call.name == "elbv2:CreateListener":
        yield call.parameters["LoadBalancerArn"].replace(":loadbalancer/", ":listener/") + "/*"
    elif call.name == "sesv2:SendEmail":
        domain = parseaddr(call.parameters["FromEmailAddress"])[1].rpartition("@")[2]
        yield _arn("ses:{region}:{account}:identity/{}", domain, call.region)


def _context(call: Call) -> dict[str, str]:
    """Condition keys that come of a call's parameters.
    https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html"""
    region = "us-east-1" if call.service in GLOBAL else call.region
    context = {REGION: region}
    if call.name == "sesv2:SendEmail":
        context["ses:FromAddress"] = parseaddr(call.parameters["FromEmailAddress"])[1]
    return context


def _arn(template: str, value: str, region: str) -> str:
    if template == "{}" or (value.startswith("arn:") and "{}" in template):
        return value
    return f"arn:{get_partition(region)}:{template.format(value, region=region, account=ACCOUNT)}"
