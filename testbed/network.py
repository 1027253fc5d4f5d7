"""The VPC: one bridge per subnet, routed in a namespace of its own, and each host's security groups."""

from ipaddress import IPv4Address, IPv4Network
from itertools import count

from testbed.environment import Environment
from testbed.namespace import Namespace

OUTSIDE = IPv4Network("198.51.100.0/24")
"""The internet: addresses that the standards keep for documentation."""

AMAZON_DNS = "169.254.169.253"
METADATA = "169.254.169.254"
"""The instance metadata service."""


class Network:
    """Everything is in namespaces: no packet can leave this machine."""

    def __init__(self, environment: Environment):
        self.environment = environment
        self.router = Namespace("router")
        self.router.up()
        self.resolver = str(environment.vpc.network_address + 2)
        self.bridges: dict[IPv4Network, str] = {}
        self._places: dict[Namespace, tuple[IPv4Network, tuple[str, ...]]] = {}
        self._listed: dict[str, list[str]] = {}
        self._numbers = {subnet: count(10) for subnet in (*environment.subnets.values(), OUTSIDE)}
        self._plugs: dict[Namespace, str] = {}
        own = (AMAZON_DNS, METADATA, self.resolver)
        self.router.ip("link set lo up\n" + "".join(f"addr add {address}/32 dev lo\n" for address in own))
        for number, subnet in enumerate(self._numbers):
            self.bridges[subnet] = f"subnet{number}"
            self.router.ip(
                # An address of its own: it would take its ports', another one whenever a host comes or goes.
                f"link add subnet{number} address {_hardware(self.gateway(subnet))} type bridge\n"
                f"addr add {self.gateway(subnet)}/{subnet.prefixlen} dev subnet{number}\n"
                f"link set subnet{number} up\n"
            )
        self.router.configure(["sysctl", "--quiet", "--load=-"], "net.ipv4.ip_forward=1\n")

    def gateway(self, subnet: IPv4Network) -> IPv4Address:
        return subnet.network_address + 1

    def join(self, host: Namespace, subnet: IPv4Network, groups: tuple[str, ...] = ()) -> None:
        """Gives a host its address and its groups, for as long as the network is there."""
        host.address = str(subnet.network_address + next(self._numbers[subnet]))
        self._places[host] = (subnet, groups)

    def enlist(self, host: Namespace, name: str) -> None:
        """Puts a host on one of AWS's lists of addresses, for the rules that name it."""
        self._listed.setdefault(name, []).append(host.address)

    def plug(self, host: Namespace) -> None:
        """Connects a running host. Everyone joins before the first one is plugged in: a rule that names a group means
        the addresses of its members."""
        subnet, groups = self._places[host]
        if host in self._plugs:
            # The kernel takes its time to clear away the network of a host that died.
            self.router.unplug(self._plugs[host])
        self._plugs[host] = plug = f"plug{host.pid}"
        # The same after a reboot, as on AWS: its peers remember it.
        self.router.ip(
            f"link add {plug} type veth peer name eth0 address {_hardware(host.address)} netns {host.pid}\n"
            f"link set {plug} master {self.bridges[subnet]}\n"
            f"link set {plug} up\n"
        )
        host.ip(
            "link set lo up\n"
            "link set eth0 up\n"
            f"addr add {host.address}/{subnet.prefixlen} dev eth0\n"
            f"route add default via {self.gateway(subnet)}\n"
        )
        if groups:
            self.protect(host)

    def protect(self, host: Namespace) -> None:
        """The host's security groups, rule by rule from the JSON: closed in both directions but for them.
        Answers to what was let through are let through, and neither Amazon's DNS server nor the metadata service is
        ever filtered."""
        _, groups = self._places[host]
        ways = {"input": ("saddr", "ingress"), "output": ("daddr", "egress")}
        chains = []
        for hook, (side, direction) in ways.items():
            rules = [
                f"ip {side} {{ {', '.join(peers)} }} {rule.protocol} dport {rule.ports} accept"
                for group in groups
                for rule in self.environment.rules(group, direction)
                if (peers := self._addresses(rule.peer))
            ]
            chains.append(
                f"chain {hook} {{ type filter hook {hook} priority 0; policy drop;\n"
                + "\n".join(
                    [
                        'meta oifname "lo" accept' if hook == "output" else 'meta iifname "lo" accept',
                        "ct state established,related accept",
                        f"ip {side} {{ {AMAZON_DNS}, {self.resolver} }} udp dport 53 accept",
                        f"ip {side} {METADATA} tcp dport 80 accept",
                        *rules,
                    ]
                )
                + "\n}"
            )
        host.configure(["nft", "-f", "-"], "flush ruleset\ntable inet groups {\n" + "\n".join(chains) + "\n}\n")

    def cut(self, host: Namespace) -> None:
        """Takes the cable out of the switch."""
        self.router.ip(f"link set {self._plugs[host]} down\n")

    def mend(self, host: Namespace) -> None:
        self.router.ip(f"link set {self._plugs[host]} up\n")

    def _addresses(self, peer: str) -> list[str]:
        if "/" in peer:
            return [peer]
        members = [host.address for host, (_, groups) in self._places.items() if peer in groups]
        return [*members, *self._listed.get(peer, [])]


def _hardware(address: str | IPv4Address) -> str:
    return "02:00:" + ":".join(f"{byte:02x}" for byte in IPv4Address(address).packed)
