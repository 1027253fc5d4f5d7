"""Review a plan: one Markdown report and one HTML page.

    python -m review PLAN.json [--env ENVIRONMENT --base REVISION]
    python -m review --env ENVIRONMENT [--base REVISION]

PLAN.json is what `terraform show -json FILE` prints. Without it, the environment is planned in a sandbox, on top of
what the base revision has; without a base, everything is new. With it, the base tells which of the servers' files a
release changes.

The exit status is 0; 1 if the plan has a risk named by --fail-on; 2 if there is something to put right first.
"""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path

from review.archives import Files
from review.cost import cost
from review.html import html
from review.markdown import markdown
from review.picture.svg import picture
from review.plan import NotAPlan, Plan
from review.proposal import CannotPropose, files_since, propose
from review.releases import has_other_files
from review.report import Report
from review.risks import Danger
from sandbox import SandboxError

SANDBOXES = Path(".sandbox")


def main(words: list[str]) -> int:
    """Carries one command out and returns the exit status."""
    given = _arguments(words)
    try:
        if given.plan:
            path, plan = given.plan, Plan.read(given.plan)
            files = _files(given, plan)
        else:
            proposal = propose(given.env, given.base, SANDBOXES / f"review-{given.env}", _say)
            path, plan, files = proposal.plan, Plan.read(proposal.plan), proposal.files
        report = Report(plan, given.title or given.env or path.stem, cost(path), files)
        written = {
            given.markdown or path.with_suffix(".md"): markdown(report),
            given.html or path.with_suffix(".html"): html(report),
        }
        if given.picture:
            written = {given.picture: picture(report)}
        for file, content in written.items():
            file.write_text(content, encoding="utf-8")
    except (NotAPlan, CannotPropose, SandboxError) as problem:
        print(f"review: {problem}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"review: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    print(report.verdict)
    _say(f"see {', '.join(map(str, written))}")
    refused = [risk for risk in report.risks if risk.danger.value in given.fail_on]
    for risk in refused:
        _say(f"{risk.danger.value}: {risk.text}")
    return 1 if refused else 0


def _arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m review", description="Review a Terraform plan of a site.")
    parser.add_argument("plan", nargs="?", type=Path, help="what `terraform show -json FILE` printed")
    parser.add_argument("--env", help="the environment; without a plan, it is planned in a sandbox")
    parser.add_argument("--base", help="the git revision to compare with; without it, everything is new")
    parser.add_argument("--title", help="the report's heading; without it, the environment's or the file's name")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="beside the plan without it")
    parser.add_argument("--html", type=Path, metavar="FILE", help="beside the plan without it")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="write the picture alone, as SVG")
    parser.add_argument(
        "--fail-on",
        nargs="+",
        default=[],
        choices=[danger.value for danger in Danger],
        help="end with 1 if the plan has such a risk",
    )
    given = parser.parse_args(words)
    if not given.plan and not given.env:
        parser.error("give a plan or --env")
    if given.base and not given.env:
        parser.error("--base goes with --env: whose base it is")
    return given


def _files(given: argparse.Namespace, plan: Plan) -> Files | None:
    if not given.base or not has_other_files(plan.changes):
        return None
    try:
        return files_since(given.base, given.env)
    except CannotPropose as problem:
        _say(f"which files the release changes is not known: {problem}")
        return None


def _say(words: str) -> None:
    print(f"review: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    # A large plan makes millions of objects, and nearly all of them live to the end.
    gc.disable()
    sys.exit(main(sys.argv[1:]))
