"""The types that hold data, held against the schema of the installed provider."""

import json
import subprocess
from typing import Any

import pytest

from review.holds import HOLDS_DATA, RETIRED, fate
from tests.once import Planned

pytestmark = pytest.mark.xdist_group("review-new")

TELLTALE = {
    "skip_final_snapshot", "final_snapshot_identifier", "final_snapshot_name", "final_snapshot", "skip_final_backup",
    "recovery_window_in_days", "deletion_window_in_days", "permanent_deletion_time_in_days", "force_destroy",
    "force_delete", "deletion_protection", "deletion_protection_enabled", "backup_retention_period",
    "retention_in_days", "point_in_time_recovery",
}  # fmt: skip
"""Attributes by which the provider itself shows that a type may hold something."""

NO_DATA = {
    "aws_athena_workgroup", "aws_autoscaling_group", "aws_cloudwatch_event_rule", "aws_cloudwatch_event_target",
    "aws_dataexchange_revision_assets", "aws_default_subnet", "aws_default_vpc", "aws_dx_lag", "aws_ecs_service",
    "aws_ecs_task_set", "aws_elastic_beanstalk_application_version", "aws_elasticache_cluster",
    "aws_elasticache_replication_group", "aws_iam_user", "aws_neptune_cluster_instance",
    "aws_pinpointsmsvoicev2_phone_number", "aws_rds_cluster_instance", "aws_redshift_endpoint_authorization",
    "aws_redshift_snapshot_schedule", "aws_s3_bucket_object", "aws_s3_object", "aws_s3_object_copy",
    "aws_service_discovery_service", "aws_transfer_server",
}  # fmt: skip
"""Looked at: what these hold is described by the configuration, made again, or elsewhere."""


@pytest.fixture(scope="module")
def schemas(planned: Planned) -> dict[str, Any]:
    root = planned.sandbox.root_module("schema", {"provider": {"aws": [{"region": "ap-northeast-1"}]}})
    root.init()
    done = subprocess.run(
        [root._terraform.binary, "providers", "schema", "-json"],
        cwd=root.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    providers = json.loads(done.stdout)["provider_schemas"]
    return next(schema["resource_schemas"] for name, schema in providers.items() if name.endswith("/aws"))


def test_every_type_and_attribute_is_the_provider_s(schemas: dict[str, Any]):
    for kind, holder in HOLDS_DATA.items():
        if kind in RETIRED and kind not in schemas:
            continue
        attributes = schemas[kind]["block"]["attributes"]
        named = {holder.snapshot, holder.force, holder.stays, holder.protection, (holder.window or ("", 0))[0]} - {""}
        assert named <= attributes.keys(), kind


def test_every_type_that_shows_that_it_may_hold_data_was_looked_at(schemas: dict[str, Any]):
    telling = {
        kind
        for kind, schema in schemas.items()
        if TELLTALE & {*schema["block"].get("attributes", {}), *schema["block"].get("block_types", {})}
    }
    assert telling - HOLDS_DATA.keys() == telling & NO_DATA


@pytest.mark.parametrize(
    ("kind", "before", "after", "says"),
    [
        ("aws_db_instance", {"skip_final_snapshot": True}, None, "gone for good"),
        ("aws_db_instance", {"skip_final_snapshot": False}, None, "a final snapshot keeps what it held"),
        ("aws_ebs_volume", {"final_snapshot": True}, None, "a final snapshot keeps what it held"),
        ("aws_memorydb_cluster", {"final_snapshot_name": "last"}, None, "a final snapshot keeps what it held"),
        ("aws_s3_bucket", {"force_destroy": True}, None, "however much there is in it"),
        ("aws_s3_bucket", {"force_destroy": False}, None, "AWS refuses as long as something is in it"),
        ("aws_secretsmanager_secret", {"recovery_window_in_days": 7}, None, "for 7 days it can be restored"),
        ("aws_secretsmanager_secret", {"recovery_window_in_days": 0}, None, "what it held is gone for good"),
        ("aws_kms_key", {}, None, "for 30 days it can be restored"),
        ("aws_dynamodb_table", {"deletion_protection_enabled": True}, None, "will stop the apply"),
        ("aws_db_instance", {}, {"snapshot_identifier": "s"}, "starts with what its snapshot_identifier names"),
    ],
)
def test_what_becomes_of_it_is_said(kind: str, before: dict[str, Any], after: dict[str, Any] | None, says: str):
    assert says in fate(HOLDS_DATA[kind], before, after)
