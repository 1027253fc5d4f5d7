"""What a reviewer reads of a rehearsal."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from PIL import Image

from rehearsal.findings import Findings, p95
from rehearsal.record import Link, LogLine, PageSeen, Prediction, Rehearsal, Request, Step
from rehearsal.report import html, markdown
from review.plan import Plan
from review.report import Report
from tests.rehearsal.records import BAD, GOOD, PAGES, STEPS, with_pictures
from tests.review.test_hostile import GITHUB, HOSTILE, check, document

GOLDEN = Path(__file__).parent


@pytest.mark.parametrize(("name", "rehearsal"), [("good", GOOD), ("bad", BAD)])
def test_the_markdown_is_as_it_was_looked_at(name: str, rehearsal: Rehearsal):
    assert markdown(Findings(rehearsal)) == (GOLDEN / f"{name}.md").read_text()


def test_the_verdict_says_nothing_of_what_was_not_seen():
    nothing = Findings(replace(GOOD, requests=(), pages_before=(), pages_after=(), steps=()))
    assert nothing.verdict == "No request was sent"
    assert "unknown whether it was upgraded" in markdown(Findings(replace(GOOD, database_upgraded=None)))
    assert Findings(GOOD).verdict.endswith("no new error, no broken link, no page slower")


def test_pictures_are_in_the_page_side_by_side_and_open_where_they_differ(tmp_path: Path):
    before, after = tmp_path / "before.png", tmp_path / "after.png"
    Image.new("RGB", (390, 844), "white").save(before)
    Image.new("RGB", (390, 844), "navy").save(after)

    same = html(Findings(with_pictures(GOOD, before, before)))
    assert same.count('src="data:image/webp;base64,') == 2 * len(PAGES)
    assert '<details class="change" open>' not in same
    assert "no page slower or different</h1>" in same

    differs = Findings(with_pictures(GOOD, before, after))
    assert html(differs).count('<details class="change" open>') == len(PAGES)
    assert differs.verdict.endswith("front page and post and 404 look different")
    assert "| front page | 200 | 34 kB | 80 ms | 80 ms | **1280 px: 100.0% differs; 390 px: 100.0% differs** |" in (
        markdown(differs)
    )


def test_it_stands_in_the_review_of_the_same_change_below_its_head():
    report = Report(Plan(document("x")), "shop", "not estimated")
    text, page = markdown(Findings(GOOD), report), html(Findings(GOOD), report)
    assert text.index("## shop") < text.index("### Rehearsal") < text.index("### What survives a failure")
    assert page.index("</header>") < page.index('<section id="rehearsal">') < page.index('<section id="survival">')
    assert page.count("<h1") == 1
    assert ".pictures figure" in page


def test_what_happens_every_time_is_one_line_of_the_logs():
    lines = [LogLine("WEBSERVER1", "error.log", f"2026/11/28 16:40:0{i} [error] {i}#1: *{i} gone") for i in range(5)]
    (only,) = Findings(replace(GOOD, log_lines=tuple(lines))).logged
    assert (only.count, only.first) == (5, lines[0])


def test_the_slowest_moments_are_apart():
    burst = [Request(10 + i / 100, "reader", "GET", "/", 200, 2 - i / 100) for i in range(50)]
    later = Request(30, "reader", "GET", "/a", 200, 1.0)
    found = Findings(replace(GOOD, requests=(*burst, later)))
    assert found.slowest == [burst[0], later]
    assert found.during(30) == STEPS[0]
    assert found.during(10) is None


def test_p95_is_what_95_of_100_do_not_exceed():
    assert p95([float(i) for i in range(1, 101)]) == 95
    assert p95([float(i) for i in range(1, 21)]) == 19
    assert p95([3.0]) == 3


def hostile(value: str, also: str, many: int = 1) -> Rehearsal:
    """A rehearsal whose every text is hostile."""
    requests = [Request(i, "reader", value, also, 500, 1.0, value) for i in range(many)]
    page = PageSeen(value, also, 390, 200, 1, (1.0,), links=tuple(Link(f"{also}{i}", 404) for i in range(many)))
    return Rehearsal(
        environment=value,
        base=also,
        change=(value, also) * many,
        steps=(Step(value, 0, 9, f"{also}\n{value}", True, also),) * many,
        requests=tuple(requests),
        predictions=(Prediction(value, also, value, False),) * many,
        pages_before=(replace(page, links=()),) * many,
        pages_after=(page,) * many,
        log_lines=tuple(LogLine(also, value, f"{also}{'x' * i}") for i in range(many)),
        limits=(value, also) * many,
    )


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(HOSTILE, HOSTILE)
def test_nothing_of_a_site_becomes_more_than_text(value: str, also: str):
    findings = Findings(hostile(value, also))
    check(markdown(findings))
    page = html(findings)
    assert not re.search(r"<(script|img|a|iframe)\b", page)


@pytest.mark.parametrize("within", [False, True])
def test_a_comment_is_never_too_long(within: bool):
    findings = Findings(hostile("x" * 2_000 + "🦑|`" * 200, "@y" * 3_000, many=60))
    report = Report(Plan(document("x" * 50_000)), "t" * 5_000, "c" * 5_000) if within else None
    said = markdown(findings, report)
    assert len(said.encode("utf-16-le")) // 2 < GITHUB
    check(said)
