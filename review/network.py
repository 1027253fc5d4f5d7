"""The plan's network at one moment: subnets, their zones, and the way out that each has."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network

from review.moment import Action, Moment, Resource

WORLD = ("0.0.0.0/0", "::/0")

ELSEWHERE = Resource("routes that are kept elsewhere", "kept elsewhere", {})
"""Of a VPC that is only read: its routes are not in the plan, and are taken to lead where they should."""


@dataclass(frozen=True)
class Subnet:
    """A subnet.

    Attributes:
        address: in Terraform.
        zone: the availability zone, `ap-northeast-1a`.
        cidr: its addresses; None where they are known only after the apply.
        way_out: the internet gateway or NAT gateway that the default route leads to; None without such a route.
        action: what the plan does to it.
    """

    address: str
    name: str
    zone: str
    cidr: IPv4Network | None
    way_out: Resource | None
    action: Action = Action.NONE

    @property
    def tier(self) -> str:
        """The subnets of one purpose, one in each zone, share the name before the zone: `web_1a`, `web_1c`."""
        return self.name.rpartition("_")[0] or self.name

    @property
    def is_public(self) -> bool:
        """Whether the internet can reach a public address in it."""
        return self.way_out is not None and self.way_out.type in ("aws_internet_gateway", ELSEWHERE.type)

    @property
    def needs_public_address(self) -> bool:
        """Whether only what has a public address gets out of it."""
        return self.way_out is not None and self.way_out.type == "aws_internet_gateway"


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
        subnets: by Terraform address.
        nats: by Terraform address.
    """

    def __init__(self, moment: Moment) -> None:
        self._moment = moment
        self.vpc = next(iter(moment.of("aws_vpc")), None)
        self.cidr = _network(self.vpc.get("cidr_block")) if self.vpc else None
        ways_out = self._ways_out()
        self.subnets = {
            subnet.address: Subnet(
                subnet.address,
                subnet.name,
                subnet.get("availability_zone", "an unknown zone"),
                _network(subnet.get("cidr_block")),
                ELSEWHERE if subnet.is_read else ways_out.get(subnet.address),
                subnet.action,
            )
            for subnet in moment.of("aws_subnet")
        }
        self.nats = {
            nat.address: Nat(nat, subnet)
            for nat in moment.of("aws_nat_gateway")
            for subnet in self.of(nat, "subnet_id")
        }

    def of(self, resource: Resource, path: str) -> list[Subnet]:
        """The subnets that an attribute names, zone by zone."""
        named = self._moment.related(resource, path, "aws_subnet")
        return sorted((self.subnets[subnet.address] for subnet in named), key=lambda subnet: subnet.zone)

    @property
    def zones(self) -> list[str]:
        return sorted({subnet.zone for subnet in self.subnets.values()})

    def _ways_out(self) -> dict[str, Resource]:
        """For each subnet with a default route, the gateway that the route leads to."""
        related = self._moment.related
        gateways: dict[str, Resource] = {}
        for route in self._moment.of("aws_route"):
            if not {route.get("destination_cidr_block"), route.get("destination_ipv6_cidr_block")} & set(WORLD):
                continue
            leads_to = related(route, "gateway_id", "aws_internet_gateway")
            leads_to += related(route, "nat_gateway_id", "aws_nat_gateway")
            for table in related(route, "route_table_id", "aws_route_table"):
                gateways.update((table.address, gateway) for gateway in leads_to)
        return {
            subnet.address: gateways[table.address]
            for association in self._moment.of("aws_route_table_association")
            for table in related(association, "route_table_id", "aws_route_table")
            for subnet in related(association, "subnet_id", "aws_subnet")
            if table.address in gateways
        }


def short(zone: str) -> str:
    """A zone as people say it: `1a` for `ap-northeast-1a`."""
    return zone.rpartition("-")[2]


def _network(cidr: str | None) -> IPv4Network | None:
    return IPv4Network(cidr) if cidr else None
