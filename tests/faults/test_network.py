"""A proxy that cuts the download of a provider: Terraform's words, and what helps, after a few attempts."""

from __future__ import annotations

import json
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.conftest import Project, vpc
from tests.tools import require

HOST = "registry.terraform.io"
VERSION = "5.100.0"
PACKAGE = f"/terraform-provider-aws_{VERSION}.zip"


ATTEMPTS = 5
"""More than Terraform makes of itself; who has to wait longer takes it for hanging."""


class Proxy(socketserver.ThreadingTCPServer):
    """Answers in the registry's place, as far as it is asked to before it cuts the line.

    Attributes:
        cuts: the beginning of the path whose answer is cut short in the middle; empty for the TLS handshake.
        asked: the paths that were asked for.
        cut: how often an answer was cut short.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, certificate: Path) -> None:
        self.cuts, self.asked, self.cut = "", [], 0
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate)
        super().__init__(("127.0.0.1", 0), Connection)

    def answer(self, path: str) -> bytes:
        package = {
            "protocols": ["5.0"],
            "os": "linux",
            "arch": "amd64",
            "filename": PACKAGE[1:],
            "download_url": f"https://{HOST}{PACKAGE}",
            "shasums_url": f"https://{HOST}/sums",
            "shasums_signature_url": f"https://{HOST}/signature",
            "shasum": "0" * 64,
            "signing_keys": {"gpg_public_keys": [{"key_id": "0", "ascii_armor": ""}]},
        }
        if path == "/.well-known/terraform.json":
            return json.dumps({"providers.v1": "/v1/providers/"}).encode()
        if path.endswith("/versions"):
            platform = {"os": "linux", "arch": "amd64"}
            return json.dumps(
                {"versions": [{"version": VERSION, "protocols": ["5.0"], "platforms": [platform]}]}
            ).encode()
        if "/download/" in path:
            return json.dumps(package).encode()
        if path == "/sums":
            return f"{'0' * 64}  {PACKAGE[1:]}\n".encode()
        return b"PK\3\4" + b"\0" * 100_000


class Connection(socketserver.StreamRequestHandler):
    timeout = 300
    server: Proxy

    def handle(self) -> None:
        if not self.rfile.readline().startswith(b"CONNECT "):
            return
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        if not self.server.cuts:
            self.request.recv(100)
            self.server.cut += 1
            self.wfile.write(b"\x16\x03\x03\x00\x7a\x02\x00")  # the beginning of a TLS record
            return
        try:
            self.serve(self.server.tls.wrap_socket(self.request, server_side=True))
        except OSError:
            return

    def serve(self, line: ssl.SSLSocket) -> None:
        reader = line.makefile("rb")
        while request := reader.readline():
            while reader.readline().strip():
                pass
            path = request.split()[1].decode()
            self.server.asked.append(path)
            body = self.server.answer(path)
            line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body))
            if path.startswith(self.server.cuts):
                self.server.cut += 1
                line.sendall(body[: len(body) // 2])
                return
            line.sendall(body)


@pytest.fixture
def proxy(project: Project, tmp_path: Path) -> Iterator[Proxy]:
    """The only way to the registry, for a person who has no mirror."""
    certificate = tmp_path / "certificate.pem"
    openssl = [require("openssl", "apt-get install openssl"), "req", "-x509", "-newkey", "ec"]
    of_whom = ["-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj", f"/CN={HOST}"]
    for_whom = ["-addext", f"subjectAltName=DNS:{HOST}", "-keyout", certificate, "-out", tmp_path / "own"]
    subprocess.run([*openssl, *of_whom, *for_whom], check=True, capture_output=True, timeout=300)
    certificate.write_bytes(certificate.read_bytes() + (tmp_path / "own").read_bytes())
    (tmp_path / "own.tfrc").touch()
    with Proxy(certificate) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{proxy.server_address[1]}"
        for name in ("NO_PROXY", "no_proxy"):
            project.environment.pop(name, None)
        project.environment |= {"HTTPS_PROXY": address, "https_proxy": address, "SSL_CERT_FILE": str(tmp_path / "own")}
        project.environment["TF_CLI_CONFIG_FILE"] = str(tmp_path / "own.tfrc")
        yield proxy
        proxy.shutdown()


@pytest.mark.parametrize("cuts", ["", "/v1/providers/", PACKAGE], ids=["greeting", "list of versions", "package"])
def test_a_download_that_is_cut(project: Project, proxy: Proxy, cuts: str):
    proxy.cuts = cuts
    project.add_stack("site", aws_vpc=vpc())

    refused = project.sandbox("plan", "site")

    assert 1 <= proxy.cut <= ATTEMPTS
    assert refused.returncode == 1
    assert "hashicorp/aws" in refused.stderr
    advice = refused.stderr.splitlines()[-1]
    assert advice.startswith("If the network or a proxy (HTTPS_PROXY) cut the download of a provider, give the command")
    assert "terraform providers mirror" in advice
    assert "Traceback" not in refused.stderr
    if cuts:
        assert any(path.startswith(cuts) for path in proxy.asked), proxy.asked
    assert not list((project.folder / ".sandbox").rglob("terraform-provider-aws_v*")), "half a provider was installed"
