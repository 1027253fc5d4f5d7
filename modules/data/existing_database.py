"""A database that somebody else keeps: read, never changed."""

from dataclasses import dataclass

from cdktf import Fn, ITerraformDependable
from constructs import Construct

from modules import aws
from modules.data.limits import database_limits
from modules.network.firewall import ExistingFirewall
from modules.settings.database import Database as Settings
from modules.terraform.account import in_this_account
from modules.terraform.metric_source import MetricSource, offer_metrics
from modules.terraform.policy import Permission, may_decrypt


@dataclass(frozen=True)
class ExistingSecret:
    """A secret by ARN, with GeneratedSecret's interface."""

    arn: str
    permissions: tuple[Permission, ...]
    ready: tuple[ITerraformDependable, ...] = ()


class ExistingDatabase(Construct):
    """An RDS instance by identifier, with Database's interface. Its keeper admits the web servers' security group."""

    def __init__(self, scope: Construct, id: str, settings: Settings) -> None:
        super().__init__(scope, id)
        existing = settings.existing
        assert existing is not None  # without one, the site makes a Database
        secret_arn = existing.secret_arn
        instance = aws.DataAwsDbInstance(
            self,
            id,
            db_instance_identifier=existing.identifier,
            lifecycle=in_this_account(self, "database.existing.secret_arn", secret_arn).before,
        )
        self.name = settings.name
        self.address, self.arn = instance.address, instance.db_instance_arn
        self.secret = ExistingSecret(secret_arn, (may_decrypt(self, "DecryptSecret", secret_arn),))
        self.firewall = ExistingFirewall(id, Fn.element(instance.vpc_security_groups, 0))
        dimensions = {"DBInstanceIdentifier": existing.identifier}
        offer_metrics(self, MetricSource("database", "Database", {id: dimensions}, database_limits(settings)))
