"""The instance metadata service, second version: the credentials of the servers' role."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from testbed.namespace import Namespace
from testbed.network import METADATA

CREDENTIALS = {
    "Code": "Success",
    "AccessKeyId": "AKIDEXAMPLE",
    "SecretAccessKey": "wJalr+secret/EXAMPLE",
    "Token": "a/session+token==",
    "Expiration": "2099-01-01T00:00:00Z",
}


class Handler(BaseHTTPRequestHandler):
    """Nothing without a session's token."""

    def do_PUT(self) -> None:
        known = self.path == "/latest/api/token" and int(self.headers["X-aws-ec2-metadata-token-ttl-seconds"]) > 0
        self.answer(200 if known else 400, "session")

    def do_GET(self) -> None:
        role = "/latest/meta-data/iam/security-credentials/"
        answers = {role: "site-role", f"{role}site-role": json.dumps(CREDENTIALS)}
        known = self.headers["X-aws-ec2-metadata-token"] == "session" and self.path in answers
        self.answer(200 if known else 401, answers.get(self.path, ""))

    def answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


class Metadata:
    """At its own address in the router: every server reaches it, whatever its firewall says."""

    def __init__(self, router: Namespace):
        self._server = ThreadingHTTPServer((METADATA, 80), Handler, bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = router.listen(80, METADATA)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def down(self) -> None:
        self._server.shutdown()
        self._server.server_close()
