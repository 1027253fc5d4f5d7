"""The site as Mermaid text, which code hosts draw by themselves. https://mermaid.js.org/syntax/flowchart.html"""

from __future__ import annotations

import re
from collections.abc import Iterator

from review.matrix import Mark
from review.network import short
from review.outside import Service
from review.picture.scene import Group, Place, Scene, common
from review.reach import INTERNET

STYLES = {
    "new": "stroke:#1a7f37,stroke-width:3px",
    "changed": "stroke:#9a6700,stroke-width:3px",
    "replaced": "stroke:#bc4c00,stroke-width:3px",
    "gone": "stroke:#cf222e,stroke-width:3px,stroke-dasharray:5 4",
    "unknown": "stroke:#8250df,stroke-width:3px,stroke-dasharray:6 4",
}


OUT = "n_out"
"""The internet as a target: one node for both directions would be drawn in the middle of the site."""


def mermaid(scene: Scene) -> str:
    """A flowchart: the VPC, tier by tier, and the flows with their ports. What changes has a class of its own."""
    lines = ["flowchart TB"]
    inside = {group.name for group in scene.groups}
    targets = [line.target for line in scene.lines if line.target != INTERNET]
    front = [place for place in scene.places if place.service in (Service.DNS, Service.CLOUDFRONT, Service.WAF)]
    drawn = inside | {place.name for place in front}
    places = dict.fromkeys([*([INTERNET] if front else []), *(line.source for line in scene.lines), *targets])
    lines += [f"  {_id(place)}([{_quoted(_plain(place))}])" for place in places if place not in drawn]
    lines += [f"  {_service(place)}" for place in front]
    lines.append(f"  {OUT}([{_quoted('to the internet')}])")
    lines.append(f"  subgraph vpc [{_quoted(scene.vpc)}]")
    for tier in scene.tiers:
        boxes = [box for (its_tier, _), box in scene.boxes.items() if its_tier == tier]
        cidrs = ", ".join(f"{box.name.rpartition(' ')[2]} {box.cidr}" for box in boxes)
        title = f"{tier}: {cidrs}" if tier else "the plan does not tell where these stand"
        lines.append(f"    subgraph {_id(f'tier {tier}')} [{_quoted(title)}]")
        lines += [f"      {_node(group)}" for group in scene.groups if group.tier == tier]
        lines.append("    end")
    lines.append("  end")
    for is_away in (False, True):
        lines += _region([place for place in scene.places if place not in front and place.is_away is is_away])
    lines += [*_arrows(scene), *_ways(scene)]
    marks = {_id(group.name): _mark(group) for group in scene.groups}
    marks |= {_id_of(place): place.mark or ("" if place.is_certain else "unknown") for place in scene.places}
    lines += [f"  class {name} {mark}" for name, mark in marks.items() if mark]
    lines += [f"  classDef {mark} {style}" for mark, style in STYLES.items() if mark in marks.values()]
    return "\n".join(lines)


def _region(places: list[Place]) -> list[str]:
    """The services that are kept in a region."""
    if not places:
        return []
    name = ", ".join(dict.fromkeys(place.region for place in places if place.region)) or "unknown region"
    head = f"  subgraph {_id_of(places[0])}_region [{_quoted(_plain(name))}]"
    return [head, *(f"    {_service(place)}" for place in places), "  end"]


def _service(place: Place) -> str:
    text = "<br>".join(filter(None, [f"<b>{place.name}</b>", _plain(place.detail)]))
    return f"{_id_of(place)}([{_quoted(text)}])"


def _id_of(place: Place) -> str:
    """Another name than that of a part, which may be called backups as well; CloudFront is a source of requests."""
    if place.service is Service.CLOUDFRONT:
        return _id(place.name)
    return f"s_{place.name}{'_away' if place.is_away else ''}"


def _ways(scene: Scene) -> Iterator[str]:
    """Between the services outside the VPC, and from them into it."""
    if names := scene.place(Service.DNS):
        yield f"  {_id(INTERNET)} -.-> {_id_of(names)}"
    if front := scene.place(Service.CLOUDFRONT):
        arrow = "-->" if front.is_certain else "-->|unknown|"
        yield f"  {_id(INTERNET)} --> {_id_of(front)}"
        # What the internet reaches itself, CloudFront reaches as part of the internet.
        reached = {line.target for line in scene.lines if line.source == INTERNET}
        yield from (f"  {_id_of(front)} {arrow} {_id(name)}" for name in sorted(front.behind & reached))
    if firewall := scene.place(Service.WAF):
        yield from (f"  {_id_of(firewall)} -.-|guards| {_id(name)}" for name in sorted(firewall.behind))
    backups = [_id_of(place) for place in scene.places if place.service is Service.BACKUPS]
    if len(backups) > 1:
        yield f"  {' -.->|copies| '.join(backups)}"


def _node(group: Group) -> str:
    members = " · ".join(_figure(group, i) for i in range(len(group.figures)))
    unknown = f"unknown: {group.unknown}" if group.unknown else ""
    told = [f"<b>{_plain(group.name)}</b>", _plain(group.detail), _plain(members), unknown]
    text = "<br>".join(filter(None, told))
    shape = {"database": "[({})]", "cache": "[({})]", "load_balancer": "{{{{{}}}}}"}.get(group.kind, "[{}]")
    return _id(group.name) + shape.format(_quoted(text))


def _figure(group: Group, i: int) -> str:
    figure = group.figures[i]
    name = figure.name.replace("_", " ")
    mark = f"({figure.mark})" if figure.mark else ""
    return " ".join(filter(None, [name if name != group.name else "", short(figure.zone), mark]))


def _mark(group: Group) -> str:
    """Its own mark, or that of its members."""
    mark = group.mark or common(figure.mark for figure in group.figures)
    return mark or ("unknown" if group.unknown else "")


def _arrows(scene: Scene) -> Iterator[str]:
    red: list[str] = []
    unknown: list[str] = []
    for i, line in enumerate(scene.lines):
        arrow = {Mark.OPENED: "==>", Mark.CLOSED: "-.->"}.get(line.mark, "-->")
        mark = f"{line.mark.value}: " if line.mark.value else ""
        mark += "" if line.is_certain else "unknown: "
        target = OUT if line.target == INTERNET else _id(line.target)
        yield f"  {_id(line.source)} {arrow}|{_quoted(mark + line.ports)}| {target}"
        if line.is_certain and (line.is_exposure or line.mark is Mark.CLOSED):
            red.append(str(i))
        if not line.is_certain:
            unknown.append(str(i))
    if unknown:
        yield f"  linkStyle {','.join(unknown)} stroke:#8250df,stroke-dasharray:6 4"
    if red:
        yield f"  linkStyle {','.join(red)} stroke:#cf222e"


def _id(name: str) -> str:
    return "n_" + re.sub(r"\W", "_", name)


def _quoted(text: str) -> str:
    return f'"{text}"'


def _plain(text: str) -> str:
    """Text of the plan, which could otherwise end the quotes, the code block or become HTML."""
    return text.translate({ord('"'): "#quot;", ord("<"): "#lt;", ord(">"): "#gt;", ord("`"): "'", ord("\n"): " "})
