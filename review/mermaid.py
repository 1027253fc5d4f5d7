"""The site as Mermaid text, which code hosts draw by themselves. https://mermaid.js.org/syntax/flowchart.html"""

from __future__ import annotations

import re
from collections.abc import Iterator

from review.matrix import Mark
from review.network import short
from review.picture.scene import Group, Scene
from review.reach import INTERNET

STYLES = {
    "new": "stroke:#1a7f37,stroke-width:3px",
    "changed": "stroke:#9a6700,stroke-width:3px",
    "replaced": "stroke:#bc4c00,stroke-width:3px",
    "gone": "stroke:#cf222e,stroke-width:3px,stroke-dasharray:5 4",
}


OUT = "n_out"
"""The internet as a target: one node for both directions would be drawn in the middle of the site."""


def mermaid(scene: Scene) -> str:
    """A flowchart: the VPC, tier by tier, and the flows with their ports. What changes has a class of its own."""
    lines = ["flowchart TB"]
    inside = {group.name for group in scene.groups}
    targets = [line.target for line in scene.lines if line.target != INTERNET]
    places = dict.fromkeys([*(line.source for line in scene.lines), *targets])
    lines += [f"  {_id(place)}([{_quoted(_plain(place))}])" for place in places if place not in inside]
    lines.append(f"  {OUT}([{_quoted('to the internet')}])")
    lines.append(f"  subgraph vpc [{_quoted(scene.vpc)}]")
    for tier in scene.tiers:
        boxes = [box for (its_tier, _), box in scene.boxes.items() if its_tier == tier]
        cidrs = ", ".join(f"{box.name.rpartition(' ')[2]} {box.cidr}" for box in boxes)
        lines.append(f"    subgraph {_id(f'tier {tier}')} [{_quoted(f'{tier}: {cidrs}')}]")
        lines += [f"      {_node(group)}" for group in scene.groups if group.tier == tier]
        lines.append("    end")
    lines.append("  end")
    lines += _arrows(scene)
    marks = {group.name: group.mark or _mark_of_figures(group) for group in scene.groups}
    lines += [f"  class {_id(name)} {mark}" for name, mark in marks.items() if mark]
    lines += [f"  classDef {mark} {style}" for mark, style in STYLES.items() if mark in marks.values()]
    return "\n".join(lines)


def _node(group: Group) -> str:
    members = " · ".join(_figure(group, i) for i in range(len(group.figures)))
    text = "<br>".join(filter(None, [f"<b>{_plain(group.name)}</b>", _plain(group.detail), _plain(members)]))
    shape = {"database": "[({})]", "cache": "[({})]", "load_balancer": "{{{{{}}}}}"}.get(group.kind, "[{}]")
    return _id(group.name) + shape.format(_quoted(text))


def _figure(group: Group, i: int) -> str:
    figure = group.figures[i]
    name = figure.name.replace("_", " ")
    mark = f"({figure.mark})" if figure.mark else ""
    return " ".join(filter(None, [name if name != group.name else "", short(figure.zone), mark]))


def _mark_of_figures(group: Group) -> str:
    """The members' common mark; where some of them change, the group does."""
    marks = {figure.mark for figure in group.figures}
    return marks.pop() if len(marks) == 1 else "changed" if any(marks) else ""


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
