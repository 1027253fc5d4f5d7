"""An answer that says so when moto lacks an action.

moto's own is a 500, or a 404 where it does not know the address either, with a page for
a browser. AWS's SDKs take the first for a passing fault and try again and again, and the
second for something that does not exist; neither names the action.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
"""

from __future__ import annotations

import json
import sys
from typing import Any

import moto
from flask import Flask, request
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse

from sandbox.additions import in_place_of


class LackingError(ServiceException):
    """What moto lacks, noted in the log."""

    code = "NotImplemented"

    def __init__(self, what: str) -> None:
        super().__init__(f"moto {moto.__version__} lacks {what}")
        print(self.message, file=sys.stderr, flush=True)


@in_place_of(BaseResponse, "call_action")
def call_action(original: Any, response: BaseResponse) -> Any:
    """501 Not Implemented for an action that is not there, in the form of the service's errors."""
    try:
        return original()
    except NotImplementedError:
        lacking = LackingError(f"{response.service_name}:{response._get_action()}")
        _, headers, body = response.serialized(ActionResult(lacking))
        return 501, headers, body


def answer_for_unknown_addresses(app: Flask, service: str) -> None:
    """The same for a path that no action has; only services that speak JSON have such."""

    def lacking(_: Exception) -> tuple[str, int, dict[str, str]]:
        error = LackingError(f"{service}: {request.method} {request.path}")
        return json.dumps({"message": error.message}), 501, {"x-amzn-ErrorType": error.code}

    app.register_error_handler(404, lacking)
