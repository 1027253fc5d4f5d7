"""Where everything in a picture stands: zones as columns, tiers of subnets as rows, parts across the zones."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from review.outside import Service
from review.part import Kind
from review.picture.letters import BOLD, DETAIL, width
from review.picture.scene import ENDPOINTS, Group, Line, Place, Scene
from review.reach import INTERNET

WIDTH = 880
"""About the width that a README has on a code host."""

EDGE, GUTTER = 12, 84
"""Around the VPC; and between it and the zones, where lines run that cannot go straight."""

HEADER, SKY = 84, 50
"""From the top to the VPC: the outside; from there to the subnets: the gateway and the zones' names."""

CLOUDFRONT, CLOUDFRONT_HEIGHT = 70, 44
"""What it adds to the outside; and its own height."""

TILE, TILE_HEIGHT, ICON = 190, 40, 43
"""A service's place; and what its icon takes of that."""

PAD, GAP, WIRE = 10, 16, 40
"""Inside a box, between boxes, and between two parts that a line connects."""

LEFT = EDGE + GUTTER
"""Where the zones begin."""

LANE, LANES = 12, 2
"""Between two lines in a gutter; and how many have room in one. For more, the picture becomes wider."""

WAF_TILE = 80
"""What a firewall for requests takes of what it guards."""

BELOW = (Service.RELEASES, Service.MAIL, Service.BACKUPS)
"""The services that are drawn below the VPC."""

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
        lanes: how many lines go around other parts.
        width: of the whole picture.
        nowhere: around the parts of which it is not known where they stand; None where there are none.
        header: from the top to the VPC.
        cloudfront: between the internet and the VPC; beside the way where the internet reaches a load balancer itself.
        regions: below the VPC, the frames of the services in its region and in others, where there are any.
        services: those services.
        height: of the whole picture.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.nowhere: Rect | None = None
        front = scene.place(Service.CLOUDFRONT)
        self.header = HEADER + (CLOUDFRONT if front else 0)
        self.cloudfront = self._place_cloudfront(front) if front else None
        self.order = [
            group for tier in scene.tiers for group in scene.groups if group.tier == tier and group.kind != ENDPOINTS
        ]
        self.lanes = len([line for line in scene.lines if self.goes_around(line)])
        self.width = WIDTH + (LANE * (self.lanes - LANES + 2) if self.lanes > LANES else 0)
        self._columns = self._place_columns()
        self.boxes: dict[tuple[str, str], Rect] = {}
        self.frames: dict[str, Rect] = {}
        self.nats: dict[str, Rect] = {}
        y: float = self.header + SKY
        for tier in scene.tiers:
            y = self._place_tier(tier, y) + GAP
        top = self.header
        self.vpc = Rect(EDGE, top, self.width - 2 * EDGE, y - top)
        self.zones = {zone: Rect(x - 6, top + 22, w + 12, y - top - 30) for zone, (x, w) in self._columns.items()}
        self.regions, self.services = self._place_services(self.vpc.bottom + EDGE)
        self.height = max(rect.bottom for rect in (self.vpc, *self.regions.values())) + EDGE

    def follow(self, source: Group, target: Group) -> bool:
        """Whether the target is the next below the source."""
        above = [group for group, below in pairwise(self.order) if below == target]
        return source in above

    def goes_around(self, line: Line) -> bool:
        """Whether the line leads from one part to another that it cannot reach straight."""
        groups = {group.name: group for group in self.order}
        source, target = groups.get(line.source), groups.get(line.target)
        return source is not None and target is not None and not self.follow(source, target)

    @property
    def is_bypassed(self) -> bool:
        """Whether the internet reaches a load balancer not only by CloudFront."""
        balancers = {group.name for group in self.scene.groups if group.kind == Kind.LOAD_BALANCER.name.lower()}
        return any(line.source == INTERNET and line.target in balancers for line in self.scene.lines)

    def _place_cloudfront(self, front: Place) -> Rect:
        wide = ICON + 22 + max(width(front.name, BOLD) + width(front.mark, 10) + 30, width(front.detail, DETAIL))
        wide += self.firewall_room(front.name)
        left = WIDTH / 2 - WIRE - wide if self.is_bypassed else (WIDTH - wide) / 2
        return Rect(left, HEADER - 10, wide, CLOUDFRONT_HEIGHT)

    def firewall_room(self, name: str) -> float:
        """How much of its frame the firewall for requests takes of what is called so."""
        firewalls = [place for place in self.scene.places if place.service is Service.WAF and name in place.behind]
        return sum(WAF_TILE + width(place.mark, 10) for place in firewalls)

    def _place_services(self, top: float) -> tuple[dict[bool, Rect], dict[tuple[Service, bool], Rect]]:
        """Beside each other: those in the VPC's region, then those in others."""
        regions: dict[bool, Rect] = {}
        services: dict[tuple[Service, bool], Rect] = {}
        for is_away in (False, True):
            here = [place for place in self.scene.places if place.service in BELOW and place.is_away is is_away]
            if not here:
                continue
            wide = len(here) * TILE + PAD
            x = self.width - EDGE - wide if is_away else EDGE
            regions[is_away] = Rect(x, top, wide, TITLE + TILE_HEIGHT + PAD)
            for i, place in enumerate(here):
                services[place.service, is_away] = Rect(x + PAD + i * TILE, top + TITLE + 2, TILE - PAD, TILE_HEIGHT)
        return regions, services

    def _place_columns(self) -> dict[str, tuple[float, float]]:
        count = max(len(self.scene.zones), 1)
        each = (WIDTH - 2 * LEFT - (count - 1) * 28) / count
        return {zone: (LEFT + i * (each + 28), each) for i, zone in enumerate(self.scene.zones)}

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
            left, right = self._span(group)
            self.frames[group.name] = Rect(left + PAD, y, right - left - 2 * PAD, height)
            y, above = y + height, group
        bottom = y + PAD
        if not tier:
            self.nowhere = Rect(LEFT, top, WIDTH - 2 * LEFT, bottom - top)
        for zone in self.scene.zones:
            if (tier, zone) in self.scene.boxes:
                x, w = self._columns[zone]
                self.boxes[tier, zone] = Rect(x, top, w, bottom - top)
        return bottom

    def _span(self, group: Group) -> tuple[float, float]:
        """From the first of its zones to the last; across all where they are not known."""
        if not group.zones:
            return LEFT, WIDTH - LEFT
        first, last = self._columns[group.zones[0]], self._columns[group.zones[-1]]
        return first[0], last[0] + last[1]

    def _are_wired(self, above: Group | None, below: Group) -> bool:
        return above is not None and any(
            (line.source, line.target) == (above.name, below.name) for line in self.scene.lines
        )

    def columns_of(self, group: Group) -> list[float]:
        """The middle of each zone that the part stands in."""
        return [self._columns[zone][0] + self._columns[zone][1] / 2 for zone in group.zones] or [WIDTH / 2]

    def figures(self, group: Group) -> list[tuple[str, str, Rect]]:
        """Each member's name and mark, and its place inside the frame."""
        frame, placed = self.frames[group.name], []
        anywhere = (LEFT, WIDTH - 2 * LEFT)
        # A member that may be anywhere stands beside those of the first zone.
        places = [figure.zone or next(iter(group.zones), "") for figure in group.figures]
        for zone in dict.fromkeys(places):
            figures = zip(group.figures, places, strict=True)
            here = [(figure.name, figure.mark) for figure, place in figures if place == zone]
            if len(here) > FITS:
                here = [*here[: FITS - 1], (f"{len(here) - FITS + 1} more", "")]
            x, w = self._columns.get(zone, anywhere)
            each = (w - 2 * PAD) / len(here)
            for i, (name, mark) in enumerate(here):
                placed.append((name, mark, Rect(x + PAD + i * each, frame.y + 24, each, frame.h - 30)))
        return placed
