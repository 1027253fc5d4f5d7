"""The report as Markdown, short enough for a comment on a code host whatever the plan."""

from __future__ import annotations

from collections.abc import Iterator

from review.changes import Difference, differences, fitted, reason
from review.matrix import Mark
from review.mermaid import mermaid
from review.moment import Action
from review.picture.scene import Scene
from review.plain import code, fenced, shortened, text
from review.plan import Change
from review.reach import Flow
from review.report import Report
from review.rules import UNKNOWN_PORTS
from review.survival import NOTHING, Answer, Outcome, Survival, Works
from review.version import PRODUCT

LONGEST = 60_000
"""Characters, as GitHub counts them. It refuses a comment of more than 65,536."""

TITLE, VERDICT, RISK, NOTE, NAME = 200, 1_000, 600, 300, 150
"""Characters of a heading, of the verdict, of one risk, of what is said in a cell, and of a name."""

RISKS, LOSSES, CAVEATS, CELLS, FLOWS = 40, 40, 10, 400, 60
"""So many risks, rows of losses, caveats, cells of the matrix, or flows, where the matrix has more cells."""

HEAD, TABLES, PICTURE = 18_000, 14_000, 12_000
"""Characters of the sections before the changes; what they leave is the changes'."""

LINES = (40, 10, 0)
"""So many changed lines of a script are shown, beside the alarming ones: fewer, the more there is to show."""

SIGNS = {Action.CREATE: "+", Action.UPDATE: "~", Action.REPLACE: "±", Action.DELETE: "-", Action.FORGET: "x"}
WORKS = {Works.YES: "yes", Works.UNKNOWN: "*unknown*", Works.PARTLY: "**partly**", Works.NO: "**no**"}
MARKS = {Mark.STAYS: "{}", Mark.OPENED: "**opened: {}**", Mark.CLOSED: "~~{}~~ closed"}

Differences = dict[str, list[Difference]]
"""What differs, by the address of what changes."""

SEE = "the HTML page has all"


def markdown(report: Report, section: str = "") -> str:
    """The whole report; where it is too long, its parts make room, and say so.

    Args:
        section: what somebody else tells of the same change. It stands below the head, and the others make room.
    """
    foot = f"<sub>{text(PRODUCT)}</sub>\n"
    own = LONGEST - length(section)
    head, tables, picture = (size * own // LONGEST for size in (HEAD, TABLES, PICTURE))
    sections = [
        bounded(_head(report), head),
        *([section] if section else []),
        bounded(_survival(report), tables),
        bounded(_reachability(report), tables),
        _picture(report, picture),
    ]
    left = LONGEST - length(foot) - sum(length(section) + 1 for section in sections)
    return "\n".join([*sections, _changes(report, left), foot])


def length(words: str) -> int:
    """As JavaScript and GitHub count: a character outside Unicode's first plane is two."""
    return len(words.encode("utf-16-le")) // 2


def bounded(section: str, longest: int) -> str:
    """Whole lines up to so many characters."""
    lines: list[str] = []
    so_far = 0
    every = section.splitlines()
    for line in every:
        so_far += length(line) + 1
        if so_far > longest:
            lines += ["", f"*{len(every) - len(lines)} lines more: {SEE}.*"]
            break
        lines.append(line)
    return "\n".join(lines) + "\n"


def _head(report: Report) -> str:
    verdict = text(shortened(report.verdict, VERDICT))
    lines = [f"## {text(shortened(report.title, TITLE))}", "", f"**{verdict}**", ""]
    lines += [f"- **{risk.danger.value}**: {_sentence(risk.text, RISK)}" for risk in report.risks[:RISKS]]
    if len(report.risks) > RISKS:
        lines.append(f"- and {len(report.risks) - RISKS} more: {SEE}")
    lines += [f"- {_sentence(told, RISK)}" for told in report.releases[:RISKS]]
    lines += [f"- {_sentence(said, RISK)}" for said in report.beside[:RISKS]]
    return "\n".join([*lines, "", f"Cost: {text(shortened(report.cost, NOTE))}.", ""])


def _survival(report: Report) -> str:
    survival, before = report.survival, report.survival_before
    if survival is None:
        return f"### What survives a failure\n\n{_sentence(report.why_no_site, NOTE)}\n"
    lines = ["### What survives a failure", "", _single_points(survival), ""]
    lines += ["| Lost | Site answers | Servers get out | Operators sign in |", "|---|---|---|---|"]
    lost = [name for name, outcome in survival.outcomes.items() if name != NOTHING or not _is_well(outcome)]
    worst = set(sorted(lost, key=lambda name: survival.outcomes[name].answers.works)[:LOSSES])
    for name in lost:
        if name in worst:
            lines.append(_row(name, survival.outcomes[name], before.outcomes.get(name) if before else None))
    if len(lost) > LOSSES:
        lines += ["", f"*{len(lost) - LOSSES} losses more, none of them worse than these: {SEE}.*"]
    return "\n".join([*lines, "", f"<sub>{FOOTNOTE}</sub>", ""])


def _is_well(outcome: Outcome) -> bool:
    return all(its.works is Works.YES for its in (outcome.answers, outcome.gets_out, outcome.shell))


def _row(lost: str, outcome: Outcome, before: Outcome | None) -> str:
    now, was = ((its.answers, its.gets_out, its.shell) for its in (outcome, before or outcome))
    cells = [_answer(one, other) for one, other in zip(now, was, strict=True)]
    return f"| {text(shortened(lost, NAME))} | {' | '.join(cells)} |"


FOOTNOTE = (
    "Authors sign in to WordPress wherever the site answers: users and sessions are in the database. "
    "Operators sign in by Session Manager. Without a way out, a new server cannot start."
)


def _single_points(survival: Survival) -> str:
    points, unknown = survival.single_points, survival.unknown_points
    if survival.down:
        return f"**The site does not answer**, even with nothing lost: {text(shortened(survival.down, NOTE))}."
    if survival.in_doubt:
        doubt = text(shortened(survival.in_doubt, NOTE))
        return f"**Unknown whether the site answers**, even with nothing lost: {doubt}."
    said = []
    if points:
        listed = text(shortened(", ".join(points), VERDICT))
        said.append(f"**{len(points)} single point{'s' * (len(points) > 1)} of failure**: {listed}.")
    if unknown:
        listed = text(shortened(", without ".join(unknown), VERDICT))
        said.append(f"**Unknown whether the site answers** without {listed}.")
    return " ".join(said) or "**No single point of failure**: whatever of these is lost, the site answers."


def _answer(now: Answer, was: Answer) -> str:
    worse = " ⚠ *worse than before*" if now.works < was.works else ""
    return WORKS[now.works] + (f": {text(shortened(now.note, NOTE))}" if now.note else "") + worse


def _reachability(report: Report) -> str:
    matrix = report.matrix
    lines = ["### Who reaches whom", "", "TCP ports, from the row to the column.", ""]
    if not matrix.flows:
        lines = ["### Who reaches whom", "", "Nobody reaches anybody, as far as this plan tells.", ""]
    elif len(matrix.sources) * len(matrix.targets) <= CELLS:
        lines += [
            f"| from \\ to | {' | '.join(map(_name, matrix.targets))} |",
            "|---" * (len(matrix.targets) + 1) + "|",
        ]
        for source in matrix.sources:
            cells = []
            for target in matrix.targets:
                flows = [(flow, Mark.STAYS if report.is_new else mark) for flow, mark in matrix.cell(source, target)]
                cells.append(_cell(flows))
            lines.append(f"| **{_name(source)}** | {' | '.join(cells)} |")
    else:
        lines = ["### Who reaches whom", "", f"The table is too large for a comment: {SEE}. What changes in it:", ""]
        lines += list(_listed_flows(report))
    for caveat in report.caveats[:CAVEATS]:
        lines += ["", _sentence(caveat, RISK)]
    return "\n".join([*lines, ""])


def _name(place: str) -> str:
    return text(shortened(place, NAME))


IN_A_CELL = 12
"""So many ranges of ports."""


def _cell(flows: list[tuple[Flow, Mark]]) -> str:
    first = sorted(flows, key=lambda found: (found[1] is Mark.STAYS, not found[0].is_certain))[:IN_A_CELL]
    said = [MARKS[mark].format(_ports(flow)) for flow, mark in flows if (flow, mark) in first]
    return ", ".join(said) + (f" and {len(flows) - IN_A_CELL} more" if len(flows) > IN_A_CELL else "")


def _listed_flows(report: Report) -> Iterator[str]:
    flows = [
        (flow, mark) for flow, mark in report.matrix.flows.items() if mark is not Mark.STAYS or not flow.is_certain
    ]
    for flow, mark in flows[:FLOWS]:
        yield f"- {_name(flow.source)} to {_name(flow.target)}: {MARKS[mark].format(_ports(flow))}"
    if len(flows) > FLOWS:
        yield f"- and {len(flows) - FLOWS} more"


def _ports(flow: Flow) -> str:
    """A flow of which the plan does not tell is unknown, and never left out."""
    said = text(str(flow.ports))
    return said if flow.is_certain else "*unknown*" if flow.ports == UNKNOWN_PORTS else f"{said} *(unknown)*"


def _picture(report: Report, longest: int) -> str:
    if not report.matrix.flows:
        return ""
    drawn = fenced(mermaid(Scene(report)).splitlines(), "mermaid")
    if length(drawn) > longest:
        return f"*The picture is too large for a comment: {SEE}.*\n"
    return f"### Picture\n\n{drawn}\n"


def _changes(report: Report, room: int) -> str:
    """As much as there is room for: with scripts, with their alarming lines alone, by address alone, counted."""
    if not report.sections:
        return ""
    every = [change for changes in report.sections.values() for change in changes]
    if len(every) > MANY:
        # Their addresses alone fill a comment.
        return _counted(report, room, {})
    found = {change.address: _worth_a_line(change) for change in every}
    for limit in LINES:
        said = _listed(report, limit, found)
        if length(said) <= room:
            return said
    short = _listed(report, None, found)
    if length(short) <= room:
        return f"{short}*The changes are too long for a comment: {SEE}.*\n"
    return _counted(report, room, found)


MANY = 2_000


def _counted(report: Report, room: int, found: Differences) -> str:
    counted = [f"- {name}: {len(changes)}" for name, changes in report.sections.items()]
    lines = ["### Changes", "", f"*The changes are too long for a comment: {SEE}.*", "", *counted]
    return "\n".join([*lines, "", *_alarming(found, room - 2_000)])


def _alarming(found: Differences, room: int) -> Iterator[str]:
    """The lines of scripts that must not be missed, as far as there is room for them."""
    left, hidden = room, 0
    for address, differing in found.items():
        for difference in differing:
            lines = fitted(difference.lines, 0)
            if not any(line[:1] in ("+", "-") for line in lines):
                continue
            block = f"{_name(address)}\n\n{fenced(lines, 'diff')}\n"
            if length(block) > left:
                hidden += 1
            else:
                left -= length(block) + 1
                yield block
    if hidden:
        yield f"*{hidden} scripts and documents more: {SEE}.*\n"


def _listed(report: Report, limit: int | None, differing: Differences) -> str:
    """
    Args:
        limit: how many changed lines of a script are shown beside the alarming ones; None for addresses alone.
    """
    lines = ["### Changes", ""]
    for name, changes in report.sections.items():
        lines += [f"<details><summary>{text(name)}: {len(changes)}</summary>", ""]
        for change in changes:
            notes = [change.action.value, reason(change)]
            notes += [f"moved from {code(change.moved_from)}"] if change.moved_from else []
            notes += [f"imported as {code(change.imported_as)}"] if change.imported_as else []
            sign = SIGNS.get(change.action, " ")
            lines.append(f"- `{sign}` {code(change.address)} {', '.join(filter(None, notes))}")
            if limit is not None:
                lines += [f"  - {_difference(found, limit)}" for found in differing[change.address]]
        lines += ["", "</details>", ""]
    return "\n".join(lines)


def _worth_a_line(change: Change) -> list[Difference]:
    """Of what is made or destroyed as a whole, the address says enough here; the HTML page has it all."""
    return differences(change) if change.action in (Action.UPDATE, Action.REPLACE) else []


def _difference(found: Difference, limit: int) -> str:
    forces = " **forces replacement**" if found.forces else ""
    if found.lines:
        return f"{code(found.path)}{forces}\n\n{fenced(fitted(found.lines, limit), 'diff', '    ')}"
    return f"{code(found.path)} {_value(found.before)} → {_value(found.after)}{forces}"


def _value(value: str) -> str:
    return code(value or "nothing")


def _sentence(words: str, longest: int) -> str:
    return f"{text(shortened(words[:1].upper() + words[1:], longest))}."
