"""The server's part: whoever comes with credentials of the sandbox's IAM may do what its policies say, and no more.

The sandbox's own credentials are those of the account's owner. Signatures are not checked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING, Any

from moto.backends import get_backend
from moto.core.exceptions import ServiceException
from moto.core.request import determine_request_protocol
from moto.core.serialize import get_serializer_class
from moto.core.utils import get_service_model
from moto.iam.access_control import CreateAccessKeyFailure, create_access_key
from moto.iam.models import Policy as ManagedPolicy
from moto.utilities.utils import get_partition
from werkzeug.wrappers import Response

from sandbox.calls.recorded import Call, understood
from sandbox.calls.writing import LARGEST, noted
from sandbox.rights.asked import ACCOUNT, REGION, Asked, asked
from sandbox.rights.evaluation import Answer, Policy, identity_answer, resource_answer

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

REFUSED = {"ec2": "UnauthorizedOperation", "s3": "AccessDenied"}
"""The code of a refusal, where it is not the usual one.
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""


class NotAllowed(ServiceException):
    """What IAM refuses, in its own words."""

    def __init__(self, who: str, asked: Asked, answer: Answer, service: str) -> None:
        protocol = get_service_model(service).protocol
        self.code = REFUSED.get(service, "AccessDeniedException" if "json" in protocol else "AccessDenied")
        why = "with an explicit deny" if answer is Answer.DENIED else "because no policy allows the action"
        super().__init__(
            f"User: {who} is not authorized to perform: {asked.action} on resource: {asked.resource} {why}"
        )


def enforced(app: WSGIApplication) -> WSGIApplication:
    """The application, which refuses what the policies of who calls do not allow."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        who = Principal.of(environ)
        if who is None:
            return app(environ, start_response)
        call = understood(noted(environ, _body(environ)))
        try:
            who.must_be_allowed(call)
        except NotAllowed as refusal:
            return _refusal(call, refusal, environ)(environ, start_response)
        return app(environ, start_response)

    return answer


class Principal:
    """A user, or a role that somebody has taken on.

    Attributes:
        arn: the ARN that refusals name.
    """

    def __init__(self, key: Any) -> None:
        self._key = key
        self.arn: str = key.arn

    @classmethod
    def of(cls, environ: WSGIEnvironment) -> Principal | None:
        """Who signed a request; None for the account's owner."""
        scope = environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].split("/")
        if len(scope) < 4:
            return None
        token = environ.get("HTTP_X_AMZ_SECURITY_TOKEN")
        headers = {"X-Amz-Security-Token": token} if token else {}
        try:
            return cls(create_access_key(ACCOUNT, get_partition(scope[2]), scope[0], headers))
        except CreateAccessKeyFailure:
            return None

    def must_be_allowed(self, call: Call) -> None:
        """Raises:
        NotAllowed: one of the decisions that it takes is no allowance.
        """
        role = self.arn.replace(":sts:", ":iam:").replace(":assumed-role/", ":role/")
        role = role.rpartition("/")[0] if role != self.arn else role
        policies = [_document(it) for it in self._key.collect_policies()]
        about = {"aws:PrincipalArn": role, "aws:PrincipalAccount": ACCOUNT, "kms:CallerAccount": ACCOUNT}
        # As which every request counts here, whatever carries it.
        about["aws:SecureTransport"] = "true"
        for one in [*asked(call), *_of_what_is_stored(call)]:
            here = replace(one, context={**one.context, **about})
            answer = _answer(here, policies, {self.arn, role})
            if answer is not Answer.ALLOWED:
                raise NotAllowed(self.arn, one, answer, call.service)


def _answer(asked: Asked, policies: list[Policy], principals: set[str]) -> Answer:
    """What IAM makes of the policies of who asks, and of the one of what it is about.

    A key's policy must allow whatever is done with it, by name or for all that the account's own policies allow:
    https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
    """
    own = identity_answer(policies, asked)
    policy = _policy_of(asked.resource)
    if policy is None:
        return own
    its = resource_answer(policy, asked, principals)
    if Answer.DENIED in (own, its):
        return Answer.DENIED
    if its is Answer.ALLOWED:
        return its
    if asked.action.startswith("kms:"):
        root = f"arn:{asked.resource.split(':')[1]}:iam::{ACCOUNT}:root"
        delegated = resource_answer(policy, asked, {root, ACCOUNT})
        return own if delegated is Answer.ALLOWED else delegated
    return own


def _policy_of(resource: str) -> Policy | None:
    """The policy of a bucket, a secret or a key."""
    if resource == "*":
        return None
    _, partition, service, region, _, name = resource.split(":", 5)
    found: Any = None
    if service == "s3":
        found = get_backend("s3")[ACCOUNT][partition].buckets.get(name.partition("/")[0])
    elif service == "kms" and name.startswith("key/"):
        found = get_backend("kms")[ACCOUNT][region].keys.get(name.removeprefix("key/"))
    elif service == "secretsmanager":
        found = get_backend("secretsmanager")[ACCOUNT][region].secrets.get(resource)
    return json.loads(found.policy) if found and found.policy else None


def _of_what_is_stored(call: Call) -> Iterator[Asked]:
    """The use of the key by which something is encrypted: no parameter says it.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"""
    partition = get_partition(call.region)
    via = f"{call.service}.{call.region}.amazonaws.com"
    if call.name == "secretsmanager:GetSecretValue":
        secret: Any = get_backend("secretsmanager")[ACCOUNT][call.region].secrets.get(call.parameters["SecretId"])
        if secret and secret.kms_key_id and secret.kms_key_id.startswith("arn:"):
            of_secret = {"kms:ViaService": via, "kms:EncryptionContext:SecretARN": secret.arn}
            yield Asked("kms:Decrypt", secret.kms_key_id, of_secret | {REGION: call.region})
    elif call.name in ("s3:GetObject", "s3:PutObject"):
        bucket = get_backend("s3")[ACCOUNT][partition].buckets.get(call.parameters["Bucket"])
        default = bucket and bucket.encryption and bucket.encryption["Rule"]["ApplyServerSideEncryptionByDefault"]
        if default and default.get("KMSMasterKeyID"):
            does = "kms:Decrypt" if call.operation == "GetObject" else "kms:GenerateDataKey"
            yield Asked(does, default["KMSMasterKeyID"], {"kms:ViaService": via, REGION: call.region})


def _document(policy: Any) -> Policy:
    """A policy as moto keeps it: the text of a role's own, a user's own, or a managed one."""
    if isinstance(policy, ManagedPolicy):
        policy = next(version.document for version in policy.versions if version.is_default)
    return json.loads(policy if isinstance(policy, str) else policy["policy_document"])


def _body(environ: WSGIEnvironment) -> bytes:
    """What a request sends, which stays there to be read; nothing of a large file, which is no parameter."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > LARGEST or "HTTP_TRANSFER_ENCODING" in environ:
        return b""
    body = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = BytesIO(body)
    return body


def _refusal(call: Call, refusal: NotAllowed, environ: WSGIEnvironment) -> Response:
    model = get_service_model(call.service)
    protocol = determine_request_protocol(model, environ.get("CONTENT_TYPE", ""))
    answer = get_serializer_class(call.service, protocol)(model.operation_model(call.operation)).serialize(refusal)
    return Response(answer["body"], HTTPStatus.FORBIDDEN, dict(answer["headers"]))
