"""Calls read again: which operation of which service, with which parameters."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.model import Shape
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from werkzeug.exceptions import NotFound

SERVICES = {
    "elasticfilesystem": "efs",
    "elasticloadbalancing": "elbv2",
    "email": "sesv2",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    # Of its first version no resource is used.
    "ses": "sesv2",
}
"""The names of botocore's models, where requests are signed with another name."""


@dataclass(frozen=True)
class Call:
    """One call.

    Attributes:
        service: as botocore names its model.
        operation: such as `CreateSecurityGroup`.
        parameters: as an SDK takes them.
        shape: what AWS's model says of the parameters; None where it takes none.
        region: of the signature, which is us-east-1 for what has no region.
        key: the id of the access key that signed it.
    """

    service: str
    operation: str
    parameters: dict[str, Any]
    shape: Shape | None
    region: str
    key: str

    @property
    def name(self) -> str:
        """`ec2:CreateSecurityGroup`."""
        return f"{self.service}:{self.operation}"


def recorded(path: Path) -> Iterator[Call]:
    """The calls in a file that the server wrote."""
    for line in path.read_text().splitlines():
        noted = json.loads(line)
        # Whoever looks at the server itself signs nothing, and asks no service of AWS's.
        if noted["service"]:
            yield understood(noted)


def understood(noted: dict[str, Any]) -> Call:
    """What a line says, read by AWS's model of the service as the service itself would.

    Raises:
        LookupError: the service has no such operation.
    """
    service = SERVICES.get(noted["service"], noted["service"])
    request = Request.from_primitives(
        noted["method"], f"http://localhost{noted['url']}", noted["headers"], b64decode(noted["body"])
    )
    request.environ["RAW_URI"] = noted["url"]
    try:
        operation, labels = get_service_router(service).match(request)
    except NotFound:
        raise LookupError(f"AWS's model of {service} has no operation for {noted['method']} {noted['url']}") from None
    protocol = determine_request_protocol(operation.service_model, request.content_type)
    parameters = PROTOCOL_PARSERS[protocol](operation).parse(
        {
            "method": request.method,
            # Of a form, whose body is gone once it is read.
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": labels,
        }
    )
    return Call(service, operation.name, parameters, operation.input_shape, noted["region"], noted["key"])
