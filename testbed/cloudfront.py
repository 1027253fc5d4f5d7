"""CloudFront in front of a load balancer, by the rules of the distribution in the JSON."""

import fnmatch
import http.client
import json
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from testbed.balancer import LoadBalancer
from testbed.environment import Distribution
from testbed.namespace import Namespace, until

EDGE, WAY = 8000, 8001
"""Ports that CloudFront alone can reach: what keeps pages, and the way from there to the load balancer."""

RUN = (
    "require('readline').createInterface({input: process.stdin})"
    ".on('line', line => console.log(JSON.stringify(handler(JSON.parse(line)))))"
)
OF_THE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True)
class Kept:
    """An answer of the load balancer, and for how long it may be served."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    path: str
    at: float
    fresh: float
    stale: float


class Server(ThreadingHTTPServer):
    """Says nothing of visitors who have left before their answer came."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Cdn:
    """HAProxy has the TLS on both sides. Between, requests take the distribution's function, behaviour and cache
    policy, as documented:
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Expiration.html and, for what is forwarded,
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/controlling-origin-requests.html
    """

    def __init__(
        self,
        plan: Distribution,
        host: Namespace,
        origin: LoadBalancer,
        folder: Path,
        name: str,
        certificate: Path,
        authority: Path,
        invalidated: Callable[[], list[str]],
    ):
        """
        Args:
            invalidated: the paths of every invalidation so far.
        """
        self.host = host
        self._plan = plan
        self._name = name
        self._origin = origin
        self._certificate = certificate
        self._authority = authority
        self._folder = folder
        self._invalidated = invalidated
        self._done: Counter[str] = Counter()
        self._kept: dict[tuple[str, ...], Kept] = {}
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    def up(self) -> None:
        self._folder.mkdir()
        configuration = self._folder / "haproxy.cfg"
        configuration.write_text(self._configuration())
        script = self._folder / "function.js"
        script.write_text(f"{self._plan.function}\n{RUN}\n")
        node = shutil.which("node") or "node"
        self._function = subprocess.Popen(
            [node, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.host.processes.append(self._function)  # type: ignore[arg-type]  # text or bytes, it ends with its host
        self._server = Server(("", 0), self._handler(), bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = self.host.listen(EDGE, "127.0.0.1")
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.host.serve(["haproxy", "-db", "-f", str(configuration)], self._folder / "log")
        until(self._answers, "CloudFront")

    def down(self) -> None:
        """What it keeps is gone with it."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()

    def _answers(self) -> bool:
        try:
            self.host.connect(self.host.address, 443).close()
        except ConnectionRefusedError:
            return False
        return True

    def _configuration(self) -> str:
        origin = f"{self._origin.host.address}:443 ssl verify required ca-file {self._authority}"
        lines = [
            "defaults",
            "    mode http",
            "    timeout connect 10s",
            "    timeout client 60s",
            "    timeout server 60s",
            "    retries 0",
            "frontend http",
            "    bind :80",
            "    http-request redirect scheme https code 301",
            "frontend https",
            f"    bind :443 ssl crt {self._certificate} alpn h2,http/1.1",
            "    option forwardfor",
            "    default_backend edge",
            "backend edge",
            f"    server edge 127.0.0.1:{EDGE}",
            "listen way",
            f"    bind 127.0.0.1:{WAY}",
            f"    server load_balancer {origin} sni str({self._name})",
        ]
        return "\n".join(lines) + "\n"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        cdn = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    self.raw_requestline = self.rfile.readline(65537)
                except ConnectionResetError:
                    self.raw_requestline = b""
                if not self.raw_requestline or not self.parse_request():
                    self.close_connection = True
                    return
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, headers, content = cdn.answer(self.command, self.path, self.headers, body)
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in OF_THE_CONNECTION:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                try:
                    self.end_headers()
                    if self.command != "HEAD":
                        self.wfile.write(content)
                except ConnectionError:  # the visitor has left
                    self.close_connection = True

        return Handler

    def answer(
        self, method: str, target: str, said: Message, body: bytes
    ) -> tuple[int, Iterable[tuple[str, str]], bytes]:
        """What a visitor gets, and in `X-Cache` where from."""
        path, _, query = target.partition("?")
        behavior = self._plan.behavior(path)
        headers = {name.lower(): value for name, value in said.items()}
        if behavior.has_function:
            headers = self._run_function(method, path, headers)
        if method not in behavior.methods:
            return 403, [], b"This distribution is not configured to allow the HTTP request method."
        if not behavior.forwards_all:
            headers = {name: value for name, value in headers.items() if name in {"host", "accept-encoding"}}
        policy = behavior.policy
        if policy is None or method not in ("GET", "HEAD"):
            return self._ask(method, target, headers, body, "Miss from cloudfront")
        key = (
            method,
            path,
            query,
            headers.get("accept-encoding", ""),
            *(headers.get(name, "") for name in policy.headers),
        )
        kept = self._find(key)
        now = time.monotonic()
        if kept and now < kept.at + kept.fresh:
            return kept.status, [*kept.headers, ("X-Cache", "Hit from cloudfront")], kept.body
        status, answered, content = self._ask(method, target, headers, body, "Miss from cloudfront")
        if status >= 500 and kept and now < kept.at + kept.fresh + kept.stale:
            old = [("X-Cache", "Error from cloudfront"), ("Age", str(int(now - kept.at)))]
            return kept.status, [*kept.headers, *old], kept.body
        fresh, stale = policy.times({name.lower(): value for name, value in answered}.get("cache-control", ""))
        if fresh and status < 400:
            stored = [(name, value) for name, value in answered if name != "X-Cache"]
            with self._lock:
                self._kept[key] = Kept(status, stored, content, path, now, fresh, stale)
        return status, answered, content

    def _find(self, key: tuple[str, ...]) -> Kept | None:
        paths = Counter(self._invalidated())
        with self._lock:
            for pattern in paths - self._done:
                self._kept = {one: kept for one, kept in self._kept.items() if not fnmatch.fnmatch(kept.path, pattern)}
            self._done = paths
            return self._kept.get(key)

    def _run_function(self, method: str, path: str, headers: Mapping[str, str]) -> dict[str, str]:
        """https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-event-structure.html"""
        cookies = dict(re.findall(r"([^=;\s]+)=([^;]*)", headers.get("cookie", "")))
        event = {
            "version": "1.0",
            "context": {"requestId": f"{time.monotonic_ns()}", "eventType": "viewer-request"},
            "viewer": {"ip": headers["x-forwarded-for"].rpartition(",")[2].strip()},
            "request": {
                "method": method,
                "uri": path,
                "querystring": {},
                "headers": {name: {"value": value} for name, value in headers.items() if name != "cookie"},
                "cookies": {name: {"value": value} for name, value in cookies.items()},
            },
        }
        with self._lock:
            assert self._function.stdin
            assert self._function.stdout
            self._function.stdin.write(json.dumps(event) + "\n")
            made = json.loads(self._function.stdout.readline())
        changed = {name: header["value"] for name, header in made["headers"].items()}
        return {**changed, **({"cookie": headers["cookie"]} if "cookie" in headers else {})}

    def _ask(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, whence: str
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", WAY)
        connection.sock = self.host.connect("127.0.0.1", WAY, timeout=60)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers.items():
                if name not in OF_THE_CONNECTION:
                    connection.putheader(name, value)
            if body or method not in ("GET", "HEAD"):
                connection.putheader("content-length", str(len(body)))
            connection.endheaders(body or None)
            response = connection.getresponse()
            return response.status, [*response.getheaders(), ("X-Cache", whence)], response.read()
        finally:
            connection.close()
