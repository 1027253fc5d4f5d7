"""A part of the site: members of one purpose behind the same firewall."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from review.moment import Moment, Resource
from review.network import Subnet
from review.rules import GROUPS


class Kind(Enum):
    """What a part is, in the order in which a request meets them."""

    LOAD_BALANCER = "load balancer"
    SERVERS = "servers"
    ENDPOINTS = "AWS endpoints"
    CACHE = "cache"
    DATABASE = "database"
    UPLOADS = "uploads"


@dataclass(frozen=True, slots=True)
class Member:
    """What can fail by itself: a server, a load balancer's leg in one zone, a database instance.

    Attributes:
        name: what people call it.
        resource: the Terraform resource that makes it.
        subnets: where it stands; several where AWS chooses one of them.
        behind: the load balancers that send it requests, by Terraform address, each with the port.
        perhaps_behind: those of which the plan does not tell whether they do.
        is_placed: whether the subnets are known; where they are not, it may stand anywhere.
        is_certain: whether the plan tells that it is there.
    """

    name: str
    resource: Resource
    subnets: tuple[Subnet, ...]
    behind: frozenset[tuple[str, int]] = frozenset()
    perhaps_behind: frozenset[tuple[str, int]] = frozenset()
    is_placed: bool = True
    is_certain: bool = True

    @property
    def zones(self) -> frozenset[str]:
        """Where it may stand."""
        return frozenset(subnet.zone for subnet in self.subnets)


@dataclass(frozen=True)
class Firewall:
    """The security groups that something is behind.

    Attributes:
        groups: by Terraform address, or by id where the plan does not hold them.
        is_certain: these are all, and their rules are in the plan.
        is_open: there is none, and nothing else stands in the way.
    """

    groups: frozenset[str] = frozenset()
    is_certain: bool = True
    is_open: bool = False

    def __or__(self, other: Firewall) -> Firewall:
        return Firewall(self.groups | other.groups, self.is_certain and other.is_certain)


@dataclass(frozen=True)
class Part:
    """Members of one purpose behind the same security groups.

    Attributes:
        firewall: the security groups in front of it.
        ports: the TCP ports that it answers on.
        has_more_ports: there are ports of which the plan does not tell.
        is_public: it has IPv4 addresses on the internet; None where that is not known.
        is_public_by_ipv6: the same of IPv6, whose addresses are all of the internet.
        is_origin: CloudFront reaches it inside the VPC.
        is_needed: the site cannot do without it; a read replica it can.
        detail: its size, for people.
        sends_on: of a load balancer: whether all that it sends requests to is known.
    """

    name: str
    kind: Kind
    resource: Resource
    members: tuple[Member, ...]
    firewall: Firewall
    ports: frozenset[int] = frozenset()
    is_public: bool | None = False
    is_public_by_ipv6: bool | None = False
    is_origin: bool = False
    is_needed: bool = True
    detail: str = ""
    sends_on: bool = True
    has_more_ports: bool = False
    _subnets: list[Subnet] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def groups(self) -> frozenset[str]:
        """The security groups, by Terraform address."""
        return self.firewall.groups

    @property
    def is_placed(self) -> bool:
        """Whether it is known where it stands."""
        return all(member.is_placed for member in self.members)

    @property
    def subnets(self) -> tuple[Subnet, ...]:
        if not self._subnets:
            found = {subnet.address: subnet for member in self.members for subnet in member.subnets}
            self._subnets.extend(sorted(found.values(), key=lambda subnet: (subnet.zone, subnet.address)))
        return tuple(self._subnets)


def firewall(moment: Moment, resource: Resource, *paths: str) -> Firewall:
    """The security groups that a resource is behind."""
    found: set[str] = set()
    is_certain = True
    for path in paths:
        named = moment.related(resource, path, *GROUPS)
        found |= {group.address for group in named} | set(named.outside)
        # The rules of a group that somebody else keeps are not in the plan.
        is_certain &= named.is_certain and not named.outside
    if not found and is_certain:
        return _default(moment)
    return Firewall(frozenset(found), is_certain)


def _default(moment: Moment) -> Firewall:
    """What names no group has the VPC's own. Unless the plan manages that, it lets its members reach each other.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    """
    managed = moment.of("aws_default_security_group")
    if len(managed) == 1:
        return Firewall(frozenset({managed[0].address}))
    return Firewall(is_certain=False)


def spread(count: int, subnets: Sequence[Subnet]) -> list[tuple[Subnet, ...]]:
    """Where so many members stand that AWS spreads evenly over the subnets. A single one may stand in any of them."""
    if count == 1:
        return [tuple(subnets)]
    return [(subnets[i % len(subnets)],) for i in range(count) if subnets]


def whole(value: object, default: int) -> int:
    """A number of a plan, which writes some of them as text."""
    try:
        return int(str(value))
    except ValueError:
        return default
