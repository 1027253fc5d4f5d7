"""Who needs whom to answer a visitor, to get out, and to be signed in to, as far as the plan shows it."""

from __future__ import annotations

from collections.abc import Mapping, Set
from itertools import product

from review.dependencies import Dependencies
from review.network import short
from review.part import Kind, Member, Part
from review.reach import INTERNET, Reach
from review.site import Site

VISITORS = "visitors"
WAY_OUT = "way out"
SESSION_MANAGER = "way to Session Manager"

SESSION_SERVICES = {"ssm", "ssmmessages"}
"""https://docs.aws.amazon.com/systems-manager/latest/userguide/setup-create-vpc.html"""

Needs = Mapping[str, Set[str]]
"""For each part, by name, the parts that it needs."""


def node(part: Part, member: Member) -> str:
    """What people call a member."""
    match part.kind:
        case Kind.SERVERS:
            return member.name
        case Kind.DATABASE | Kind.CACHE:
            return f"{part.name} {member.name}"
    return f"{part.name} in {' or '.join(short(zone) for zone in sorted(member.zones))}"


def needs(site: Site, reach: Reach) -> dict[str, set[str]]:
    """What each part of the site needs to answer a visitor, as far as the firewalls show it."""
    found: dict[str, set[str]] = {}
    for source, target in product(site.of(Kind.SERVERS), site.parts.values()):
        is_door = target.kind is Kind.LOAD_BALANCER and reach.is_door(target)
        is_needed = target.kind in NEEDED and not is_door and not _is_behind(source, target)
        if is_needed and reach.on_port(source.name, target):
            found.setdefault(source.name, set()).add(target.name)
    return found


NEEDED = {Kind.LOAD_BALANCER, Kind.DATABASE, Kind.UPLOADS}
"""Without its cache WordPress is slow, and without AWS's endpoints it still runs."""


def requests(site: Site, reach: Reach, before: Needs) -> Dependencies:
    """From the visitors to the data.

    Args:
        before: what the parts needed before the change: a rule that is gone does not make a database superfluous.
    """
    graph, now = Dependencies(), needs(site, reach)
    databases = {part.name for part in site.of(Kind.DATABASE)}
    if not any(databases & reachable for reachable in now.values()):
        # A site that cannot reach its database at all still needs it: the servers at the end of the chain do.
        balancers = {part.name for part in site.of(Kind.LOAD_BALANCER)}
        last = [part.name for part in site.of(Kind.SERVERS) if not now.get(part.name, set()) & balancers]
        before = {**before, **{name: {*before.get(name, ()), *databases} for name in last}}
    doors = [part for part in site.of(Kind.LOAD_BALANCER) if reach.is_door(part)]
    graph.need(VISITORS, "load balancer", [node(part, member) for part in doors for member in part.members])
    for balancer in site.of(Kind.LOAD_BALANCER):
        targets = [
            node(part, member)
            for part in site.of(Kind.SERVERS)
            if reach.on_port(balancer.name, part)
            for member in part.members
            if any(address == balancer.resource.address for address, _ in member.behind)
        ]
        for leg in balancer.members:
            graph.need(node(balancer, leg), "healthy server", targets)
    for part in site.of(Kind.SERVERS):
        reachable = now.get(part.name, set())
        for name in sorted(reachable | (before.get(part.name, set()) & site.parts.keys())):
            for server in part.members:
                givers = _givers(server, site.parts[name]) if name in reachable else []
                graph.need(node(part, server), name, givers)
    return graph


def _givers(server: Member, target: Part) -> list[str]:
    """A file system's name leads to the mount target in the server's own zone; all else is reached across zones.

    https://docs.aws.amazon.com/efs/latest/ug/mounting-fs-mount-cmd-dns-name.html
    """
    return [
        node(target, member)
        for member in target.members
        if target.kind is not Kind.UPLOADS or server.zones & member.zones
    ]


def ways_out(site: Site, reach: Reach) -> Dependencies:
    """From the servers to the internet."""
    graph = _gateways(site)
    for part, server in servers(site):
        graph.need(node(part, server), WAY_OUT, _exits(part, server, reach))
    return graph


def shells(site: Site, reach: Reach) -> Dependencies:
    """From the servers to Session Manager: over the internet, or by endpoints in the VPC."""
    graph = _gateways(site)
    for part, server in servers(site):
        ends = [
            node(end, member)
            for end in site.of(Kind.ENDPOINTS)
            if reach.on_port(part.name, end) and set(end.detail.split(", ")) >= SESSION_SERVICES
            for member in end.members
        ]
        graph.need(node(part, server), SESSION_MANAGER, _exits(part, server, reach) + ends)
    return graph


def servers(site: Site) -> list[tuple[Part, Member]]:
    """Every server with its part."""
    return [(part, server) for part in site.of(Kind.SERVERS) for server in part.members]


def _gateways(site: Site) -> Dependencies:
    graph = Dependencies()
    for nat in site.network.nats.values():
        out = nat.subnet.way_out
        graph.need(nat.resource.address, "internet gateway", [out.address] if out and nat.subnet.is_public else [])
    return graph


def _exits(part: Part, server: Member, reach: Reach) -> list[str]:
    if not any(flow.source == part.name and flow.target == INTERNET for flow in reach.flows):
        return []
    # Where AWS chooses the subnet, it counts what every one of them has.
    exits = [subnet.way_out.address for subnet in server.subnets if subnet.way_out]
    return sorted(set(exits)) if len(exits) == len(server.subnets) else []


def _is_behind(servers: Part, balancer: Part) -> bool:
    return any(address == balancer.resource.address for member in servers.members for address, _ in member.behind)
