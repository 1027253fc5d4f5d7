"""Who may reach whom on which port: both firewalls have to agree, and a route has to lead there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from itertools import product

from review.network import WORLD
from review.part import Part
from review.rules import CLOUDFRONT, EGRESS, INGRESS, Ports, Rule, rules
from review.site import Site

INTERNET = "internet"


@dataclass(frozen=True, order=True)
class Flow:
    """Connections that are possible from one place to another.

    Attributes:
        source: the name of a part, INTERNET, or addresses outside the site.
        target: the same, for the other end.
        ports: the protocol and the ports.
    """

    source: str
    target: str
    ports: Ports


class Reach:
    """All flows at one moment.

    Attributes:
        flows: between parts, and between parts and the outside.
        idle: rules that let outside addresses in where no route leads: harmless until one does.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._rules: dict[tuple[str, str], list[Rule]] = {}
        for rule in rules(site.moment):
            self._rules.setdefault((rule.group, rule.direction), []).append(rule)
        self.idle: set[Rule] = set()
        self.flows: set[Flow] = set()
        parts = site.parts.values()
        for source, target in product(parts, parts):
            self.flows |= self._between(source, target)
        for part in parts:
            self.flows |= self._from_outside(part) | self._to_outside(part)

    def on_port(self, source: str, target: Part) -> bool:
        """Whether the source reaches the target on a port that it answers on."""
        return any(
            port in flow.ports
            for flow in self.flows
            if (flow.source, flow.target) == (source, target.name)
            for port in target.ports
        )

    def is_door(self, part: Part) -> bool:
        """Whether visitors get in by it: straight, or by CloudFront."""
        return self.on_port(INTERNET, part) or self.on_port(CLOUDFRONT, part)

    def _of(self, part: Part, direction: str) -> Iterable[Rule]:
        return [rule for group in sorted(part.groups) for rule in self._rules.get((group, direction), ())]

    def _between(self, source: Part, target: Part) -> set[Flow]:
        if target.resource.is_read:
            # Whoever keeps it lets in whom the site sends there.
            return {
                Flow(source.name, target.name, out.ports) for out in self._of(source, EGRESS) if _means(out, target)
            }
        return {
            Flow(source.name, target.name, ports)
            for out in self._of(source, EGRESS)
            if _means(out, target)
            for into in self._of(target, INGRESS)
            if _means(into, source) and (ports := out.ports & into.ports)
        }

    def _from_outside(self, part: Part) -> set[Flow]:
        flows = set()
        reachable = part.is_public and any(subnet.is_public for subnet in part.subnets)
        for rule in self._of(part, INGRESS):
            outside = {_called(network) for network in rule.networks if not self._is_inside(network)} | rule.services
            if not reachable:
                outside &= {CLOUDFRONT} if part.is_origin else set()
            if not outside and (rule.services or not all(map(self._is_inside, rule.networks))):
                self.idle.add(rule)
            flows |= {Flow(source, part.name, rule.ports) for source in outside}
        return flows

    def _to_outside(self, part: Part) -> set[Flow]:
        """By a NAT gateway, or by the internet gateway with a public address."""
        if not any(subnet.way_out and (part.is_public or not subnet.needs_public_address) for subnet in part.subnets):
            return set()
        return {
            Flow(part.name, _called(network), rule.ports)
            for rule in self._of(part, EGRESS)
            for network in rule.networks
            if not self._is_inside(network)
        }

    def _is_inside(self, network: IPv4Network | IPv6Network) -> bool:
        inside = self._site.network.cidr
        return inside is not None and network.version == 4 and network.subnet_of(inside)


def _means(rule: Rule, part: Part) -> bool:
    """Whether the part is at the rule's other end, by its security group or by its addresses."""
    return bool(rule.peers & part.groups) or any(
        subnet.cidr is not None and network.version == 4 and network.overlaps(subnet.cidr)
        for network in rule.networks
        for subnet in part.subnets
    )


def _called(network: IPv4Network | IPv6Network) -> str:
    return INTERNET if str(network) in WORLD else str(network)
