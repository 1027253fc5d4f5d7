"""The scanners' word on one plan: `python -m tests.scanners plan.json cdk.tf.json`, with the JSON that was planned."""

import json
import sys
from pathlib import Path

from tests.scanners.scan import accepted, scan


def main(plan: str, site: str) -> int:
    """Prints what the site's JSON does not accept.

    Returns:
        The exit status: 1 if there is such a finding.
    """
    [findings] = scan([Path(plan).absolute()])
    reasons = accepted(json.loads(Path(site).read_text(encoding="utf-8")))
    faults = sorted(findings.keys() - reasons.keys())
    for address, check in faults:
        print(f"{address}: {check} {findings[address, check]}")
    print(
        f"{len(faults)} faults; {len(findings) - len(faults)} findings that the site's JSON accepts, with its reasons"
    )
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
