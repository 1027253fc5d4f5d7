"""Who may reach whom on which port: both firewalls have to agree, and a route has to lead there.

What the plan tells is certain; where it does not tell, a flow is possible, and never left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import product

from review.acl import ANSWERS
from review.network import IPV4, IPV6, WORLD, Subnet
from review.part import Kind, Part
from review.rules import ALL_PORTS, CLOUDFRONT, EGRESS, INGRESS, UNKNOWN_PORTS, Ports, Rule, rules
from review.site import Site

INTERNET = "internet"
OTHER_NETWORKS = "connected networks"
"""Those at the other end of a peering, a transit gateway or a VPN."""

EVERYWHERE = ip_network("0.0.0.0/0")

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, order=True, slots=True)
class Flow:
    """Connections that are possible from one place to another.

    Attributes:
        source: the name of a part, INTERNET, or addresses outside the site.
        target: the same, for the other end.
        ports: the protocol and the ports.
        is_certain: the plan tells that it is possible; where it does not tell, it may be.
    """

    source: str
    target: str
    ports: Ports
    is_certain: bool = True


@dataclass(frozen=True, slots=True)
class Opening:
    """What one rule lets in.

    Attributes:
        address: the Terraform resource; the same opening by another one is the same.
    """

    group: str | None
    ports: Ports
    source: str
    address: str = field(compare=False)


@dataclass(frozen=True)
class Source:
    """Addresses outside the site that a rule lets in.

    Attributes:
        network: the addresses; None where a service's are meant, or they are not known.
        is_known: whether they are certainly outside.
    """

    name: str
    network: Network | None
    is_known: bool


Offers = dict[Ports, bool]
"""What one end allows, each with whether that is certain."""


class Reach:
    """All flows at one moment.

    Attributes:
        parts: the names of the site's parts; all other places are outside.
        flows: between parts, and between parts and the outside.
        possible: flows of which the plan does not tell whether they are.
        idle: rules that let outside addresses in where no route leads: harmless until one does.
        loose: rules of groups that no part of the site is known to be behind.
        doors: what such rules open to the whole internet, or to whom the plan does not tell, each with what keeps it
            shut as far as is known.
        unrelated: how many rules there are whose group is not known, and how many in all.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._rules: dict[tuple[str, str], list[Rule]] = {}
        self._stray: dict[str, list[Rule]] = {INGRESS: [], EGRESS: []}
        every = rules(site.moment)
        for rule in every:
            if rule.group is None:
                self._stray[rule.direction].append(rule)
            else:
                self._rules.setdefault((rule.group, rule.direction), []).append(rule)
        alone = {rule.address for rule in every}
        self.unrelated = (len({rule.address for found in self._stray.values() for rule in found}), len(alone))
        parts = site.parts.values()
        self.parts = frozenset(site.parts)
        used = frozenset().union(*(part.groups for part in parts)) if parts else frozenset()
        self.loose = {rule for rule in every if rule.direction == INGRESS and rule.group not in used}
        self.idle: set[Rule] = set()
        self.doors: dict[Opening, str] = {}
        found: set[Flow] = set()
        self._offers = {
            (part.name, direction): self._of(part, direction) for part in parts for direction in (INGRESS, EGRESS)
        }
        for source, target in product(parts, parts):
            found |= self._between(source, target)
        for part in parts:
            found |= self._from_outside(part) | self._to_outside(part)
        for rule in self.loose:
            self._note(rule, "what stands behind its security group is not known")
        self.flows = {flow for flow in found if flow.is_certain}
        ways: dict[tuple[str, str], list[Ports]] = {}
        for flow in self.flows:
            ways.setdefault((flow.source, flow.target), []).append(flow.ports)
        self.possible = {
            flow
            for flow in found
            if not flow.is_certain
            and not any(ports.covers(flow.ports) for ports in ways.get((flow.source, flow.target), ()))
        }
        self._by_ends: dict[tuple[str, str], list[Flow]] = {}
        self._sources: dict[str, set[str]] = {}
        self._targets: dict[str, set[str]] = {}
        for flow in self.flows | self.possible:
            self._by_ends.setdefault((flow.source, flow.target), []).append(flow)
            self._sources.setdefault(flow.target, set()).add(flow.source)
            self._targets.setdefault(flow.source, set()).add(flow.target)

    def on_port(self, source: str, target: Part, is_sure: bool = True) -> bool:
        """Whether the source reaches the target on a port that it answers on.

        Args:
            is_sure: leave out flows that are only possible.
        """
        flows = self._by_ends.get((source, target.name), ())
        if flows and target.has_more_ports and not is_sure:
            return True
        return any(port in flow.ports for flow in flows if flow.is_certain or not is_sure for port in target.ports)

    def between(self, source: str, target: str) -> list[Flow]:
        """What goes from one place to another."""
        return self._by_ends.get((source, target), [])

    def is_open(self, flow: Flow) -> bool:
        """Whether the whole internet reaches the target of a flow in the same way."""
        return any(its.ports.covers(flow.ports) for its in self.between(INTERNET, flow.target) if its.is_certain)

    def allowed(self, flow: Flow) -> bool:
        """Whether all of a flow from outside was possible for certain."""
        return any(
            its.target == flow.target and its.ports.covers(flow.ports) and is_within(flow.source, its.source)
            for its in self.flows
        )

    def is_door(self, part: Part, is_sure: bool = True) -> bool:
        """Whether visitors get in by it: straight, by CloudFront, or from addresses of their own."""
        sources = self._sources.get(part.name, set()) - self.parts
        return any(self.on_port(source, part, is_sure) for source in sources)

    def gets_out(self, part: Part, is_sure: bool = True) -> bool:
        """Whether something outside the site is reached.

        Args:
            is_sure: leave out flows that are only possible.
        """
        return any(
            flow.is_certain or not is_sure
            for target in self._targets.get(part.name, set()) - self.parts
            for flow in self._by_ends[part.name, target]
        )

    def _of(self, part: Part, direction: str) -> list[Rule]:
        return [rule for group in sorted(part.groups) for rule in self._rules.get((group, direction), ())]

    def _between(self, source: Part, target: Part) -> set[Flow]:
        if self._are_apart(source, target):
            return set()
        outs = self._offered(source, EGRESS, target)
        ins = (
            self._kept_elsewhere(source, target) if target.resource.is_read else self._offered(target, INGRESS, source)
        )
        flows = set()
        for ports, is_certain in _both(outs, ins):
            passes = self._passes(source, target, ports)
            if passes is not False:
                flows.add(Flow(source.name, target.name, ports, is_certain and passes is True))
        return flows

    def _kept_elsewhere(self, source: Part, target: Part) -> Offers:
        """Whoever keeps a part that is only read lets in whom the site sends there, and perhaps others."""
        is_sent = any(rule.peers & target.groups for rule in self._offers[source.name, EGRESS])
        return {Ports("tcp", port, port): is_sent for port in target.ports}

    def _offered(self, part: Part, direction: str, peer: Part) -> Offers:
        """What a part's firewall allows to or from another part."""
        if part.firewall.is_open:
            own = frozenset(part.ports) if direction == INGRESS else frozenset()
            return {Ports("tcp", port, port): True for port in own} or {ALL_PORTS: True}
        offers: Offers = {}
        for rule in self._offers[part.name, direction]:
            means = _means(rule, peer)
            if means is not False:
                is_certain = means is True and rule.is_certain
                offers[rule.ports] = offers.get(rule.ports, False) or is_certain
        if not part.firewall.is_certain:
            offers.setdefault(UNKNOWN_PORTS, False)
        for rule in self._stray[direction]:
            if _means(rule, peer) is not False:
                offers.setdefault(rule.ports, False)
        return offers

    def _are_apart(self, source: Part, target: Part) -> bool:
        """Whether they stand in VPCs that nothing connects."""
        here, there = ({subnet.vpc for subnet in part.subnets} for part in (source, target))
        known = here and there and "" not in here | there
        return bool(known) and not here & there and not self._site.network.has_other_ways_in

    def _passes(self, source: Part, target: Part, ports: Ports) -> bool | None:
        """What the network ACLs say, for the questions and for the answers."""
        acls = self._site.network.acls
        if not acls:
            return True
        said: set[bool | None] = set()
        for here, there in product(source.subnets, target.subnets):
            if here.address == there.address:
                said.add(True)
                continue
            ways = [
                (acls.get(here.address), EGRESS, there.cidr, ports),
                (acls.get(there.address), INGRESS, here.cidr, ports),
                (acls.get(there.address), EGRESS, here.cidr, ANSWERS),
                (acls.get(here.address), INGRESS, there.cidr, ANSWERS),
            ]
            said.add(_all(acl.allows(direction, cidr, what) for acl, direction, cidr, what in ways if acl))
        return said.pop() if len(said) == 1 else True if not said else None

    def _passes_outside(
        self, subnets: Iterable[Subnet], network: Network | None, ports: Ports, into: str
    ) -> bool | None:
        acls = [acl for subnet in subnets if (acl := self._site.network.acls.get(subnet.address))]
        if not acls:
            return True
        back = EGRESS if into == INGRESS else INGRESS
        said = {_all([acl.allows(into, network, ports), acl.allows(back, network, ANSWERS)]) for acl in acls}
        return said.pop() if len(said) == 1 else None

    def _from_outside(self, part: Part) -> set[Flow]:
        flows = set()
        by = {version: self._is_reachable(part, version) for version in (IPV4, IPV6)}
        reachable = _any(by.values())
        if part.firewall.is_open and reachable is not False:
            flows |= {Flow(INTERNET, part.name, Ports("tcp", p, p), reachable is True) for p in part.ports}
        if not part.firewall.is_certain and reachable is not False:
            # A load balancer answers on its listeners' ports and no other.
            ports = [Ports("tcp", p, p) for p in part.ports] if part.kind is Kind.LOAD_BALANCER else [UNKNOWN_PORTS]
            flows |= {Flow(INTERNET, part.name, its, is_certain=False) for its in ports}
        for rule in [*self._offers[part.name, INGRESS], *self._stray[INGRESS]]:
            sources = self._outside(rule)
            shut = [its for its in sources if (by[its.network.version] if its.network else reachable) is False]
            kept = [its for its in shut if part.is_origin and its.name == CLOUDFRONT]
            if shut and len(shut) == len(sources):
                if not kept and rule.group is not None:
                    self.idle.add(rule)
                    is_listener = part.kind is Kind.LOAD_BALANCER and rule.ports.single in part.ports
                    if not is_listener:
                        self._note(rule, f"only that no route leads to the {part.name} keeps it shut")
                if rule.unknown:
                    # They may be the site's own, or those of a network that is connected to it.
                    flows.add(Flow(rule.unknown, part.name, rule.ports, is_certain=False))
                if self._site.network.has_other_ways_in:
                    flows.add(Flow(OTHER_NETWORKS, part.name, rule.ports, is_certain=False))
            for its in [*kept, *(its for its in sources if its not in shut)]:
                is_reachable = by[its.network.version] if its.network else reachable
                passes = self._passes_outside(part.subnets, its.network, rule.ports, INGRESS)
                certain = rule.is_certain and (is_reachable is True or part.is_origin)
                if passes is not False:
                    flows.add(Flow(its.name, part.name, rule.ports, certain and its.is_known and passes is True))
        return flows

    @staticmethod
    def _is_reachable(part: Part, version: int) -> bool | None:
        """Whether a route leads from the internet to an address of IPv4 or IPv6 that it has."""
        routed = _any(subnet.is_public(version) for subnet in part.subnets) if part.subnets and part.is_placed else None
        return _all([part.is_public if version == IPV4 else part.is_public_by_ipv6, routed])

    def _note(self, rule: Rule, why: str) -> None:
        """Keeps in mind what a rule opens to everybody, though no flow comes of it."""
        for its in self._outside(rule):
            # In front of a part, unknown addresses are a flow that is possible.
            is_service = its.network is None and (its.name != rule.unknown or rule not in self.loose)
            if not is_service and not (its.network and its.network.is_private and its.network.prefixlen != 0):
                self.doors[Opening(rule.group, rule.ports, its.name, rule.address)] = why

    def _outside(self, rule: Rule) -> list[Source]:
        """Who of the outside is at a rule's other end."""
        # Without the VPC's own addresses, private ones may be its.
        has_inside = bool(self._site.network.inside)
        found = [
            Source(_called(network), network, has_inside or not network.is_private)
            for network in sorted(rule.networks, key=str)
            if not self._is_inside(network)
        ]
        found += [Source(service, None, not service.startswith("pl-")) for service in sorted(rule.services)]
        return found + ([Source(rule.unknown, None, is_known=False)] if rule.unknown else [])

    def _to_outside(self, part: Part) -> set[Flow]:
        """By a NAT gateway, by an egress-only gateway, or by the internet gateway with a public address."""
        by = {
            version: _any(_gets_out(part, subnet, version) for subnet in part.subnets) if part.is_placed else None
            for version in (IPV4, IPV6)
        }
        if _any(by.values()) is False:
            return set()
        if part.firewall.is_open:
            return set()
        flows = set()
        for rule in self._offers[part.name, EGRESS]:
            for network in rule.networks:
                gets_out = by[network.version]
                if gets_out is False or self._is_inside(network):
                    continue
                passes = self._passes_outside(part.subnets, network, rule.ports, EGRESS)
                if passes is not False:
                    certain = rule.is_certain and gets_out is True and passes is True
                    flows.add(Flow(part.name, _called(network), rule.ports, certain))
            if rule.unknown:
                flows.add(Flow(part.name, rule.unknown, rule.ports, is_certain=False))
        if not part.firewall.is_certain and part.kind is Kind.SERVERS:
            flows.add(Flow(part.name, INTERNET, UNKNOWN_PORTS, is_certain=False))
        return flows

    def _is_inside(self, network: Network) -> bool:
        return any(_is_part(network, inside) for inside in self._site.network.inside)


def _is_part(network: Network, whole: Network) -> bool:
    if isinstance(network, IPv4Network) and isinstance(whole, IPv4Network):
        return network.subnet_of(whole)
    return isinstance(network, IPv6Network) and isinstance(whole, IPv6Network) and network.subnet_of(whole)


def _gets_out(part: Part, subnet: Subnet, version: int) -> bool | None:
    way = subnet.way(version)
    if not way.is_certain:
        return None
    if not way.gateway:
        return False
    if version == IPV6:
        return part.is_public_by_ipv6
    return part.is_public if subnet.needs_public_address else True


def is_within(inner: str, outer: str) -> bool:
    """Whether addresses, as they are called, are among others."""
    if outer in (inner, INTERNET):
        return True
    try:
        return ip_network(inner).subnet_of(ip_network(outer))  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return False  # one of them is no network, or they are of two versions


def _means(rule: Rule, part: Part) -> bool | None:
    """Whether the part is at the rule's other end, by its security group or by its addresses; None if it may be."""
    if rule.peers & part.groups:
        return True
    is_vague = bool(rule.unknown) or (bool(rule.peers) and not part.firewall.is_certain)
    if not rule.networks:
        return None if is_vague else False
    if any(network.version != 4 for network in rule.networks):
        # Which IPv6 addresses a part has is not read, only whether it has any.
        has_none = part.is_public_by_ipv6 is False or not any(subnet.ipv6 for subnet in part.subnets)
        is_vague = is_vague or not has_none
    for subnet in part.subnets:
        if subnet.cidr is None:
            is_vague = is_vague or any(network.version == 4 for network in rule.networks)
            if any(str(network) == WORLD[0] for network in rule.networks):
                return True
        elif any(network.version == 4 and network.overlaps(subnet.cidr) for network in rule.networks):
            return True
    if part.is_public_by_ipv6 and any(str(network) == WORLD[1] for network in rule.networks):
        return True
    if not part.subnets or not part.is_placed:
        if any(str(network) == WORLD[0] for network in rule.networks):
            return True
        is_vague = True
    return None if is_vague else False


def _both(outs: Offers, ins: Offers) -> Iterable[tuple[Ports, bool]]:
    """What both ends allow. Single ports of one protocol are looked up: there may be thousands of them."""
    found: Offers = {}

    def add(ports: Ports | None, is_certain: bool) -> None:
        if ports:
            found[ports] = found.get(ports, False) or is_certain

    wide_outs, wide_ins = ({p: c for p, c in ends.items() if p.single is None} for ends in (outs, ins))
    for ports, is_certain in outs.items():
        if ports.single is not None and ports in ins:
            add(ports, is_certain and ins[ports])
        for other, other_is_certain in wide_ins.items():
            add(ports & other, is_certain and other_is_certain)
    for other, other_is_certain in ins.items():
        if other.single is not None:
            for ports, is_certain in wide_outs.items():
                add(ports & other, is_certain and other_is_certain)
    return found.items()


def _all(said: Iterable[bool | None]) -> bool | None:
    answers = set(said)
    return False if False in answers else None if None in answers else True


def _any(said: Iterable[bool | None]) -> bool | None:
    answers = set(said)
    return True if True in answers else None if None in answers else False


def _called(network: Network) -> str:
    return INTERNET if str(network) in WORLD else str(network)
