"""What programs that review plans say of the same changes: `python -m benchmarks.reviewers` writes it down."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from benchmarks.reviewers.changes import DANGEROUS, HARMLESS, UNTOLD, Document, planned

PROGRAMS = Path(".tools/reviewers/bin")
RESULTS = Path("benchmarks/results")

PRESSFORM = "Pressform"

DANGERS = ("data-loss", "exposure", "resilience", "blocked", "interruption", "replace", "state", "incomplete")
"""What the review may be told to fail on: all that it calls a risk."""

ABOUT = """\
The same plans for all: a small live site (load balancer, two servers, a database with a standby, uploads, a bucket)
and one change each, written down in the form of `terraform show -json` in `benchmarks/reviewers/changes.py`. A danger
counts as found, and a harmless change as a false alarm, where a program reports any finding at all, of whatever
severity, that is more than a list of what changes. We chose the changes, and know what our own review reads: they are
what a change of such a site may do, and no sample of all the plans there are. The other programs look at more than
this, such as the ways in which an identity gets more rights."""

Findings = Callable[[Path], list[str]]
"""What a program finds in a plan: a line for each finding, of whatever severity."""


def pressform(plan: Path) -> list[str]:
    """The risks of the review, of every kind."""
    words = [sys.executable, "-m", "review", str(plan), "--fail-on", *DANGERS]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr.strip())
    lines = [line.removeprefix("review: ") for line in done.stderr.splitlines()]
    return [line for line in lines if line.startswith(tuple(f"{danger}: " for danger in DANGERS))]


def pyrrho(plan: Path) -> list[str]:
    """Findings of every severity, but those that only list what changes."""
    said = _json(PROGRAMS / "pyrrho", plan, "--format", "json")
    return [f"{its.get('severity')}: {its.get('title')}" for its in said["findings"] if its.get("severity") != "info"]


def iacguard(plan: Path) -> list[str]:
    """Findings of every severity."""
    said = _json(PROGRAMS / "iacguard", "plan", "--plan", plan, "--ci")
    return [f"{its['severity']}: {its['message']}" for its in said["findings"]]


REVIEWERS: dict[str, Findings] = {PRESSFORM: pressform, "pyrrho 0.2.1": pyrrho, "iacguard 0.1.0": iacguard}

NOT_RUN = {
    "tfcmt": "It comments with the plan's own text, and warns where something is destroyed.",
    "Infracost": "It estimates costs.",
}
"""What is often named beside them, and what it does."""


def _json(*words: str | Path) -> Document:
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{words[0]} ended with {done.returncode}: {done.stderr.strip()}")
    found: Document = json.loads(done.stdout)
    return found


def measure() -> Document:
    """For each kind of change and each change, how many findings each program has."""
    kinds = {"dangerous": DANGEROUS, "harmless": HARMLESS, "untold": UNTOLD}
    with tempfile.TemporaryDirectory() as folder:
        plan, measured = Path(folder, "plan.json"), {}
        for kind, changes in kinds.items():
            measured[kind] = {}
            for name, change in changes.items():
                plan.write_text(json.dumps(planned(change)))
                measured[kind][name] = {reviewer: find(plan) for reviewer, find in REVIEWERS.items()}
    return measured


def table(measured: Mapping[str, Document]) -> list[str]:
    """The table of the README."""
    counts = {kind: len(changes) for kind, changes in measured.items()}
    lines = [
        f"| | dangers found, of {counts['dangerous']} | false alarms, of {counts['harmless']} "
        f"| told of what is unknown, of {counts['untold']} |",
        "|---|--:|--:|--:|",
    ]
    for reviewer in REVIEWERS:
        found = [sum(bool(said[reviewer]) for said in changes.values()) for changes in measured.values()]
        lines.append(f"| {reviewer} | {' | '.join(map(str, found))} |")
    return lines


def page(measured: Mapping[str, Document]) -> str:
    """`results/review.md`."""
    lines = [
        "# What reviewers of plans find",
        "",
        *table(measured),
        "",
        *ABOUT.splitlines(),
        "",
        "To repeat it: `make .tools/reviewers/.complete`, then `.venv/bin/python -m benchmarks.reviewers`.",
        "",
        *(f"- {name} was not run: it is in Go, and neither on PyPI nor on npm. {its}" for name, its in NOT_RUN.items()),
    ]
    titles = {"dangerous": "Dangerous", "harmless": "Harmless", "untold": "Not told by the plan"}
    for kind, changes in measured.items():
        lines += ["", f"| {titles[kind]} | {' | '.join(REVIEWERS)} |", f"|---{'|---' * len(REVIEWERS)}|"]
        for name, said in changes.items():
            cells = (f"{len(found)} found" if (found := said[reviewer]) else "" for reviewer in REVIEWERS)
            lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Measures, and writes both files."""
    if not PROGRAMS.exists():
        sys.exit("benchmarks.reviewers: `make .tools/reviewers/.complete` installs the other programs first")
    measured = measure()
    (RESULTS / "review.json").write_text(json.dumps(measured, indent=2, ensure_ascii=False) + "\n")
    (RESULTS / "review.md").write_text(page(measured))
    print("\n".join(table(measured)))


if __name__ == "__main__":
    main()
