"""The lines of a picture: straight where two parts follow each other, else through the gutters beside the zones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from review.matrix import Mark
from review.outside import Service
from review.picture.layout import EDGE, GUTTER, HEADER, ICON, LANE, LEFT, WIDTH, Layout
from review.picture.letters import BOLD, width, wrapped
from review.picture.scene import ENDPOINTS, Group, Line
from review.reach import INTERNET
from review.rules import CLOUDFRONT

SERVICES = {"22": "SSH", "80": "HTTP", "443": "HTTPS", "2049": "NFS", "3306": "MySQL", "6379": "Redis"}
"""What people call a port: https://www.iana.org/assignments/service-names-port-numbers"""

RIGHT = WIDTH - EDGE - GUTTER
"""Where the zones end."""

WRITTEN = 2
"""So many ports are written beside a line that has more than one more; the matrix has them all."""

VISITORS_COME_BY = (INTERNET, CLOUDFRONT)

INTERNET_ICON, ENDPOINTS_ICON = 46, 32
ENDPOINTS_ABOVE, BELOW_ENDPOINTS = 140, 90

OUTSIDE_ENDS, LANES_OUTSIDE = WIDTH / 2 - 100, 3
"""How far the addresses beside the internet reach, and so many have a lane of their own."""

INTERNET_ENDS, NAMES_AT = WIDTH / 2 + 108, 590
"""Where the internet's name ends, and where the icon of the site's names begins."""


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
        outside: what has an icon beside the internet's: addresses, each with the middle of its icon. Those that have no
            room there are one icon together.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout, self._scene = layout, layout.scene
        self._groups = {group.name: group for group in self._scene.groups}
        self._next_lane = RIGHT + LANE
        self._last_lane = RIGHT + LANE * layout.lanes
        self._told: dict[tuple[str, str], float] = {}
        self._ends: list[tuple[str, float]] = []
        self._beside: list[tuple[float, float]] = []
        self.outside: dict[str, float] = {}
        self._start: dict[str, tuple[float, float]] = {}
        self._said: dict[str, str] = {}
        self._place_outside()
        self.endpoints_at = self._endpoints_height()
        self.wires = [wire for line in self._scene.lines for wire in self._route(line)]
        if any(line.target == INTERNET and self._is_private(self._groups[line.source]) for line in self._scene.lines):
            self.wires += self._from_nat()
        self.wires += [*self._to_cloudfront(), *self._to_names(), *self._copies()]

    def _place_outside(self) -> None:
        """Puts the addresses side by side, each above or beside a lane of its own, as far as there is room."""
        exposed = any(line.source == INTERNET and line.is_exposure for line in self._scene.lines)
        labels: dict[str, dict[str, None]] = {}
        for line in self._scene.lines:
            if line.source not in self._groups and line.source not in VISITORS_COME_BY:
                labels.setdefault(line.source, {})[_label(line)] = None
        lane: float = EDGE + LANE * (1 + exposed)
        x = lane
        for i, (source, its) in enumerate(labels.items()):
            said = ", ".join(its)
            room = 44 + max(width(source, 12), width(said, 11))
            if i and (x + room > OUTSIDE_ENDS or i == LANES_OUTSIDE):
                rest = list(labels)[i:]
                self.outside[f"{len(rest)} more"] = x
                self._start |= dict.fromkeys(rest, (x, lane))
                break
            self.outside[source], self._start[source], self._said[source] = x, (x, lane), said
            x, lane = x + room, lane + LANE

    def _route(self, line: Line) -> Iterator[Wire]:
        source, target = self._groups.get(line.source), self._groups.get(line.target)
        if source and target and self._layout.goes_around(line):
            yield self._around(line, source, target)
        elif source is None and target is not None:
            yield self._from_outside(line, target)
        elif source and target is None:
            yield self._to_outside(line, source)
        elif source and target:
            if target.kind == ENDPOINTS:
                yield self._to_endpoints(line, source)
            elif self._layout.follow(source, target):
                yield from self._straight(line, source, target)

    def _straight(self, line: Line, source: Group, target: Group) -> Iterator[Wire]:
        """In every zone that both stand in; the port is written once."""
        here, there = self._layout.columns_of(source), self._layout.columns_of(target)
        columns = sorted({*here} & {*there}) if source.zones and target.zones else here if source.zones else there
        top, bottom = self._layout.frames[source.name].bottom, self._layout.frames[target.name].y
        told = _label(line)
        beside = self._told.get((source.name, target.name), 0)
        self._told[source.name, target.name] = beside + width(told, BOLD) + 2 * LANE
        for i, x in enumerate(column + beside for column in columns or there[:1]):
            label = "" if i else told
            yield Wire(((x, top), (x, bottom)), label, (x + 9, (top + bottom) / 2), "start", _look(line))

    def _around(self, line: Line, source: Group, target: Group) -> Wire:
        start, end = self._layout.frames[source.name], self._layout.frames[target.name]
        lane, self._next_lane = self._next_lane, self._next_lane + LANE
        # Several lines to one part end below each other.
        y = end.cy + 8 * sum(place == target.name for place, _ in self._ends)
        self._ends.append((target.name, y))
        points = ((start.right, start.cy + 12), (lane, start.cy + 12), (lane, y), (end.right, y))
        is_short = width(_label(line), 11) < WIDTH - EDGE - lane
        if lane == self._last_lane == RIGHT + LANE and is_short:
            return Wire(points, _label(line), (lane - 5, (start.cy + end.cy) / 2 + 6), "start", _look(line))
        # Beside all lanes, at the height of its arrow: a label in one lane would hide another.
        left = self._last_lane + 3
        label = wrapped(_label(line), 11, self._layout.vpc.right - left - 12)
        return Wire(points, label, (left, self._free(y, 13 * label.count("\n") + 18)), "start", _look(line))

    def _free(self, y: float, height: float) -> float:
        """The middle of a label at this height, or below those that stand there already."""
        while any(abs(y - middle) < (height + its) / 2 for middle, its in self._beside):
            y += 4
        self._beside.append((y, height))
        return y

    def _to_endpoints(self, line: Line, source: Group) -> Wire:
        frame, lane, y = self._layout.frames[source.name], RIGHT + 1.5 * LANE, self.endpoints_at
        assert y is not None  # there are endpoints: this line leads to them
        end = self._layout.vpc.right - ENDPOINTS_ICON - 6
        points = ((frame.right, frame.cy - 12), (lane, frame.cy - 12), (lane, y), (end, y))
        first = self._endpoint_sources()[0] == source.name
        at = (lane + 1, (frame.cy - 12 + y) / 2)
        if first and self._layout.width > WIDTH:
            at = (self._last_lane + 3, self._free(y + BELOW_ENDPOINTS - 14, 31))
        label = wrapped(_label(line), 11, WIDTH - EDGE - lane - 12) if first else ""
        return Wire(points, label, at, "start", _look(line))

    def _from_outside(self, line: Line, target: Group) -> Wire:
        frame = self._layout.frames[target.name]
        if not line.is_exposure and line.source in VISITORS_COME_BY:
            front, header = self._layout.cloudfront, self._layout.header
            is_drawn = front is not None and line.source == CLOUDFRONT and not self._layout.is_bypassed
            top = front.bottom if front and is_drawn else HEADER - 18
            by = "" if is_drawn or line.source == INTERNET else f"{line.source}: "
            points = ((frame.cx, top), (frame.cx, frame.y))
            return Wire(points, by + _label(line), (frame.cx + 19, header - 13), "start", _look(line))
        start: tuple[tuple[float, float], ...]
        lane: float
        y: float
        at: tuple[float, float]
        if line.source == INTERNET:
            # Above the icons of addresses, where there are any.
            lane, y = EDGE + LANE, 10 if self.outside else INTERNET_ICON / 2 + 10
            start, at, label = ((WIDTH / 2 - 26, y), (lane, y)), (lane + 8, y), _label(line)
        else:
            x, lane = self._start[line.source]
            # What a source reaches is written once, beside its icon.
            label, at = self._said.pop(line.source, ""), (x + 8, self._layout.header - 14)
            y = self._layout.header - 3
            start = ((x, INTERNET_ICON + 8),) if x == lane else ((x, INTERNET_ICON + 8), (x, y), (lane, y))
        way = (*start, (lane, frame.cy + 14), (frame.x, frame.cy + 14))
        return Wire(way, label, at, "start", _look(line))

    def _to_outside(self, line: Line, source: Group) -> Wire:
        """Out by the NAT gateway where there is one in the way, else by the internet gateway."""
        frame, lane = self._layout.frames[source.name], LEFT - LANE
        if self._is_private(source):
            nat = next(iter(self._layout.nats.values()))
            end = ((lane, nat.cy + 8), (nat.x, nat.cy + 8))
            # Beside the lanes to the NAT gateway and from it.
            at, room = (lane - LANE - 2, frame.cy - 12), lane - LANE - EDGE - 16
        else:
            end = ((lane, self._layout.header + 10), (WIDTH / 2 - 15, self._layout.header + 10))
            at, room = (lane + 10, frame.cy - 30), lane - EDGE + 4
        points = ((frame.x, frame.cy - 12), (lane, frame.cy - 12), *end)
        # The gutter is narrow.
        label = wrapped(f"out: {line.ports.replace('everything', 'all')}", 11, room)
        if at[0] > lane and "\n" in label:
            at = (lane - 2, frame.cy - 12)
        return Wire(points, label, at, "end", f"{_look(line)} out")

    def _from_nat(self) -> list[Wire]:
        nat, lane = next(iter(self._layout.nats.values())), LEFT - 2 * LANE
        end = ((lane, self._layout.header + 10), (WIDTH / 2 - 15, self._layout.header + 10))
        return [Wire(((nat.x, nat.cy - 8), (lane, nat.cy - 8), *end), "", (0, 0), "end", "wire out")]

    def _to_cloudfront(self) -> Iterator[Wire]:
        """From the internet; and, where that is not all that reaches a load balancer, back into the way there."""
        front, place = self._layout.cloudfront, self._scene.place(Service.CLOUDFRONT)
        if front is None or place is None:
            return
        look = "wire" if place.is_certain else "wire unknown"
        if not self._layout.is_bypassed:
            yield Wire(((WIDTH / 2, HEADER - 26), (WIDTH / 2, front.y)), "", (0, 0), "start", look)
            return
        y = INTERNET_ICON / 2 + 24
        yield Wire(((WIDTH / 2 - 18, y), (front.cx, y), (front.cx, front.y)), "", (0, 0), "start", look)
        if place.behind or not place.is_certain:
            yield Wire(((front.right, front.cy), (WIDTH / 2 - 2, front.cy)), "", (0, 0), "start", look)

    def _to_names(self) -> Iterator[Wire]:
        if self._scene.place(Service.DNS):
            y = 12 + INTERNET_ICON / 2
            yield Wire(((INTERNET_ENDS, y), (NAMES_AT - 6, y)), "", (0, 0), "start", "wire out")

    def _copies(self) -> Iterator[Wire]:
        """From the backups to those in another region."""
        here, there = (self._layout.services.get((Service.BACKUPS, is_away)) for is_away in (False, True))
        place = self._scene.place(Service.BACKUPS)
        if here and there and place:
            text = max(width(place.name, BOLD) + width(place.mark, 10) + 20, width(place.detail, 11))
            start = min(here.x + ICON + text + 6, here.right)
            between = (self._layout.regions[False].right + self._layout.regions[True].x) / 2
            yield Wire(
                ((start, here.cy), (there.x - 6, there.cy)), "copies", (between, here.cy - 12), "middle", "wire out"
            )

    def _is_private(self, group: Group) -> bool:
        box = self._scene.boxes.get((group.tier, next(iter(group.zones), "")))
        return bool(box and not box.is_public and self._layout.nats)

    def _endpoint_sources(self) -> list[str]:
        ends = {group.name for group in self._scene.groups if group.kind == ENDPOINTS}
        sources = {line.source for line in self._scene.lines if line.target in ends}
        return [name for name in self._layout.frames if name in sources]

    def _endpoints_height(self) -> float | None:
        """Between those that use them; above a single one, so that the line has room for its label."""
        heights = [self._layout.frames[source].cy for source in self._endpoint_sources()]
        if not heights:
            return None
        y = heights[0] - ENDPOINTS_ABOVE if len(heights) == 1 else sum(heights) / len(heights)
        ends = [self._layout.frames[line.target].cy for line in self._scene.lines if self._layout.goes_around(line)]
        if self._layout.width > WIDTH:
            # There are labels at each of these heights.
            while any(-BELOW_ENDPOINTS < y - end < ENDPOINTS_ICON + 40 for end in ends):
                y -= LANE
        return y


def _label(line: Line) -> str:
    written = [f"{SERVICES[port]} {port}" if port in SERVICES else port for port in line.ports.split(", ")]
    more = len(written) - WRITTEN if len(written) > WRITTEN + 1 else 0
    ports = ", ".join(written[: len(written) - more]) + (f" and {more} more" if more else "")
    said = ports if line.is_certain or "unknown" in ports else f"{ports} (unknown)"
    return f"{line.mark.value}: {said}" if line.mark.value else said


def _look(line: Line) -> str:
    if not line.is_certain:
        return "wire unknown"
    if line.is_exposure and line.mark is not Mark.CLOSED:
        return "wire exposed"
    return f"wire {line.mark.value}".strip()
