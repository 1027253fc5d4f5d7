"""A database that somebody else keeps: read, never changed."""

from dataclasses import dataclass

from cdktf import Fn, ITerraformDependable
from constructs import Construct

from modules import aws
from modules.data.limits import database_limits
from modules.network.firewall import ExistingFirewall
from modules.settings.database import Database as Settings
from modules.terraform.account import dns_suffix, in_this_account
from modules.terraform.metric_source import MetricSource, offer_metrics
from modules.terraform.policy import Permission


@dataclass(frozen=True)
class ExistingSecret:
    """A secret by ARN, with GeneratedSecret's interface."""

    arn: str
    permissions: tuple[Permission, ...]
    ready: tuple[ITerraformDependable, ...] = ()


def _may_decrypt(scope: Construct, secret_arn: str) -> Permission:
    """A secret under a key of its keeper's is read with that key; here it opens this secret and nothing else.
    https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html"""
    _, partition, _, region, account, *_ = secret_arn.split(":")
    only_the_secret = {
        "kms:EncryptionContext:SecretARN": secret_arn,
        "kms:ViaService": f"secretsmanager.{region}.{dns_suffix(scope)}",
    }
    keys = f"arn:{partition}:kms:{region}:{account}:key/*"
    return Permission("DecryptSecret", ("kms:Decrypt",), (keys,), {"StringEquals": only_the_secret})


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
        self.secret = ExistingSecret(secret_arn, (_may_decrypt(self, secret_arn),))
        self.firewall = ExistingFirewall(id, Fn.element(instance.vpc_security_groups, 0))
        dimensions = {"DBInstanceIdentifier": existing.identifier}
        offer_metrics(self, MetricSource("database", "Database", {id: dimensions}, database_limits(settings)))
