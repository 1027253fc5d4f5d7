"""Looks at a site's pages from outside: how they look, what they weigh, how long they take, where they lead."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import re
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

from rehearsal.browser import TALLEST, Browser, NoPicture, chromium
from rehearsal.load import find_newest
from rehearsal.record import Link, PageSeen
from testbed import Site
from testbed.load import OWN_PAGE
from testbed.visitor import Answer, Visitor

FRONT, SIGN_IN, MISSING = ("front page", "/"), ("sign-in", "/wp-login.php"), ("404", "/no-such-page/")

WINDOWS = {1280: 900, 390: 844}
"""Width and height in CSS pixels: a laptop's, and a telephone's."""

WARM_UP, TIMES = 3, 12
"""A page is asked for so often before it is measured, for each server to have its code in memory; and then so often."""

WORK = bytes(16 << 20)
"""Its SHA-256 takes some hundredths of a second, as a page does."""

MOST_LINKS = 40
"""Of each page so many are followed."""

UNFOLLOWED = re.compile(r"/wp-admin/|/wp-login\.php\?|[?&](replytocom|action)=")
"""Pages for who is signed in, and addresses that do something."""

FAILURES = (OSError, http.client.HTTPException, LookupError)
"""What asking for a page ends with where there is no answer."""


class Document(HTMLParser):
    """What a page's HTML leads to.

    Attributes:
        links: to other pages.
        parts: what it loads: style sheets, scripts, pictures.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.parts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        source = given.get("src") if tag in ("img", "script") else None
        address = given.get("href") if tag in ("a", "link") else None
        if tag == "link" and not {"stylesheet", "icon"} & set((given.get("rel") or "").split()):
            address = None
        if found := source or address:
            (self.links if tag == "a" else self.parts).append(found)


@dataclass
class _Reader:
    """Asks for every address once.

    Attributes:
        known: status and bytes of those that were asked for.
    """

    visitor: Visitor
    url: str
    known: dict[str, tuple[int, int]] = field(default_factory=dict)

    def ask(self, address: str) -> Answer | None:
        try:
            return self.visitor.get(address, follow=3, headers={"Accept-Encoding": "gzip", **OWN_PAGE})
        except FAILURES:
            return None

    def of_the_site(self, page: str, found: Iterable[str]) -> list[str]:
        """The addresses that stay on the site, each once, as they stand in the page."""
        host = urlsplit(self.url).netloc
        every = dict.fromkeys(urldefrag(urljoin(page, address)).url for address in found)
        return [it for it in every if urlsplit(it).netloc == host and not UNFOLLOWED.search(it)][:MOST_LINKS]

    def look(self, address: str) -> tuple[int, int]:
        if address not in self.known:
            answer = self.ask(address)
            self.known[address] = (answer.status, len(answer.body)) if answer else (0, 0)
        return self.known[address]


def seen(site: Site, folder: Path, content: Mapping[str, str]) -> list[PageSeen]:
    """Looks at the front page, at pages of the content, at the sign-in page and at one that is not there.

    No cache keeps these pages: one would show the site as it was, and hide what WordPress takes. Times are of the
    documents alone.

    Args:
        site: it is up.
        folder: for the pictures. It is made where it is not there.
        content: the paths of posts and pages, by names for people.
    """
    folder.mkdir(parents=True, exist_ok=True)
    reader = _Reader(site.visitor(), site.url)
    pages = []
    with ExitStack() as stack:
        browser = None
        if program := chromium():
            name = urlsplit(site.url).hostname or ""
            names = {name: site.find(name) or ""}
            browser = stack.enter_context(Browser(program, site.client, names, site.folder))
        for name, path in (FRONT, *content.items(), SIGN_IN, MISSING):
            url = site.url + path
            status, size, links = _looked_at(reader, url)
            seconds, machine = _times(reader, url) if status else ((), ())
            for width, height in WINDOWS.items():
                file = folder / f"{re.sub(r'[^a-z0-9]+', '-', name.lower())}-{width}.png"
                picture = _kept(browser, url, width, height, file) if browser else None
                pages.append(PageSeen(name, path, width, status, size, seconds, machine, picture, links))
    return pages


def newest(site: Site) -> dict[str, str]:
    """The path of the newest post by its name for people; nothing where the site tells of none."""
    posts = find_newest(site, "posts")
    return {"post": posts[0]} if posts else {}


def limits(pages: Iterable[PageSeen]) -> list[str]:
    """What was not looked at, or not as visitors would: sentences with their full stop."""
    said = [
        "Pages were looked at past all caches, as somebody who has left a comment gets them; their weight leaves out "
        "what style sheets and scripts load.",
        f"Of links to the site's own pages, {MOST_LINKS} of each page were followed, one step far.",
    ]
    if not chromium():
        return [*said, "There are no pictures, because this machine has no Chromium: `apt-get install chromium`."]
    said.append(
        f"Pictures show the first {TALLEST:,} pixels of a page, with this machine's fonts and without what the page "
        "loads from other sites."
    )
    without = [f"{page.name} at {page.width} px" for page in pages if not page.picture]
    return [*said, f"Chromium made no picture of: {', '.join(without)}."] if without else said


def _looked_at(reader: _Reader, url: str) -> tuple[int, int, tuple[Link, ...]]:
    """Status, bytes and links of a page."""
    answer = reader.ask(url)
    if not answer:
        return 0, 0, ()
    document = Document(_text(answer))
    parts = reader.of_the_site(answer.url, document.parts)
    leads_to = reader.of_the_site(answer.url, [*document.links, *document.parts])
    links = tuple(Link(address, reader.look(address)[0]) for address in leads_to)
    size = len(answer.body) + sum(reader.look(part)[1] for part in parts)
    return answer.status, size, links


def _text(answer: Answer) -> str:
    body = gzip.decompress(answer.body) if answer.headers["Content-Encoding"] == "gzip" else answer.body
    return body.decode("utf-8", "replace")


def _times(reader: _Reader, url: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """How long a page takes each time, and beside it what the machine takes for the same work every time."""
    seconds, machine = [], []
    for number in range(WARM_UP + TIMES):
        began = time.monotonic()
        answer = reader.ask(url)
        ended = time.monotonic()
        if answer and number >= WARM_UP:
            hashlib.sha256(WORK)
            seconds.append(ended - began)
            machine.append(time.monotonic() - ended)
    return tuple(seconds), tuple(machine)


def _kept(browser: Browser, url: str, width: int, height: int, file: Path) -> Path | None:
    try:
        file.write_bytes(browser.picture(url, width, height, OWN_PAGE["Cookie"]))
    except NoPicture:
        return None
    return file
