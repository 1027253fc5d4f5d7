"""The process that plays AWS, as an SDK meets it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ClientError

from sandbox import Sandbox

TOKYO = "ap-northeast-1"


def test_who_lost_an_answer_asks_again_and_is_given_the_same_one(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as sandbox:
        cache = sandbox.client("elasticache", TOKYO)
        asked = {"ReplicationGroupId": "site", "ReplicationGroupDescription": "one", "Engine": "valkey"}
        sent: list[AWSPreparedRequest] = []

        def note(request: AWSPreparedRequest, **_: Any) -> None:
            sent.append(request)

        cache.meta.events.register("before-send.elasticache.CreateReplicationGroup", note)
        made = cache.create_replication_group(**asked)["ReplicationGroup"]
        again = cache._endpoint.http_session.send(sent[0])
        assert again.status_code == 200
        assert made["ARN"] in again.text
        # Who asks anew is another, and is told.
        with pytest.raises(ClientError, match="ReplicationGroupAlreadyExists"):
            cache.create_replication_group(**asked)
