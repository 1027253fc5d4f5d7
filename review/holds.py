"""What holds data, by type, and what becomes of it when the resource is destroyed.

Made from the provider's schema, read type by type against AWS's guides, and held against the installed provider by a
test. What only describes (a parameter group), computes (a server) or can be made again (a cache, an image of a server)
is not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from review.values import Sensitive, follow


@dataclass(frozen=True)
class Holder:
    """A type that holds data.

    Attributes:
        what: it, as people say.
        snapshot: the attribute that decides on a final snapshot: true where its name starts with `skip_`, none is made.
        force: the attribute without which AWS refuses to destroy it while something is in it.
        window: the attribute with the days in which the deletion can be taken back, and the days without it.
        stays: the attribute with which Terraform forgets it instead of destroying it.
        protection: the attribute that keeps it from being destroyed.
    """

    what: str
    snapshot: str = ""
    force: str = ""
    window: tuple[str, int] | None = None
    stays: str = ""
    protection: str = ""


def _database(what: str = "the database", snapshot: str = "skip_final_snapshot") -> Holder:
    return Holder(what, snapshot=snapshot, protection="deletion_protection")


def _named(what: str) -> Holder:
    """A final snapshot is made where it has a name."""
    return Holder(what, snapshot="final_snapshot_identifier")


KEY = Holder("a key, with all that it encrypts", window=("deletion_window_in_days", 30))
BACKUP = "skip_final_backup"

HOLDS_DATA: dict[str, Holder] = {
    # Databases
    "aws_db_instance": _database(),
    "aws_rds_cluster": _database(),
    "aws_rds_global_cluster": Holder("a global database", protection="deletion_protection"),
    "aws_docdb_cluster": _database(),
    "aws_docdb_global_cluster": Holder("a global database", protection="deletion_protection"),
    "aws_docdbelastic_cluster": Holder("the database"),
    "aws_neptune_cluster": _database(),
    "aws_neptune_global_cluster": Holder("a global database", protection="deletion_protection"),
    "aws_neptunegraph_graph": Holder("a graph", protection="deletion_protection"),
    "aws_redshift_cluster": Holder("a warehouse", snapshot="skip_final_snapshot"),
    "aws_redshiftserverless_namespace": Holder("a warehouse"),
    "aws_dsql_cluster": Holder("the database", protection="deletion_protection_enabled"),
    "aws_lightsail_database": Holder("the database", snapshot="skip_final_snapshot"),
    "aws_memorydb_cluster": Holder("the database", snapshot="final_snapshot_name"),
    "aws_timestreaminfluxdb_db_instance": Holder("the database"),
    "aws_timestreamwrite_database": Holder("the database"),
    "aws_timestreamwrite_table": Holder("a table"),
    "aws_qldb_ledger": Holder("a ledger", protection="deletion_protection"),
    "aws_simpledb_domain": Holder("the database"),
    "aws_dynamodb_table": Holder("a table", protection="deletion_protection_enabled"),
    "aws_dynamodb_table_replica": Holder("a table's replica", protection="deletion_protection_enabled"),
    "aws_dynamodb_global_table": Holder("a table"),
    "aws_keyspaces_table": Holder("a table"),
    "aws_keyspaces_keyspace": Holder("a keyspace"),
    "aws_s3tables_table": Holder("a table"),
    "aws_s3tables_table_bucket": Holder("a bucket of tables"),
    "aws_finspace_kx_database": Holder("the database"),
    "aws_finspace_kx_volume": Holder("a volume"),
    "aws_opensearch_domain": Holder("a search domain"),
    "aws_opensearchserverless_collection": Holder("a search collection"),
    "aws_elasticsearch_domain": Holder("a search domain"),
    "aws_cloudsearch_domain": Holder("a search domain"),
    "aws_kendra_index": Holder("a search index"),
    # Files and disks
    "aws_efs_file_system": Holder("the uploads"),
    "aws_fsx_lustre_file_system": Holder("a file system", snapshot=BACKUP),
    "aws_fsx_windows_file_system": Holder("a file system", snapshot=BACKUP),
    "aws_fsx_openzfs_file_system": Holder("a file system", snapshot=BACKUP),
    "aws_fsx_ontap_file_system": Holder("a file system"),
    "aws_fsx_ontap_volume": Holder("a volume", snapshot=BACKUP),
    "aws_fsx_openzfs_volume": Holder("a volume"),
    "aws_ebs_volume": Holder("a disk", snapshot="final_snapshot"),
    "aws_s3_bucket": Holder("a bucket", force="force_destroy"),
    "aws_s3_directory_bucket": Holder("a bucket", force="force_destroy"),
    "aws_s3control_bucket": Holder("a bucket"),
    "aws_lightsail_bucket": Holder("a bucket", force="force_delete"),
    "aws_lightsail_disk": Holder("a disk"),
    "aws_glacier_vault": Holder("an archive"),
    "aws_storagegateway_cached_iscsi_volume": Holder("a volume"),
    "aws_storagegateway_stored_iscsi_volume": Holder("a volume"),
    "aws_workspaces_workspace": Holder("a desktop, with its disks"),
    # Backups and snapshots
    "aws_backup_vault": Holder("the backups", force="force_destroy"),
    "aws_backup_logically_air_gapped_vault": Holder("the backups"),
    "aws_db_snapshot": Holder("a snapshot"),
    "aws_db_snapshot_copy": Holder("a snapshot"),
    "aws_db_cluster_snapshot": Holder("a snapshot"),
    "aws_docdb_cluster_snapshot": Holder("a snapshot"),
    "aws_neptune_cluster_snapshot": Holder("a snapshot"),
    "aws_memorydb_snapshot": Holder("a snapshot"),
    "aws_redshift_cluster_snapshot": Holder("a snapshot"),
    "aws_redshiftserverless_snapshot": Holder("a snapshot"),
    "aws_ebs_snapshot": Holder("a snapshot"),
    "aws_ebs_snapshot_copy": Holder("a snapshot"),
    "aws_ebs_snapshot_import": Holder("a snapshot"),
    "aws_fsx_backup": Holder("a backup"),
    "aws_fsx_openzfs_snapshot": Holder("a snapshot"),
    "aws_kinesisanalyticsv2_application_snapshot": Holder("a snapshot"),
    "aws_db_instance_automated_backups_replication": Holder("the backups in another region"),
    "aws_cloudwatch_event_archive": Holder("an archive of events"),
    # Keys, secrets, people
    "aws_kms_key": KEY,
    "aws_kms_external_key": KEY,
    "aws_kms_replica_key": Holder("a key's replica", window=("deletion_window_in_days", 30)),
    "aws_kms_replica_external_key": Holder("a key's replica", window=("deletion_window_in_days", 30)),
    "aws_paymentcryptography_key": Holder("a key", window=("deletion_window_in_days", 7)),
    "aws_cloudhsm_v2_cluster": Holder("a key store"),
    "aws_secretsmanager_secret": Holder("a secret", window=("recovery_window_in_days", 30)),
    "aws_directory_service_directory": Holder("a directory"),
    "aws_cognito_user_pool": Holder("the users", protection="deletion_protection"),
    "aws_cognito_identity_pool": Holder("the users"),
    "aws_identitystore_user": Holder("a user"),
    "aws_acmpca_certificate_authority": Holder(
        "a certificate authority", window=("permanent_deletion_time_in_days", 30)
    ),
    # Queues and streams
    "aws_sqs_queue": Holder("a queue"),
    "aws_kinesis_stream": Holder("a stream"),
    "aws_kinesis_video_stream": Holder("a stream"),
    "aws_msk_cluster": Holder("a cluster of topics"),
    "aws_msk_serverless_cluster": Holder("a cluster of topics"),
    "aws_mq_broker": Holder("a broker"),
    # Registries and code
    "aws_ecr_repository": Holder("a registry", force="force_delete"),
    "aws_ecrpublic_repository": Holder("a registry", force="force_destroy"),
    "aws_codeartifact_repository": Holder("a registry"),
    "aws_codeartifact_domain": Holder("a registry"),
    "aws_codecommit_repository": Holder("the code"),
    "aws_glue_registry": Holder("a registry"),
    "aws_schemas_registry": Holder("a registry"),
    # Logs and measurements
    "aws_cloudwatch_log_group": Holder("the logs", stays="skip_destroy"),
    "aws_cloudwatch_log_stream": Holder("the logs"),
    "aws_cloudtrail_event_data_store": Holder(
        "the audit trail", window=("", 7), protection="termination_protection_enabled"
    ),
    "aws_securitylake_data_lake": Holder("the audit trail"),
    "aws_prometheus_workspace": Holder("the measurements"),
    "aws_grafana_workspace": Holder("the dashboards"),
    "aws_detective_graph": Holder("a graph"),
    # Names, and what else people put in
    "aws_route53_zone": Holder("a zone, with its records", force="force_destroy"),
    "aws_customerprofiles_domain": Holder("the customers"),
    "aws_connect_instance": Holder("a contact centre"),
    "aws_pinpoint_app": Holder("an audience"),
    "aws_sagemaker_domain": Holder("a domain of notebooks"),
    "aws_sagemaker_notebook_instance": Holder("a notebook"),
    "aws_sagemaker_feature_group": Holder("a table of features"),
    "aws_rekognition_collection": Holder("a collection"),
    "aws_location_geofence_collection": Holder("a collection"),
    "aws_datazone_domain": Holder("a catalogue"),
    "aws_glue_catalog_database": Holder("a catalogue"),
    "aws_athena_database": Holder("a catalogue", force="force_destroy"),
    "aws_quicksight_analysis": Holder("an analysis", window=("recovery_window_in_days", 30)),
    "aws_quicksight_data_set": Holder("a data set"),
}
"""By type, in the order in which a reviewer should hear of them."""

RETIRED = frozenset({"aws_qldb_ledger", "aws_simpledb_domain"})
"""Types that the newest provider no longer has, and states still may."""

RESTORED_FROM = ("snapshot_identifier", "restore_to_point_in_time", "snapshot_id", "snapshot_arns", "snapshot_name")
"""Where a new database takes its content from."""


def fate(holder: Holder, before: Mapping[str, Any], after: Mapping[str, Any] | None) -> str:
    """What becomes of what it holds, as a clause.

    Args:
        after: of its successor, if it is replaced.
    """
    said = [_lost(holder, before)]
    if after and (source := next((path for path in RESTORED_FROM if _is_there(after, path)), "")):
        said.append(f"the new one starts with what its {source} names")
    if holder.protection and _value(before, holder.protection) in (True, "ACTIVE"):
        said.append("its deletion protection will stop the apply")
    return "; ".join(said)


def _lost(holder: Holder, before: Mapping[str, Any]) -> str:
    if holder.stays and _value(before, holder.stays) is True:
        return "Terraform leaves it where it is"
    if holder.snapshot:
        value = _value(before, holder.snapshot)
        is_kept = value is False if holder.snapshot.startswith("skip_") else bool(value)
        if is_kept:
            return "a final snapshot keeps what it held"
    if holder.force:
        if _value(before, holder.force) is True:
            return "what it held is gone for good, however much there is in it"
        return "what it held is gone for good, and AWS refuses as long as something is in it"
    if holder.window:
        path, usual = holder.window
        days = _value(before, path) if path else usual
        days = days if isinstance(days, int) else usual
        if days:
            return f"for {days} days it can be restored, then what it held is gone for good"
    return "what it held is gone for good"


def _value(values: Mapping[str, Any], path: str) -> Any:
    found = next(follow(values, tuple(path.split("."))), None)
    return None if isinstance(found, Sensitive) else found


def _is_there(values: Mapping[str, Any], path: str) -> bool:
    return bool(values.get(path))
