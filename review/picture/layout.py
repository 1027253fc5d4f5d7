"""Where everything in a picture stands: zones as columns, tiers of subnets as rows, parts across the zones."""

from __future__ import annotations

from dataclasses import dataclass

from review.picture.scene import ENDPOINTS, Group, Scene

WIDTH = 880
"""About the width that a README has on a code host."""

EDGE, GUTTER = 12, 84
"""Around the VPC; and between it and the zones, where lines run that cannot go straight."""

HEADER, SKY = 84, 50
"""From the top to the VPC: the outside; from there to the subnets: the gateway and the zones' names."""

PAD, GAP, WIRE = 10, 16, 40
"""Inside a box, between boxes, and between two parts that a line connects."""

HEIGHTS = {"load_balancer": 46, "servers": 74, "nat": 44}
HEIGHT = 74
"""Of a part's frame."""

TITLE = 24
"""Of a box."""

FITS = 3
"""So many servers are drawn side by side in a zone; a figure more says how many others there are."""


@dataclass(frozen=True)
class Rect:
    """A rectangle."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        return self.x + self.w

    @property
    def bottom(self) -> float:
        return self.y + self.h

    @property
    def cx(self) -> float:
        return self.x + self.w / 2

    @property
    def cy(self) -> float:
        return self.y + self.h / 2


class Layout:
    """
    Attributes:
        vpc: the VPC.
        zones: the columns.
        boxes: the subnets, by tier and zone.
        frames: the parts, by name.
        nats: the NAT gateways, by zone.
        order: the parts that have a frame, from top to bottom.
        height: of the whole picture.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.order = [
            group for tier in scene.tiers for group in scene.groups if group.tier == tier and group.kind != ENDPOINTS
        ]
        self._columns = self._place_columns()
        self.boxes: dict[tuple[str, str], Rect] = {}
        self.frames: dict[str, Rect] = {}
        self.nats: dict[str, Rect] = {}
        y: float = HEADER + SKY
        for tier in scene.tiers:
            y = self._place_tier(tier, y) + GAP
        self.vpc = Rect(EDGE, HEADER, WIDTH - 2 * EDGE, y - HEADER)
        self.zones = {zone: Rect(x - 6, HEADER + 22, w + 12, y - HEADER - 30) for zone, (x, w) in self._columns.items()}
        self.height = self.vpc.bottom + EDGE

    def _place_columns(self) -> dict[str, tuple[float, float]]:
        left, count = EDGE + GUTTER, max(len(self.scene.zones), 1)
        width = (WIDTH - 2 * left - (count - 1) * 28) / count
        return {zone: (left + i * (width + 28), width) for i, zone in enumerate(self.scene.zones)}

    def _place_tier(self, tier: str, top: float) -> float:
        """Puts the parts of a tier below each other, and the boxes around them; gives where the boxes end."""
        y, above = top + TITLE, None
        if any((tier, zone) in self.scene.boxes and self.scene.boxes[tier, zone].is_public for zone in self.scene.nats):
            for zone in self.scene.nats:
                x, w = self._columns[zone]
                self.nats[zone] = Rect(x + PAD, y, w - 2 * PAD, HEIGHTS["nat"])
            y += HEIGHTS["nat"] + PAD
        for group in self.order:
            if group.tier != tier:
                continue
            y += (WIRE if self._are_wired(above, group) else PAD) if above else 0
            height = HEIGHTS.get(group.kind, HEIGHT)
            first, last = self._columns[group.zones[0]], self._columns[group.zones[-1]]
            self.frames[group.name] = Rect(first[0] + PAD, y, last[0] + last[1] - first[0] - 2 * PAD, height)
            y, above = y + height, group
        bottom = y + PAD
        for zone in self.scene.zones:
            if (tier, zone) in self.scene.boxes:
                x, w = self._columns[zone]
                self.boxes[tier, zone] = Rect(x, top, w, bottom - top)
        return bottom

    def _are_wired(self, above: Group | None, below: Group) -> bool:
        return above is not None and any(
            (line.source, line.target) == (above.name, below.name) for line in self.scene.lines
        )

    def columns_of(self, group: Group) -> list[float]:
        """The middle of each zone that the part stands in."""
        return [self._columns[zone][0] + self._columns[zone][1] / 2 for zone in group.zones]

    def figures(self, group: Group) -> list[tuple[str, str, Rect]]:
        """Each member's name and mark, and its place inside the frame."""
        frame, placed = self.frames[group.name], []
        for zone in dict.fromkeys(figure.zone for figure in group.figures):
            here = [(figure.name, figure.mark) for figure in group.figures if figure.zone == zone]
            if len(here) > FITS:
                here = [*here[: FITS - 1], (f"{len(here) - FITS + 1} more", "")]
            x, w = self._columns[zone]
            each = (w - 2 * PAD) / len(here)
            for i, (name, mark) in enumerate(here):
                placed.append((name, mark, Rect(x + PAD + i * each, frame.y + 24, each, frame.h - 30)))
        return placed
