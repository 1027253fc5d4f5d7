"""Amazon SES: moto's, at the name that AWS's own command line asks, for those whom the JSON's policy lets send."""

import json
import ssl
import threading
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import create_backend_app
from moto.ses.models import ses_backends
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

from testbed.certificates import Authority
from testbed.namespace import Namespace

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

ACCOUNT = "123456789012"
SEND = "/v2/email/outbound-emails"
REFUSALS = {
    "throttled": (429, "TooManyRequestsException", "Maximum sending rate exceeded."),
    "rejected": (400, "MessageRejected", "Email address is not verified."),
    "malformed": (400, "BadRequestException", "Missing final '@domain'"),
    "forbidden": (403, "AccessDeniedException", "User is not authorized to perform ses:SendRawEmail on this resource"),
    "down": (503, "ServiceUnavailable", "Service is unavailable"),
}
"""What SES says instead, by a name for it: status, error, message.
https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors"""


@dataclass(frozen=True)
class Letter:
    """What SES has taken.

    Attributes:
        recipients: those on the envelope.
        message: as it was handed over.
    """

    recipients: tuple[str, ...]
    message: EmailMessage


def has_plain_name(address: str) -> bool:
    """What SES says of addresses: "the local part ... must consist of 7-bit ASCII characters".
    https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html"""
    return address.rpartition("@")[0].isascii()


class Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Not a word."""


class Ses:
    """One region's.

    Attributes:
        letters: all that it has taken, the oldest first.
        asked: how often it was asked to send, taken or not.
        fault: the name of a refusal, which everybody gets; None for none.
    """

    def __init__(
        self, host: Namespace, authority: Authority, region: str, identities: Iterable[str], senders: Iterable[str]
    ) -> None:
        """
        Args:
            identities: what is verified, domains or addresses.
            senders: whom the servers' role may send from.
        """
        self._senders = set(senders)
        self.host, self.name = host, f"email.{region}.amazonaws.com"
        self.letters: list[Letter] = []
        self.asked = 0
        self.fault: str | None = None
        backend = ses_backends[ACCOUNT][region]
        for identity in identities:
            backend.create_email_identity_v2(identity, None, None, None)
        self._moto = create_backend_app("sesv2")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.issue(self.name))
        listener = host.listen(443)
        self._server = make_server(
            "", 443, self._answer, threaded=True, request_handler=Quiet, ssl_context=context, fd=listener.detach()
        )
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def down(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        sending = environ["PATH_INFO"] == SEND
        self.asked += sending
        letter = _letter(body) if sending else None
        forbidden = letter and parseaddr(str(letter.message["From"]))[1] not in self._senders
        malformed = letter and not all(map(has_plain_name, letter.recipients))
        if fault := self.fault or (forbidden and "forbidden") or (malformed and "malformed"):
            status, error, message = REFUSALS[fault]
            refusal = Response(json.dumps({"message": message}), status, {"x-amzn-ErrorType": error})
            return refusal(environ, start_response)
        answer = Response.from_app(self._moto, environ)
        if letter and answer.status_code == HTTPStatus.OK:
            self.letters.append(letter)
        return answer(environ, start_response)


def _letter(body: bytes) -> Letter:
    """https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html"""
    asked = json.loads(body)
    raw = b64decode(asked["Content"]["Raw"]["Data"])
    recipients = tuple(address for group in asked["Destination"].values() for address in group)
    return Letter(recipients, message_from_bytes(raw, policy=policy.default))
