"""What PHP is busy with when it makes the front page: `python -m benchmarks.wordpress.profile`.

A sampling profiler, Excimer, looks after each millisecond of processor time at the functions that are under way, on the
servers of a booted two-tier site that are asked for uncached pages. It needs what the test bed needs, and what
packages.txt beside this file lists.
"""

import re
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from benchmarks.wordpress.__main__ import RESULTS, until_served
from testbed import Environment, Site
from testbed.namespace import Host
from testbed.needs import what_the_bed_lacks

PAGES = 60
FOLDER = "/var/tmp/profile"
MOST = 20
"""Rows of each table."""
OURS = "mu-plugins/pressform"


def main() -> int:
    if lacks := what_the_bed_lacks():
        print(lacks, file=sys.stderr)
        return 2
    with Site(Environment.of("handson")) as site:
        site.open()
        asked(site, PAGES)  # warms caches
        for host in site.servers.values():
            prepare(site, host)
        until_served(site, site.visitor())
        asked(site, PAGES)
        files = [host.path(f"{FOLDER}/looks") for host in site.servers.values()]
        looks = [
            line for file in files if file.exists() for line in file.read_text().splitlines() if "/index.php" in line
        ]
    if not looks:
        print(f"Excimer says nothing: install what {Path(__file__).parent}/packages.txt lists", file=sys.stderr)
        return 2
    text = table(looks)
    (RESULTS / "wordpress-profile.md").write_text(text)
    print(text)
    return 0


def prepare(site: Site, host: Host) -> None:
    """The server's PHP begins every page with the profiler."""
    script = Path(__file__).with_name("sampled.php").read_text().replace("@FOLDER@", FOLDER)
    host.run("install", "-d", "-m", "777", FOLDER)
    host.path(f"{FOLDER}/sampled.php").write_text(script)
    release = host.run("readlink", "-f", "/opt/pressform/current").stdout.strip()
    settings = host.path(f"{release}/php.d/pressform.ini")
    settings.write_text(f"{settings.read_text()}\nauto_prepend_file = {FOLDER}/sampled.php\n")
    host.run("systemctl", "restart", f"pressform-php@{Path(release).name}")


def asked(site: Site, pages: int) -> None:
    for _ in range(pages):
        site.visitor().get(f"{site.url}/", headers={"Cookie": "comment_author_0=somebody"})


def table(looks: Iterable[str]) -> str:
    """The results' page.

    Args:
        looks: lines of Excimer's collapsed form, `caller;called;called number`.
    """
    within, itself = Counter[str](), Counter[str]()
    whole = ours = 0
    for look in looks:
        stack, _, number = look.rpartition(" ")
        functions = [name for function in stack.split(";") if (name := short(function))]
        whole += int(number)
        ours += int(number) * any(OURS in function for function in functions)
        itself[functions[-1]] += int(number)
        for function in set(functions):
            within[function] += int(number)
    lines = [
        "# What PHP is busy with\n",
        "| function or file | with what it calls | itself |",
        "|---|--:|--:|",
        *(
            f"| `{function}` | {number / whole:.1%} | {itself[function] / whole:.1%} |"
            for function, number in within.most_common(MOST)
        ),
        "\n| most of all themselves | |",
        "|---|--:|",
        *(f"| `{function}` | {number / whole:.1%} |" for function, number in itself.most_common(MOST)),
        f"\nThe front page of `handson`, uncached, {PAGES} times on two servers: {whole:,} looks, one after each"
        " millisecond of the processor's time. Opcache and the connection to the database are warm. Pressform's own"
        f" plugins are under way in {ours / whole:.1%} of them.",
        f"\nMeasured {time.strftime('%Y-%m-%d')}. Again: `python -m benchmarks.wordpress.profile`.\n",
    ]
    return "\n".join(lines)


def short(function: str) -> str:
    """Without the folder of the release."""
    return re.sub(r"/opt/pressform/releases/\w+/(html/)?", "", function)


if __name__ == "__main__":
    sys.exit(main())
