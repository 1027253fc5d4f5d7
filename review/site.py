"""The plan's resources at one moment as a site: its network and its parts."""

from __future__ import annotations

from dataclasses import replace

from review import data, front
from review.moment import Moment
from review.network import Network
from review.part import Kind, Part


class Site:
    """The site at one moment.

    Attributes:
        network: subnets, zones, ways out.
        parts: by name, in the order in which a request meets them.
    """

    def __init__(self, moment: Moment) -> None:
        self.moment, self.network = moment, Network(moment)
        found = [*front.parts(moment, self.network), *data.parts(moment, self.network)]
        self.parts: dict[str, Part] = {}
        for part in found:
            # Two groups of servers may share a firewall, which gives both their name.
            names = (part.name, f"{part.name} ({part.resource.name})", f"{part.name} ({part.resource.address})")
            name = next(name for name in names if name not in self.parts)
            self.parts[name] = replace(part, name=name)

    def of(self, kind: Kind) -> list[Part]:
        """The parts of one kind."""
        return [part for part in self.parts.values() if part.kind is kind]
