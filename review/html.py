"""The report as one HTML page that fetches nothing."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from review.changes import differences, reason
from review.markdown import FOOTNOTE, SIGNS
from review.matrix import Mark
from review.picture.svg import picture
from review.report import Report
from review.survival import NOTHING, Works
from review.version import PRODUCT


def templates(*folders: Path) -> Environment:
    """The review's templates, and those of more folders, which come first."""
    return Environment(
        # Whatever a plan or a site says is text: a tag's name must not become part of the page.
        autoescape=True,
        loader=FileSystemLoader([*folders, Path(__file__).parent]),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


TEMPLATES = templates()

NOTHING_ELSE = Markup("")


def html(report: Report, section: Markup = NOTHING_ELSE, style: str = "") -> str:
    """The whole report as a document.

    Args:
        section: what somebody else tells of the same change. It stands below the head.
        style: its rules of CSS, beside the page's.
    """
    return TEMPLATES.get_template("page.html").render(
        report=report,
        section=section,
        style=Markup(style),
        picture=Markup(picture(report)) if report.matrix.flows else "",
        outcomes=_outcomes(report),
        footnote=FOOTNOTE,
        product=PRODUCT,
        signs=SIGNS,
        stays=Mark.STAYS,
        looks={Works.YES: "good", Works.UNKNOWN: "unknown"},
        differences=differences,
        reason=reason,
        with_code=with_code,
    )


def with_code(words: str) -> Markup:
    """Text whose parts between backticks are code."""
    pieces = enumerate(words.split("`"))
    return Markup("").join(Markup("<code>{}</code>").format(piece) if i % 2 else escape(piece) for i, piece in pieces)


def _outcomes(report: Report) -> list[tuple[str, list[dict[str, object]]]]:
    """A row for each failure: what still works, why not, and whether that is worse than before."""
    survival, earlier = report.survival, report.survival_before
    if survival is None:
        return []
    rows = []
    for lost, outcome in survival.outcomes.items():
        now = [outcome.answers, outcome.gets_out, outcome.shell]
        if lost == NOTHING and all(answer.works is Works.YES for answer in now):
            continue
        before = earlier.outcomes.get(lost) if earlier else None
        was = [before.answers, before.gets_out, before.shell] if before else now
        pairs = zip(now, was, strict=True)
        rows.append((lost, [{"answer": answer, "worse": answer.works < then.works} for answer, then in pairs]))
    return rows
