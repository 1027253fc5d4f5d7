"""Rehearse a change before it is made: the base's site, on this machine and under load, takes it.

    python -m rehearsal ENVIRONMENT --base REVISION [--dump FILE] [--uploads FOLDER] [--from ADDRESS] [--rate 20]

It writes what was asked, done and seen as JSON, and tells of it in Markdown and an HTML page. The exit status is 0; 1
if there is a fault named by --fail-on; 2 if there is something to put right first.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

from modules.operations import moving
from modules.operations.__main__ import add_import_options, wanted_of
from modules.operations.server import Refused
from modules.synthesis import prerequisites
from rehearsal import pages, play
from rehearsal.change import compare
from rehearsal.content import CannotFill, fill
from rehearsal.findings import Findings
from rehearsal.forecast import Forecast
from rehearsal.judge import add_fail_on
from rehearsal.load import Visitors
from rehearsal.record import Rehearsal, Step
from rehearsal.report import tell
from review.proposal import CannotPropose, stack_at
from testbed import Environment, Site
from testbed.environment import CannotBuild
from testbed.needs import what_the_bed_lacks
from testbed.server import BedServer
from testbed.site import PREFIX, fast_disk

REHEARSALS = Path(".sandbox")
"""What is written goes into a folder of its own here."""

RECORD = "rehearsal.json"

AROUND = 40
"""Requests before the change and after it: what it costs is seen beside them."""

LIMITS = (
    "HAProxy stood in for the load balancers, MariaDB for MySQL, this machine's PHP, nginx and Debian's WordPress for "
    "Amazon Linux's and wordpress.org's; a folder for S3 and EFS.",
    "All of it shared this machine's processors: times are for comparing one with the other, not with AWS.",
    f"Load balancers looked at their servers {play.PACE} times as often as they will: a failed server costs so many "
    "times more requests.",
    "A failover of the database took a restart of it, where AWS takes one to two minutes.",
)


class CannotRehearse(Exception):
    """There is something to put right first; the text says what."""


def main(words: list[str]) -> int:
    """Carries one command out and returns the exit status."""
    asked = _arguments(words)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    folder = REHEARSALS / f"rehearse-{asked.env}"
    try:
        rehearsal = _rehearse(asked, folder)
        rehearsal.write(folder / RECORD)
    except (CannotRehearse, CannotPropose, CannotBuild, CannotFill, Refused) as problem:
        _clear(folder)
        print(f"rehearsal: {problem}", file=sys.stderr)
        return 2
    except BaseException as error:
        _clear(folder)
        if isinstance(error, KeyboardInterrupt):
            print("rehearsal: stopped, and nothing is left of it", file=sys.stderr)
            return 128 + signal.SIGINT
        raise
    return tell(Findings(rehearsal), folder / RECORD, asked.fail_on)


def _clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):  # there are other things in it
        folder.parent.rmdir()


def _stop(*_: object) -> None:
    """Once: what is cleared away on the way out is not disturbed again."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def _rehearse(asked: argparse.Namespace, folder: Path) -> Rehearsal:
    wanted = wanted_of(asked)
    if lacks := what_the_bed_lacks():
        raise CannotRehearse(lacks)
    if wanted.dump or wanted.uploads:
        moving.check(wanted)
    try:
        # The base, in a folder that goes away, would fetch one of its own.
        prerequisites.require_node()
    except prerequisites.Missing as missing:
        raise CannotRehearse(str(missing)) from None
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with ExitStack() as undo:
        # Where the next bed looks for what a killed one has left.
        scratch = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=fast_disk()))
        undo.callback(shutil.rmtree, scratch, ignore_errors=True)
        for part in ("base", "forecast"):
            (scratch / part).mkdir()
        revision = _git("rev-parse", "--verify", "--quiet", f"{asked.base}^{{commit}}")
        if not revision:
            raise CannotRehearse(f"BASE is {asked.base!r}: git knows no such revision.")
        base = _environment(stack_at(revision, asked.env, scratch / "base"), asked)
        forecast = undo.enter_context(Forecast(asked.env, scratch / "forecast"))
        _say(f"boots the servers of {asked.env} as they are in {asked.base}")
        site = undo.enter_context(Site(base, pace=play.PACE))
        site.open()
        has_content = bool(wanted.dump or wanted.uploads)
        if has_content:
            _say("brings the content over")
            if moving.bring_in(BedServer.of(site), wanted, partial(print, flush=True)):
                raise CannotRehearse("the content did not come over: see above")
        editor = fill(site, generate=not has_content)
        head = Environment.read(forecast.stack())
        if head.url != base.url:
            raise CannotRehearse(f"the change gives the site another address ({base.url} -> {head.url}): not played")
        change = compare(base, head)
        # Or its plan would take time from the pages of before, and not from those of after.
        view = forecast.site()
        _say("looks at the pages")
        content = pages.newest(site)
        before = pages.seen(site, folder / "before", content)
        _say(f"takes the change, under {asked.rate:g} requests a second")
        logs, tables = play.read_logs(site), play.version_of_tables(site)
        with Visitors(site, asked.rate, editor) as visitors:
            visitors.some_more(AROUND)
            steps = list(play.take(site, head, change))
            visitors.some_more(AROUND)
        _say("looks at the pages again")
        after = pages.seen(site, folder / "after", content)
        lines = play.new_lines(logs, play.read_logs(site))
        upgraded = play.version_of_tables(site) != tables
        limits = [*LIMITS, *pages.limits([*before, *after]), *change.not_played]
        predictions = []
        if any(step.failed for step in steps):
            limits.append("No failure was played: the release was undone, and the site is as it was.")
        elif view:
            losses, rest = play.losses(head, view)
            predictions = list(play.play(site, view, losses, _say))
            if rest:
                limits.append(f"Not lost, for the bed has none: {', '.join(rest)}.")
        if visitors.problem:
            limits.append(f"Nobody edited or uploaded: the sign-in was answered with {visitors.problem}.")
        return Rehearsal(
            asked.env,
            asked.base,
            _changes(revision),
            tuple(_since(visitors.began, step) for step in steps),
            visitors.requests,
            tuple(predictions),
            pages_before=tuple(before),
            pages_after=tuple(after),
            log_lines=tuple(lines),
            database_upgraded=upgraded,
            limits=tuple(limits),
        )


def _environment(stack: Path | None, asked: argparse.Namespace) -> Environment:
    if stack is None:
        raise CannotRehearse(f"{asked.base} has no environments/{asked.env}.toml: there is no site yet to change.")
    return Environment.read(stack.parent)


def _since(began: float, step: Step) -> Step:
    return dataclasses.replace(step, began=round(step.began - began, 3), ended=round(step.ended - began, 3))


def _changes(revision: str) -> tuple[str, ...]:
    """The revisions since the base, and what is in none yet."""
    lines = _git("log", "--format=%h %s", f"{revision}..HEAD").splitlines()
    if _git("status", "--porcelain", "--untracked-files=no"):
        lines.insert(0, "what is not committed yet")
    return tuple(lines)


def _git(*words: str) -> str:
    """What git says; nothing where it refuses."""
    return subprocess.run(["git", *words], check=False, capture_output=True, text=True).stdout.strip()


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m rehearsal", description="Rehearse a change before it is made.")
    parser.add_argument("env", help="the environment's name")
    parser.add_argument("--base", required=True, help="the git revision that the site is at")
    parser.add_argument("--rate", type=_rate, default=20, help="pages a second that readers ask for; 20 without it")
    add_fail_on(parser)
    add_import_options(parser)
    return parser.parse_args(words)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0
    if not 0 < rate <= 200:
        raise argparse.ArgumentTypeError(f"{text!r}: a number of requests a second, above 0 and up to 200")
    return rate


_BEGAN = time.monotonic()


def _say(words: str) -> None:
    print(f"rehearsal: {time.monotonic() - _BEGAN:4.0f} s: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
