"""[ssh]."""

from collections.abc import Iterator
from ipaddress import IPv6Network

from modules.settings.network import SERVER_TIERS, WORLD, WORLD_IPV6, Network, Ssh
from modules.settings.problems import Problem, dotted, shown


def shells_are_for_public_servers(ssh: Ssh | None, network: Network) -> Iterator[Problem]:
    if ssh is not None and any(getattr(network, tier) for tier in SERVER_TIERS):
        allowed = "no such table where the servers are private: Session Manager reaches them"
        yield Problem("ssh", "a table", allowed)


WIDEST = {4: 8, 6: 16}
"""Prefix lengths, by IP version. No one has been given more IPv6 addresses than a /16."""


def shells_are_not_open_to_the_world(ssh: Ssh | None) -> Iterator[Problem]:
    for index, cidr in enumerate(ssh.allowed_cidrs if ssh else ()):
        widest = WIDEST[cidr.version]
        if cidr.prefixlen < widest:
            found = shown(str(cidr)) + (", the whole internet" if cidr in (WORLD, WORLD_IPV6) else "")
            allowed = (
                f"your own addresses, /{widest} or smaller; without [ssh], Session Manager needs no open port at all"
            )
            yield Problem(dotted("ssh", "allowed_cidrs", index), found, allowed)


def shells_by_ipv6_need_it(ssh: Ssh | None, network: Network) -> Iterator[Problem]:
    for index, cidr in enumerate(ssh.allowed_cidrs if ssh else ()):
        if isinstance(cidr, IPv6Network) and not network.ipv6:
            allowed = "IPv4 addresses, or network.ipv6 = true: the servers have no IPv6 addresses"
            yield Problem(dotted("ssh", "allowed_cidrs", index), f"{shown(str(cidr))}, an IPv6 network", allowed)
