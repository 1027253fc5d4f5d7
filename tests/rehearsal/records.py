"""Made-up rehearsals for the tests of what is told of them."""

from dataclasses import replace
from pathlib import Path

from rehearsal.record import Link, LogLine, PageSeen, Prediction, Rehearsal, Request, Step

URL = "https://shop.example.com"

STEPS = (
    Step("release", 20, 34, "took release 1f2e", server="WEBSERVER1"),
    Step("release", 36, 50, "took release 1f2e", server="WEBSERVER2"),
)

REQUESTS = (
    *(Request(at / 10, "reader", "GET", "/", 200, 0.02) for at in range(600)),
    *(Request(at / 2, "editor", "POST", "/wp-admin/post.php", 302, 0.1) for at in range(120)),
    Request(41, "reader", "GET", "/hello-world/", 200, 1.24),
    Request(41.5, "reader", "GET", "/hello-world/", 200, 1.1),
    Request(22, "upload", "POST", "/wp-admin/async-upload.php", 200, 0.6),
)

PAGES = tuple(
    PageSeen(name, path, width, status, 34_000, (0.08,) * 19 + (0.12,), links=(Link(f"{URL}/about/", 200),))
    for name, path, status in (("front page", "/", 200), ("post", "/hello-world/", 200), ("404", "/no-such-page/", 404))
    for width in (1280, 390)
)

GOOD = Rehearsal(
    environment="shop",
    base="main",
    change=("1f2e3d4 Raise the memory limit",),
    steps=STEPS,
    requests=REQUESTS,
    predictions=(Prediction("WEBSERVER1", "the site answers", "the site answered", True),),
    pages_before=PAGES,
    pages_after=PAGES,
    database_upgraded=False,
    limits=("MariaDB stood in for RDS.",),
)

WARNING = "[28-Nov-2026 16:40:{:02}] PHP Warning: Undefined variable $hours in /srv/www/hours.php on line {}"

BAD = replace(
    GOOD,
    steps=(
        STEPS[0],
        Step("release", 36, 44, "building\nthe front page answers with 500\ntook back 0a9b", True, "WEBSERVER2"),
    ),
    requests=(
        *REQUESTS,
        Request(43, "reader", "GET", "/cart/?a=1|2", 502, 0.4, "502 Bad Gateway"),
        Request(43.2, "editor", "POST", "/wp-login.php", 0, 10, "no answer within 10 seconds"),
    ),
    predictions=(
        *GOOD.predictions,
        Prediction("zone 1a", "the site answers", "no answer for 40 seconds", False),
    ),
    pages_after=tuple(
        replace(page, bytes=51_000, seconds=(0.31,) * 20, links=(Link(f"{URL}/about/", 404), Link(f"{URL}/x.png", 0)))
        if page.name == "front page"
        else replace(page, status=500)
        if page.name == "post"
        else page
        for page in PAGES
    ),
    log_lines=(
        LogLine("WEBSERVER1", "/var/log/php/error.log", WARNING.format(1, 12)),
        LogLine("WEBSERVER2", "/var/log/php/error.log", WARNING.format(2, 12)),
        LogLine("WEBSERVER1", "/var/log/nginx/error.log", "upstream prematurely closed connection"),
    ),
    database_upgraded=True,
)


def with_pictures(rehearsal: Rehearsal, before: Path, after: Path) -> Rehearsal:
    """The same picture for every page before, and the same for every one after."""
    return replace(
        rehearsal,
        pages_before=tuple(replace(page, picture=before) for page in rehearsal.pages_before),
        pages_after=tuple(replace(page, picture=after) for page in rehearsal.pages_after),
    )
