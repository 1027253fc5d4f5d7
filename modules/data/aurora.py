"""WordPress's database as an Aurora MySQL cluster: a writer, and readers in other zones."""

from typing import Any

from constructs import Construct

from modules import aws
from modules.data.database import Database
from modules.network.network import Tier
from modules.settings.database import Aurora
from modules.settings.database import Database as Settings
from modules.terraform.accepted import OWN_KEY, accept
from modules.terraform.metric_source import MetricSource, offer_metrics

ENGINE_VERSION = "8.0"
"""Aurora MySQL 3, which speaks MySQL 8.0. AWS picks the minor version, and upgrades it in the maintenance window."""

AUDITED = "QUERY_DCL,QUERY_DDL"
"""Changes of rights and of tables. Not who signs in: WordPress does for every page.
https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Auditing.html"""


class AuroraCluster(Database):
    """Aurora MySQL with serverless capacity. It costs about twice an RDS instance of the same size, and buys storage
    in three zones that grows by itself and a takeover within a minute."""

    TLS_ONLY = "ON"
    """A cluster's parameter takes ON and OFF, where an instance's takes 1 and 0.
    https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Security.html"""

    def __init__(
        self,
        scope: Construct,
        id: str,
        settings: Settings,
        *,
        name: str,
        tier: Tier,
        in_vault: bool = False,
        **more: Any,
    ) -> None:
        """The other arguments are Database's.

        Args:
            in_vault: AWS Backup keeps copies of it.
        """
        super().__init__(scope, id, settings, name=name, tier=tier, **more)
        parameters = aws.RdsClusterParameterGroup(
            self,
            id,
            name_prefix=f"{name}-",
            description=f"{name}: the database's parameters",
            family=f"aurora-mysql{ENGINE_VERSION}",
            parameter=[
                aws.RdsClusterParameterGroupParameter(name=key, value=value) for key, value in self._parameters.items()
            ],
            tags={"Name": f"{name}-database"},
            lifecycle={"create_before_destroy": True},
        )
        cluster = aws.RdsCluster(
            self,
            id,
            **self._common,
            cluster_identifier=f"{name}-database",
            engine="aurora-mysql",
            engine_version=ENGINE_VERSION,
            restore_to_point_in_time=self._point_in_time,
            database_name=settings.name,
            master_username=settings.username,
            master_password_wo=self.secret.read("password"),
            master_password_wo_version=settings.password_version,
            db_cluster_parameter_group_name=parameters.name,
            preferred_backup_window=settings.backup_window,
            preferred_maintenance_window=settings.maintenance_window,
            serverlessv2_scaling_configuration={
                "min_capacity": self._aurora.min_capacity,
                "max_capacity": self._aurora.max_capacity,
            },
            depends_on=self._log_groups("cluster") or None,
            lifecycle=self._keeps_its_data(
                "database_name",
                user="master_username",
                encrypting="Write own_key or key_arn into [encryption]: a cluster gets its key on the way",
                address="aws_rds_cluster.database",
            ),
        )
        self._accept(
            cluster,
            logs="CKV_AWS_324",
            sign_in="CKV_AWS_162 AwsSolutions-RDS6",
            protection="CKV_AWS_139 AwsSolutions-RDS10",
        )
        accept(cluster, "CKV_AWS_327", OWN_KEY, unless=self._key_arn)
        accept(cluster, "CKV_AWS_325", "An audit is a setting, aurora.audit.", unless=self._aurora.audit)
        accept(cluster, "CKV_AWS_326 AwsSolutions-RDS14", "Restores reach any second of backup_retention.")
        accept(cluster, "CKV2_AWS_8", "Copies in a vault are a setting, [backups].", unless=in_vault)
        for number in range(1 + self._aurora.readers):
            instance = aws.RdsClusterInstance(
                self,
                f"{id}_{number + 1}",
                identifier=f"{name}-database-{number + 1}",
                cluster_identifier=cluster.id,
                engine="aurora-mysql",
                engine_version=cluster.engine_version,
                instance_class="db.serverless",
                # AWS spreads a cluster's instances over the zones of its subnets.
                db_subnet_group_name=self._subnet_group,
                publicly_accessible=False,
                preferred_maintenance_window=settings.maintenance_window,
                auto_minor_version_upgrade=True,
                copy_tags_to_snapshot=True,
                **self._recorded(),
                apply_immediately=settings.apply_immediately,
                lifecycle={"ignore_changes": ["performance_insights_kms_key_id"]},
                tags={"Name": f"{name}-database-{number + 1}"},
            )
            self._accept_unrecorded(instance)
        self.address, self.arn = cluster.endpoint, cluster.arn
        dimensions = {"DBClusterIdentifier": cluster.cluster_identifier}
        offer_metrics(self, MetricSource("aurora", "Database", {id: dimensions}))

    @property
    def _aurora(self) -> Aurora:
        aurora = self._settings.aurora
        assert aurora is not None  # without it, the database is an instance
        return aurora

    @property
    def _point_in_time(self) -> dict[str, Any] | None:
        wanted = self._settings.point_in_time
        if wanted is None:
            return None
        source = "source_cluster_resource_id" if wanted.source_is_an_id else "source_cluster_identifier"
        moment = {"restore_to_time": wanted.time} if wanted.time else {"use_latest_restorable_time": True}
        return {source: wanted.source, "restore_type": "full-copy", **moment}

    @property
    def _exported(self) -> list[str]:
        return super()._exported + (["audit"] if self._aurora.audit else [])

    @property
    def _parameters(self) -> dict[str, str]:
        audit = {"server_audit_logging": "1", "server_audit_events": AUDITED}
        return super()._parameters | (audit if self._aurora.audit else {})
