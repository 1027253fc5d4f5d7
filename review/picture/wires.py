"""The lines of a picture: straight where two parts follow each other, else through the gutters beside the zones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from review.matrix import Mark
from review.picture.layout import EDGE, GUTTER, HEADER, WIDTH, Layout
from review.picture.scene import ENDPOINTS, Group, Line
from review.reach import INTERNET
from review.rules import CLOUDFRONT

SERVICES = {"22": "SSH", "80": "HTTP", "443": "HTTPS", "2049": "NFS", "3306": "MySQL", "6379": "Redis"}
"""What people call a port: https://www.iana.org/assignments/service-names-port-numbers"""

LEFT, RIGHT = EDGE + GUTTER, WIDTH - EDGE - GUTTER
"""Where the zones begin and end."""

VISITORS_COME_BY = (INTERNET, CLOUDFRONT)

LANE = 12
"""Between two lines in a gutter."""

INTERNET_ICON, ENDPOINTS_ICON = 46, 32
ENDPOINTS_ABOVE = 140


@dataclass(frozen=True)
class Wire:
    """A line with an arrow at its end.

    Attributes:
        points: its corners.
        label: the text beside it.
        at: where that text stands.
        anchor: which end of the text stands there: start, middle or end.
        look: the class in the style sheet.
    """

    points: tuple[tuple[float, float], ...]
    label: str
    at: tuple[float, float]
    anchor: str
    look: str


class Wires:
    """The wires of a layout.

    Attributes:
        wires: in the order in which they are drawn.
        endpoints_at: the height of the endpoints' icon on the VPC's right edge; None without endpoints.
        outside: the addresses that have an icon beside the internet's, each with the middle of its icon.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout, self._scene = layout, layout.scene
        self._groups = {group.name: group for group in self._scene.groups}
        self._next_lane = RIGHT + LANE
        sources = dict.fromkeys(line.source for line in self._scene.lines if line.source not in self._groups)
        self.outside = {
            source: EDGE + LANE + 30 * i for i, source in enumerate(s for s in sources if s not in VISITORS_COME_BY)
        }
        self.endpoints_at = self._endpoints_height()
        self.wires = [wire for line in self._scene.lines for wire in self._route(line)]
        if any(line.target == INTERNET and self._is_private(self._groups[line.source]) for line in self._scene.lines):
            self.wires += self._from_nat()

    def _route(self, line: Line) -> Iterator[Wire]:
        source, target = self._groups.get(line.source), self._groups.get(line.target)
        if source is None and target is not None:
            yield self._from_outside(line, target)
        elif source and target is None:
            yield self._to_outside(line, source)
        elif source and target:
            if target.kind == ENDPOINTS:
                yield self._to_endpoints(line, source)
            elif self._follow(source, target):
                yield from self._straight(line, source, target)
            elif source.name in self._layout.frames:
                yield self._around(line, source, target)

    def _follow(self, source: Group, target: Group) -> bool:
        order = self._layout.order
        return source in order and order.index(source) + 1 < len(order) and order[order.index(source) + 1] == target

    def _straight(self, line: Line, source: Group, target: Group) -> Iterator[Wire]:
        """In every zone that both stand in; the port is written once."""
        columns = sorted({*self._layout.columns_of(source)} & {*self._layout.columns_of(target)})
        top, bottom = self._layout.frames[source.name].bottom, self._layout.frames[target.name].y
        for i, x in enumerate(columns or self._layout.columns_of(target)[:1]):
            label = "" if i else _label(line)
            yield Wire(((x, top), (x, bottom)), label, (x + 9, (top + bottom) / 2), "start", _look(line))

    def _around(self, line: Line, source: Group, target: Group) -> Wire:
        start, end = self._layout.frames[source.name], self._layout.frames[target.name]
        lane, self._next_lane = self._next_lane, self._next_lane + LANE
        points = ((start.right, start.cy + 12), (lane, start.cy + 12), (lane, end.cy), (end.right, end.cy))
        return Wire(points, _label(line), (lane - 5, (start.cy + end.cy) / 2 + 6), "start", _look(line))

    def _to_endpoints(self, line: Line, source: Group) -> Wire:
        frame, lane, y = self._layout.frames[source.name], RIGHT + 2 * LANE, self.endpoints_at
        assert y is not None  # there are endpoints: this line leads to them
        end = self._layout.vpc.right - ENDPOINTS_ICON - 6
        points = ((frame.right, frame.cy - 12), (lane, frame.cy - 12), (lane, y), (end, y))
        first = self._endpoint_sources()[0] == source.name
        at = (lane - 5, (frame.cy - 12 + y) / 2)
        return Wire(points, _label(line) if first else "", at, "start", _look(line))

    def _from_outside(self, line: Line, target: Group) -> Wire:
        frame = self._layout.frames[target.name]
        if not line.is_exposure and line.source in VISITORS_COME_BY:
            points = ((frame.cx, HEADER - 18), (frame.cx, frame.y))
            by = "" if line.source == INTERNET else f"{line.source}: "
            return Wire(points, by + _label(line), (frame.cx + 19, HEADER - 13), "start", _look(line))
        start: tuple[tuple[float, float], ...]
        if line.source == INTERNET:
            lane, y = EDGE + LANE, INTERNET_ICON / 2 + 10
            start, at = ((WIDTH / 2 - 26, y), (lane, y)), y
        else:
            lane = self.outside[line.source]
            start, at = ((lane, INTERNET_ICON + 8),), HEADER - 14
        way = (*start, (lane, frame.cy + 14), (frame.x, frame.cy + 14))
        return Wire(way, _label(line), (lane + 8, at), "start", _look(line))

    def _to_outside(self, line: Line, source: Group) -> Wire:
        """Out by the NAT gateway where there is one in the way, else by the internet gateway."""
        frame, lane = self._layout.frames[source.name], LEFT - LANE
        if self._is_private(source):
            nat = next(iter(self._layout.nats.values()))
            end = ((lane, nat.cy + 8), (nat.x, nat.cy + 8))
        else:
            end = ((lane, HEADER + 10), (WIDTH / 2 - 15, HEADER + 10))
        points = ((frame.x, frame.cy - 12), (lane, frame.cy - 12), *end)
        return Wire(points, f"out: {line.ports}", (lane + 10, frame.cy - 30), "end", f"{_look(line)} out")

    def _from_nat(self) -> list[Wire]:
        nat, lane = next(iter(self._layout.nats.values())), LEFT - 2 * LANE
        end = ((lane, HEADER + 10), (WIDTH / 2 - 15, HEADER + 10))
        return [Wire(((nat.x, nat.cy - 8), (lane, nat.cy - 8), *end), "", (0, 0), "end", "wire out")]

    def _is_private(self, group: Group) -> bool:
        box = self._scene.boxes.get((group.tier, group.zones[0]))
        return bool(box and not box.is_public and self._layout.nats)

    def _endpoint_sources(self) -> list[str]:
        ends = {group.name for group in self._scene.groups if group.kind == ENDPOINTS}
        sources = {line.source for line in self._scene.lines if line.target in ends}
        return [name for name in self._layout.frames if name in sources]

    def _endpoints_height(self) -> float | None:
        """Between those that use them; above a single one, so that the line has room for its label."""
        heights = [self._layout.frames[source].cy for source in self._endpoint_sources()]
        if len(heights) == 1:
            return heights[0] - ENDPOINTS_ABOVE
        return sum(heights) / len(heights) if heights else None


def _label(line: Line) -> str:
    ports = ", ".join(f"{SERVICES[port]} {port}" if port in SERVICES else port for port in line.ports.split(", "))
    said = ports if line.is_certain or "unknown" in ports else f"{ports} (unknown)"
    return f"{line.mark.value}: {said}" if line.mark.value else said


def _look(line: Line) -> str:
    if not line.is_certain:
        return "wire unknown"
    if line.is_exposure and line.mark is not Mark.CLOSED:
        return "wire exposed"
    return f"wire {line.mark.value}".strip()
