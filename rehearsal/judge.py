"""What of a rehearsal is refused: `--fail-on`."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum
from statistics import median

from rehearsal.findings import Findings, counted, time


class Kind(Enum):
    """Kinds of faults. The values are the words of `--fail-on`."""

    LOST_REQUESTS = "lost-requests"
    SLOWER = "slower"
    ERRORS = "errors"
    BROKEN_LINKS = "broken-links"
    VISUAL = "visual"


@dataclass(frozen=True)
class Fault:
    """Something that the change did to the site.

    Attributes:
        text: a sentence without its full stop.
    """

    kind: Kind
    text: str


def kinds(words: str) -> frozenset[Kind]:
    """What `--fail-on` names, separated by commas: a type for argparse, which ends with 2 where it is refused.

    Raises:
        argparse.ArgumentTypeError: a word is none of them.
    """
    allowed = {kind.value: kind for kind in Kind}
    named = [word.strip() for word in words.split(",") if word.strip()]
    if unknown := [word for word in named if word not in allowed]:
        raise argparse.ArgumentTypeError(f"found {', '.join(map(repr, unknown))}; allowed: {', '.join(allowed)}")
    return frozenset(allowed[word] for word in named)


def add_fail_on(parser: argparse.ArgumentParser) -> None:
    """The option, with no kind where it is left out."""
    parser.add_argument(
        "--fail-on",
        type=kinds,
        default=frozenset(),
        metavar="KIND,...",
        help=f"end with 1 if the rehearsal has such a fault: {', '.join(kind.value for kind in Kind)}",
    )


def faults(findings: Findings) -> list[Fault]:
    """Every fault, in the order of their kinds.

    A prediction that did not come true is none of them: it is the review that was wrong, not the change.
    """
    return [Fault(kind, text) for kind in Kind for text in _TEXTS[kind](findings)]


def refused(findings: Findings, fail_on: Collection[Kind]) -> list[Fault]:
    """The faults for which the exit status is 1."""
    return [fault for fault in faults(findings) if fault.kind in fail_on]


def _lost(findings: Findings) -> Iterator[str]:
    if findings.lost:
        sent = len(findings.rehearsal.requests)
        yield f"{len(findings.lost):,} of {sent:,} requests lost, the first at {time(findings.lost[0].at)}"


def _slower(findings: Findings) -> Iterator[str]:
    for page in findings.pages:
        if page.is_slower:
            was, now = median(page.before.seconds), median(page.after.seconds)
            yield f"the {page.name} takes {time(now)} instead of {time(was)} (median)"


def _errors(findings: Findings) -> Iterator[str]:
    for step in findings.failed:
        yield f"{step.name} failed" + (f" on {step.server}" if step.server else "")
    for page in findings.pages:
        if page.is_worse:
            yield f"the {page.name} answered with {page.before.status}, and now with {page.after.status or 'nothing'}"
    if lines := findings.rehearsal.log_lines:
        yield f"{counted(len(lines), 'new line')} in error logs"


def _broken(findings: Findings) -> Iterator[str]:
    for link in findings.broken:
        yield f"{link.address} answers with {link.status or 'nothing'}"


def _visual(findings: Findings) -> Iterator[str]:
    for page in findings.pages:
        for width in page.looks_different:
            yield f"the {page.name} looks different at {width} px"


_TEXTS = {
    Kind.LOST_REQUESTS: _lost,
    Kind.SLOWER: _slower,
    Kind.ERRORS: _errors,
    Kind.BROKEN_LINKS: _broken,
    Kind.VISUAL: _visual,
}
