"""What a plan changes in the monthly bill, as far as Infracost knows. https://www.infracost.io/docs"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

SECONDS = 120
"""Infracost asks its own service for prices; a review does not wait longer for it."""


def cost(plan: Path) -> str:
    """The monthly difference in one line, or why there is none.

    Args:
        plan: the plan's JSON.
    """
    binary = shutil.which("infracost")
    if binary is None:
        return "not estimated: Infracost is not installed"
    command = [binary, "breakdown", "--path", str(plan), "--format", "json", "--log-level", "error"]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=SECONDS)
        told = json.loads(done.stdout)
        was, becomes, more = (
            float(told[key] or 0) for key in ("pastTotalMonthlyCost", "totalMonthlyCost", "diffTotalMonthlyCost")
        )
    except subprocess.TimeoutExpired:
        return f"not estimated: Infracost did not answer within {SECONDS} seconds"
    except (ValueError, KeyError, TypeError):
        said = (done.stderr.strip().splitlines() or ["nothing that can be read"])[-1]
        return f"not estimated: Infracost said {said}"
    currency = told.get("currency", "USD")
    return f"{more:+,.2f} {currency} a month: from {was:,.2f} to {becomes:,.2f}, by Infracost"
