"""checkov and tf-nag, run on plans: two scanners that know nothing of each other, nor of this project."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from modules import PROJECT
from tests.tools import require

PROGRAMS = PROJECT / ".tools" / "scanners" / "bin"
EACH_PLAN = Path(__file__).with_name("each_plan.py")

Findings = dict[tuple[str, str], str]
"""What is said, by the resource's address and the check's name."""


def scan(plans: Sequence[Path]) -> list[Findings]:
    """What both scanners find in each plan, a file of `terraform show -json`."""
    checkov, tf_nag = (require(str(PROGRAMS / name), "make tools") for name in ("python", "tf-nag"))
    by_checkov = _run(checkov, str(EACH_PLAN), *map(str, plans))
    return [
        {(address, check): what for address, check, what in findings} | _by_tf_nag(tf_nag, plan)
        for plan, findings in zip(plans, by_checkov, strict=True)
    ]


def accepted(site: Mapping[str, Any]) -> Findings:
    """The reasons that a stack's JSON gives at its head."""
    return {(address, check): why for address, by in site["//"]["accepted"].items() for check, why in by.items()}


def _by_tf_nag(command: str, plan: Path) -> Findings:
    # What it cannot know before the apply, an ARN in a policy above all, is no finding.
    found = _run(command, "scan", "--plan-json", str(plan), "--format", "json", "--unknown-as", "ignore", "--strict")
    return {(finding["address"], finding["rule_id"]): finding["message"] for finding in found}


def _run(*words: str) -> Any:
    """A program's JSON, whatever it found. It asks nobody whether there is a newer release."""
    environment = {**os.environ, "CKV_SKIP_PACKAGE_UPDATE_CHECK": "true"}
    done = subprocess.run(words, text=True, capture_output=True, check=False, cwd=PROGRAMS, env=environment)
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError:
        raise RuntimeError(f"{words[0]} did not finish:\n{done.stdout}{done.stderr}") from None
