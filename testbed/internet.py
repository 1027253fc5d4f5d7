"""What a server finds outside the VPC: names, and the few addresses that a boot downloads from."""

import hashlib
import http.server
import json
import socket
import socketserver
import ssl
import struct
import threading
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

from testbed.certificates import Authority
from testbed.namespace import Namespace
from testbed.network import AMAZON_DNS

DOWNLOADS = ("*wordpress.org", "github.com", "truststore.pki.rds.amazonaws.com", "al2023-repos.amazonaws.com")

STABLE_CHECK = "api.wordpress.org/core/stable-check/1.0/"
"""Which of its versions have known holes."""


class Internet:
    """One host that every public name leads to. `files` maps URLs without their scheme to what they answer."""

    def __init__(self, host: Namespace, authority: Authority, rds_authority: Authority):
        self.host = host
        self.files: dict[str, bytes | Path] = {"al2023-repos.amazonaws.com/": b""}
        self.files["truststore.pki.rds.amazonaws.com/global/global-bundle.pem"] = rds_authority.certificate
        self.authority = authority
        self.versions: dict[str, str] = {}
        self._server = http.server.ThreadingHTTPServer(("", 0), self._handler(), bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = host.listen(443)
        default = self._context("downloads.test")
        contexts: dict[str, ssl.SSLContext] = {}

        one_at_a_time = threading.Lock()

        def choose(connection: ssl.SSLSocket | ssl.SSLObject, name: str, _: ssl.SSLContext) -> None:
            with one_at_a_time:  # or two servers that ask at once get a certificate and the other's key
                if name not in contexts:
                    contexts[name] = self._context(name)
            connection.context = contexts[name]

        default.sni_callback = choose
        self._server.socket = default.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def publish(self, archive: Path, address: str) -> None:
        """As wordpress.org does: the checksum beside the archive."""
        self.files[address] = archive
        self.files[f"{address}.sha1"] = hashlib.sha1(archive.read_bytes()).hexdigest().encode()

    def tell_version(self, version: str, status: str) -> None:
        """As wordpress.org does: latest, outdated or insecure."""
        self.versions[version] = status
        self.files[STABLE_CHECK] = json.dumps(self.versions).encode()

    def down(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _context(self, name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.authority.issue(name))
        return context

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        files = self.files

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = files.get(f"{self.headers['Host']}{self.path}")
                body = found.read_bytes() if isinstance(found, Path) else found
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                pass

        return Handler


class Names:
    """The VPC's DNS server: addresses only, from a function of the name."""

    def __init__(self, router: Namespace, addresses: tuple[str, ...], find: Callable[[str], str | None]):
        self._servers = []
        for address in (AMAZON_DNS, *addresses):
            server = socketserver.ThreadingUDPServer((address, 53), _query_handler(find), bind_and_activate=False)
            server.socket.close()
            server.socket = router.listen(53, address, socket.SOCK_DGRAM)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self._servers.append(server)

    def down(self) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()


def is_public(name: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in DOWNLOADS)


def _query_handler(find: Callable[[str], str | None]) -> type[socketserver.BaseRequestHandler]:
    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            query, connection = self.request
            end = query.index(b"\0", 12) + 5
            labels, position = [], 12
            while length := query[position]:
                labels.append(query[position + 1 : position + 1 + length].decode())
                position += 1 + length
            (kind,) = struct.unpack("!H", query[end - 4 : end - 2])
            address = find(".".join(labels).lower())
            answer = b""
            if address and kind == 1:
                answer = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 1, 4) + socket.inet_aton(address)
            flags = 0x8580 if address else 0x8583  # an answer, or no such name
            header = query[:2] + struct.pack("!HHHHH", flags, 1, int(bool(answer)), 0, 0)
            connection.sendto(header + query[12:end] + answer, self.client_address)

    return Handler
