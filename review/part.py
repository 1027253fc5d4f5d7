"""A part of the site: members of one purpose behind the same firewall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from review.moment import Moment, Resource
from review.network import Subnet


class Kind(Enum):
    """What a part is, in the order in which a request meets them."""

    LOAD_BALANCER = "load balancer"
    SERVERS = "servers"
    ENDPOINTS = "AWS endpoints"
    CACHE = "cache"
    DATABASE = "database"
    UPLOADS = "uploads"


@dataclass(frozen=True)
class Member:
    """What can fail by itself: a server, a load balancer's leg in one zone, a database instance.

    Attributes:
        name: what people call it.
        resource: the Terraform resource that makes it.
        subnets: where it stands; several where AWS chooses one of them.
        behind: the load balancers that send it requests, by Terraform address, each with the port.
    """

    name: str
    resource: Resource
    subnets: tuple[Subnet, ...]
    behind: frozenset[tuple[str, int]] = frozenset()

    @property
    def zones(self) -> frozenset[str]:
        """Where it may stand."""
        return frozenset(subnet.zone for subnet in self.subnets)


@dataclass(frozen=True)
class Part:
    """Members of one purpose behind the same security groups.

    Attributes:
        groups: the Terraform addresses of the security groups.
        ports: the TCP ports that it answers on.
        is_public: it has addresses on the internet.
        is_origin: CloudFront reaches it inside the VPC.
        detail: its size, for people.
    """

    name: str
    kind: Kind
    resource: Resource
    members: tuple[Member, ...]
    groups: frozenset[str]
    ports: frozenset[int] = frozenset()
    is_public: bool = False
    is_origin: bool = False
    detail: str = ""

    @property
    def subnets(self) -> tuple[Subnet, ...]:
        found = {subnet.address: subnet for member in self.members for subnet in member.subnets}
        return tuple(sorted(found.values(), key=lambda subnet: (subnet.zone, subnet.address)))


def groups(moment: Moment, resource: Resource, *paths: str) -> frozenset[str]:
    """The security groups that a resource is behind, by Terraform address."""
    return frozenset(group.address for path in paths for group in moment.related(resource, path, "aws_security_group"))


def spread(count: int, subnets: Sequence[Subnet]) -> list[tuple[Subnet, ...]]:
    """Where so many members stand that AWS spreads evenly over the subnets. A single one may stand in any of them."""
    if count == 1:
        return [tuple(subnets)]
    return [(subnets[i % len(subnets)],) for i in range(count) if subnets]


def spoken(name: str) -> str:
    """A Terraform name as people say it."""
    return name.replace("_", " ")
