"""What a change does to servers, by the two JSONs: which are replaced, which only restarted; and what of it this
machine has nothing to play with."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from testbed import Environment

Resource = Mapping[str, Any]

REPLACES = (
    *("user_data_base64", "subnet_id", "key_name", "associate_public_ip_address"),
    *("root_block_device.encrypted", "root_block_device.kms_key_id"),
)
"""The attributes of an instance that we set, and for which AWS needs another one:
https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/instance"""

PLAYED = re.compile(
    r"aws_(s3_object|ssm_association|instance|launch_template|autoscaling_group|lb_target_group_attachment"
    r"|ami_from_instance|vpc_security_group_(in|e)gress_rule)|terraform_data"
)
"""The types whose changes reach the servers here, or go along with theirs."""

DATA = ("aws_db_instance", "aws_rds_cluster", "aws_rds_cluster_instance", "aws_elasticache_replication_group")
"""Those of which a reviewer wants each attribute."""

MOST = 8
"""Addresses in a sentence."""


@dataclass(frozen=True)
class Change:
    """From one environment to another.

    Attributes:
        replaced: servers with a name that make way for new ones, all at once as Terraform does it.
        restarted: servers with a name that are stopped and started, on other hardware.
        refreshed: servers of fleets, each of which makes way for its successor.
        not_played: sentences with their full stop.
    """

    replaced: tuple[str, ...]
    restarted: tuple[str, ...]
    refreshed: tuple[str, ...]
    not_played: tuple[str, ...]


def compare(base: Environment, head: Environment) -> Change:
    """What becomes of the base's servers."""
    replaced, restarted = [], []
    common = base.each("aws_instance").keys() & head.each("aws_instance").keys()
    for name in sorted(common):
        before, after = base.each("aws_instance")[name], head.each("aws_instance")[name]
        if _is_replaced(base, head, before, after):
            replaced.append(name)
        elif before["instance_type"] != after["instance_type"]:
            restarted.append(name)
    here = {server.name for server in base.servers}
    refreshed = [
        name
        for fleet in sorted(base.each("aws_autoscaling_group").keys() & head.each("aws_autoscaling_group").keys())
        if _template(base, fleet) != _template(head, fleet)
        for name in sorted(here)
        if re.fullmatch(rf"{fleet}\d+", name)
    ]
    return Change(tuple(replaced), tuple(restarted), tuple(refreshed), tuple(_not_played(base, head)))


def _is_replaced(base: Environment, head: Environment, before: Resource, after: Resource) -> bool:
    if any(_get(before, path) != _get(after, path) for path in REPLACES):
        return True
    if _script(base, before["user_data_base64"]) != _script(head, after["user_data_base64"]):
        return True
    # A newer public image replaces nothing; one that the environment file names does, and so does another processor.
    if "ami" not in after.get("lifecycle", {}).get("ignore_changes", ()) and before["ami"] != after["ami"]:
        return True
    return _triggers(base, before) != _triggers(head, after)


def _get(resource: Resource, path: str) -> Any:
    first, _, rest = path.partition(".")
    value = resource.get(first)
    return _get(value, rest) if rest and isinstance(value, Mapping) else value


def _script(environment: Environment, expression: str) -> list[str]:
    return [str(environment.stack["locals"].get(name)) for name in re.findall(r"local\.(\w+)", expression)]


def _triggers(environment: Environment, resource: Resource) -> list[Any]:
    """What is behind `replace_triggered_by`."""
    found = []
    for address in resource.get("lifecycle", {}).get("replace_triggered_by", ()):
        kind, _, name = address.partition(".")
        found.append(environment.each(kind).get(name))
    return found


def _template(environment: Environment, fleet: str) -> list[Any]:
    """What the servers of a fleet are made of, without what Terraform is told to leave alone."""
    group = environment.each("aws_autoscaling_group")[fleet]
    template = dict(environment.each("aws_launch_template")[fleet])
    for name in template.get("lifecycle", {}).get("ignore_changes", ()):
        template.pop(name, None)
    script = _script(environment, template["user_data"])
    return [template, script, group.get("mixed_instances_policy"), _triggers(environment, template)]


def _not_played(base: Environment, head: Environment) -> Iterator[str]:
    servers = [{server.name for server in one.servers} for one in (base, head)]
    for names, what in ((servers[1] - servers[0], "new"), (servers[0] - servers[1], "gone after the change")):
        if names:
            yield f"Not played: servers that are {what} ({', '.join(sorted(names))}); the site kept those that it has."
    others = []
    for kind in sorted(base.resources.keys() | head.resources.keys()):
        if PLAYED.fullmatch(kind):
            continue
        before, after = base.each(kind), head.each(kind)
        for name in sorted(before.keys() | after.keys()):
            if before.get(name) == after.get(name):
                continue
            if kind in DATA and name in before and name in after:
                yield f"Not played: `{kind}.{name}` becomes another ({_differences(before[name], after[name])})."
            else:
                others.append(f"`{kind}.{name}`")
    if others:
        more = f" and {len(others) - MOST} more" if len(others) > MOST else ""
        yield f"Not played, for nothing here stands for it: {', '.join(others[:MOST])}{more}."


def _differences(before: Resource, after: Resource) -> str:
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return ", ".join(f"{name}: {before.get(name)} -> {after.get(name)}" for name in names)
