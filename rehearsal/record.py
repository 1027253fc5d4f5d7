"""What a rehearsal asked, did and saw: plain data that is kept as JSON.

Times are seconds since the load began, durations are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

Actor = Literal["reader", "editor", "upload"]
"""Who asks: a visitor without a session, somebody who is signed in, or somebody who uploads a file."""


class NotARecord(Exception):
    """A file that no rehearsal has written, in one line."""


@dataclass(frozen=True)
class Request:
    """One request from outside, and its answer.

    Attributes:
        at: when it was sent.
        path: with its query.
        status: of HTTP; 0 where there was no whole answer.
        seconds: until the last byte of the answer, or until it was given up.
        problem: what went wrong; empty where nothing did.
    """

    at: float
    actor: Actor
    method: str
    path: str
    status: int
    seconds: float
    problem: str = ""

    @property
    def is_lost(self) -> bool:
        """Whoever sent it did not get what he should."""
        return bool(self.problem)


@dataclass(frozen=True)
class Step:
    """Something that was done to the site.

    Attributes:
        name: what was done, as a person would say it: "release", "replace".
        began: when.
        ended: when.
        told: what the command said, perhaps in many lines.
        failed: it did not work, or was undone.
        server: to which server; empty where it was done to the site.
    """

    name: str
    began: float
    ended: float
    told: str = ""
    failed: bool = False
    server: str = ""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began


@dataclass(frozen=True)
class Prediction:
    """What the review says of a failure, and what came of it.

    Attributes:
        event: what was lost, by the review's name for it.
        predicted: what the review says.
        seen: what came of it.
        held: both are the same.
    """

    event: str
    predicted: str
    seen: str
    held: bool


@dataclass(frozen=True)
class Link:
    """A link to a page of the site, and the status that it answers with; 0 where it does not."""

    address: str
    status: int

    @property
    def is_broken(self) -> bool:
        return not 200 <= self.status < 400


@dataclass(frozen=True)
class PageSeen:
    """A page at one width.

    Attributes:
        name: for people: "front page".
        path: with its query.
        width: of the window, in CSS pixels.
        status: of HTTP; 0 where there was no answer.
        bytes: of the document and of what it loads from the site, as they are sent.
        seconds: how long the document took, once for each time that it was asked for.
        machine: how long a fixed piece of work took beside each of those: what this machine was busy with.
        picture: the PNG; None where there is no browser.
        links: those of the page that stay on the site.
    """

    name: str
    path: str
    width: int
    status: int
    bytes: int
    seconds: tuple[float, ...] = ()
    machine: tuple[float, ...] = ()
    picture: Path | None = None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class LogLine:
    """A line of an error log.

    Attributes:
        server: by its name.
        file: the log's path on the server, or its unit.
    """

    server: str
    file: str
    line: str


@dataclass(frozen=True)
class Rehearsal:
    """All of it.

    Attributes:
        environment: the environment file's name.
        base: the git revision that the site was at.
        change: the revisions that were rehearsed, a line each.
        steps: what was done to make the change, in order.
        requests: those sent while it was made. Those of the failures that were played afterwards are not among them.
        predictions: the failures that were played, and what the review said of them.
        pages_before: at the base.
        pages_after: with the change.
        log_lines: those that were not there before the change.
        database_upgraded: WordPress has upgraded its tables; None where that was not seen.
        limits: sentences with their full stop: what stood in for what, and what was not played.
    """

    environment: str
    base: str
    change: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    requests: tuple[Request, ...] = ()
    predictions: tuple[Prediction, ...] = ()
    pages_before: tuple[PageSeen, ...] = ()
    pages_after: tuple[PageSeen, ...] = ()
    log_lines: tuple[LogLine, ...] = ()
    database_upgraded: bool | None = None
    limits: tuple[str, ...] = ()

    def write(self, file: Path) -> None:
        """Keeps it as JSON.

        Raises:
            OSError: the file cannot be written.
        """
        file.write_bytes(_FORM.dump_json(self, indent=1))

    @classmethod
    def read(cls, file: Path) -> Rehearsal:
        """One that was kept.

        Raises:
            NotARecord: something else is in the file.
            OSError: it cannot be read.
        """
        try:
            return _FORM.validate_json(file.read_bytes())
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "as a whole"
            raise NotARecord(f"{file}: no record of a rehearsal: {where}: {first['msg']}") from None


_FORM = TypeAdapter(Rehearsal)
