"""The plan's network at one moment: subnets, their zones, and the way out that each has."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from review.acl import Acl, acls
from review.moment import Action, Moment, Resource, blocks
from review.values import SENSITIVE, Sensitive

WORLD = ("0.0.0.0/0", "::/0")

IPV4, IPV6 = 4, 6

DESTINATIONS = {
    IPV4: ("destination_cidr_block", "cidr_block"),
    IPV6: ("destination_ipv6_cidr_block", "ipv6_cidr_block"),
}
"""Where a route says which addresses it is for, by IP version."""

INTERNET_GATEWAY, NAT_GATEWAY = "aws_internet_gateway", "aws_nat_gateway"
EGRESS_ONLY_GATEWAY = "aws_egress_only_internet_gateway"

GATEWAYS = {
    "gateway_id": INTERNET_GATEWAY,
    "nat_gateway_id": NAT_GATEWAY,
    "egress_only_gateway_id": EGRESS_ONLY_GATEWAY,
}
"""Where a route says what it leads to."""

ELSEWHERE = Resource("routes that are kept elsewhere", "kept elsewhere", {})
"""Of a VPC that is only read: its routes are not in the plan, and are taken to lead where they should."""

UNREAD = Resource("a way out that is not read", "not read", {})
"""A route to something else than a gateway: an instance, a transit gateway, an appliance."""

IPV6_BLOCK = "ipv6_cidr_block"

UNKNOWN_ZONE = "unknown zone"

TABLES = ("aws_route_table", "aws_default_route_table")

BY_ID = {"igw": INTERNET_GATEWAY, "nat": NAT_GATEWAY, "eigw": EGRESS_ONLY_GATEWAY}
"""What an id says of a gateway that is not in the plan.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html"""

OTHER_TARGETS = (
    "instance_id", "network_interface_id", "transit_gateway_id", "vpc_endpoint_id",
    "vpc_peering_connection_id", "local_gateway_id", "carrier_gateway_id", "core_network_arn",
)  # fmt: skip

PRIVATE_WAYS_IN = (
    "aws_vpc_peering_connection",
    "aws_vpc_peering_connection_accepter",
    "aws_ec2_transit_gateway_vpc_attachment",
    "aws_vpn_gateway",
    "aws_vpn_gateway_attachment",
)
"""By these, other networks reach the VPC; what their routes let through is not read."""


ENTRANCES = (INTERNET_GATEWAY, ELSEWHERE.type)
"""What lets the internet in. An egress-only gateway does not, nor NAT."""


@dataclass(frozen=True)
class Way:
    """Where a default route leads."""

    gateway: Resource | None
    is_certain: bool = True


@dataclass(frozen=True)
class Subnet:
    """A subnet.

    Attributes:
        address: in Terraform.
        zone: the availability zone, `ap-northeast-1a`.
        cidr: its addresses; None where they are known only after the apply.
        way_out: what the default route of IPv4 leads to; None without such a route.
        is_routed: whether its routes of IPv4 are known.
        ipv6: the same of IPv6; None where it has no IPv6 addresses.
        vpc: the VPC, by Terraform address or id; empty where that is not known.
        gives_ipv4: what starts in it gets a public IPv4 address.
        gives_ipv6: what starts in it gets an IPv6 address.
        action: what the plan does to it.
    """

    address: str
    name: str
    zone: str
    cidr: IPv4Network | None
    way_out: Resource | None
    is_routed: bool = True
    ipv6: Way | None = None
    vpc: str = ""
    gives_ipv4: bool = False
    gives_ipv6: bool = False
    action: Action = Action.NONE

    @property
    def tier(self) -> str:
        """The subnets of one purpose, one in each zone, share the name before the zone: `web_1a`, `web_1c`."""
        return self.name.partition("[")[0] if "[" in self.name else self.name.rpartition("_")[0] or self.name

    def way(self, version: int) -> Way:
        """Where the default route of IPv4 or IPv6 leads."""
        return Way(self.way_out, self.is_routed) if version == IPV4 else self.ipv6 or Way(None)

    def is_public(self, version: int = IPV4) -> bool | None:
        """Whether the internet can reach a public address of IPv4 or IPv6 in it; None where that is not known."""
        way = self.way(version)
        return (way.gateway is not None and way.gateway.type in ENTRANCES) if way.is_certain else None

    @property
    def needs_public_address(self) -> bool:
        """Whether only what has a public address gets out of it."""
        return self.way_out is not None and self.way_out.type == INTERNET_GATEWAY

    @property
    def is_told(self) -> bool:
        """Whether it is known how what stands in it gets out. Of IPv6 alone nobody can say whether it is enough."""
        return self.is_routed and not (self.way_out is None and self.ipv6 and self.ipv6.gateway)

    @property
    def is_zone_known(self) -> bool:
        """Whether its zone is known."""
        return self.zone not in (UNKNOWN_ZONE, SENSITIVE)


@dataclass(frozen=True)
class Nat:
    """A NAT gateway, and the subnet that it stands in."""

    resource: Resource
    subnet: Subnet


class Network:
    """The VPC.

    Attributes:
        vpc: the VPC itself; None where the plan does not hold it.
        cidr: the VPC's addresses, where known.
        inside: all addresses that belong to the VPCs of the plan.
        subnets: by Terraform address.
        nats: by Terraform address.
        acls: the network ACLs, by subnet.
        has_other_ways_in: other networks reach the VPC by ways that are not read.
    """

    def __init__(self, moment: Moment) -> None:
        self._moment = moment
        vpcs = moment.of("aws_vpc")
        self.vpc = next(iter(vpcs), None)
        self.cidr = _network(self.vpc.get("cidr_block")) if self.vpc else None
        written = [cidr for vpc in vpcs for cidr in (*vpc.all("cidr_block"), *vpc.all("cidr_block_associations"))]
        written += [a.get("cidr_block") for a in moment.of("aws_vpc_ipv4_cidr_block_association")]
        written += [found.get("cidr_block") for found in moment.of("aws_vpc") if found.is_read]
        written += [cidr for vpc in vpcs for cidr in vpc.all("cidr_block_associations.cidr_block")]
        self.inside: set[IPv4Network | IPv6Network] = {network for cidr in written if (network := _network(cidr))}
        of_ipv6 = [
            cidr for kind in ("aws_vpc", "aws_subnet") for its in moment.of(kind) for cidr in its.all(IPV6_BLOCK)
        ]
        of_ipv6 += [its.get(IPV6_BLOCK) for its in moment.of("aws_vpc_ipv6_cidr_block_association")]
        self.inside |= {ip_network(cidr, strict=False) for cidr in of_ipv6 if isinstance(cidr, str)}
        self.has_other_ways_in = bool(moment.of(*PRIVATE_WAYS_IN))
        ways_out = {version: self._ways_out(version) for version in (IPV4, IPV6)}
        self.subnets = {
            subnet.address: self._subnet(subnet, ways_out[IPV4][subnet.address], ways_out[IPV6][subnet.address])
            for subnet in moment.of("aws_subnet")
        }
        self.nats = {
            nat.address: Nat(nat, subnet) for nat in moment.of(NAT_GATEWAY) for subnet in self.of(nat, "subnet_id")[:1]
        }
        self.acls: dict[str, Acl] = acls(moment, {its.address: its.vpc for its in self.subnets.values()})

    def _subnet(self, subnet: Resource, way: Way, ipv6_way: Way) -> Subnet:
        zone = subnet.values.get("availability_zone")
        return Subnet(
            subnet.address,
            subnet.name,
            zone if isinstance(zone, str) and zone else SENSITIVE if isinstance(zone, Sensitive) else UNKNOWN_ZONE,
            _network(subnet.get("cidr_block")),
            ELSEWHERE if subnet.is_read else way.gateway,
            is_routed=subnet.is_read or way.is_certain,
            ipv6=(Way(ELSEWHERE) if subnet.is_read else ipv6_way) if _has_ipv6(subnet) else None,
            vpc=self._vpc_of(subnet),
            gives_ipv4=subnet.get("map_public_ip_on_launch") is True,
            gives_ipv6=subnet.get("assign_ipv6_address_on_creation") is True,
            action=subnet.action,
        )

    def _vpc_of(self, resource: Resource) -> str:
        named = self._moment.related(resource, "vpc_id", "aws_vpc")
        if not named.is_certain:
            return ""
        return named.first.address if named.first else next(iter(named.outside), "")

    def of(self, resource: Resource, path: str) -> list[Subnet]:
        """The subnets that an attribute names, zone by zone."""
        named = self._moment.related(resource, path, "aws_subnet")
        return sorted((self.subnets[subnet.address] for subnet in named), key=lambda subnet: subnet.zone)

    def is_sure_of(self, resource: Resource, path: str) -> bool:
        """Whether the subnets that an attribute names are all of them, and in the plan."""
        named = self._moment.related(resource, path, "aws_subnet")
        return named.is_certain and not named.outside and bool(named)

    @property
    def zones(self) -> list[str]:
        """The zones that are known."""
        return sorted({subnet.zone for subnet in self.subnets.values() if subnet.is_zone_known})

    def _ways_out(self, version: int) -> dict[str, Way]:
        """For each subnet, where its default route of IPv4 or IPv6 leads."""
        routes = self._default_routes(version)
        table_of: dict[str, str | None] = {}
        is_any_unsure = False
        for association in self._moment.of("aws_route_table_association"):
            tables = self._moment.related(association, "route_table_id", *TABLES)
            subnets = self._moment.related(association, "subnet_id", "aws_subnet")
            is_any_unsure |= not subnets.is_certain
            names = [table.address for table in tables] + list(tables.outside)
            for subnet in subnets:
                is_sure = tables.is_certain and subnets.is_certain and len(names) == 1
                table_of[subnet.address] = names[0] if is_sure else None
        ways = {}
        for subnet in self._moment.of("aws_subnet"):
            if subnet.address in table_of:
                table = table_of[subnet.address]
                ways[subnet.address] = routes.of(table) if table else Way(routes.any, is_certain=False)
            elif is_any_unsure:
                ways[subnet.address] = Way(None, is_certain=False)
            else:
                ways[subnet.address] = self._main(subnet, routes)
        return ways

    def _main(self, subnet: Resource, routes: _Routes) -> Way:
        """A subnet without an association has the VPC's main route table.

        https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
        """
        vpcs = self._moment.related(subnet, "vpc_id", "aws_vpc")
        vpc = vpcs.first
        if vpc is None or not vpcs.is_certain or vpc.is_read:
            return Way(None, is_certain=False)
        for association in self._moment.of("aws_main_route_table_association"):
            owner = self._moment.related(association, "vpc_id", "aws_vpc")
            main = self._moment.related(association, "route_table_id", *TABLES)
            if vpc in owner.found:
                return routes.of(main.first.address) if main.first else Way(None, is_certain=False)
        for table in self._moment.of("aws_default_route_table"):
            named = self._moment.related(table, "default_route_table_id", "aws_vpc")
            ids = table.all("default_route_table_id")
            if vpc in named.found or vpc.get("default_route_table_id", vpc.address) in ids:
                return routes.of(table.address)
        return routes.of(f"main of {vpc.address}")

    def _default_routes(self, version: int) -> _Routes:
        routes = _Routes({table.address for table in self._moment.of(*TABLES)})
        mains = {
            vpc.get(path): f"main of {vpc.address}"
            for vpc in self._moment.of("aws_vpc")
            for path in ("main_route_table_id", "default_route_table_id")
        }
        routes.known |= set(mains.values())
        for route in self._moment.of("aws_route"):
            if (is_default := _is_default(route, version)) is False:
                continue
            tables = self._moment.related(route, "route_table_id", *TABLES)
            owners = self._moment.related(route, "route_table_id", "aws_vpc")
            names = [table.address for table in tables]
            names += [mains.get(its, its) for its in tables.outside]
            names += [f"main of {vpc.address}" for vpc in owners]
            certain = is_default is True and (tables.is_certain or bool(owners)) and len(names) == 1
            way = self._leads_to(route)
            for name in names:
                routes.add(name, Way(way.gateway, way.is_certain and certain))
            if not names:
                routes.is_any_unsure = True
        earlier = _ends_of_default_routes(self._moment.earlier, version)
        for table in self._moment.of(*TABLES):
            is_written = table.is_written("route") or not table.expressions
            listed = blocks(table, "route")
            if listed is None and table.is_written("route"):
                routes.add(table.address, Way(None, is_certain=False))
            for block in listed or ():
                ends = {block.get(path) for path in GATEWAYS} - {None, ""}
                if not is_written and (table.get("id"), *ends) in earlier:
                    # The list that AWS had before the change holds what the change takes away.
                    continue
                if (is_default := _is_default(block, version)) is not False:
                    way = self._leads_to(block)
                    certain = way.is_certain and is_written and is_default is True
                    routes.add(table.address, Way(way.gateway, certain))
        return routes

    def _leads_to(self, route: Resource) -> Way:
        if any(route.all(path) or (route.is_unknown(path) and route.is_written(path)) for path in OTHER_TARGETS):
            return Way(UNREAD, is_certain=False)
        for path, kind in GATEWAYS.items():
            named = self._moment.related(route, path, kind)
            if named.first:
                return Way(named.first, named.is_certain)
            if not named.is_certain:
                return Way(Resource("a gateway that is not known", kind, {}), is_certain=False)
            for outside in named.outside:
                by_id = BY_ID.get(outside.partition("-")[0])
                return Way(Resource(outside, by_id, {}), is_certain=True) if by_id else Way(UNREAD, is_certain=False)
        return Way(None, is_certain=False)


class _Routes:
    """The default routes, by route table."""

    def __init__(self, known: set[str]) -> None:
        self.known = known
        self.is_any_unsure = False
        self._ways: dict[str, Way] = {}

    def add(self, table: str, way: Way) -> None:
        """What is certain beats what is not."""
        has = self._ways.get(table)
        if has is None or (way.is_certain and (not has.is_certain or way.gateway is not UNREAD)):
            self._ways[table] = way

    @property
    def any(self) -> Resource | None:
        """A gateway of any of them."""
        return next((way.gateway for way in self._ways.values() if way.gateway), None)

    def of(self, table: str) -> Way:
        """Where a table's default route leads; of a table that is not in the plan, nothing is known."""
        if table in self._ways:
            return self._ways[table]
        return Way(None, is_certain=table in self.known and not self.is_any_unsure)


def _ends_of_default_routes(moment: Moment | None, version: int) -> set[tuple[str, ...]]:
    """Of the routes that are resources of their own, each route table's id with the gateway's."""
    return {
        (route.get("route_table_id", ""), *next((ends for path in GATEWAYS if (ends := route.all(path))), []))
        for route in (moment.of("aws_route") if moment else ())
        if _is_default(route, version)
    }


def _has_ipv6(subnet: Resource) -> bool:
    return bool(subnet.get("ipv6_cidr_block")) or subnet.is_unknown("ipv6_cidr_block")


def _is_default(route: Resource, version: int) -> bool | None:
    """Whether it leads everywhere by IPv4 or IPv6; None where its destination is not known."""
    paths = DESTINATIONS[version]
    if any(value in WORLD for path in paths for value in route.all(path)):
        return True
    gateways = set(route.all("gateway_id")) - {"local"}
    has_gateway = bool(gateways) or (route.is_unknown("gateway_id") and route.is_written("gateway_id"))
    if has_gateway and any(_is_public(value) for path in paths for value in route.all(path)):
        # By an internet gateway, a part of the internet reaches what is behind it.
        return None
    return None if any(route.is_unknown(path) and route.is_written(path) for path in paths) else False


def _is_public(cidr: Any) -> bool:
    try:
        return isinstance(cidr, str) and not ip_network(cidr, strict=False).is_private
    except ValueError:
        return False


def short(zone: str) -> str:
    """A zone as people say it: `1a` for `ap-northeast-1a`."""
    return zone.rpartition("-")[2]


def _network(cidr: Any) -> IPv4Network | None:
    try:
        found = ip_network(cidr, strict=False) if isinstance(cidr, str) else None
    except ValueError:
        return None
    return found if isinstance(found, IPv4Network) else None
