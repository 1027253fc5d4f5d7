"""Security group rules at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from review.moment import Moment, Resource

INGRESS, EGRESS = "ingress", "egress"
EVERYTHING, LAST = "-1", 65535

CLOUDFRONT = "CloudFront"

NOT_READ = (
    "aws_security_group_rule",
    "aws_network_acl",
    "aws_network_acl_rule",
    "aws_network_interface_sg_attachment",
    "aws_vpc_peering_connection",
    "aws_ec2_transit_gateway_vpc_attachment",
    "aws_vpn_gateway",
)
"""What also decides who reaches whom, and is not read here because the site's constructs never make it."""


@dataclass(frozen=True, order=True)
class Ports:
    """A range of ports of one protocol; `-1` is every protocol, with every port."""

    protocol: str
    first: int
    last: int

    def __and__(self, other: Ports) -> Ports | None:
        """What both allow, or None."""
        if EVERYTHING not in (self.protocol, other.protocol) and self.protocol != other.protocol:
            return None
        protocol = other.protocol if self.protocol == EVERYTHING else self.protocol
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Ports(protocol, first, last) if first <= last else None

    def __contains__(self, port: int) -> bool:
        """Whether a TCP port is among them."""
        return self.protocol in ("tcp", EVERYTHING) and self.first <= port <= self.last

    @property
    def single(self) -> int | None:
        """The one TCP port that it is, if it is one."""
        return self.first if self.protocol == "tcp" and self.first == self.last else None

    def __str__(self) -> str:
        if self.protocol == EVERYTHING:
            return "everything"
        if self.protocol not in ("tcp", "udp"):
            return self.protocol
        if (self.first, self.last) == (0, 65535):
            return f"all {self.protocol}"
        text = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return text if self.protocol == "tcp" else f"{text}/{self.protocol}"


@dataclass(frozen=True)
class Rule:
    """What a security group lets in or out.

    Attributes:
        address: the Terraform resource that holds it.
        group: the security group, by Terraform address.
        direction: INGRESS or EGRESS.
        peers: the security groups at the other end, by Terraform address.
        networks: the addresses at the other end.
        services: those of AWS whose addresses (a prefix list) are at the other end.
    """

    address: str
    group: str
    direction: str
    ports: Ports
    peers: frozenset[str]
    networks: frozenset[IPv4Network | IPv6Network]
    services: frozenset[str]


def rules(moment: Moment) -> list[Rule]:
    """Every rule that is a resource of its own, as the site's constructs write them."""
    found = []
    for direction in (INGRESS, EGRESS):
        for rule in moment.of(f"aws_vpc_security_group_{direction}_rule"):
            protocol = rule.get("ip_protocol", EVERYTHING)
            has_ports = protocol in ("tcp", "udp")
            first, last = (rule.get("from_port", 0), rule.get("to_port", LAST)) if has_ports else (0, LAST)
            ports = Ports(protocol, first, last)
            networks, services = _networks(moment, rule), _services(moment, rule)
            peers = moment.related(rule, "referenced_security_group_id", "aws_security_group")
            # A group that is not in the plan is known by its id alone.
            ids = [peer.address for peer in peers] or [rule.get("referenced_security_group_id")]
            found += [
                Rule(rule.address, group.address, direction, ports, frozenset(filter(None, ids)), networks, services)
                for group in moment.related(rule, "security_group_id", "aws_security_group")
            ]
    return found


def not_read(moment: Moment) -> list[str]:
    """The addresses of what may let traffic through and is not among `rules`."""
    inline = [
        group
        for group in moment.of("aws_security_group")
        if any(direction in group.expressions for direction in (INGRESS, EGRESS))
    ]
    return sorted(resource.address for resource in [*moment.of(*NOT_READ), *inline])


def _services(moment: Moment, rule: Resource) -> frozenset[str]:
    lists = moment.related(rule, "prefix_list_id", "aws_ec2_managed_prefix_list")
    named = [found.get("name") for found in lists] or [rule.get("prefix_list_id")]
    return frozenset(CLOUDFRONT if "cloudfront" in name else name for name in named if name)


def _networks(moment: Moment, rule: Resource) -> frozenset[IPv4Network | IPv6Network]:
    written = [rule.get("cidr_ipv4"), rule.get("cidr_ipv6")]
    # The VPC's own addresses are written as a reference, known only after the apply.
    written += [vpc.get("cidr_block") for vpc in moment.related(rule, "cidr_ipv4", "aws_vpc")]
    return frozenset(ip_network(network) for network in written if network)
