"""WordPress's database: MySQL on RDS, with a standby in another zone."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from cdktf import ITerraformDependable
from constructs import Construct

from modules import aws
from modules.aws.addresses import Resource
from modules.data.limits import database_limits
from modules.data.secret import GeneratedSecret
from modules.network.firewall import Firewall
from modules.network.network import Tier
from modules.settings.database import Database as Settings
from modules.terraform.accepted import accept
from modules.terraform.condition import Condition
from modules.terraform.log_group import log_group
from modules.terraform.metric_source import MetricSource, offer_metrics
from modules.terraform.policy import managed, trust


class Database(Construct):
    """What an RDS instance and an Aurora cluster have in common: private subnets, a firewall that admits its peers
    alone, a secret that nobody sees. A subclass makes the servers.

    Attributes:
        firewall: who may connect.
        name: the database that WordPress uses.
        address: the endpoint's host name. It stays the same when another server takes over.
        secret: user name and password, for the servers that sign in.
        arn: for backups.
    """

    PORT = 3306

    FIXED = ("kms_key_id", "storage_encrypted", "snapshot_identifier", "restore_to_point_in_time")
    """Arguments that a database keeps as they were when it was made, or in the snapshot that it was made of: another
    value would replace it, and its data be lost.
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RestoreFromSnapshot.html"""

    TLS_ONLY = "1"
    """The value of the parameter `require_secure_transport` that refuses connections in the clear."""

    address: str
    arn: str

    def __init__(
        self, scope: Construct, id: str, settings: Settings, *, name: str, tier: Tier, key_arn: str | None = None
    ) -> None:
        """
        Args:
            name: the beginning of every name in AWS.
            tier: the subnets that it stands in.
            key_arn: the key of its data; None for AWS's own.
        """
        super().__init__(scope, id)
        self._settings, self._name, self._key_arn = settings, name, key_arn
        self.name = settings.name
        self.firewall = Firewall(
            self, id, vpc_id=tier.vpc_id, name=settings.security_group or f"{name}-database", description="The database"
        )
        self.secret = GeneratedSecret(
            self,
            id,
            name=f"{name}-database",
            description=f"{name}: the database's user and password",
            plain={"username": settings.username},
            generated={"password": 32},
            version=settings.password_version,
            key_arn=key_arn,
        )
        self._subnet_group = aws.DbSubnetGroup(
            self,
            id,
            name_prefix=f"{name}-",
            description=f"{name}: the database's subnets",
            subnet_ids=tier.subnet_ids,
            tags={"Name": f"{name}-database"},
        ).name

    def _keeps_its_data(self, *fixed: str, user: str, encrypting: str, address: str) -> dict[str, Any]:
        """A lifecycle in which no changed setting replaces the database, and what cannot be as the file says is told.

        Args:
            fixed: arguments that stay as they are, beside FIXED.
            user: the argument with the master user's name.
            encrypting: what to do where the source of a restore is in the clear.
            address: the database's, for Terraform.
        """
        known = Condition(
            f'self.{user} == "{self._settings.username}"',
            f'database.username: the user of this database is "${{self.{user}}}", and cannot be another. Write that '
            "into the file, and raise database.password_version, so that the secret has both.",
        )
        encrypted = Condition(
            "self.storage_encrypted",
            "database: what it was restored from is not encrypted, and so it is not either. "
            f"{encrypting}, and apply once with -replace={address}.",
        )
        conditions = [*known.after["postcondition"], *encrypted.after["postcondition"]]
        return {"ignore_changes": [*self.FIXED, user, *fixed], "postcondition": conditions}

    @property
    def _restored(self) -> bool:
        return bool(self._settings.restore_from or self._settings.point_in_time)

    @property
    def _exported(self) -> list[str]:
        """The logs that go to CloudWatch."""
        return ["error", "slowquery"] if self._settings.slow_query else []

    def _log_groups(self, kind: str) -> list[aws.CloudwatchLogGroup]:
        """Must be there before the database, which would make groups that keep everything for ever and stay behind a
        destroy.

        Args:
            kind: "instance" or "cluster".
        """
        return [
            log_group(
                self,
                f"database_{log}",
                name=f"/aws/rds/{kind}/{self._name}-database/{log}",
                retention=self._settings.log_retention,
                key_arn=self._key_arn,
            )
            for log in self._exported
        ]

    def _accept(self, server: Resource, *, logs: str, sign_in: str, protection: str) -> None:
        """Notes the findings that an instance and a cluster share, by the scanners' names for each."""
        settings = self._settings
        accept(server, logs, "Sending logs to CloudWatch is a setting, slow_query.", unless=self._exported)
        why = "WordPress signs in with a password; another way is a setting, iam_authentication."
        accept(server, sign_in, why, unless=settings.iam_authentication)
        accept(server, "AwsSolutions-RDS11", "The firewall keeps strangers out, whatever the port.")
        why = "Protection is a setting, off so that a trial can be destroyed."
        accept(server, protection, why, unless=settings.deletion_protection)

    def _recorded(self, needs: Sequence[ITerraformDependable] = ()) -> dict[str, Any]:
        """Arguments of a server: what is recorded of it.

        Args:
            needs: what must be there before.
        """
        settings = self._settings
        monitoring, granted = self._monitoring if settings.enhanced_monitoring else ({}, [])
        return {
            "performance_insights_enabled": settings.performance_insights,
            "performance_insights_kms_key_id": self._key_arn if settings.performance_insights else None,
            **monitoring,
            "depends_on": [*needs, *granted] or None,
        }

    def _accept_unrecorded(self, server: Resource) -> None:
        """Notes the findings on what is not recorded of a server."""
        settings = self._settings
        why = "Looking at its processes is a setting, enhanced_monitoring."
        accept(server, "CKV_AWS_118", why, unless=settings.enhanced_monitoring)
        has_insights = settings.aurora or not settings.instance_class.endswith((".micro", ".small"))
        why = "Recording what it waits for is a setting, performance_insights."
        accept(server, "CKV_AWS_353", why, unless=settings.performance_insights or not has_insights)

    @cached_property
    def _monitoring(self) -> tuple[dict[str, Any], list[ITerraformDependable]]:
        """Arguments of a server whose processes are looked at, and what must be there before."""
        id = "database_monitoring"
        role = aws.IamRole(
            self,
            id,
            name_prefix=f"{self._name}-monitoring-",
            assume_role_policy=trust(self, f"{id}_trust", "monitoring.rds.amazonaws.com"),
        )
        policy = managed(self, "service-role/AmazonRDSEnhancedMonitoringRole")
        granted = aws.IamRolePolicyAttachment(self, id, role=role.name, policy_arn=policy)
        accept(granted, "AwsSolutions-IAM4", "AWS keeps up with what its own service needs.")
        interval = self._settings.enhanced_monitoring
        return {"monitoring_interval": interval, "monitoring_role_arn": role.arn}, [granted]

    @property
    def _parameters(self) -> dict[str, str]:
        parameters = {"require_secure_transport": self.TLS_ONLY}
        if self._settings.slow_query:
            parameters |= {
                "slow_query_log": "1",
                "long_query_time": str(self._settings.slow_query),
                "log_output": "FILE",
            }
        return parameters

    @property
    def _common(self) -> dict[str, Any]:
        """Arguments that an instance and a cluster share."""
        settings = self._settings
        return {
            "storage_encrypted": True,
            "kms_key_id": self._key_arn,
            "db_subnet_group_name": self._subnet_group,
            "vpc_security_group_ids": [self.firewall.security_group_id],
            "snapshot_identifier": settings.restore_from,
            "port": self.PORT,
            "backup_retention_period": settings.backup_retention,
            "copy_tags_to_snapshot": True,
            "apply_immediately": settings.apply_immediately,
            "deletion_protection": settings.deletion_protection,
            "skip_final_snapshot": not settings.final_snapshot,
            # The secret's random suffix makes it unique: a snapshot of the same name may be left from an earlier life.
            "final_snapshot_identifier": f"{self._name}-final-{self.secret.suffix}"
            if settings.final_snapshot
            else None,
            "iam_database_authentication_enabled": settings.iam_authentication or None,
            "enabled_cloudwatch_logs_exports": self._exported or None,
            "tags": {"Name": f"{self._name}-database"},
        }


class DatabaseInstance(Database):
    """An RDS instance with a standby in another zone."""

    def __init__(self, scope: Construct, id: str, settings: Settings, *, name: str, tier: Tier, **more: Any) -> None:
        super().__init__(scope, id, settings, name=name, tier=tier, **more)
        parameters = aws.DbParameterGroup(
            self,
            id,
            name_prefix=f"{name}-",
            description=f"{name}: the database's parameters",
            family=f"mysql{settings.engine_version}",
            parameter=[aws.DbParameterGroupParameter(name=key, value=value) for key, value in self._parameters.items()],
            tags={"Name": f"{name}-database"},
            lifecycle={"create_before_destroy": True},
        )
        instance = aws.DbInstance(
            self,
            id,
            **self._common,
            identifier=f"{name}-database",
            engine="mysql",
            engine_version=settings.engine_version,
            auto_minor_version_upgrade=True,
            instance_class=settings.instance_class,
            multi_az=settings.multi_az,
            publicly_accessible=False,
            restore_to_point_in_time=self._point_in_time,
            # RDS refuses a name where it restores MySQL, and the provider leaves it out for a snapshot alone.
            db_name=None if settings.point_in_time else settings.name,
            username=settings.username,
            password_wo=self.secret.read("password"),
            password_wo_version=settings.password_version,
            storage_type="gp3",
            allocated_storage=settings.allocated_storage,
            max_allocated_storage=settings.max_allocated_storage or None,
            parameter_group_name=parameters.name,
            backup_window=settings.backup_window,
            maintenance_window=settings.maintenance_window,
            blue_green_update={"enabled": True} if settings.blue_green else None,
            # One of an older release is raised by a later apply, when the file may have forgotten where it came from.
            allow_major_version_upgrade=self._restored or None,
            lifecycle=self._keeps_its_data(
                *("db_name", "performance_insights_kms_key_id", "allow_major_version_upgrade"),
                user="username",
                encrypting="Copy the snapshot under a key (aws rds copy-db-snapshot --kms-key-id alias/aws/rds), write "
                "the copy into restore_from",
                address="aws_db_instance.database",
            ),
            **self._recorded(self._log_groups("instance")),
        )
        self._accept(instance, logs="CKV_AWS_129", sign_in="CKV_AWS_161", protection="CKV_AWS_293 AwsSolutions-RDS10")
        self._accept_unrecorded(instance)
        why = "A standby is a setting, multi_az."
        accept(instance, "CKV_AWS_157 AwsSolutions-RDS3", why, unless=settings.multi_az)
        self.address, self.arn = instance.address, instance.arn
        dimensions = {"DBInstanceIdentifier": instance.identifier}
        offer_metrics(self, MetricSource("database", "Database", {id: dimensions}, database_limits(settings)))

    @property
    def _point_in_time(self) -> dict[str, Any] | None:
        wanted = self._settings.point_in_time
        if wanted is None:
            return None
        source = "source_dbi_resource_id" if wanted.source_is_an_id else "source_db_instance_identifier"
        moment = {"restore_time": wanted.time} if wanted.time else {"use_latest_restorable_time": True}
        return {source: wanted.source, **moment}
