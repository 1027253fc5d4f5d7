"""Load from outside, while a change is made: readers, an editor who saves, uploads. Every request is written down."""

from __future__ import annotations

import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from urllib.parse import urljoin, urlsplit

from rehearsal.content import Editor
from rehearsal.record import Request
from testbed import Site
from testbed.load import OK, OWN_PAGE, Load, Result, expects, watch
from testbed.picture import png
from testbed.visitor import Answer, Visitor

OWN = 5
"""Every so many-th reader has pages made: somebody who left a comment, or filled a cart."""

SAVES, UPLOADS = 0.5, 0.25
"""A second."""

PATIENCE = 60
"""Seconds that a person waits: CloudFront and a load balancer give up before."""


Check = Callable[[Answer], str]


class CannotSignIn(Exception):
    """Nobody can edit; the text is what was answered instead."""


class Visitors:
    """Readers at a rate, and an editor and uploads at theirs, until the block ends.

    Attributes:
        began: when, in seconds on the monotonic clock.
        problem: why there is no editor; empty where there is one.
    """

    def __init__(self, site: Site, rate: float, editor: Editor) -> None:
        """
        Args:
            rate: pages a second.
        """
        self._site, self._rate, self._editor = site, rate, editor
        self._undo = ExitStack()
        self._pages = itertools.cycle(find_pages(site).items())
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._loads: list[Load] = []
        self._more: list[Result] = []
        self.problem = ""

    def __enter__(self) -> Visitors:
        visitor = self._site.visitor()
        self._loads.append(Load(self._site, self._rate, self._read))
        try:
            headers = sign_in(self._site, visitor, self._editor)
            self._loads.append(Load(self._site, SAVES, lambda: self._save(visitor, headers), most=1))
            other = self._site.visitor()
            other.cookies = dict(visitor.cookies)
            self._loads.append(Load(self._site, UPLOADS, lambda: self._upload(other, headers), most=1))
        except CannotSignIn as error:
            self.problem = str(error)
        self.began = time.monotonic()
        for load in self._loads:
            self._undo.enter_context(load)
        return self

    def __exit__(self, *_: object) -> None:
        self._undo.close()

    @property
    def requests(self) -> tuple[Request, ...]:
        """What has been sent, in its order."""
        found = [result for load in self._loads for result in load.results] + self._more
        return tuple(_written_down(result, self.began) for result in sorted(found, key=lambda result: result.at))

    def some_more(self, requests: int) -> None:
        """Waits until so many more have an answer, or have gone without."""
        readers = self._loads[0]
        wanted = len(readers.results) + requests
        while len(readers.results) < wanted:
            time.sleep(0.05)

    def _read(self) -> Result:
        with self._lock:
            (path, check), number = next(self._pages), next(self._numbers)
        headers = OWN_PAGE if number % OWN == 0 else {}
        visitor = self._site.visitor()
        return watch(lambda: _ask(visitor, "GET", self._site.url + path, headers=headers), check, path=path)[0]

    def _save(self, visitor: Visitor, headers: dict[str, str]) -> Result:
        path = f"/wp-json/wp/v2/posts/{self._editor.post}"
        text = f"Saved by a rehearsal.<!-- {next(self._numbers)} -->"
        headers = {"Content-Type": "application/json", **headers}
        body = json.dumps({"content": text}).encode()

        def check(answer: Answer) -> str:
            return OK(answer) or ("" if text in answer.text.replace("\\", "") else "the post is not as it was saved")

        return watch(
            lambda: _ask(visitor, "POST", self._site.url + path, body, headers),
            check,
            actor="editor",
            method="POST",
            path=path,
        )[0]

    def _upload(self, visitor: Visitor, headers: dict[str, str]) -> Result:
        """And a look at the picture, from outside."""
        number = next(self._numbers)
        picture = png(48, number % 256)
        name = f'attachment; filename="rehearsal-upload-{number}.png"'
        headers = {"Content-Type": "image/png", "Content-Disposition": name, **headers}
        path = "/wp-json/wp/v2/media"
        sent, answer = watch(
            lambda: _ask(visitor, "POST", self._site.url + path, picture, headers),
            expects(201),
            actor="upload",
            method="POST",
            path=path,
        )
        if not sent.failed and answer:
            address = urljoin(self._site.url, json.loads(answer.body)["source_url"])

            def check(answer: Answer) -> str:
                return OK(answer) or ("" if answer.body == picture else "not the picture that was uploaded")

            reader = self._site.visitor()
            seen = watch(lambda: _ask(reader, "GET", address), check, actor="upload", path=urlsplit(address).path)[0]
            self._more.append(seen)
        return sent


def _written_down(result: Result, began: float) -> Request:
    return Request(
        round(result.at - began, 3),
        result.actor,  # type: ignore[arg-type]  # one of the three above
        result.method,
        result.path,
        result.status,
        round(result.over - result.at, 3),
        result.problem,
    )


def _ask(
    visitor: Visitor, method: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Answer:
    return visitor.ask(method, url, body, 0, headers, timeout=PATIENCE)


def whole(answer: Answer) -> str:
    """Whether it is what a reader came for: a page that PHP gave up in the middle has status 200, too."""
    if problem := OK(answer):
        return problem
    is_page = (answer.headers["Content-Type"] or "").startswith("text/html")
    return "the page ends early" if is_page and "</html>" not in answer.text else ""


def find_pages(site: Site) -> dict[str, Check]:
    """What readers read, of what answers now: the front page, the newest posts and pages, the feed, a search.

    Returns:
        By its path, what must hold for its answers. Not every theme ends its pages.
    """
    found = ["/", "/feed/", "/?s=summer"]
    for kind in ("posts", "pages"):
        found += find_newest(site, kind)
    pages: dict[str, Check] = {}
    for path in found:
        _, answer = watch(lambda path=path: site.visitor().get(site.url + path))  # type: ignore[misc]
        if answer and not OK(answer):
            pages[path] = OK if whole(answer) else whole
    return pages or {"/": OK}


def find_newest(site: Site, kind: str) -> list[str]:
    """The paths of the newest posts or pages; none where the site does not tell."""
    listed = watch(lambda: site.visitor().get(f"{site.url}/wp-json/wp/v2/{kind}?_fields=link"))
    return list(_links(listed[1]))


def _links(answer: Answer | None) -> Iterator[str]:
    if answer is None or OK(answer):
        return
    try:
        for one in json.loads(answer.body):
            parts = urlsplit(one["link"])
            yield parts.path + (f"?{parts.query}" if parts.query else "")
    except (ValueError, TypeError, KeyError):  # a site may answer this with anything
        return


def sign_in(site: Site, visitor: Visitor, editor: Editor) -> dict[str, str]:
    """Signs an editor in.

    Returns:
        The headers that a request to WordPress's REST API must have beside the cookies.

    Raises:
        CannotSignIn: the site asks for more than a password, say.
    """
    login = f"{site.url}/wp-login.php"
    form = {
        "log": editor.name,
        "pwd": editor.password,
        "testcookie": "1",
        "redirect_to": f"{site.url}/wp-admin/",
    }
    watch(lambda: visitor.get(login))
    signed_in, _ = watch(lambda: visitor.post(login, form), expects(302))
    told, answer = watch(lambda: visitor.get(f"{site.url}/wp-admin/admin-ajax.php?action=rest-nonce"))
    if answer is None or signed_in.failed or told.failed:
        raise CannotSignIn(signed_in.problem or told.problem)
    return {"X-WP-Nonce": answer.text}
