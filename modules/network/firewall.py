"""A security group whose rules connect it with its peers."""

from typing import Any

from constructs import Construct

from modules import aws


class Firewall(Construct):
    """A security group that starts closed in both directions.

    Every rule is a resource of its own, and its address says what it opens: `web_from_load_balancer_80`.

    Attributes:
        security_group_id: for the resources that it protects.
        rules: the rule resources so far, for those that need them in place.
    """

    def __init__(self, scope: Construct, id: str, *, vpc_id: str, name: str, description: str) -> None:
        super().__init__(scope, f"{id}_firewall")
        self._id = id
        group = aws.SecurityGroup(
            self,
            id,
            # A prefix lets the successor of a replaced group exist beside it: a group in use cannot be deleted.
            name_prefix=f"{name}-",
            description=description,
            vpc_id=vpc_id,
            revoke_rules_on_delete=True,
            tags={"Name": name},
            lifecycle={"create_before_destroy": True},
        )
        self.security_group_id = group.id
        self._rules: dict[str, Any] = {}

    @property
    def rules(self) -> list[Any]:
        return list(self._rules.values())

    def allow_from(self, peer: "Firewall", port: int) -> None:
        """Lets a peer connect to a TCP port here: the way in here, and the way out there.

        May be called twice for the same peer and port without harm.
        """
        self._allow(
            aws.VpcSecurityGroupIngressRule,
            f"{self._id}_from_{peer._id}_{port}",
            port,
            f"{peer._id} to {self._id}",
            referenced_security_group_id=peer.security_group_id,
        )
        peer.allow_to(self, port)

    def allow_to(self, peer: "Firewall | ExistingFirewall", port: int) -> None:
        """Lets this side connect to a TCP port of a peer, whose own way in is the peer's matter."""
        self._allow(
            aws.VpcSecurityGroupEgressRule,
            f"{self._id}_to_{peer._id}_{port}",
            port,
            f"{self._id} to {peer._id}",
            referenced_security_group_id=peer.security_group_id,
        )

    def allow_from_cidr(self, name: str, cidr: str, port: int) -> aws.VpcSecurityGroupIngressRule:
        """Lets addresses outside the site connect to a TCP port here.

        Args:
            name: who these addresses are; it becomes part of the rule's Terraform address.
            cidr: the addresses, of IPv4 or IPv6.
            port: the TCP port.

        Returns:
            The rule.
        """
        id = f"{self._id}_from_{name}_{port}"
        return self._allow(aws.VpcSecurityGroupIngressRule, id, port, f"{name} to {self._id}", **_addresses(cidr))

    def allow_to_cidr(self, name: str, cidr: str, port: int, *, protocol: str = "tcp") -> None:
        """Lets this side connect to a port of addresses outside the site; arguments as above."""
        id = f"{self._id}_to_{name}_{port}" + ("" if protocol == "tcp" else f"_{protocol}")
        self._allow(
            aws.VpcSecurityGroupEgressRule, id, port, f"{self._id} to {name}", protocol=protocol, **_addresses(cidr)
        )

    def _allow(self, kind: Any, id: str, port: int, description: str, *, protocol: str = "tcp", **peer: str) -> Any:
        if id in self._rules:
            return self._rules[id]
        self._rules[id] = kind(
            self,
            id,
            security_group_id=self.security_group_id,
            ip_protocol=protocol,
            from_port=port,
            to_port=port,
            description=description.replace("_", " "),
            tags={"Name": id.replace("_", "-")},
            **peer,
        )
        return self._rules[id]


def _addresses(cidr: str) -> dict[str, str]:
    """A rule's argument; a reference is to IPv4 addresses."""
    return {"cidr_ipv6" if ":" in cidr else "cidr_ipv4": cidr}


class ExistingFirewall:
    """A security group that somebody else keeps. Its own rules are not touched; only its peers' ways out are opened."""

    def __init__(self, id: str, security_group_id: str) -> None:
        self._id = id
        self.security_group_id = security_group_id

    def allow_from(self, peer: Firewall, port: int) -> None:
        """Lets a peer's packets out to a TCP port here. Its keeper must let them in."""
        peer.allow_to(self, port)
