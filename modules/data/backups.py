"""Copies of the data in a vault that the services which hold it cannot empty."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from constructs import Construct

from modules import aws
from modules.settings.backups import Backups as Settings
from modules.settings.windows import DAY, span
from modules.terraform.accepted import OWN_KEY, accept
from modules.terraform.metric_source import MetricSource, offer_metrics
from modules.terraform.policy import managed, trust

START_WITHIN, CLEAR_BEFORE = 120, 60
"""Minutes in which AWS Backup may start a job, and minutes before a window of RDS in which it refuses to.
https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html"""


@dataclass(frozen=True)
class Elsewhere:
    """Another region.

    Attributes:
        name: the beginning of the names there.
        provider: that region's.
        key_arn: the key of what is kept there; None for AWS Backup's own.
    """

    name: str
    provider: aws.AwsProvider
    key_arn: str | None


class Backups(Construct):
    """An AWS Backup vault, and a plan that fills it every day. It costs about 0.10 USD a month for each GB and each
    region, and buys copies that survive a deleted database, a mistake in `terraform destroy`, and, copied, the loss of
    the region.

    Terraform deletes no vault that holds copies: a destroy stops there until they have expired or someone deletes them.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        settings: Settings,
        *,
        name: str,
        resources: Sequence[str],
        avoids: tuple[str, ...],
        aurora: bool = False,
        copies: Elsewhere | None = None,
        key_arn: str | None = None,
    ) -> None:
        """
        Args:
            name: the beginning of every name in AWS.
            resources: the ARNs of all that is copied.
            avoids: the database's own windows, such as "17:00-17:30" and "sat:18:00-sat:18:30" (UTC).
            aurora: an Aurora cluster is among them.
            copies: where each copy is copied to; None for nowhere.
            key_arn: the key of the vault; None for AWS Backup's own.
        """
        super().__init__(scope, id)
        self._name, self._settings = name, settings
        vault = self._vault(id, name, key_arn)
        second = self._vault(f"{id}_copy", copies.name, copies.key_arn, copies.provider) if copies else None
        lifecycle = {"delete_after": settings.retention}
        plan = aws.BackupPlan(
            self,
            id,
            name=f"{name}-{id}",
            rule=[
                aws.BackupPlanRule(
                    rule_name="daily",
                    target_vault_name=vault.name,
                    schedule=f"cron(0 {_hour_clear_of(avoids)} * * ? *)",
                    start_window=START_WITHIN,
                    completion_window=DAY,
                    lifecycle=lifecycle,
                    copy_action=[aws.BackupPlanRuleCopyAction(destination_vault_arn=second.arn, lifecycle=lifecycle)]
                    if second
                    else None,
                )
            ],
            tags={"Name": f"{name}-{id}"},
        )
        role, granted = self._role(id)
        opted_in = [self._opt_in(id)] if aurora else []
        aws.BackupSelection(
            self,
            id,
            name=f"{name}-data",
            plan_id=plan.id,
            iam_role_arn=role.arn,
            resources=list(resources),
            depends_on=[*granted, *opted_in],
        )
        every_one = {"resources": len(resources)}
        offer_metrics(self, MetricSource("backups", "Backups", {id: {"BackupVaultName": vault.name}}, every_one))

    def _opt_in(self, id: str) -> aws.BackupRegionSettings:
        """AWS Backup leaves Aurora out, even where a selection names the cluster, in a region that has not opted in for
        it. The setting is the whole region's: it is turned on once, and all else of it is the account's business.
        https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources.html"""
        return aws.BackupRegionSettings(
            self,
            id,
            resource_type_opt_in_preference={"Aurora": True},
            lifecycle={"ignore_changes": ["resource_type_opt_in_preference", "resource_type_management_preference"]},
        )

    def _vault(
        self, id: str, name: str, key_arn: str | None, provider: aws.AwsProvider | None = None
    ) -> aws.BackupVault:
        name = f"{name}-backups"
        vault = aws.BackupVault(
            self,
            id,
            provider=provider,
            name=name,
            kms_key_arn=key_arn,
            tags={"Name": name},
            # Another key would replace the vault, and AWS deletes none that holds copies.
            lifecycle={"ignore_changes": ["kms_key_arn"]},
        )
        accept(vault, "CKV_AWS_166", OWN_KEY, unless=key_arn)
        if self._settings.lock:
            # Without bounds on the retention: the lock would hold them for ever, whatever the settings say later.
            aws.BackupVaultLockConfiguration(
                self, id, provider=provider, backup_vault_name=vault.name, changeable_for_days=3
            )
        return vault

    def _role(self, id: str) -> tuple[aws.IamRole, list[aws.IamRolePolicyAttachment]]:
        """What AWS Backup acts as: it may copy, and restore beside what is there."""
        role = aws.IamRole(
            self,
            id,
            name_prefix=f"{self._name}-{id}-",
            assume_role_policy=trust(self, f"{id}_trust", "backup.amazonaws.com"),
            tags={"Name": f"{self._name}-{id}"},
        )
        granted = [
            aws.IamRolePolicyAttachment(
                self,
                f"{id}_{what}",
                role=role.name,
                policy_arn=managed(self, f"service-role/AWSBackupServiceRolePolicyFor{what.title()}"),
            )
            for what in ("backup", "restores")
        ]
        for attachment in granted:
            accept(attachment, "AwsSolutions-IAM4", "AWS keeps up with what its own service needs.")
        return role, granted


def _hour_clear_of(windows: tuple[str, ...]) -> int:
    """The full hour (UTC), the first after the first window, at which a job clears all of them whatever the weekday; or
    most of them, where one is so long that none clears it."""
    spans = []
    for window in windows:
        opens, lasts = span(window)
        spans.append((opens - CLEAR_BEFORE, CLEAR_BEFORE + lasts))

    def cleared(hour: int) -> int:
        start = hour * 60
        return sum((opens - start) % DAY >= START_WITHIN and (start - opens) % DAY >= lasts for opens, lasts in spans)

    first = math.ceil(sum(spans[0]) / 60)
    return max(((first + later) % 24 for later in range(24)), key=cleared)
