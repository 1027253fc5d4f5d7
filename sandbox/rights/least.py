"""The least policy: what the calls of an apply took, and what changes and the end of the same site take.

IAM decides by the names of things, which begin with the site's name; what AWS gives an id is known by its kind alone.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moto.core.utils import get_service_model
from moto.utilities.utils import get_partition

from sandbox.calls.recorded import Call, recorded
from sandbox.rights.asked import ANY, REGION, actions_of, asked, knows_no_resource, prefix, tagging
from sandbox.terraform import OWNER

Statement = dict[str, Any]

LARGEST = 6144
"""Characters of a managed policy, white space not counted.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

NOT_NEEDED = {"iam:GetUser"}
"""The provider asks for its account's number where the sandbox tells it not to check its credentials; a refusal is as
good: it goes on with `sts:GetCallerIdentity`."""

FOLLOWED = {
    "Add": ("Remove",),
    "Allocate": ("Release",),
    "Associate": ("Disassociate",),
    "Attach": ("Detach",),
    "Authorize": ("Revoke",),
    "Create": ("Delete", "Modify", "Update"),
    "Enable": ("Disable",),
    "Put": ("Delete",),
    "Register": ("Deregister",),
    "Request": ("Delete",),
    "Subscribe": ("Unsubscribe",),
}
"""The first words of operations, and of those that change or undo what they made."""

FOLLOWED_BY = {
    "autoscaling:CreateAutoScalingGroup": "CancelInstanceRefresh DescribeInstanceRefreshes StartInstanceRefresh "
    "SetInstanceProtection AttachLoadBalancerTargetGroups DetachLoadBalancerTargetGroups",
    "autoscaling:PutScalingPolicy": "DeletePolicy",
    "cloudfront:CreateDistributionWithTags": "UpdateDistribution DeleteDistribution",
    "cloudwatch:PutDashboard": "DeleteDashboards",
    "cloudwatch:PutMetricAlarm": "DeleteAlarms",
    "ec2:AllocateAddress": "DisassociateAddress",
    "ec2:AssociateRouteTable": "ReplaceRouteTableAssociation",
    "ec2:AuthorizeSecurityGroupIngress": "UpdateSecurityGroupRuleDescriptionsIngress ModifySecurityGroupRules",
    "ec2:AuthorizeSecurityGroupEgress": "UpdateSecurityGroupRuleDescriptionsEgress ModifySecurityGroupRules",
    "ec2:CreateImage": "DeregisterImage DeleteSnapshot",
    "ec2:CreateLaunchTemplate": "CreateLaunchTemplateVersion",
    "ec2:CreateRoute": "ReplaceRoute",
    "ec2:CreateSubnet": "ModifySubnetAttribute",
    "ec2:CreateVpcEndpoint": "DeleteVpcEndpoints",
    "ec2:RunInstances": "DescribeInstanceStatus ModifyInstanceAttribute ModifyInstanceMetadataOptions ModifyVolume "
    "StartInstances StopInstances TerminateInstances",
    "efs:CreateMountTarget": "ModifyMountTargetSecurityGroups",
    "elbv2:CreateLoadBalancer": "SetSecurityGroups SetSubnets",
    # A target that was registered is looked at by every plan.
    "elbv2:RegisterTargets": "DescribeTargetHealth",
    "iam:AddRoleToInstanceProfile": "RemoveRoleFromInstanceProfile",
    "iam:CreateRole": "ListInstanceProfilesForRole UpdateAssumeRolePolicy",
    "kms:CreateKey": "PutKeyPolicy ScheduleKeyDeletion UpdateKeyDescription",
    "logs:CreateDelivery": "UpdateDeliveryConfiguration",
    "logs:CreateLogGroup": "AssociateKmsKey DisassociateKmsKey",
    "logs:PutDeliveryDestination": "GetDeliveryDestination",
    "logs:PutDeliverySource": "GetDeliverySource",
    "rds:CreateDBCluster": "CreateDBClusterSnapshot",
    "rds:CreateDBClusterParameterGroup": "ResetDBClusterParameterGroup",
    "rds:CreateDBInstance": "CreateDBSnapshot RebootDBInstance",
    "rds:CreateDBParameterGroup": "ResetDBParameterGroup",
    # A destroyed site's bucket goes with what is in it, where that does not matter.
    "s3:CreateBucket": "ListObjectVersions DeleteObjects",
    "s3:PutObject": "GetObject DeleteObject DeleteObjects PutObjectTagging DeleteObjectTagging",
    "secretsmanager:CreateSecret": "UpdateSecretVersionStage",
    "sesv2:CreateConfigurationSet": "PutConfigurationSetDeliveryOptions PutConfigurationSetReputationOptions "
    "PutConfigurationSetSendingOptions PutConfigurationSetSuppressionOptions",
    "sesv2:CreateEmailIdentity": "PutEmailIdentityConfigurationSetAttributes PutEmailIdentityDkimSigningAttributes",
    "sns:Subscribe": "SetSubscriptionAttributes",
}
"""Operations that change or undo what another made, and whose names do not tell."""


LATER = {
    "logs:CreateDelivery": "logs:*:*:delivery:*",
    "rds:CreateDBCluster": "rds:*:*:cluster-snapshot:{name}-*",
    "rds:CreateDBInstance": "rds:*:*:snapshot:{name}-*",
}
"""What comes of what a call makes, and is asked about when it is changed or deleted: the last snapshot, say."""


@dataclass
class Granted:
    """What a statement is made of."""

    actions: set[str] = field(default_factory=set)
    resources: set[str] = field(default_factory=set)
    conditions: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def least_policies(calls: Iterable[Call], name: str) -> list[dict[str, Any]]:
    """What the calls took, and what changes and the end of the same site take: policies, each as large as IAM takes.

    What has a name is granted by it, a statement for each service; of what has none, all in the regions that were
    asked.

    Args:
        calls: of an apply of all of a site.
        name: the site's, with which names in AWS begin.
    """
    anywhere: defaultdict[str, set[str]] = defaultdict(set)
    named: defaultdict[tuple[str, ...], Granted] = defaultdict(Granted)
    for call in calls:
        if later := LATER.get(call.name):
            resource = f"arn:{get_partition(call.region)}:{later.format(name=name)}"
            named[(prefix(call.service),)].resources.add(resource)
        for one in asked(call):
            if one.action in NOT_NEEDED:
                continue
            actions = [one.action]
            if one.action in actions_of(call.name):
                actions += _following(call)
            conditions = {key: value for key, value in one.context.items() if key != REGION}
            for action in actions:
                resource = ANY if knows_no_resource(action) else by_name(one.resource, name)
                if resource == ANY and not conditions:
                    anywhere[action].add(one.context[REGION])
                    continue
                granted = named[action.partition(":")[0], *sorted(conditions)]
                granted.actions.add(action)
                granted.resources.add(resource)
                for key, value in conditions.items():
                    granted.conditions[key].add(value)
    return _packed([*_everywhere(anywhere), *(_statement(granted) for _, granted in sorted(named.items()))])


def of_terraform(path: Path) -> Iterator[Call]:
    """The calls in a file that a role has made, and not the account's owner (`Sandbox.act_with`)."""
    return (call for call in recorded(path) if call.key != OWNER)


def write(policies: Sequence[Mapping[str, Any]], folder: Path, name: str) -> list[Path]:
    """Policies into files of their own, `NAME-1.json` and so on, in the place of those that are there."""
    for old in folder.glob(f"{name}-[0-9].json"):
        old.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}-{number}.json" for number in range(1, len(policies) + 1)]
    for path, policy in zip(paths, policies, strict=True):
        path.write_text(json.dumps(policy, indent=2) + "\n")
    return paths


def read(folder: Path, name: str) -> list[dict[str, Any]]:
    """The policies that `write` has written."""
    return [json.loads(path.read_text()) for path in sorted(folder.glob(f"{name}-[0-9].json"))]


def by_name(resource: str, name: str) -> str:
    """An ARN for all things of the same kind that have the site's name, in any account.

    What AWS numbers, or Terraform by date, ends where the number begins.
    """
    if resource == "*":
        return resource
    head, partition, service, _, account, rest = resource.split(":", 5)
    known = re.search(rf"(?<![a-z0-9-]){re.escape(name)}([-/]|$)", rest)
    number = re.search(r"[0-9a-f]{8}-|[0-9a-f]{16}|(?<=-)20\d{12,}|(?<=/)[A-Z0-9]{12,}$", rest)
    if known and known.group(1):
        rest = rest[: known.end()] + "*"
    elif number:
        rest = rest[: number.start()] + "*"
    # AWS's own account owns the documents and parameters that it publishes.
    region = "*" if resource.split(":")[3] else ""
    return f"{head}:{partition}:{service}:{region}:{'*' if account else ''}:{rest}"


def _following(call: Call) -> Iterator[str]:
    """The actions that change or undo what a call has made."""
    service, operation = call.service, call.operation
    names = set(FOLLOWED_BY.get(call.name, "").split())
    known = set(get_service_model(service).operation_names)
    for first, others in FOLLOWED.items():
        if operation.startswith(first):
            names |= {other + operation.removeprefix(first) for other in others} & known
            if first == "Create":
                yield from tagging(call.name)
    assert names <= known, names - known
    for name in names:
        yield from actions_of(f"{service}:{name}")


def _everywhere(actions: Mapping[str, set[str]]) -> Iterator[Statement]:
    """One for all actions that were asked in the same regions."""
    together: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for action, regions in sorted(actions.items()):
        together[tuple(sorted(regions))].append(action)
    for where, names in sorted(together.items()):
        yield _statement(Granted(set(names), {ANY}, defaultdict(set, {REGION: set(where)})))


def _statement(granted: Granted) -> Statement:
    statement: Statement = {
        "Effect": "Allow",
        "Action": sorted(granted.actions),
        "Resource": sorted(granted.resources),
    }
    conditions: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for key, values in sorted(granted.conditions.items()):
        conditions["Bool" if values == {"true"} else "StringEquals"][key] = sorted(values)
    return statement | ({"Condition": dict(conditions)} if conditions else {})


def _packed(statements: Iterable[Statement]) -> list[dict[str, Any]]:
    """Policies of as many statements as each takes, the long ones cut."""
    policies: list[dict[str, Any]] = []
    for statement in statements:
        parts = -(-size(statement) // (LARGEST // 2))
        each = -(-len(statement["Action"]) // parts)
        for start in range(0, len(statement["Action"]), each):
            part = statement | {"Action": statement["Action"][start : start + each]}
            if not policies or size(policies[-1]) + size(part) > LARGEST:
                policies.append({"Version": "2012-10-17", "Statement": []})
            policies[-1]["Statement"].append(part)
    return policies


def size(document: Any) -> int:
    """Characters, as IAM counts them."""
    return len(json.dumps(document, separators=(",", ":")))
