"""A rehearsal for a reviewer: Markdown and an HTML page, alone or as a section of the review of the same change.

    python -m rehearsal.report RECORD.json [--plan PLAN.json]

tells of a rehearsal that was kept, once more. The exit status is 0; 1 if it has a fault named by --fail-on; 2 if there
is something to put right first.
"""

from __future__ import annotations

import argparse
import base64
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from statistics import median

from markupsafe import Markup
from PIL import Image

from rehearsal.compare import Pair, packed
from rehearsal.findings import Findings, Page, counted, each, p95, time, weight
from rehearsal.judge import Kind, add_fail_on, faults, refused
from rehearsal.record import NotARecord, PageSeen, Rehearsal, Request
from review import html as review_html
from review import markdown as review_markdown
from review.cost import cost
from review.markdown import bounded
from review.plain import BREAK, code, one_line, shortened, text
from review.plan import NotAPlan, Plan
from review.report import Report
from review.version import PRODUCT

LONGEST = 20_000
"""Characters of the section in Markdown: less than a third of what a comment may have."""

LONG, SHORT = 400, 150
"""Characters of a line of a log or of what a command said, and of a name or an address."""

MANY, FEW = 20, 8
"""So many lines, links and pages are listed; so many lost requests, revisions and lines of one command."""

HERE = Path(__file__).parent

TEMPLATES = review_html.templates(HERE)


def markdown(findings: Findings, report: Report | None = None) -> str:
    """The rehearsal, within the review where there is one; never too long for a comment on a code host."""
    section = bounded("\n".join(_section(findings)), LONGEST)
    if report:
        return review_markdown.markdown(report, section)
    return f"{section}\n<sub>{text(PRODUCT)}</sub>\n"


def html(findings: Findings, report: Report | None = None) -> str:
    """The same as a page that fetches nothing, with the pictures in it.

    Raises:
        OSError: a picture that the record names cannot be read.
    """
    given = {
        "findings": findings,
        "rehearsal": findings.rehearsal,
        "facts": list(facts(findings)),
        "look": look(findings),
        "is_section": report is not None,
        "when": _when(findings),
        "each_page": _each_page,
        "shown": _shown,
        "one_line": one_line,
        "counted": counted,
        "with_code": review_html.with_code,
        "before": lambda pair: _inline(Image.open(pair.before.picture).convert("RGB")),
        "after": lambda pair: _inline(pair.difference.marked),
        "few": FEW,
        "product": PRODUCT,
    }
    if report:
        section = Markup(TEMPLATES.get_template("section.html").render(given))
        return review_html.html(report, section, (HERE / "rehearsal.css").read_text(encoding="utf-8"))
    return TEMPLATES.get_template("rehearsal.html").render(given)


def look(findings: Findings) -> str:
    """How bad it is, by the review's names of classes in CSS."""
    if findings.failed or findings.lost:
        return "resilience"
    return "interruption" if faults(findings) or findings.wrong else "calm"


def facts(findings: Findings) -> Iterator[tuple[str, str]]:
    """What is told in one line each: a name, and words in which code stands between backticks."""
    rehearsal, when = findings.rehearsal, _when(findings)
    actors = [request.actor for request in rehearsal.requests]
    told = ", ".join(f"{actors.count(actor):,} by {who}" for actor, who in ACTORS.items() if actor in actors)
    yield "Requests", f"{len(actors):,} sent{f' ({told})' if told else ''}, {len(findings.lost):,} lost"
    if findings.slowest:
        yield "Slowest moments", "; ".join(f"{time(it.seconds)} {when(it)}" for it in findings.slowest)
    if findings.servers:
        one_by_one = ", ".join(f"{name} {time(seconds)}" for name, seconds in findings.servers.items())
        many = f"{len(findings.servers)}, {each(list(findings.servers.values()))}"
        yield "Servers", one_by_one if len(findings.servers) <= FEW else many
    upgraded = {True: "upgraded", False: "not upgraded", None: "unknown whether it was upgraded"}
    yield "Database", upgraded[rehearsal.database_upgraded]
    yield "New lines in error logs", f"{len(rehearsal.log_lines):,}"
    if rehearsal.pages_after:
        yield "Links that broke", f"{len(findings.broken):,}"
    if rehearsal.predictions:
        held = len(rehearsal.predictions) - len(findings.wrong)
        yield "Failures played", f"{held:,} of {len(rehearsal.predictions):,} went as the review predicts"


ACTORS = {"reader": "readers", "editor": "editors", "upload": "uploads"}


def _when(findings: Findings) -> Callable[[Request], str]:
    def when(request: Request) -> str:
        step = findings.during(request.at)
        doing = f", during {step.name}{f' of {step.server}' if step.server else ''}" if step else ""
        return f"at {request.at:,.0f} s{doing}: {request.method} `{shortened(request.path, SHORT)}`"

    return when


# Markdown.


def _section(findings: Findings) -> Iterator[str]:
    rehearsal = findings.rehearsal
    yield from ("### Rehearsal", "", f"**{_text(findings.verdict, 4 * LONG)}**", "")
    yield f"{code(rehearsal.environment)} as of {code(rehearsal.base)}, on this machine and under load, then:"
    yield ""
    yield from _listed(rehearsal.change, lambda line: code(shortened(line, SHORT)), FEW)
    yield from ("| | |", "|---|---|")
    for name, words in facts(findings):
        yield f"| {name} | {_text(words, 4 * LONG)} |"
    yield ""
    yield from _pages(findings)
    when = _when(findings)
    if findings.failed:
        yield from ("**What failed**", "")
        for step in findings.failed[:FEW]:
            yield f"- {code(shortened(step.name, SHORT))}{f' on {_text(step.server, SHORT)}' if step.server else ''}"
            yield from (f"  - {code(shortened(line, LONG))}" for line in step.told.splitlines()[-FEW:] if line.strip())
        yield ""
    if findings.lost:
        yield from ("**Lost requests**", "")
        yield from _listed(findings.lost, lambda it: _text(f"{when(it)}: {it.problem}", LONG), FEW)
    if findings.logged:
        yield from ("**New lines in error logs**", "")
        yield from _listed(
            findings.logged, lambda it: _logged(it.count, it.servers, it.first.file, it.first.line), MANY
        )
    if findings.broken:
        yield from ("**Links that broke**", "")
        yield from _listed(
            findings.broken,
            lambda it: (
                f"{code(shortened(it.address, SHORT))}: {it.status or 'no answer'}, "
                f"from {_text(', '.join(it.pages), SHORT)}"
            ),
            MANY,
        )
    if findings.wrong:
        yield from ("**Predictions that did not come true: an error of ours, please report it**", "")
        yield from _listed(
            findings.wrong,
            lambda it: (
                f"{code(shortened(it.event, SHORT))}: the review says {_text(it.predicted, LONG)}, "
                f"and this came: {_text(it.seen, LONG)}"
            ),
            MANY,
        )
    if rehearsal.limits:
        yield from ("<details><summary>What stood in for what, and what was not played</summary>", "")
        yield from _listed(rehearsal.limits, _sentence, MANY)
        yield from ("</details>", "")


def _listed(items: Iterable[object], said: Callable[..., str], most: int) -> Iterator[str]:
    every = list(items)
    yield from (f"- {said(item)}" for item in every[:most])
    if len(every) > most:
        yield f"- and {len(every) - most:,} more"
    if every:
        yield ""


def _logged(count: int, servers: Iterable[str], file: str, line: str) -> str:
    where = _text(", ".join(servers), SHORT)
    return f"{code(shortened(line, LONG))} ({counted(count, 'line')}, {where}, {code(shortened(file, SHORT))})"


def _pages(findings: Findings) -> Iterator[str]:
    if not findings.pages:
        return
    yield "| Page | Status | Weight | Median | p95 | Look |"
    yield "|---|---|---|---|---|---|"
    for page in findings.pages[:MANY]:
        cells = [_text(page.name, SHORT), *(_strong(words, is_bad) for words, is_bad in _each_page(page))]
        yield f"| {' | '.join(cells)} |"
    yield ""


def _strong(words: str, is_bad: bool) -> str:
    return f"**{text(words)}**" if is_bad else text(words)


def _text(words: str, longest: int) -> str:
    return text(shortened(words, longest))


def _sentence(words: str) -> str:
    """Whatever it begins with, it is no heading and no list."""
    said = words.strip()
    return ("" if said[:1].isalpha() else BREAK) + _text(said, LONG)


# Both.


def _each_page(page: Page) -> Iterator[tuple[str, bool]]:
    """What a page's row has beside its name, and whether it is bad."""
    before, after = page.before, page.after
    yield _became(str(before.status or "no answer"), str(after.status or "no answer")), page.is_worse
    yield _became(weight(before.bytes), weight(after.bytes)), False
    yield _became(*(_figure(it, median) for it in (before, after))), page.is_slower
    yield _became(*(_figure(it, p95) for it in (before, after))), False
    looks = {pair.after.width: _shown(pair) for pair in page.pairs if pair.difference}
    by_width = "; ".join(f"{width} px: {look}" for width, look in looks.items())
    yield (SAME if set(looks.values()) == {SAME} else by_width) or "no picture", bool(page.looks_different)


SAME = "the same"


def _became(before: str, after: str) -> str:
    return after if before == after else f"{before} → {after}"


def _figure(page: PageSeen, of: Callable[[tuple[float, ...]], float]) -> str:
    return time(of(page.seconds)) if page.seconds else "unknown"


def _shown(pair: Pair) -> str:
    """How a page's look differs, in a few words."""
    share = pair.difference.share if pair.difference else 0.0
    return SAME if not share else f"{max(share, 0.001):.1%} differs"


def _inline(picture: Image.Image) -> str:
    return f"data:image/webp;base64,{base64.b64encode(packed(picture)).decode()}"


# Told.


def tell(findings: Findings, record: Path, fail_on: Collection[Kind], report: Report | None = None) -> int:
    """Writes the reports beside the record, and prints the verdict and what is refused.

    Returns:
        The exit status: 1 where something is refused.

    Raises:
        OSError: a report cannot be written, or a picture cannot be read.
    """
    written = {
        record.with_suffix(".md"): markdown(findings, report),
        record.with_suffix(".html"): html(findings, report),
    }
    for file, content in written.items():
        file.write_text(content, encoding="utf-8")
    print(findings.verdict)
    print(f"rehearsal: see {', '.join(map(str, written))}", file=sys.stderr)
    against = refused(findings, fail_on)
    for fault in against:
        print(f"rehearsal: {fault.kind.value}: {fault.text}", file=sys.stderr)
    return 1 if against else 0


def main(words: list[str]) -> int:
    """Carries one command out and returns the exit status."""
    given = _arguments(words)
    try:
        findings = Findings(Rehearsal.read(given.record))
        name = findings.rehearsal.environment
        report = Report(Plan.read(given.plan), name, cost(given.plan)) if given.plan else None
        return tell(findings, given.record, given.fail_on, report)
    except (NotARecord, NotAPlan) as problem:
        print(f"rehearsal: {problem}", file=sys.stderr)
    except OSError as error:
        why = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        print(f"rehearsal: {why}", file=sys.stderr)
    return 2


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m rehearsal.report", description="Tell of a rehearsal once more.")
    parser.add_argument("record", type=Path, help="what the rehearsal has kept; the reports are written beside it")
    parser.add_argument("--plan", type=Path, help="what `terraform show -json FILE` printed: tell it within its review")
    add_fail_on(parser)
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
