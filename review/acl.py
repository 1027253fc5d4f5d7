"""Network ACLs: numbered rules around a subnet, which do not remember who asked.

https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from review.moment import Moment, Resource
from review.rules import ALL_PORTS, EGRESS, INGRESS, LAST, NUMBERS, UNKNOWN_PORTS, Network, Ports

KINDS = ("aws_network_acl", "aws_default_network_acl")

ANSWERS = Ports("tcp", 32768, 60999)
"""Where Linux asks from, and so where answers go: `net.ipv4.ip_local_port_range`."""


@dataclass(frozen=True)
class Entry:
    """One numbered rule."""

    number: int
    direction: str
    allows: bool
    ports: Ports
    network: Network | None


class Acl:
    """The rules around a subnet, in their order."""

    def __init__(self, entries: list[Entry], is_known: bool) -> None:
        self._entries = sorted(entries, key=lambda entry: entry.number)
        self._is_known = is_known

    def allows(self, direction: str, network: Network | None, ports: Ports) -> bool | None:
        """Whether any of these pass, as far as nobody else's rule says so; None where that is not known."""
        if not self._is_known:
            return None
        for entry in self._entries:
            if entry.direction != direction or not entry.ports & ports or not _meet(entry.network, network):
                continue
            is_whole = entry.ports.covers(ports) and _is_within(network, entry.network)
            if is_whole:
                return entry.allows
            if entry.allows and not (_is_world(network) and _is_private(entry.network)):
                # Some of it passes, and the flow would say that all of it does.
                return None
        return False


def _meet(one: Network | None, other: Network | None) -> bool:
    return not one or not other or (one.version == other.version and one.overlaps(other))


def _is_within(inner: Network | None, outer: Network | None) -> bool:
    return bool(inner and outer and inner.version == outer.version and inner.subnet_of(outer))  # type: ignore[arg-type]


PRIVATE = tuple(map(ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))
"""https://www.rfc-editor.org/rfc/rfc1918"""


def _is_private(network: Network | None) -> bool:
    return any(_is_within(network, private) for private in PRIVATE)


def _is_world(network: Network | None) -> bool:
    return network is not None and network.prefixlen == 0


def acls(moment: Moment, vpc_of: Mapping[str, str]) -> dict[str, Acl]:
    """The network ACL of each subnet that has one in the plan.

    Args:
        vpc_of: for each subnet its VPC, for the VPC's default ACL.
    """
    found: dict[str, Acl] = {}
    kept = moment.of(*KINDS)
    if not kept:
        return found
    built: dict[str, Acl] = {}
    for acl in kept:
        alone = list(_alone(moment, acl))
        # The lists that AWS had before the change hold what the change takes away.
        gone = set(_alone(moment.earlier, acl)) - set(alone) if moment.earlier else set()
        entries = [*(entry for entry in _inline(acl) if entry not in gone or acl.is_written(entry.direction)), *alone]
        is_known = all(entry.number >= 0 for entry in entries)
        built[acl.address] = Acl(entries, is_known)
        if acl.type == "aws_default_network_acl":
            vpcs = moment.related(acl, "default_network_acl_id", "aws_vpc")
            ids = {vpc.address for vpc in vpcs} | {
                vpc.address
                for vpc in moment.of("aws_vpc")
                if vpc.get("default_network_acl_id", "") in acl.all("default_network_acl_id")
            }
            found |= {subnet: built[acl.address] for subnet, vpc in vpc_of.items() if vpc in ids}
    for acl in kept:
        named = moment.related(acl, "subnet_ids", "aws_subnet")
        found |= {subnet.address: built[acl.address] for subnet in named}
        if not named.is_certain:
            # It may be around any subnet.
            for subnet in moment.of("aws_subnet"):
                found.setdefault(subnet.address, Acl([], is_known=False))
    for association in moment.of("aws_network_acl_association"):
        acls_named = moment.related(association, "network_acl_id", *KINDS)
        for subnet in moment.related(association, "subnet_id", "aws_subnet"):
            if acls_named.first:
                found[subnet.address] = built[acls_named.first.address]
    return found


def _inline(acl: Resource) -> Iterator[Entry]:
    for direction in (INGRESS, EGRESS):
        if acl.is_unknown(direction) and acl.is_written(direction):
            yield Entry(-1, direction, False, UNKNOWN_PORTS, None)
        for block in acl.values.get(direction) or ():
            if isinstance(block, dict):
                yield _entry(block, direction, str(block.get("action")), block.get("rule_no"), block.get("cidr_block"))


def _alone(moment: Moment, acl: Resource) -> Iterator[Entry]:
    for rule in moment.of("aws_network_acl_rule"):
        named = moment.related(rule, "network_acl_id", *KINDS)
        direction = EGRESS if rule.get("egress") else INGRESS
        if not named.is_certain and (acl.address in {its.address for its in named} or not named):
            yield Entry(-1, direction, False, UNKNOWN_PORTS, None)
        elif acl.address in {its.address for its in named}:
            # Inline blocks list the same rules once AWS has them.
            action, number = str(rule.get("rule_action")), rule.get("rule_number")
            yield _entry(rule.values, direction, action, number, rule.get("cidr_block"))


def _entry(values: Mapping[str, Any], direction: str, action: str, number: Any, cidr: Any) -> Entry:
    protocol = NUMBERS.get(str(values.get("protocol")).lower(), str(values.get("protocol")).lower())
    first, last = values.get("from_port"), values.get("to_port")
    written = cidr or values.get("ipv6_cidr_block")
    try:
        network = ip_network(written, strict=False) if isinstance(written, str) else None
        ports = ALL_PORTS
        if protocol != ALL_PORTS.protocol:
            has_ports = protocol in ("tcp", "udp")
            ports = Ports(protocol, int(first or 0), int(last or 0)) if has_ports else Ports(protocol, 0, LAST)
        is_known = isinstance(number, int) and network is not None
    except (ValueError, TypeError):
        network, ports, is_known = None, UNKNOWN_PORTS, False
    return Entry(number if is_known else -1, direction, action.lower() == "allow", ports, network)
