"""A layout as SVG, readable on light and dark pages, with nothing that must be fetched."""

from __future__ import annotations

from html import escape
from pathlib import Path

from review.outside import Service
from review.picture.icons import icon
from review.picture.layout import ICON, WIDTH, Layout, Rect
from review.picture.letters import BOLD, DETAIL, fitted, width
from review.picture.scene import ENDPOINTS, Box, Group, Place, Scene
from review.picture.wires import ENDPOINTS_ICON, INTERNET_ICON, NAMES_AT, Wire, Wires
from review.report import Report

STYLE = Path(__file__).with_name("style.css")

LOOKS = ("wire", "out", "opened", "closed", "exposed", "unknown")
"""Of the wires, each with a tip in its own colour."""


def picture(report: Report) -> str:
    """The site as an SVG document, the change marked in it."""
    scene = Scene(report)
    layout = Layout(scene)
    wires = Wires(layout)
    shapes = [
        f'<rect class="page" width="{layout.width:g}" height="{layout.height:g}" rx="10"/>',
        _frame("vpc", layout.vpc),
        _text(layout.vpc.right - 12, layout.vpc.y + 18, scene.vpc, "vpc-name", "end"),
        *(_zone(zone, layout.zones[zone]) for zone in scene.zones),
        *(_box(box, layout.boxes[place]) for place, box in scene.boxes.items()),
        _nowhere(layout),
        *(_wire(wire) for wire in wires.wires),
        *(_nat(rect, scene.nats[zone]) for zone, rect in layout.nats.items()),
        *(_group(group, layout) for group in layout.order),
        *_outside(wires, layout),
        *_services(scene, layout),
        *_endpoints(scene, layout, wires),
        *(_label(wire) for wire in wires.wires if wire.label),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {layout.width:g} {layout.height:g}" class="site" '
        f'role="img" aria-labelledby="picture-title"><title id="picture-title">{escape(report.title)}</title>'
        f"<style>{STYLE.read_text()}</style>"
        f"<defs>{''.join(map(_tip, LOOKS))}</defs>"
        f"{''.join(shapes)}</svg>\n"
    )


def _frame(look: str, rect: Rect, corner: float = 4) -> str:
    place = f'x="{rect.x:g}" y="{rect.y:g}" width="{rect.w:g}" height="{rect.h:g}"'
    return f'<rect class="{look}" {place} rx="{corner:g}"/>'


def _text(x: float, y: float, text: str, look: str, anchor: str = "start") -> str:
    return f'<text class="{look}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


def _zone(zone: str, rect: Rect) -> str:
    return _frame("zone", rect) + _text(rect.cx, rect.y + 18, zone, "zone-name", "middle")


def _box(box: Box, rect: Rect) -> str:
    look = f"box {'public' if box.is_public else 'private'} {box.mark}".strip()
    return (
        _frame(look, rect)
        + _text(rect.x + 9, rect.y + 16, box.name, "box-name")
        + _text(rect.right - 9, rect.y + 16, box.cidr, "box-name", "end")
        + _badge(rect.x + 9 + width(box.name, 11) + 6, rect.y + 6, box.mark)
    )


def _group(group: Group, layout: Layout) -> str:
    frame, name = layout.frames[group.name], group.name
    unknown = "unknown" if group.unknown else ""
    looks = ("part", group.kind, "fleet" if group.is_fleet else "", unknown, group.mark)
    shapes = [_frame(" ".join(filter(None, looks)), frame, 8)]
    if group.kind == "load_balancer":
        left = frame.cx - (34 + width(group.name, BOLD)) / 2
        shapes += [
            icon("load_balancer", left, frame.y + 9, 28),
            _text(left + 36, frame.cy + 5, group.name, "name"),
            _badge(left + 42 + width(group.name, BOLD), frame.cy - 8, group.mark),
            _note(group, left + 50 + width(group.name, BOLD) + width(group.mark, 10), frame.cy + 4, frame),
            *(_firewall(place, frame.x + 10, frame.y + 9) for place in _guards(group.name, layout.scene)),
        ]
        return "".join(shapes)
    detail = f"auto scaling, {group.detail}" if group.is_fleet else group.detail
    shapes += [
        _text(frame.x + 10, frame.y + 17, name, "name"),
        _text(frame.x + 14 + width(name, BOLD), frame.y + 17, detail, "detail"),
        _badge(frame.x + 22 + width(name, BOLD) + width(detail, 11), frame.y + 6, group.mark),
        _note(group, frame.x + 46 + width(name, BOLD) + width(detail, 11) + width(group.mark, 10), frame.y + 17, frame),
    ]
    for figure, mark, rect in layout.figures(group):
        text_width = width(figure, 12)
        left = max(rect.x + 8, rect.cx - (32 + text_width) / 2)
        shapes += [
            icon(group.kind, left, rect.y + 3, 32),
            _text(left + 39, rect.y + 23, figure, f"figure {mark}".strip()),
            _badge(left + 45 + text_width, rect.y + 11, mark),
        ]
    return "".join([*shapes, *_copy(group, layout)])


def _note(group: Group, start: float, y: float, frame: Rect) -> str:
    """What is not known of a part, at the right end of its frame."""
    if not group.unknown:
        return ""
    return _text(
        frame.right - 10, y, fitted(f"unknown: {group.unknown}", 11, frame.right - 10 - start), "note unknown", "end"
    )


def _nowhere(layout: Layout) -> str:
    around = layout.nowhere
    if around is None:
        return ""
    words = "the plan does not tell where these stand"
    return _frame("box unknown", around) + _text(around.x + 9, around.y + 16, words, "note unknown")


def _guards(name: str, scene: Scene) -> list[Place]:
    """The firewalls for requests in front of something."""
    return [place for place in scene.places if place.service is Service.WAF and name in place.behind]


def _firewall(place: Place, x: float, y: float) -> str:
    return (
        icon("waf", x, y, 28)
        + _text(x + 34, y + 18, place.name, "figure")
        + _badge(x + 38 + width(place.name, 12), y + 6, place.mark)
    )


def _services(scene: Scene, layout: Layout) -> list[str]:
    """CloudFront, the site's names, and below the VPC what is kept in this region and in others."""
    shapes = []
    for place in scene.places:
        if place.service is Service.DNS:
            shapes.append(_service(place, Rect(NAMES_AT, 15, WIDTH - NAMES_AT - 12, 40)))
        elif place.service is Service.CLOUDFRONT and (front := layout.cloudfront):
            guards, guarded = _guards(place.name, scene), layout.firewall_room(place.name)
            inner = Rect(front.x + 6, front.y + 2, front.w - 12 - guarded, front.h - 4)
            looks = ("part", "cloudfront", "" if place.is_certain else "unknown", place.mark)
            shapes += [_frame(" ".join(filter(None, looks)), front, 8), _service(place, inner)]
            shapes += [_firewall(guard, front.right - guarded, front.y + 8) for guard in guards]
    for is_away, region in layout.regions.items():
        here = [place for place in scene.places if (place.service, is_away) in layout.services]
        names = dict.fromkeys(place.region for place in here if place.is_away is is_away and place.region)
        shapes.append(_frame("zone", region))
        shapes.append(_text(region.x + 10, region.y + 17, ", ".join(names) or "unknown region", "zone-name"))
    shapes += [
        _service(place, rect) for place in scene.places if (rect := layout.services.get((place.service, place.is_away)))
    ]
    return shapes


def _service(place: Place, rect: Rect) -> str:
    x, look = rect.x + ICON, "name" if place.is_certain else "name unknown"
    room = rect.w - ICON
    return (
        icon(place.service.name.lower(), rect.x, rect.y + 4, 32)
        + _text(x, rect.y + 18, place.name, look)
        + _badge(x + 6 + width(place.name, BOLD), rect.y + 7, place.mark)
        + _text(x, rect.y + 33, fitted(place.detail, DETAIL, room), "detail")
    )


def _copy(group: Group, layout: Layout) -> list[str]:
    """From a database to its standby."""
    figures = layout.figures(group)
    if group.kind != "database" or len(figures) != 2:
        return []
    (_, _, here), (name, _, there) = figures
    y, end = here.y + 19, there.cx - 16 - width(name, 12) / 2 - 8
    return [f'<path class="wire out" d="M{here.cx + 60:g} {y:g}H{end:g}" marker-end="url(#tip-out)"/>']


def _nat(rect: Rect, mark: str) -> str:
    text = "NAT gateway"
    return (
        icon("nat", rect.x + 4, rect.y + 6, 32)
        + _text(rect.x + 43, rect.cy + 4, text, f"figure {mark}".strip())
        + _badge(rect.x + 50 + width(text, 12), rect.cy - 8, mark)
    )


def _outside(wires: Wires, layout: Layout) -> list[str]:
    """The internet above the VPC, whose gateway is in the VPC's upper edge, and other addresses beside it."""
    middle, size = WIDTH / 2, INTERNET_ICON
    shapes = [
        _globe(middle, 12 + size / 2, size / 2 - 2),
        _text(middle + size / 2 + 8, 12 + size / 2 + 5, "internet", "name"),
        icon("gateway", middle - 15, layout.header - 15, 30),
    ]
    for source, x in wires.outside.items():
        shapes += [icon("people", x - 14, 20, 28), _text(x + 20, 39, source, "figure")]
    return shapes


def _globe(x: float, y: float, r: float) -> str:
    return (
        f'<g class="globe"><circle cx="{x:g}" cy="{y:g}" r="{r:g}"/><ellipse cx="{x:g}" cy="{y:g}" rx="{r * 0.45:g}" '
        f'ry="{r:g}"/><path d="M{x - r:g} {y:g}H{x + r:g}M{x - r * 0.85:g} {y - r / 2:g}h{r * 1.7:g}'
        f'M{x - r * 0.85:g} {y + r / 2:g}h{r * 1.7:g}"/></g>'
    )


def _endpoints(scene: Scene, layout: Layout, wires: Wires) -> list[str]:
    if wires.endpoints_at is None:
        return []
    x, y = layout.vpc.right - ENDPOINTS_ICON - 6, wires.endpoints_at - ENDPOINTS_ICON / 2
    group = next(group for group in scene.groups if group.kind == ENDPOINTS)
    return [
        icon(ENDPOINTS, x, y, ENDPOINTS_ICON),
        _text(layout.vpc.right - 6, y + 46, "AWS", "detail", "end"),
        _text(layout.vpc.right - 6, y + 59, "endpoints", "detail", "end"),
        _badge(layout.vpc.right - 52, y + 64, group.mark),
    ]


def _wire(wire: Wire) -> str:
    (x, y), *rest = wire.points
    path = f"M{x:g} {y:g}" + "".join(f"L{x:g} {y:g}" for x, y in rest)
    return f'<path class="{wire.look}" d="{path}" marker-end="url(#tip-{wire.look.split()[-1]})"/>'


def _label(wire: Wire) -> str:
    (x, y), lines = wire.at, wire.label.split("\n")
    wide, high = max(width(line, 11) for line in lines) + 10, 13 * len(lines) + 5
    left = {"start": x, "middle": x - wide / 2, "end": x - wide}[wire.anchor]
    top = y - high / 2
    ground = f'<rect class="label-ground" x="{left:g}" y="{top:g}" width="{wide:g}" height="{high:g}" rx="4"/>'
    if len(lines) == 1:
        return ground + _text(left + 5, y + 4, wire.label, f"label {wire.look}")
    spans = (
        f'<tspan x="{left + 5:g}" y="{top + 13 + 13 * i:g}">{escape(line)} </tspan>' for i, line in enumerate(lines)
    )
    return f'{ground}<text class="label {wire.look}">{"".join(spans)}</text>'


def _badge(x: float, y: float, mark: str) -> str:
    if not mark:
        return ""
    wide = width(mark, 10) + 12
    return f'<rect class="badge {mark}" x="{x:g}" y="{y:g}" width="{wide:g}" height="15" rx="7.5"/>' + _text(
        x + wide / 2, y + 11, mark, "badge-text", "middle"
    )


def _tip(look: str) -> str:
    size = 'markerUnits="userSpaceOnUse" markerWidth="10" markerHeight="10"'
    return (
        f'<marker id="tip-{look}" viewBox="0 0 8 8" refX="7" refY="4" {size} orient="auto">'
        f'<path class="tip {look}" d="M0 0 8 4 0 8z"/></marker>'
    )
