"""How many pages a site answers, beside the setups of the usual guides: `python -m benchmarks.wordpress`.

The test bed boots real servers, database and load balancer in namespaces of this machine, and wrk asks through the load
balancer. Everything shares the machine's cores, so the ratios count, not the numbers. It needs what the test bed needs
(testbed/packages.txt), and what packages.txt beside this file lists.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from contextlib import nullcontext
from pathlib import Path
from statistics import median

from benchmarks.wordpress.guide import followed
from testbed import Environment, Site
from testbed.needs import what_the_bed_lacks
from testbed.visitor import Visitor

RESULTS = Path(__file__).parents[1] / "results"
ROUNDS = 4
SECONDS = 5
CONNECTIONS = 8

SETUPS = {
    "Apache + PHP-FPM, as the guides for AWS": ("handson", "apache"),
    "nginx + FastCGI cache, as Trellis": ("handson", "nginx"),
    "Pressform, two tiers (`handson`)": ("handson", None),
    "Pressform, a fleet (`private-web`)": ("private-web", None),
    "Pressform, two tiers, cache and TLS (`production`)": ("production", None),
    "Pressform, three tiers and TLS (`three-tier`)": ("three-tier", None),
}
"""Each setup's environment, and the guide that its servers follow instead of Pressform's own files."""

PAGES = ("anonymous", "uncached", "signed in")

Measured = dict[str, float]


def main() -> int:
    lacks = what_the_bed_lacks() or " ".join(name for name in ("wrk", "apache2") if not shutil.which(name))
    if lacks:
        print(
            f"{lacks}: install what testbed/packages.txt and {Path(__file__).parent}/packages.txt list", file=sys.stderr
        )
        return 2
    before = os.getloadavg()
    rounds: dict[str, list[dict[str, Measured]]] = defaultdict(list)
    for environment in dict.fromkeys(environment for environment, _ in SETUPS.values()):
        with Site(Environment.of(environment)) as site:
            site.open()
            for _ in range(ROUNDS):
                for setup, (where, guide) in SETUPS.items():
                    if where == environment:
                        with followed(site, guide) if guide else nullcontext():
                            rounds[setup].append(measure(site, "guide" if guide else "www"))
    result = {
        "measured": time.strftime("%Y-%m-%d"),
        "rounds": ROUNDS,
        "seconds": SECONDS,
        "connections": CONNECTIONS,
        "cores": os.cpu_count(),
        "load": [round(before[0], 1), round(os.getloadavg()[0], 1)],
        "setups": {
            setup: {
                page: {figure: round(median(one[page][figure] for one in done), 1) for figure in done[0][page]}
                for page in done[0]
            }
            for setup, done in rounds.items()
        },
    }
    (RESULTS / "wordpress.json").write_text(json.dumps(result, indent=2) + "\n")
    text = table(result)
    (RESULTS / "wordpress.md").write_text(text)
    print(text)
    return 0


def table(result: dict) -> str:
    """The results' page."""
    lines = [
        "# Pages through the load balancer\n",
        "| front page, requests/s (95 % within) | " + " | ".join(PAGES) + " | memory of a PHP worker |",
        "|---|" + "--:|" * (len(PAGES) + 1),
    ]
    for setup, pages in result["setups"].items():
        cells = [f"{pages[page]['rate']:,.0f} ({pages[page]['p95']:,.0f} ms)" for page in PAGES]
        lines.append(f"| {setup} | " + " | ".join(cells) + f" | {pages['worker']['megabytes']:.0f} MB |")
    lines += [
        f"\nwrk with {result['connections']} connections for {result['seconds']} s, a whole site on the same"
        f" {result['cores']} cores; medians of {result['rounds']} rounds, in which the setups of one environment take"
        " turns. Uncached is a visitor who has commented, signed in is the administrator. The guides have the same PHP,"
        " WordPress, database and load balancer; their web server, pool and wp-config.php are in"
        " `benchmarks/wordpress/guides/`. They speak to the database without TLS, Pressform with it. Memory is what a"
        " process has for itself and its part of what is shared (PSS).",
        f"\nMeasured {result['measured']}, load {result['load'][0]} before and {result['load'][1]} after."
        " Again: `python -m benchmarks.wordpress`.\n",
    ]
    return "\n".join(lines)


def measure(site: Site, pool: str) -> dict[str, Measured]:
    """Requests a second and the 95th percentile in ms of each of PAGES, and a worker's memory in MB."""
    admin = site.secret("admin")
    visitor = site.visitor()
    until_served(site, visitor)
    visitor.get(f"{site.url}/wp-login.php")
    form = {"log": admin["username"], "pwd": admin["password"], "testcookie": "1"}
    visitor.post(f"{site.url}/wp-login.php", form)
    signed_in = "; ".join(f"{name}={cookie.coded_value}" for name, cookie in visitor.cookies.items())
    if "wp-admin-bar" not in visitor.get(f"{site.url}/").text:
        raise RuntimeError("cannot sign in")
    cookies = {"anonymous": "", "uncached": "comment_author_0=somebody", "signed in": signed_in}
    measured = {}
    for page, cookie in cookies.items():
        ask(site, cookie, 3)  # warms caches
        measured[page] = ask(site, cookie, SECONDS)
    return {**measured, "worker": {"megabytes": worker_memory(site, pool)}}


def until_served(site: Site, visitor: Visitor) -> None:
    """Waits for the load balancer's health checks."""
    while visitor.get(f"{site.url}/").status != 200:
        time.sleep(0.2)


def ask(site: Site, cookie: str, seconds: int) -> Measured:
    scheme, _, host = site.url.partition("://")
    headers = {"Host": host, "Cookie": cookie, "Accept-Encoding": "gzip"}
    words = [word for name, value in headers.items() if value for word in ("--header", f"{name}: {value}")]
    command = [
        "wrk",
        "--threads",
        "1",
        "--connections",
        str(CONNECTIONS),
        "--duration",
        f"{seconds}s",
        "--timeout",
        "30s",
    ]
    script = str(Path(__file__).parent / "page.lua")
    # The servers are measured, not what stands in for CloudFront.
    visitor, entrance = (site.cdn.host, site.balancer) if site.cdn else (site.client, site.entrance)
    address = f"{scheme}://{entrance.host.address}/"
    said = subprocess.run(
        [*visitor.enter(), *command, "--script", script, *words, address],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    measured: Measured = json.loads(said.splitlines()[-1])
    if measured.pop("failed"):
        raise RuntimeError(said)
    return measured


def worker_memory(site: Site, pool: str) -> float:
    """The mean of all processes of the pool, in MB."""
    sizes = []
    for host in site.servers.values():
        script = f"for one in $(pgrep -f 'php-fpm: pool {pool}'); do grep ^Pss: /proc/$one/smaps_rollup; done"
        sizes += [
            int(line.split()[1]) / 1024 for line in host.run("bash", "-c", script, check=False).stdout.splitlines()
        ]
    return sum(sizes) / len(sizes)


if __name__ == "__main__":
    sys.exit(main())
