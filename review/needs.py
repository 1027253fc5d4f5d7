"""Who needs whom to answer a visitor, to get out, and to be signed in to, as far as the plan shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from itertools import product

from review.dependencies import Dependencies
from review.moment import Resource
from review.network import Subnet, short
from review.part import Kind, Member, Part
from review.reach import Flow, Reach
from review.rules import EVERYTHING
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
    if not member.zones:
        return f"{part.name} ({member.resource.address})"
    return f"{part.name} in {' or '.join(short(zone) for zone in sorted(member.zones))}"


def needs(site: Site, reach: Reach, is_sure: bool = True) -> dict[str, set[str]]:
    """What each part of the site needs to answer a visitor, as far as the firewalls show it.

    Args:
        is_sure: leave out what a part only may need.
    """
    found: dict[str, set[str]] = {}
    for source, target in product(site.of(Kind.SERVERS), site.parts.values()):
        is_door = target.kind is Kind.LOAD_BALANCER and reach.is_door(target)
        is_candidate = target.kind in NEEDED and target.is_needed and not is_door and not _is_behind(source, target)
        if is_candidate and reach.on_port(source.name, target, is_sure):
            found.setdefault(source.name, set()).add(target.name)
    return found


NEEDED = {Kind.LOAD_BALANCER, Kind.DATABASE, Kind.UPLOADS}
"""Without its cache WordPress is slow, and without AWS's endpoints it still runs."""


@dataclass(frozen=True)
class Before:
    """What the site was like before the change: a rule that is gone does not make a database superfluous.

    Attributes:
        needs: what the parts needed.
        doors: the load balancers by which visitors came in.
        served: the load balancers that had servers behind them.
    """

    needs: Needs = field(default_factory=dict)
    doors: frozenset[str] = frozenset()
    served: frozenset[str] = frozenset()

    @classmethod
    def of(cls, site: Site, reach: Reach) -> Before:
        balancers = site.of(Kind.LOAD_BALANCER)
        doors = frozenset(part.name for part in balancers if reach.is_door(part, is_sure=False))
        served = frozenset(part.name for part in balancers if any(_leads(part, its) for _, its in servers(site)))
        return cls(needs(site, reach), doors, served)


def requests(site: Site, reach: Reach, before: Before, is_sure: bool) -> Dependencies:
    """From the visitors to the data.

    Args:
        is_sure: whether only what the plan tells counts as given, and all that may be needed as needed; else the other
            way round. What works in the first case works, and what fails in the second one fails.
    """
    graph, now = Dependencies(), needs(site, reach, is_sure=not is_sure)
    reached = needs(site, reach, is_sure)
    databases = {part.name for part in site.of(Kind.DATABASE) if part.is_needed}
    balancers = site.of(Kind.LOAD_BALANCER)
    needed_before = before.needs
    if is_sure and not any(databases & reachable for reachable in now.values()):
        # A site that cannot reach its database at all may still need it: the servers at the end of the chain do.
        names = {part.name for part in balancers}
        last = [part.name for part in site.of(Kind.SERVERS) if not now.get(part.name, set()) & names]
        last = [name for name in last if any(member.behind for member in site.parts[name].members)] or last
        needed_before = {**needed_before, **{name: {*needed_before.get(name, ()), *databases} for name in last}}
    graph.need(VISITORS, "load balancer", _doors(site, reach, before, is_sure))
    for balancer in balancers:
        vague = not is_sure and balancer.name not in before.served and not _served(site, balancer)
        targets = [
            node(part, member)
            for part in site.of(Kind.SERVERS)
            if reach.on_port(balancer.name, part, is_sure)
            for member in part.members
            if _leads(balancer, member, is_sure) and (member.is_certain or not is_sure)
        ]
        if not is_sure and (not balancer.sends_on or vague):
            targets.append(SOMETHING)
        for leg in balancer.members:
            graph.need(node(balancer, leg), "healthy server", targets)
    for part in site.of(Kind.SERVERS):
        given = reached.get(part.name, set())
        for name in sorted(now.get(part.name, set()) | (needed_before.get(part.name, set()) & site.parts.keys())):
            for server in part.members:
                givers = _givers(server, site.parts[name], is_sure) if name in given else []
                graph.need(node(part, server), name, givers)
        for behind in _perhaps_behind(site, reach, part) if is_sure else ():
            for server in part.members:
                service = f"server of the {behind.name}"
                graph.need(node(part, server), service, [node(behind, member) for member in behind.members])
    return graph


def _perhaps_behind(site: Site, reach: Reach, source: Part) -> Iterator[Part]:
    """Servers that others reach and neither a load balancer nor the internet does: a database, or files, perhaps."""
    for target in site.of(Kind.SERVERS):
        has_balancer = any(member.behind or member.perhaps_behind for member in target.members)
        if target is source or has_balancer or not target.members:
            continue
        if any(_is_service(flow) and not reach.is_open(flow) for flow in reach.between(source.name, target.name)):
            yield target


def _is_service(flow: Flow) -> bool:
    """It is certain, and more than a way to sign in or to ask whether somebody is there."""
    ports = flow.ports
    return flow.is_certain and ports.protocol in ("tcp", "udp", EVERYTHING) and ports.single not in SIGN_IN


SIGN_IN = (22, 3389)


SOMETHING = "something that this plan does not hold"


def _doors(site: Site, reach: Reach, before: Before, is_sure: bool) -> list[str]:
    """The load balancers' legs by which visitors come in."""
    balancers = site.of(Kind.LOAD_BALANCER)
    doors = [part for part in balancers if reach.is_door(part, is_sure)]
    if not doors and not is_sure and not before.doors:
        # Visitors may come from inside, by a way that is not in the plan.
        doors = [part for part in balancers if part.is_public is not True]
    return [node(part, member) for part in doors for member in part.members if member.is_certain or not is_sure]


def _leads(balancer: Part, server: Member, is_sure: bool = True) -> bool:
    ways = server.behind if is_sure else server.behind | server.perhaps_behind
    return any(address == balancer.resource.address for address, _ in ways)


def _served(site: Site, balancer: Part) -> bool:
    return any(_leads(balancer, server, is_sure=False) for _, server in servers(site))


def _givers(server: Member, target: Part, is_sure: bool) -> list[str]:
    """A file system's name leads to the mount target in the server's own zone; all else is reached across zones.

    https://docs.aws.amazon.com/efs/latest/ug/mounting-fs-mount-cmd-dns-name.html
    """
    return [
        node(target, member)
        for member in target.members
        if (member.is_certain or not is_sure) and (target.kind is not Kind.UPLOADS or _share(server, member, is_sure))
    ]


def _share(server: Member, target: Member, is_sure: bool) -> bool:
    """Whether they stand in the same zone."""
    if not server.is_placed or not target.is_placed:
        return not is_sure
    if all(subnet.is_zone_known for subnet in (*server.subnets, *target.subnets)):
        return bool(server.zones & target.zones)
    same = {subnet.address for subnet in server.subnets} & {subnet.address for subnet in target.subnets}
    return bool(same) or not is_sure


def ways_out(site: Site, reach: Reach, is_sure: bool) -> Dependencies:
    """From the servers to the internet."""
    graph = _gateways(site)
    for part in site.of(Kind.SERVERS):
        gets_out = reach.gets_out(part, is_sure)
        for server in part.members:
            graph.need(node(part, server), WAY_OUT, _exits(server, gets_out, is_sure))
    return graph


def shells(site: Site, reach: Reach, is_sure: bool) -> Dependencies:
    """From the servers to Session Manager: over the internet, or by endpoints in the VPC."""
    graph = _gateways(site)
    for part in site.of(Kind.SERVERS):
        gets_out = reach.gets_out(part, is_sure)
        ends = [
            node(end, member)
            for end in site.of(Kind.ENDPOINTS)
            if reach.on_port(part.name, end, is_sure) and set(end.detail.split(", ")) >= SESSION_SERVICES
            for member in end.members
        ]
        for server in part.members:
            graph.need(node(part, server), SESSION_MANAGER, _exits(server, gets_out, is_sure) + ends)
    return graph


def servers(site: Site) -> list[tuple[Part, Member]]:
    """Every server with its part."""
    return [(part, server) for part in site.of(Kind.SERVERS) for server in part.members]


def _gateways(site: Site) -> Dependencies:
    graph = Dependencies()
    for nat in site.network.nats.values():
        out = nat.subnet.way_out
        is_public = nat.subnet.is_public() is not False
        graph.need(nat.resource.address, "internet gateway", [out.address] if out and is_public else [])
    return graph


def _exits(server: Member, gets_out: bool, is_sure: bool) -> list[str]:
    if not gets_out:
        return []
    if not is_sure and (not server.is_placed or not all(subnet.is_routed for subnet in server.subnets)):
        return [SOMETHING]
    # Where AWS chooses the subnet, it counts what every one of them has.
    exits = [way.address for its in server.subnets if (way := _way_out(its, is_sure))]
    return sorted(set(exits)) if len(exits) == len(server.subnets) else []


def _way_out(subnet: Subnet, is_sure: bool) -> Resource | None:
    """By IPv4, which a server needs; by IPv6 alone it may do."""
    if subnet.way_out and (subnet.is_routed or not is_sure):
        return subnet.way_out
    return None if is_sure or not subnet.ipv6 else subnet.ipv6.gateway


def _is_behind(servers: Part, balancer: Part) -> bool:
    return any(_leads(balancer, member, is_sure=False) for member in servers.members)
