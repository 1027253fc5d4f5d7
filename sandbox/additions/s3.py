"""S3: https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html"""

from __future__ import annotations

from typing import Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult

from sandbox.additions import in_place_of

WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}


@in_place_of(IAMPolicyStatement, "is_action_permitted")
def is_action_permitted(original: Any, statement: IAMPolicyStatement, *request: Any, **named: Any) -> PermissionResult:
    """A statement about requests without TLS says nothing of one with TLS, as which each counts here. Moto takes it for
    one about all.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-securetransport
    """
    if statement._statement.get("Condition") == WITHOUT_TLS:
        return PermissionResult.NEUTRAL
    return original(*request, **named)
