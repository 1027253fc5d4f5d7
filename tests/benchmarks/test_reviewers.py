"""The comparison with other reviewers of plans: what is shown is what was measured, and holds today."""

import json

import pytest

from benchmarks.reviewers.__main__ import DANGERS, PRESSFORM, page, table
from benchmarks.reviewers.changes import DANGEROUS, HARMLESS, UNTOLD, Change, planned
from modules import PROJECT
from review.plan import Plan
from review.report import Report
from review.risks import Danger

RESULTS = PROJECT / "benchmarks/results"
MEASURED = json.loads((RESULTS / "review.json").read_text())

CHANGES = {"dangerous": DANGEROUS, "harmless": HARMLESS, "untold": UNTOLD}


def test_the_readme_and_the_page_show_what_was_measured():
    assert "\n".join(table(MEASURED)) in (PROJECT / "README.md").read_text()
    assert (RESULTS / "review.md").read_text() == page(MEASURED)


@pytest.mark.parametrize(
    ("kind", "name", "change"),
    [(kind, name, its) for kind, changes in CHANGES.items() for name, its in changes.items()],
)
def test_the_review_finds_today_what_it_found(kind: str, name: str, change: Change):
    risks = Report(Plan(planned(change)), "", "").risks
    assert [f"{risk.danger.value}: {risk.text}" for risk in risks] == MEASURED[kind][name][PRESSFORM]


def test_every_kind_of_risk_is_counted():
    assert {danger.value for danger in Danger} == set(DANGERS)
