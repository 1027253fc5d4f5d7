"""A Terraform address taken apart: `module.site["a"].aws_subnet.web[0]`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

KEY = re.compile(r'\[(\d+|"(?:[^"\\]|\\.)*")\]')
"""What `count` or `for_each` adds to an address."""

STEP = re.compile(rf"module\.([^.\[]+)(?:{KEY.pattern})?\.")

ANY = "*"
"""A key that may be any: `module.site[*]`."""

Modules = tuple[tuple[str, str | None], ...]
"""The modules around a resource, from the outside, each with its own key."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address in its parts.

    Attributes:
        modules: the modules around the resource.
        block: `aws_subnet.web`, as the module's configuration has it.
        key: what `count` or `for_each` calls it; None without them.
    """

    modules: Modules
    block: str
    key: str | None

    @property
    def path(self) -> str:
        """The block with its modules, without any key."""
        return ".".join([*(f"module.{name}" for name, _ in self.modules), self.block])

    @property
    def name(self) -> str:
        """The last part, with its key."""
        name = self.block.rpartition(".")[2]
        return name if self.key is None else f"{name}[{self.key}]"


@lru_cache(maxsize=100_000)
def parse(address: str) -> Address:
    """Takes an address apart."""
    modules, rest = [], address
    while step := STEP.match(rest):
        modules.append((step[1], step[2]))
        rest = rest[step.end() :]
    key = KEY.search(rest)
    return Address(tuple(modules), rest[: key.start()] if key else rest, key[1] if key else None)
