"""RDS: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/Welcome.html"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.moto_api._internal import mock_random
from moto.rds.exceptions import InvalidParameterCombination, RDSClientError
from moto.rds.models import DBCluster, DBInstance, DBParameterGroup, RDSBackend

from sandbox.additions import in_place_of, put_property


@in_place_of(DBInstance, "__init__")
def create(original: Any, database: DBInstance, *arguments: Any, **named: Any) -> None:
    """Every database has a resource id of its own, unique in its region and immutable.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
    """
    original(*arguments, **named)
    refuse_parameters_of_another_release(database)
    database.dbi_resource_id = new_resource_id()
    keep_insights(database, named)


@in_place_of(DBInstance, "update")
def change(original: Any, database: DBInstance, **changes: Any) -> None:
    """Performance Insights can be turned on and off; another major release is asked for twice.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
    """
    refuse_parameters_of_another_release(database, **changes)
    version = changes.get("engine_version", database.engine_version)
    if major(version) != major(database.engine_version) and not changes.get("allow_major_version_upgrade"):
        raise InvalidParameterCombination(
            "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."
        )
    original(**changes)
    keep_insights(database, changes)


def major(version: str) -> str:
    """The release that a parameter group is for: `8.4` of `8.4.3`."""
    return ".".join(version.split(".")[:2])


def refuse_parameters_of_another_release(
    database: Any, *, engine_version: str | None = None, db_parameter_group_name: str | None = None, **_: Any
) -> None:
    """A parameter group is for one release of one engine, also where a database is restored from a snapshot.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithParamGroups.Overview.html

    Args:
        database: as it is.
        engine_version: as it shall become.
        db_parameter_group_name: as it shall become.
    """
    name = db_parameter_group_name or database.db_parameter_group_name or ""
    group = database.backend.db_parameter_groups.get(name)
    if database.engine == "mysql" and group:
        needed = f"mysql{major(engine_version or database.engine_version)}"
        if group.family != needed:
            raise InvalidParameterCombination(
                f"The parameter group {group.name} with DBParameterGroupFamily {group.family} can't be used for this "
                f"instance. Please use a parameter group with DBParameterGroupFamily {needed}."
            )


@in_place_of(RDSBackend, "restore_db_instance_from_db_snapshot")
def restore_instance(
    original: Any, backend: RDSBackend, from_snapshot_id: str, overrides: dict[str, Any]
) -> DBInstance:
    """A snapshot of AWS Backup's is restored like any other, though a list shows it only to whoever asks for its type.

    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/AutomatingBackups.AWSBackup.html
    """
    snapshot = backend.database_snapshots.get(from_snapshot_id.rpartition(":snapshot:")[2].lower())
    if snapshot is None or snapshot.snapshot_type != "awsbackup":
        return original(from_snapshot_id, overrides)
    snapshot.snapshot_type = "manual"
    try:
        return original(from_snapshot_id, overrides)
    finally:
        snapshot.snapshot_type = "awsbackup"


@in_place_of(RDSBackend, "restore_db_instance_to_point_in_time")
def restore_instance_to_point_in_time(
    original: Any, backend: RDSBackend, source_db_identifier: str | None, target: str, overrides: dict[str, Any]
) -> DBInstance:
    """The source is named by its identifier or its resource id, and has backups. What is made of it is no replica.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceToPointInTime.html
    """
    wanted = overrides.get("source_dbi_resource_id")
    (source,) = [
        database
        for database in backend.databases.values()
        if wanted in (None, database.dbi_resource_id)
        and source_db_identifier in (None, database.db_instance_identifier)
    ] or backend.describe_db_instances(source_db_identifier or wanted)
    if not source.backup_retention_period:
        raise RDSClientError("PointInTimeRestoreNotEnabled", "The source has a BackupRetentionPeriod of 0.")
    settings = {name: value for name, value in overrides.items() if name != "source_db_instance_identifier"}
    return original(source.db_instance_identifier, target, settings)


@in_place_of(RDSBackend, "restore_db_cluster_to_point_in_time")
def restore_cluster_to_point_in_time(
    original: Any,
    backend: RDSBackend,
    db_cluster_identifier: str,
    source_db_cluster_identifier: str | None = None,
    source_db_cluster_resource_id: str | None = None,
    **named: Any,
) -> DBCluster:
    """The source is named by its identifier or its resource id.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterToPointInTime.html
    """
    if source_db_cluster_resource_id:
        (source_db_cluster_identifier,) = [
            name
            for name, cluster in backend.clusters.items()
            if cluster.db_cluster_resource_id == source_db_cluster_resource_id
        ]
    return original(
        db_cluster_identifier=db_cluster_identifier, source_db_cluster_identifier=source_db_cluster_identifier, **named
    )


def keep_insights(database: Any, settings: Mapping[str, Any]) -> None:
    """Whether Performance Insights are on, and the key of what they keep.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
    """
    if "enable_performance_insights" in settings:
        database.performance_insights_enabled = settings["enable_performance_insights"]
        database.performance_insights_kms_key_id = settings.get("performance_insights_kms_key_id")


@in_place_of(RDSBackend, "create_db_instance_read_replica")
def create_replica(original: Any, _: RDSBackend, *arguments: Any, **named: Any) -> DBInstance:
    """A read replica has one too; moto copies its source."""
    replica = original(*arguments, **named)
    replica.dbi_resource_id = new_resource_id()
    return replica


def new_resource_id() -> str:
    """An id as AWS makes them: `db-` and 26 capitals or digits."""
    return "db-" + mock_random.get_random_hex(26).upper()


@in_place_of(DBParameterGroup, "update_parameters")
def update_parameters(original: Any, group: DBParameterGroup, parameters: Any) -> None:
    """A parameter that was modified has the source `user`, by which it is asked for.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBParameters.html
    """
    original([{**parameter, "Source": "user"} for parameter in parameters])


def scaling_of_the_first_kind(cluster: DBCluster) -> dict[str, Any] | None:
    """Only a cluster of the mode `serverless` has it, not one with serverless v2 instances.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ScalingConfigurationInfo.html
    """
    return MOTOS_SCALING.fget(cluster) if cluster.engine_mode == "serverless" else None


MOTOS_SCALING = vars(DBCluster)["scaling_configuration_info"]
put_property(DBCluster, "scaling_configuration_info", scaling_of_the_first_kind)
