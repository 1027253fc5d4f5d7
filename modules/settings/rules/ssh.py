"""[ssh]."""

from collections.abc import Iterator

from modules.settings.network import SERVER_TIERS, WORLD, Network, Ssh
from modules.settings.problems import Problem, dotted, shown


def shells_are_for_public_servers(ssh: Ssh | None, network: Network) -> Iterator[Problem]:
    if ssh is not None and any(getattr(network, tier) for tier in SERVER_TIERS):
        allowed = "no such table where the servers are private: Session Manager reaches them"
        yield Problem("ssh", "a table", allowed)


def shells_are_not_open_to_the_world(ssh: Ssh | None) -> Iterator[Problem]:
    for index, cidr in enumerate(ssh.allowed_cidrs if ssh else ()):
        if cidr.prefixlen < 8:
            found = f"{shown(str(cidr))}, the whole internet" if cidr == WORLD else shown(str(cidr))
            allowed = "your own addresses, /8 or smaller; without [ssh], Session Manager needs no open port at all"
            yield Problem(dotted("ssh", "allowed_cidrs", index), found, allowed)
