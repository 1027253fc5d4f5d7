"""Security group rules at one moment, in every form that Terraform has for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from review.moment import Moment, Related, Resource, blocks
from review.values import SENSITIVE, Sensitive

INGRESS, EGRESS = "ingress", "egress"
EVERYTHING, LAST = "-1", 65535
UNKNOWN = "unknown"
"""A protocol, or addresses, that only the apply will tell."""

CLOUDFRONT = "CloudFront"

NUMBERS = {"all": EVERYTHING, "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
"""Protocols that AWS takes by number.
https://www.iana.org/assignments/protocol-numbers"""

GROUPS = ("aws_security_group", "aws_default_security_group")
LISTS = ("aws_ec2_managed_prefix_list",)

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, order=True, slots=True)
class Ports:
    """A range of ports of one protocol; `-1` is every protocol, with every port."""

    protocol: str
    first: int
    last: int

    def __and__(self, other: Ports) -> Ports | None:
        """What both allow, or None."""
        if self.protocol == other.protocol or other.protocol in (EVERYTHING, UNKNOWN):
            protocol = self.protocol
        elif self.protocol in (EVERYTHING, UNKNOWN):
            protocol = other.protocol
        else:
            return None
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Ports(protocol, first, last) if first <= last else None

    def __contains__(self, port: int) -> bool:
        """Whether a TCP port is among them."""
        return self.protocol in ("tcp", EVERYTHING, UNKNOWN) and self.first <= port <= self.last

    def covers(self, other: Ports) -> bool:
        """Whether all of the others are among these."""
        return self.protocol in (other.protocol, EVERYTHING) and self.first <= other.first and other.last <= self.last

    @property
    def single(self) -> int | None:
        """The one TCP port that it is, if it is one."""
        return self.first if self.protocol == "tcp" and self.first == self.last else None

    def __str__(self) -> str:
        if self.protocol == UNKNOWN:
            return "unknown ports"
        if self.protocol == EVERYTHING:
            return "everything"
        if self.protocol not in ("tcp", "udp"):
            return self.protocol
        if (self.first, self.last) == (0, LAST):
            return f"all {self.protocol}"
        text = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return text if self.protocol == "tcp" else f"{text}/{self.protocol}"


ALL_PORTS, UNKNOWN_PORTS = Ports(EVERYTHING, 0, LAST), Ports(UNKNOWN, 0, LAST)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a security group lets in or out.

    Attributes:
        address: the Terraform resource that holds it.
        group: the security group, by Terraform address, or by its id if it is not in the plan; None if any may be it.
        direction: INGRESS or EGRESS.
        peers: the security groups at the other end, in the same way.
        networks: the addresses at the other end.
        services: those of AWS whose addresses (a prefix list) are at the other end.
        unknown: addresses at the other end of which the plan does not tell: `unknown addresses`, or `(sensitive)`.
        is_certain: the rule is there, with this group, these ports and these peers.
    """

    address: str
    group: str | None
    direction: str
    ports: Ports
    peers: frozenset[str] = frozenset()
    networks: frozenset[Network] = frozenset()
    services: frozenset[str] = frozenset()
    unknown: str = ""
    is_certain: bool = True


def rules(moment: Moment) -> list[Rule]:
    """Every rule: resources of their own in both forms, inline ones, and those that AWS has beside them."""
    alone = _alone(moment)
    inline = [rule for group in moment.of(*GROUPS) for rule in _inline(moment, group)]
    if all(rule.is_certain for rule in inline):
        return [*alone, *inline]
    # The lists that AWS had before the change hold what the change takes away.
    earlier = _alone(moment.earlier) if moment.earlier else []
    told = {single for rule in (*alone, *earlier) for single in _single(rule)}
    return [*alone, *(rule for rule in inline if rule.is_certain or not set(_single(rule)) <= told)]


def _alone(moment: Moment) -> list[Rule]:
    """The rules that are resources of their own."""
    if "rules" not in moment.kept:
        moment.kept["rules"] = [*_rules_of_one(moment), *_rules_of_many(moment)]
    found: list[Rule] = moment.kept["rules"]
    return found


def _content(rule: Rule) -> Rule:
    """The rule, whoever holds it."""
    return replace(rule, address="", is_certain=True)


def _single(rule: Rule) -> Iterator[Rule]:
    """AWS lists rules for the same ports together: here each end is a rule of its own."""
    bare = replace(_content(rule), peers=frozenset(), networks=frozenset(), services=frozenset())
    for peer in rule.peers:
        yield replace(bare, peers=frozenset({peer}))
    for network in rule.networks:
        yield replace(bare, networks=frozenset({network}))
    for service in rule.services:
        yield replace(bare, services=frozenset({service}))


def _rules_of_one(moment: Moment) -> Iterator[Rule]:
    """`aws_vpc_security_group_ingress_rule`, as the site's own constructs write them."""
    for direction in (INGRESS, EGRESS):
        for rule in moment.of(f"aws_vpc_security_group_{direction}_rule"):
            yield from _rule(
                moment,
                rule,
                direction,
                groups=moment.related(rule, "security_group_id", *GROUPS),
                protocol="ip_protocol",
                peers=moment.related(rule, "referenced_security_group_id", *GROUPS),
                cidrs=("cidr_ipv4", "cidr_ipv6"),
                lists="prefix_list_id",
            )


def _rules_of_many(moment: Moment) -> Iterator[Rule]:
    """`aws_security_group_rule`, the older form, with lists of addresses."""
    for rule in moment.of("aws_security_group_rule"):
        direction = rule.get("type", INGRESS)
        groups = moment.related(rule, "security_group_id", *GROUPS)
        peers = groups if rule.get("self") else moment.related(rule, "source_security_group_id", *GROUPS)
        yield from _rule(
            moment,
            rule,
            direction,
            groups=groups,
            protocol="protocol",
            peers=peers,
            cidrs=("cidr_blocks", "ipv6_cidr_blocks"),
            lists="prefix_list_ids",
        )


def _inline(moment: Moment, group: Resource) -> Iterator[Rule]:
    """What the group itself lists.

    Where the configuration does not write it, the list is what AWS had when Terraform looked: rules that are resources
    of their own, and those that somebody else made, of which this plan says no more.
    """
    for direction in (INGRESS, EGRESS):
        is_written = group.is_written(direction)
        listed = blocks(group, direction)
        if listed is None:
            if is_written:
                unknown = "unknown addresses"
                yield Rule(group.address, group.address, direction, UNKNOWN_PORTS, unknown=unknown, is_certain=False)
            continue
        for block in listed:
            peers = moment.related(block, "security_groups", *GROUPS)
            if block.is_unknown("security_groups") and len(listed) > 1 and len(peers.found) > 1:
                # Of all blocks together, the plan tells what they refer to.
                peers = replace(peers, is_certain=False)
            if block.get("self") is True:
                peers += Related((group,))
            for rule in _rule(
                moment,
                block,
                direction,
                groups=Related((group,)),
                protocol="protocol",
                peers=peers,
                cidrs=("cidr_blocks", "ipv6_cidr_blocks"),
                lists="prefix_list_ids",
            ):
                is_certain = rule.is_certain and (is_written or not group.expressions)
                yield replace(rule, address=group.address, is_certain=is_certain)


def _rule(
    moment: Moment,
    rule: Resource,
    direction: str,
    groups: Related,
    protocol: str,
    peers: Related,
    cidrs: tuple[str, ...],
    lists: str,
) -> Iterator[Rule]:
    networks, unknown = _networks(moment, rule, cidrs)
    services, listed, is_list_certain = _services(moment, rule, lists)
    unknown = unknown or ("" if peers.is_certain and is_list_certain else "unknown addresses")
    ports = _ports(rule, protocol)
    groups_named = [group.address for group in groups] + list(groups.outside)
    whole = Rule(
        rule.address,
        None,
        direction,
        ports,
        frozenset([peer.address for peer in peers] + list(peers.outside)) if peers.is_certain else frozenset(),
        networks | listed,
        services,
        unknown,
        is_certain=groups.is_certain and ports.protocol != UNKNOWN and bool(groups_named),
    )
    for group in groups_named or (None,):
        yield replace(whole, group=group)
    if groups_named and not groups.is_certain:
        yield replace(whole, group=None)


def _ports(rule: Resource, name: str) -> Ports:
    written = str(rule.get(name, EVERYTHING)).lower()
    protocol = NUMBERS.get(written, written)
    if any(rule.is_unknown(path) for path in (name, "from_port", "to_port")):
        return UNKNOWN_PORTS
    if protocol not in ("tcp", "udp"):
        # Of ICMP, the ports are its types: all of them or some, it answers nothing that a site offers.
        return Ports(protocol, 0, LAST)
    first, last = rule.get("from_port", 0), rule.get("to_port", LAST)
    return Ports(protocol, max(int(first), 0), int(last) if int(last) >= 0 else LAST)


def _services(moment: Moment, rule: Resource, path: str) -> tuple[frozenset[str], frozenset[Network], bool]:
    """The prefix lists at the other end: AWS's own by name, others by their entries."""
    named = moment.related(rule, path, *LISTS)
    services: set[str] = set()
    networks: set[Network] = set()
    is_certain = named.is_certain
    for found in named:
        name = found.get("name", "")
        if "cloudfront" in name:
            services.add(CLOUDFRONT)
            continue
        entries = moment.of("aws_ec2_managed_prefix_list_entry")
        mine = [e for e in entries if found in moment.related(e, "prefix_list_id", *LISTS).found]
        cidrs = [*found.all("entries.cidr"), *found.all("entry.cidr"), *(c for e in mine for c in e.all("cidr"))]
        if not cidrs:
            services.add(name or found.address)
        networks |= {network for cidr in cidrs if (network := _network(cidr))}
        is_certain &= all(_network(cidr) for cidr in cidrs)
    services |= set(named.outside)
    return frozenset(services), frozenset(networks), is_certain


def _networks(moment: Moment, rule: Resource, paths: tuple[str, ...]) -> tuple[frozenset[Network], str]:
    """The addresses, and what to call those that are not known."""
    networks: set[Network] = set()
    unknown = ""
    for path in paths:
        for value in rule.all(path):
            if isinstance(value, Sensitive):
                unknown = SENSITIVE
            elif network := _network(value):
                networks.add(network)
            else:
                unknown = "unknown addresses"
        if rule.is_unknown(path) and unknown != SENSITIVE and rule.is_written(path):
            # The VPC's own addresses are written as a reference, known only after the apply; so are a subnet's.
            named = moment.related(rule, path, "aws_vpc", "aws_subnet")
            attribute = "ipv6_cidr_block" if "ipv6" in path else "cidr_block"
            cidrs = [cidr for found in named for cidr in found.all(attribute)]
            networks |= {network for cidr in cidrs if (network := _network(cidr))}
            if not named or not named.is_certain or not all(map(_network, cidrs)) or not cidrs:
                unknown = "unknown addresses"
    return frozenset(networks), unknown


def _network(value: Any) -> Network | None:
    try:
        return ip_network(value, strict=False) if isinstance(value, str) else None
    except ValueError:
        return None
