"""What people call the resources of a plan: short where that is enough, and the same before and after the change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Protocol

SPOKEN = frozenset(
    {
        "aws_lb", "aws_elb", "aws_db_instance", "aws_rds_cluster", "aws_elasticache_replication_group",
        "aws_efs_file_system", "aws_autoscaling_group",
    }
)  # fmt: skip
"""Types that a part of the site takes its name from."""

GROUPS = frozenset({"aws_security_group", "aws_default_security_group"})
SERVER = "aws_instance"


class Named(Protocol):
    """A resource, as far as its name goes."""

    @property
    def address(self) -> str:
        """In Terraform."""

    @property
    def type(self) -> str:
        """Such as `aws_lb`."""

    @property
    def name(self) -> str:
        """The last part of the address."""

    def get(self, path: str, default: str) -> str:
        """A value of it."""


class Names:
    """The names of both moments' resources."""

    def __init__(self, resources: Iterable[Named]) -> None:
        self._parts: dict[str, str] = {}
        self._groups: dict[str, str] = {}
        self._servers: dict[str, str] = {}
        for resource in resources:
            if resource.type in SPOKEN:
                self._parts[resource.address] = spoken(resource.name)
            elif resource.type in GROUPS:
                self._groups[resource.address] = spoken(resource.name)
            elif resource.type == SERVER:
                name = resource.get("tags.Name", "")
                # The first moment that tells it is the later one.
                self._servers[resource.address] = self._servers.get(resource.address) or str(name) or resource.name
        for names in (self._parts, self._groups, self._servers):
            uses = Counter(names.values())
            names |= {address: address for address, name in names.items() if uses[name] > 1}

    def part(self, resource: Named) -> str:
        """What to call the part of the site that a resource makes."""
        return self._parts.get(resource.address) or spoken(resource.name)

    def group(self, address: str) -> str:
        """What to call a security group."""
        return self._groups.get(address) or spoken(address.rpartition(".")[2])

    def server(self, resource: Named) -> str:
        """What to call a server: as its tag says, if no other has the same."""
        return self._servers.get(resource.address) or resource.name


def spoken(name: str) -> str:
    """A Terraform name as people say it."""
    return name.replace("_", " ")
