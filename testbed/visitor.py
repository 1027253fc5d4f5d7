"""A browser, as far as these tests need one: cookies, redirects, forms."""

import http.client
import http.cookies
import ssl
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from testbed.namespace import Namespace


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes
    url: str
    redirects: int

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def location(self) -> str:
        return self.headers["Location"] or ""


class Visitor:
    """Asks from one host's network. With `to`, asks the server at that address as the load balancer would."""

    def __init__(self, host: Namespace, find: Callable[[str], str | None], authority: Path, to: str | None = None):
        self.cookies: dict[str, http.cookies.Morsel[str]] = {}
        self._host = host
        self._find = find
        self._to = to
        self._tls = ssl.create_default_context(cafile=authority)

    def get(self, url: str, follow: int = 0, headers: Mapping[str, str] | None = None) -> Answer:
        return self.ask("GET", url, None, follow, headers)

    def post(
        self, url: str, form: Mapping[str, str] | bytes, follow: int = 0, headers: Mapping[str, str] | None = None
    ) -> Answer:
        if isinstance(form, bytes):
            return self.ask("POST", url, form, follow, headers)
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", url, urllib.parse.urlencode(form).encode(), follow, {**kind, **(headers or {})})

    def ask(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        follow: int = 0,
        headers: Mapping[str, str] | None = None,
        timeout: float = 60,
    ) -> Answer:
        for redirects in range(follow + 1):
            answer = self._once(method, url, body, headers or {}, redirects, timeout)
            if answer.status not in (301, 302, 303, 307) or redirects == follow:
                return answer
            url = urllib.parse.urljoin(url, answer.location)
            if answer.status != 307:
                method, body = "GET", None
        raise AssertionError("unreachable")

    def _once(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], redirects: int, timeout: float
    ) -> Answer:
        parts = urllib.parse.urlsplit(url)
        name = parts.hostname or ""
        secure = parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        connection = http.client.HTTPConnection(name, port)
        headers = {"Host": parts.netloc, **headers}
        if self._to:
            headers = {"X-Forwarded-Proto": parts.scheme, **headers}
            connection.sock = self._host.connect(self._to, 80, timeout)
        else:
            if not (address := self._find(name)):
                raise LookupError(f"no name server of the bed knows {name!r}")
            connection.sock = self._host.connect(address, port, timeout)
            if secure:
                connection.sock = self._tls.wrap_socket(connection.sock, server_hostname=name)
        cookies = "; ".join(
            f"{name}={cookie.coded_value}" for name, cookie in self.cookies.items() if secure or not cookie["secure"]
        )
        target = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
        try:
            connection.request(method, target, body, {**({"Cookie": cookies} if cookies else {}), **headers})
            response = connection.getresponse()
            answer = Answer(response.status, response.headers, response.read(), url, redirects)
        finally:
            connection.close()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self.cookies.update(http.cookies.SimpleCookie(line))
        return answer
