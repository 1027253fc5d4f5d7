"""How many pages a site answers, and how soon after its first boot: `python -m benchmarks.wordpress`.

The test bed boots real servers, database and load balancer in namespaces of this machine, and wrk asks for the front
page through the load balancer. Everything shares the machine's cores, so the ratios count, not the numbers. It needs
what the test bed needs (testbed/packages.txt), and wrk.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from testbed import Environment, Site
from testbed.needs import what_the_bed_lacks

RESULTS = Path(__file__).parent / "results"
SECONDS = 10
CONNECTIONS = 8

WAYS: dict[str, tuple[str, str, str]] = {
    "two tiers, opcache off": (
        "handson",
        "opcache.memory_consumption",
        "opcache.enable = 0\nopcache.memory_consumption",
    ),
    "two tiers, as shipped": ("handson", "", ""),
    "three tiers, micro-cache off": ("three-tier", "proxy_cache pages;", "proxy_cache off;"),
    "three tiers, as shipped": ("three-tier", "", ""),
}
"""Each way's environment, and what is replaced in its boot scripts by what."""


def main() -> int:
    if lacks := what_the_bed_lacks():
        print(lacks, file=sys.stderr)
        return 2
    measured = {way: measure(environment, before, after) for way, (environment, before, after) in WAYS.items()}
    slowest = min(rate for rate, _ in measured.values())
    rows = [f"| {way} | {rate:,.0f} | {rate / slowest:.1f}x | {boot:.0f} s |" for way, (rate, boot) in measured.items()]
    text = "\n".join(
        [
            "# Pages through the load balancer\n",
            "| front page | requests/s | | first boot to first page |",
            "|---|--:|--:|--:|",
            *rows,
            f"\nwrk with {CONNECTIONS} connections for {SECONDS} s, a whole site on the same {os.cpu_count()} cores,"
            " each way once and in one run; three tiers with TLS. In the bed a boot takes packages and WordPress from"
            " this machine, and its pauses are six times shorter than on a server.",
            f"\nMeasured {time.strftime('%Y-%m-%d')}. Again: `python -m benchmarks.wordpress`.\n",
        ]
    )
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "wordpress.md").write_text(text)
    (RESULTS / "wordpress.json").write_text(json.dumps(measured, indent=2) + "\n")
    print(text)
    return 0


def measure(environment: str, before: str, after: str) -> tuple[float, float]:
    """Requests a second, and seconds from the first boot to the first page."""
    change: Callable[[str], str] = (lambda script: script.replace(before, after)) if before else (lambda script: script)
    with Site(Environment.of(environment), change) as site:
        start = time.monotonic()
        site.open()
        visitor = site.visitor()
        while visitor.get(site.url + "/").status != 200:
            time.sleep(0.1)
        boot = time.monotonic() - start
        return pages(site), boot


def pages(site: Site) -> float:
    scheme, _, host = site.url.partition("://")
    words = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--header", f"Host: {host}"]
    address = f"{scheme}://{site.entrance.host.address}/"

    def run(seconds: int) -> str:
        command = [*site.client.enter(), *words, "--duration", f"{seconds}s", address]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    run(3)  # warms caches
    said = run(SECONDS)
    if "Non-2xx" in said:
        raise RuntimeError(said)
    return float(re.search(r"Requests/sec:\s+([\d.]+)", said)[1])


if __name__ == "__main__":
    sys.exit(main())
