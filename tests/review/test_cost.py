"""The monthly difference, as Infracost tells it."""

import json
from pathlib import Path

import pytest

from review.cost import cost


@pytest.fixture
def infracost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts a command of this name on PATH, which prints what it is told to."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def says(output: str, errors: str = "", status: int = 0) -> str:
        command = tmp_path / "infracost"
        (tmp_path / "output").write_text(output)
        (tmp_path / "errors").write_text(errors)
        command.write_text(f"#!/bin/sh\n/bin/cat {tmp_path}/output\n/bin/cat {tmp_path}/errors >&2\nexit {status}\n")
        command.chmod(0o755)
        return cost(Path("plan.json"))

    return says


def test_without_infracost_it_is_left_out_and_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cost(Path("plan.json")) == "not estimated: Infracost is not installed"


def test_the_monthly_difference(infracost):
    totals = {"pastTotalMonthlyCost": "120.5", "totalMonthlyCost": "1153.25", "diffTotalMonthlyCost": "1032.75"}
    told = infracost(json.dumps({"currency": "USD", **totals}))
    assert told == "+1,032.75 USD a month: from 120.50 to 1,153.25, by Infracost"


@pytest.mark.parametrize("output", ["", "no JSON", "{}", "[]"])
def test_what_infracost_complains_about_is_passed_on(infracost, output: str):
    assert infracost(output, "Error: no API key", 1) == "not estimated: Infracost said Error: no API key"
