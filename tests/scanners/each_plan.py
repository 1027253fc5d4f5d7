"""Run by checkov's own Python: scans each plan by itself, and writes what failed as JSON.

Starting is most of checkov's time. Its command line takes several plans too, but in one graph, where a backup plan in
one of them is taken for a backup plan of all.
"""

import json
import sys

from checkov.runner_filter import RunnerFilter
from checkov.terraform.plan_runner import Runner


def failed(plan: str) -> list[tuple[str, str, str]]:
    """The resource, the check and what it is about, of each failed check."""
    report = Runner().run(root_folder=None, files=[plan], runner_filter=RunnerFilter(framework=["terraform_plan"]))
    if report.parsing_errors or not report.passed_checks:
        sys.exit(f"{plan}: not read")
    return [(record.resource, record.check_id, record.check_name) for record in report.failed_checks]


if __name__ == "__main__":
    json.dump([failed(plan) for plan in sys.argv[1:]], sys.stdout)
