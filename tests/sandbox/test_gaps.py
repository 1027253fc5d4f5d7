"""docs/sandbox.md tells what moto cannot do: no less, and nothing that it has learned meanwhile."""

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError

from modules import PROJECT
from sandbox import Sandbox

PAGE = (PROJECT / "docs/sandbox.md").read_text()

pytestmark = pytest.mark.xdist_group("gaps")

GROUP = {"ReplicationGroupId": "site", "ApplyImmediately": True, "NewReplicaCount": 2}
KEY = "arn:aws:kms:ap-northeast-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"

ASKED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "elasticache:IncreaseReplicaCount": ("elasticache", "increase_replica_count", GROUP),
    "elasticache:DecreaseReplicaCount": ("elasticache", "decrease_replica_count", GROUP),
    "elasticache:ModifyCacheSubnetGroup": (
        "elasticache",
        "modify_cache_subnet_group",
        {"CacheSubnetGroupName": "site", "SubnetIds": ["subnet-1"]},
    ),
    "elasticache:ModifyUser": ("elasticache", "modify_user", {"UserId": "site", "AccessString": "on ~* +@read"}),
    "logs:AssociateKmsKey": ("logs", "associate_kms_key", {"logGroupName": "site", "kmsKeyId": KEY}),
    "logs:DisassociateKmsKey": ("logs", "disassociate_kms_key", {"logGroupName": "site"}),
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory):
    with Sandbox(tmp_path_factory.mktemp("gaps")) as running:
        yield running


def test_the_page_lists_what_is_asked_here():
    assert set(re.findall(r"`([a-z]+:[A-Z]\w+)`", PAGE)) == ASKED.keys()


@pytest.mark.parametrize("action", ASKED)
def test_moto_lacks_it_and_says_so(sandbox: Sandbox, action: str):
    service, method, arguments = ASKED[action]
    with pytest.raises(ClientError) as refused:
        getattr(sandbox.client(service, "ap-northeast-1"), method)(**arguments)
    assert refused.value.response["Error"]["Code"] == "NotImplemented"
    assert f"lacks {action}" in str(refused.value)
