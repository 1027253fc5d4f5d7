"""What a rehearsal's record amounts to: all that the judge and the reports tell of."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from rehearsal.compare import Pair, pairs
from rehearsal.record import LogLine, PageSeen, Prediction, Rehearsal, Request, Step

SLOWER, LEAST, FEWEST = 1.5, 0.1, 5
"""A page is slower where its median time grows by this factor and by so many seconds, if each of both was measured so
often at least. Machines are noisy: what is less is not told apart from noise. Where the machine took longer for its own
work in the meantime, the page may, too."""

SLOWEST, APART = 3, 1.0
"""So many of the slowest requests are told, each so many seconds away from the others."""

VARYING = re.compile(r"^\[[^\]]*\]\s*|^\d{4}[/-]\d\d[/-]\d\d[T ][\d:.,]+(Z|[+-]\d\d:?\d\d)?\s*|\d+")
"""What of a line of a log differs from one time to the next: its time, and numbers."""


@dataclass(frozen=True)
class Page:
    """A page before and after the change, over all widths.

    Attributes:
        pairs: one for each width.
    """

    pairs: tuple[Pair, ...]

    @property
    def name(self) -> str:
        return self.pairs[0].before.name

    @property
    def before(self) -> PageSeen:
        """At the first width: all but its look is the same at the others."""
        return self.pairs[0].before

    @property
    def after(self) -> PageSeen:
        return self.pairs[0].after

    @property
    def is_worse(self) -> bool:
        """It answered, and does no more."""
        return 200 <= self.before.status < 400 and not 200 <= self.after.status < 400

    @property
    def is_slower(self) -> bool:
        """By more than the noise of a machine."""
        was, now = self.before.seconds, self.after.seconds
        if min(len(was), len(now)) < FEWEST:
            return False
        own = (self.before.machine, self.after.machine)
        expected = median(was) * (max(1.0, median(own[1]) / median(own[0])) if all(own) else 1.0)
        return median(now) > expected * SLOWER and median(now) - expected > LEAST

    @property
    def looks_different(self) -> list[int]:
        """The widths at which it does."""
        return [pair.after.width for pair in self.pairs if pair.difference and pair.difference.is_visible]


@dataclass(frozen=True)
class Broken:
    """An address that answered before, or that nothing led to, and does not answer now.

    Attributes:
        status: of HTTP; 0 where there is no answer.
        pages: the names of those that lead there.
    """

    address: str
    status: int
    pages: tuple[str, ...]


@dataclass(frozen=True)
class Logged:
    """Lines of a log that say the same.

    Attributes:
        first: one of them.
        servers: those that wrote it.
        count: how often.
    """

    first: LogLine
    servers: tuple[str, ...]
    count: int


def p95(seconds: Sequence[float]) -> float:
    """What 95 of 100 do not exceed, by the nearest rank."""
    return sorted(seconds)[math.ceil(0.95 * len(seconds)) - 1]


class Findings:
    """What there is to tell.

    Attributes:
        rehearsal: what it is told of.
        lost: the requests that went wrong.
        failed: the steps that did.
        servers: how many seconds was worked on each server, in the order in which it was begun.
        wrong: the predictions that did not come true.
    """

    def __init__(self, rehearsal: Rehearsal) -> None:
        self.rehearsal = rehearsal
        self.lost: list[Request] = [request for request in rehearsal.requests if request.is_lost]
        self.failed: list[Step] = [step for step in rehearsal.steps if step.failed]
        self.wrong: list[Prediction] = [prediction for prediction in rehearsal.predictions if not prediction.held]
        self.servers: dict[str, float] = {}
        for step in rehearsal.steps:
            if step.server and step.seconds:
                self.servers[step.server] = self.servers.get(step.server, 0.0) + step.seconds

    @cached_property
    def slowest(self) -> list[Request]:
        """The slowest requests, the slowest first."""
        found: list[Request] = []
        for request in sorted(self.rehearsal.requests, key=lambda it: -it.seconds):
            if all(abs(request.at - other.at) >= APART for other in found):
                found.append(request)
            if len(found) == SLOWEST:
                break
        return found

    def during(self, moment: float) -> Step | None:
        """What was done to the site at that moment, on a server if there was one."""
        steps = [step for step in self.rehearsal.steps if step.began <= moment <= step.ended]
        return max(steps, key=lambda step: bool(step.server), default=None)

    @cached_property
    def pages(self) -> list[Page]:
        """Those that were seen before and after."""
        by_name: dict[str, list[Pair]] = {}
        for pair in pairs(self.rehearsal):
            by_name.setdefault(pair.before.name, []).append(pair)
        return [Page(tuple(its)) for its in by_name.values()]

    @cached_property
    def broken(self) -> list[Broken]:
        """The links that are broken and were not before."""
        were = {_name(link.address) for page in self.rehearsal.pages_before for link in page.links if link.is_broken}
        found: dict[tuple[str, int], dict[str, None]] = {}
        for page in self.rehearsal.pages_after:
            for link in page.links:
                if link.is_broken and _name(link.address) not in were:
                    found.setdefault((link.address, link.status), {})[page.name] = None
        return [Broken(address, status, tuple(names)) for (address, status), names in found.items()]

    @cached_property
    def logged(self) -> list[Logged]:
        """The new lines of error logs, those that say the same as one, the most frequent first."""
        of: dict[tuple[str, str], list[LogLine]] = {}
        for line in self.rehearsal.log_lines:
            of.setdefault((line.file, VARYING.sub("", line.line)), []).append(line)
        every = [Logged(lines[0], tuple(Counter(line.server for line in lines)), len(lines)) for lines in of.values()]
        return sorted(every, key=lambda it: -it.count)

    @property
    def verdict(self) -> str:
        """All of it in one line, what was lost first."""
        said = "; ".join(filter(None, self._said()))
        return said[:1].upper() + said[1:]

    def _said(self) -> Iterator[str]:
        requests = self.rehearsal.requests
        if self.failed:
            step = self.failed[0]
            last = [line.strip() for line in step.told.splitlines() if line.strip()][-1:]
            where, why = f" on {step.server}" if step.server else "", f" ({last[0]})" if last else ""
            yield f"{step.name} failed{where}{why}"
        yield f"{len(self.lost):,} of {len(requests):,} requests lost" if requests else "no request was sent"
        if self.servers:
            yield f"{counted(len(self.servers), 'server')}, {each(list(self.servers.values()))}"
        if self.rehearsal.database_upgraded:
            yield "the database was upgraded"
        bad = list(self._bad())
        yield from bad
        if self.pages and not bad:
            pictures = [pair.difference for page in self.pages for pair in page.pairs]
            looks = " or different" if pictures and all(pictures) else ""
            yield f"no new error, no broken link, no page slower{looks}"
        if self.wrong:
            yield f"{counted(len(self.wrong), 'prediction')} of the review did not come true: an error of ours"

    def _bad(self) -> Iterator[str]:
        for page in self.pages:
            if page.is_worse:
                yield f"the {page.name} answers with {page.after.status or 'nothing'}"
        if lines := len(self.rehearsal.log_lines):
            yield f"{counted(lines, 'new line')} in error logs"
        if self.broken:
            yield f"{counted(len(self.broken), 'link')} broke"
        for page in self.pages:
            if page.is_slower:
                yield f"{page.name} slower, {time(median(page.before.seconds))} → {time(median(page.after.seconds))}"
        if different := [page.name for page in self.pages if page.looks_different]:
            yield f"{' and '.join(different)} look{'s' * (len(different) == 1)} different"


def _name(address: str) -> str:
    """Without the version by which WordPress tells browsers that a file is another: each release has its own."""
    return re.sub(r"[?&]ver=[^&]*", "", address)


def counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' * (count != 1)}"


def each(seconds: Sequence[float]) -> str:
    """How long each of several took, in one phrase."""
    least, most = time(min(seconds)), time(max(seconds))
    if len(seconds) == 1:
        return most
    return f"{most} each" if least == most else f"{least} to {most} each"


def time(seconds: float) -> str:
    """A duration for people: milliseconds below one second."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    return f"{round(seconds, 1):g} s" if seconds < 9.95 else f"{seconds:,.0f} s"


def weight(size: int) -> str:
    """Bytes for people."""
    return f"{size:,} B" if size < 1_000 else f"{size / 1_000:,.0f} kB"
