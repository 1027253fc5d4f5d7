"""The report as Markdown, short enough for a comment on a code host."""

from __future__ import annotations

import re

from review.changes import Difference, differences, reason
from review.matrix import Mark
from review.mermaid import mermaid
from review.moment import Action
from review.picture.scene import Scene
from review.plan import Change
from review.report import Report
from review.survival import NOTHING, Answer, Survival, Works
from review.version import PRODUCT

LONGEST = 60_000
"""Characters. GitHub refuses a comment of more than 65,536."""

SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.REPLACE: "±", Action.DELETE: "-"}
WORKS = {Works.YES: "yes", Works.PARTLY: "**partly**", Works.NO: "**no**"}
MARKS = {Mark.STAYS: "{}", Mark.OPENED: "**opened: {}**", Mark.CLOSED: "~~{}~~ closed"}


def markdown(report: Report) -> str:
    """The whole report; where it is too long, its longest sections make room, and say so."""
    sections = {
        "head": _head(report),
        "survival": _survival(report),
        "reachability": _reachability(report),
        "picture": _picture(report),
        "changes": _changes(report),
        "foot": f"<sub>{PRODUCT}</sub>\n",
    }
    for name in ("changes", "picture"):
        if sum(map(len, sections.values())) > LONGEST:
            sections[name] = f"*The {name} are too long for a comment: see the HTML report.*\n"
    return "\n".join(sections.values())


def _head(report: Report) -> str:
    lines = [f"## {report.title}", "", f"**{text(report.verdict)}**", ""]
    lines += [f"- **{risk.danger.value}**: {_sentence(risk.text)}" for risk in report.risks]
    lines += [f"- {_sentence(told)}" for told in report.releases]
    return "\n".join([*lines, "", f"Cost: {text(report.cost)}.", ""])


def _survival(report: Report) -> str:
    view = report.after or report.before
    if view is None or report.after is None:
        return "### What survives a failure\n\nNothing is left of the site.\n"
    lines = ["### What survives a failure", "", _single_points(view.survival), ""]
    lines += ["| Lost | Site answers | Servers get out | Operators sign in |", "|---|---|---|---|"]
    for lost, outcome in view.survival.outcomes.items():
        answers = [outcome.answers, outcome.gets_out, outcome.shell]
        if lost == NOTHING and all(answer.works is Works.YES for answer in answers):
            continue
        before = report.before.survival.outcomes.get(lost) if report.before else None
        was = [before.answers, before.gets_out, before.shell] if before else answers
        cells = [_answer(now, then) for now, then in zip(answers, was, strict=True)]
        lines.append(f"| {text(lost)} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"<sub>{FOOTNOTE}</sub>", ""])


FOOTNOTE = (
    "Authors sign in to WordPress wherever the site answers: users and sessions are in the database. "
    "Operators sign in by Session Manager. Without a way out, a new server cannot start."
)


def _single_points(survival: Survival) -> str:
    points = survival.single_points
    if survival.down:
        return f"**The site does not answer**, even with nothing lost: {text(survival.down)}."
    if not points:
        return "**No single point of failure**: whatever of these is lost, the site answers."
    return f"**{len(points)} single point{'s' * (len(points) > 1)} of failure**: {text(', '.join(points))}."


def _answer(now: Answer, was: Answer) -> str:
    worse = " ⚠ *worse than before*" if now.works < was.works else ""
    return WORKS[now.works] + (f": {text(now.note)}" if now.note else "") + worse


def _reachability(report: Report) -> str:
    matrix = report.matrix
    lines = ["### Who reaches whom", "", "TCP ports, from the row to the column.", ""]
    lines += [f"| from \\ to | {' | '.join(map(text, matrix.targets))} |", "|---" * (len(matrix.targets) + 1) + "|"]
    for source in matrix.sources:
        cells = []
        for target in matrix.targets:
            flows = [(flow, Mark.STAYS if report.is_new else mark) for flow, mark in matrix.cell(source, target)]
            cells.append(", ".join(MARKS[mark].format(text(str(flow.ports))) for flow, mark in flows))
        lines.append(f"| **{text(source)}** | {' | '.join(cells)} |")
    return "\n".join([*lines, *(f"\n{_sentence(caveat)}" for caveat in report.caveats), ""])


def _picture(report: Report) -> str:
    if not report.matrix.flows:
        return ""
    return f"### Picture\n\n```mermaid\n{mermaid(Scene(report))}\n```\n"


def _changes(report: Report) -> str:
    lines = ["### Changes", ""]
    for name, changes in report.sections.items():
        lines += [f"<details><summary>{name}: {len(changes)}</summary>", ""]
        for change in changes:
            notes = [change.action.value, reason(change)]
            notes += [f"moved from {code(change.moved_from)}"] if change.moved_from else []
            sign = SIGNS.get(change.action, " ")
            lines.append(f"- `{sign}` {code(change.address)} {', '.join(filter(None, notes))}")
            lines += [f"  - {_difference(found)}" for found in _worth_a_line(change)]
        lines += ["", "</details>", ""]
    return "\n".join(lines) if report.sections else ""


def _worth_a_line(change: Change) -> list[Difference]:
    """Of what is made or destroyed as a whole, the address says enough here; the HTML page has it all."""
    return differences(change) if change.action in (Action.UPDATE, Action.REPLACE) else []


def _difference(found: Difference) -> str:
    forces = " **forces replacement**" if found.forces else ""
    if found.lines:
        script = "\n".join(f"    {line}" for line in found.lines[:40])
        return f"{code(found.path)}{forces}\n\n    ```diff\n{script}\n    ```"
    return f"{code(found.path)} {code(found.before or 'nothing')} → {code(found.after or 'nothing')}{forces}"


def text(words: str) -> str:
    """Text with its meaning in Markdown and HTML taken away, but for code between backticks."""
    pieces = re.split(r"(`[^`]*`)", words)
    return "".join(piece if i % 2 else re.sub(r"([\\*_\[\]<>|@#~!])", r"\\\1", piece) for i, piece in enumerate(pieces))


def code(words: str) -> str:
    """A value as code, whatever is in it."""
    fence = "`" * (max(map(len, re.findall("`+", words)), default=0) + 1)
    pad = " " if "`" in words else ""
    return f"{fence}{pad}{words}{pad}{fence}".replace("|", "\\|")


def _sentence(words: str) -> str:
    return f"{text(words[0].upper() + words[1:])}."
