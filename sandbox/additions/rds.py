"""RDS: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/Welcome.html"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.moto_api._internal import mock_random
from moto.rds.models import DBCluster, DBInstance, DBParameterGroup, RDSBackend

from sandbox.additions import in_place_of, put_property


@in_place_of(DBInstance, "__init__")
def create(original: Any, database: DBInstance, *arguments: Any, **named: Any) -> None:
    """Every database has a resource id of its own, unique in its region and immutable.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html
    """
    original(*arguments, **named)
    database.dbi_resource_id = new_resource_id()
    keep_insights(database, named)


@in_place_of(DBInstance, "update")
def change(original: Any, database: DBInstance, **changes: Any) -> None:
    """Performance Insights can be turned on and off."""
    original(**changes)
    keep_insights(database, changes)


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
