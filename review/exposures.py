"""What a change opens to the outside: by the network, and by single attributes that make something public."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from review.matrix import Mark, Matrix
from review.moment import Action
from review.part import Kind
from review.plan import Change, Plan
from review.reach import Flow, Opening, is_within
from review.risks import Danger, Risk
from review.rules import UNKNOWN, UNKNOWN_PORTS
from review.values import follow
from review.view import View

OPENS = (
    ("*", "publicly_accessible", True, "gets an address on the internet"),
    ("aws_lb", "internal", False, "is no longer internal: it gets addresses on the internet"),
    ("aws_alb", "internal", False, "is no longer internal: it gets addresses on the internet"),
    ("aws_elb", "internal", False, "is no longer internal: it gets addresses on the internet"),
    ("aws_eks_cluster", "vpc_config.endpoint_public_access", True, "answers the internet"),
    ("aws_lambda_function_url", "authorization_type", "NONE", "answers everybody, without a signature"),
    ("aws_lambda_permission", "principal", "*", "lets everybody call the function"),
    ("aws_ami_launch_permission", "group", "all", "lets every account start servers from the image"),
    ("aws_db_snapshot", "shared_accounts", "all", "lets every account restore the snapshot"),
    ("aws_s3_bucket_acl", "acl", "public-read", "lets everybody read the bucket"),
    ("aws_s3_bucket_acl", "acl", "public-read-write", "lets everybody read and write the bucket"),
    ("aws_s3_bucket_acl", "acl", "authenticated-read", "lets every AWS account read the bucket"),
    ("aws_s3_bucket", "acl", "public-read", "lets everybody read the bucket"),
    ("aws_s3_bucket", "acl", "public-read-write", "lets everybody read and write the bucket"),
)
"""By type: the attribute, the value that opens, and what it then does. `*` is every type that has the attribute."""

AT_REST = {"internal"}
"""What a new resource may well be: a new load balancer on the internet is what a site is for."""

BLOCKS = ("aws_s3_bucket_public_access_block", "aws_s3_account_public_access_block")
FLAGS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")

POLICIES = ("policy", "assume_role_policy", "access_policies", "access_policy", "repository_policy", "resource_policy")

OTHER_WAYS = (
    "aws_vpc_peering_connection",
    "aws_vpc_peering_connection_accepter",
    "aws_ec2_transit_gateway_vpc_attachment",
    "aws_vpn_gateway",
    "aws_vpn_connection",
    "aws_ec2_client_vpn_endpoint",
    "aws_dx_gateway_association",
    "aws_vpc_endpoint_service",
    "aws_vpclattice_service_network_vpc_association",
    "aws_globalaccelerator_endpoint_group",
)
"""What also decides who reaches whom, and is not read."""


def exposures(plan: Plan, before: View | None, after: View | None, matrix: Matrix) -> Iterator[Risk]:
    """Everything that the change opens to the outside, except the load balancer's own listeners."""
    yield from _attributes(plan)
    yield from _policies(plan)
    yield from _other_ways(plan)
    if after:
        yield from _rules(before, after)
        yield from _flows(before, after, matrix)


def _flows(before: View | None, after: View, matrix: Matrix) -> Iterator[Risk]:
    parts = after.site.parts
    # A rule of nobody knows whose group is told once, not once for each part that it may open.
    strays = {(opening.source, opening.ports) for opening in after.reach.doors if opening.group is None}
    for flow in matrix.marked(Mark.OPENED):
        target = parts.get(flow.target)
        if flow.source in parts or not target:
            continue
        if before and before.reach.allowed(flow):
            continue
        if _is_listener(flow, target.kind, target.ports) and not _was_closed(before, flow):
            continue
        if not flow.is_certain and (flow.source, flow.ports) in strays:
            continue
        on = "an unknown port" if flow.ports.protocol == UNKNOWN else _on(str(flow.ports))
        if flow.is_certain:
            text = f"{flow.source} can now reach the {target.name} on {on}"
            yield Risk(Danger.EXPOSURE, text, f"opens the {target.name} to {flow.source}, {on}")
        else:
            text = f"{flow.source} may now reach the {target.name} on {on}: the plan does not tell"
            yield Risk(Danger.EXPOSURE, text, f"may open the {target.name} to {flow.source}, {on}")


def _is_listener(flow: Flow, kind: Kind, ports: frozenset[int]) -> bool:
    """A load balancer answers on its listeners' ports, whatever its firewall allows besides."""
    return kind is Kind.LOAD_BALANCER and (flow.ports.single in ports or flow.ports == UNKNOWN_PORTS)


def _was_closed(before: View | None, flow: Flow) -> bool:
    """Whether a listener that was there before answered others than now."""
    part = before.site.parts.get(flow.target) if before else None
    return bool(part and flow.ports.single in part.ports)


def _rules(before: View | None, after: View) -> Iterator[Risk]:
    """Rules for the internet, or a part of it, that reach no part of the site as far as is known."""
    was = before.reach.doors if before else {}
    for opening, why in after.reach.doors.items():
        if opening in was or any(_covers(its, opening) for its in was):
            continue
        group, ports, source, address = opening.group, opening.ports, opening.source, opening.address
        what = f"`{address}` now lets {source} in on {_on(str(ports))}"
        if group is None:
            yield Risk(
                Danger.EXPOSURE,
                f"{what}, and whose security group it opens cannot be told from the plan: look for yourself",
                f"{address} may open anything",
            )
        else:
            yield Risk(Danger.EXPOSURE, f"{what}: {why}", f"{address} opens {_on(str(ports))} to {source}")


def _covers(was: Opening, opening: Opening) -> bool:
    is_same = was.group == opening.group and is_within(opening.source, was.source)
    return is_same and was.ports.covers(opening.ports)


def _on(ports: str) -> str:
    return f"port {ports}" if ports[:1].isdigit() else ports


def _attributes(plan: Plan) -> Iterator[Risk]:
    for change in plan.changes:
        if change.action in (Action.NONE, Action.FORGET):
            continue
        if change.type in BLOCKS:
            yield from _public_access(change)
        if change.after is None:
            continue
        for kind, path, opens, does in OPENS:
            if kind not in ("*", change.type):
                continue
            was, becomes = _first(change.before, path), _first(change.after, path)
            is_new = change.before is None and path in AT_REST
            if becomes == opens != was and not is_new and type(becomes) is type(opens):
                yield Risk(Danger.EXPOSURE, f"`{change.address}` {does}", f"{change.address} {does}")
            elif change.unknown.get(path) is True and was not in (None, opens) and path in change.expressions:
                text = f"`{change.address}`: whether it {does} is known only after the apply"
                yield Risk(Danger.EXPOSURE, text, f"{change.address} may become public")


def _public_access(change: Change) -> Iterator[Risk]:
    """S3's own lock against public buckets."""
    was = {flag for flag in FLAGS if _first(change.before, flag) is True}
    stays = {flag for flag in FLAGS if _first(change.after, flag) is True}
    if lifted := sorted(was - stays):
        text = f"`{change.address}` no longer keeps a bucket from being public: {', '.join(lifted)}"
        yield Risk(Danger.EXPOSURE, text, f"{change.address} allows public buckets")


def _policies(plan: Plan) -> Iterator[Risk]:
    for change in plan.changes:
        if change.action is Action.NONE or change.after is None:
            continue
        for name in POLICIES:
            was, becomes = (_for_everybody(_first(values, name)) for values in (change.before, change.after))
            if becomes - was:
                actions = ", ".join(sorted(becomes - was))
                text = f"the {name.replace('_', ' ')} of `{change.address}` now allows everybody: {actions}"
                yield Risk(Danger.EXPOSURE, text, f"{change.address} allows everybody")


def _for_everybody(policy: Any) -> set[str]:
    """What a policy allows to everybody without any condition."""
    try:
        document = json.loads(policy) if isinstance(policy, str) else {}
    except ValueError:
        return set()
    statements = document.get("Statement", []) if isinstance(document, dict) else []
    found: set[str] = set()
    for statement in statements if isinstance(statements, list) else [statements]:
        if not isinstance(statement, dict) or statement.get("Effect") != "Allow" or statement.get("Condition"):
            continue
        principal = statement.get("Principal")
        who = principal.get("AWS") if isinstance(principal, dict) else principal
        if who == "*" or (isinstance(who, list) and "*" in who):
            actions = statement.get("Action", statement.get("NotAction", "*"))
            found |= {str(action) for action in (actions if isinstance(actions, list) else [actions])}
    return found


def _other_ways(plan: Plan) -> Iterator[Risk]:
    for change in plan.changes:
        if change.type in OTHER_WAYS and change.after is not None and change.before is None:
            text = (
                f"`{change.address}` also decides who reaches whom, and this review cannot read it: look for yourself"
            )
            yield Risk(Danger.EXPOSURE, text, f"{change.address} may open anything")


def _first(values: Mapping[str, Any] | None, path: str) -> Any:
    found = (value for value in follow(values or {}, tuple(path.split("."))))
    return next(found, None)
