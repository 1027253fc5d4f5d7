"""The server's part: every call is written down, each once."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

FILE = "calls.jsonl"
"""In the sandbox's folder: what its AWS was asked since it was started. It holds what Terraform sends, secrets too, as
the saved AWS beside it does."""

LARGEST = 2**20
"""Bytes of a body that is written down. Only a file for S3 is larger, or comes in chunks, and holds no parameter."""

PASSING = {
    *("HTTP_ACCEPT_ENCODING", "HTTP_CONNECTION", "HTTP_EXPECT", "HTTP_HOST", "HTTP_USER_AGENT"),
    *("HTTP_AMZ_SDK_INVOCATION_ID", "HTTP_AMZ_SDK_REQUEST", "HTTP_AUTHORIZATION"),
    *("HTTP_X_AMZ_CONTENT_SHA256", "HTTP_X_AMZ_DATE", "HTTP_X_AMZ_SECURITY_TOKEN"),
}
"""Headers that are no parameters, and differ between two requests for the same."""


def written_down(app: WSGIApplication, path: Path) -> WSGIApplication:
    """The application, which notes each request in the file, a line of JSON, before it answers.

    Whoever waits for something asks the same many times: a request like one before is not written again.
    """
    file = path.open("w", buffering=1)
    path.chmod(0o600)
    seen: set[int] = set()

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length <= LARGEST and "HTTP_TRANSFER_ENCODING" not in environ:
            body = environ["wsgi.input"].read(length)
            environ["wsgi.input"] = BytesIO(body)
            line = json.dumps(noted(environ, body)) + "\n"
            if hash(line) not in seen:
                seen.add(hash(line))
                file.write(line)
        return app(environ, start_response)

    return answer


def noted(environ: WSGIEnvironment, body: bytes) -> dict[str, Any]:
    """All of a request that says what is asked for, and by whom."""
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").title(): value
        for name, value in environ.items()
        if (name == "CONTENT_TYPE" or name.startswith("HTTP_")) and name not in PASSING
    }
    scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].partition(",")[0].split("/")
    query = environ.get("QUERY_STRING", "")
    return {
        "key": scope[0],
        "region": scope[2] if len(scope) > 3 else "",
        "service": scope[3] if len(scope) > 3 else "",
        "method": environ["REQUEST_METHOD"],
        "url": (environ.get("RAW_URI") or environ["PATH_INFO"]).partition("?")[0] + (query and f"?{query}"),
        "headers": headers,
        "body": b64encode(body).decode(),
    }
