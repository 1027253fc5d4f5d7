"""Copies of the data in a vault of their own."""

import pytest

from modules.data.backups import Backups, Elsewhere, _hour_clear_of
from modules.settings.backups import Backups as Settings
from modules.terraform.configuration import provide_elsewhere
from tests.site.sites import Site, shipped
from tests.stacks import rendered

WINDOWS = ("17:00-17:30", "sat:18:00-sat:18:30")


def backed_up(
    key_arn: str | None = None, copies_key_arn: str | None = None, *, aurora: bool = False, **settings: object
) -> Site:
    def build(stack):
        copies = None
        if "copy_to" in settings:
            provider = provide_elsewhere(stack, "copy", settings["copy_to"], {"Environment": "site"})
            copies = Elsewhere("site-region", provider, copies_key_arn)
        Backups(
            stack,
            "backups",
            Settings.model_validate(settings),
            name="site",
            resources=["arn:aws:rds:x:y:db:site", "arn:aws:elasticfilesystem:x:y:file-system/z"],
            avoids=WINDOWS,
            aurora=aurora,
            copies=copies,
            key_arn=key_arn,
        )

    return rendered(build)


def rule(site: Site) -> dict:
    [rule] = site["aws_backup_plan.backups"]["rule"]
    return rule


def test_database_and_uploads_are_copied_by_name_every_day():
    site = backed_up(retention=14)
    selection = site["aws_backup_selection.backups"]
    assert selection["resources"] == [
        "arn:aws:rds:x:y:db:site",
        "arn:aws:elasticfilesystem:x:y:file-system/z",
    ]
    assert selection["plan_id"] == "${aws_backup_plan.backups.id}"
    assert rule(site)["schedule"] == "cron(0 19 * * ? *)"
    assert rule(site)["lifecycle"] == {"delete_after": 14}
    assert rule(site)["target_vault_name"] == "${aws_backup_vault.backups.name}"
    assert "copy_action" not in rule(site)


@pytest.mark.parametrize(
    ("windows", "hour"),
    [
        (WINDOWS, 19),
        (("01:00-01:30", "mon:03:00-mon:04:00"), 4),
        (("22:45-23:30", "mon:01:00-mon:01:30"), 2),
        (("23:00-23:30", "sun:23:30-mon:00:30"), 1),
        (("05:00-05:30", "sun:06:00-mon:06:00"), 6),
        (("05:00-05:30", "sun:04:00-mon:02:00"), 6),
    ],
)
def test_copies_are_made_outside_the_databases_own_windows(windows, hour):
    assert _hour_clear_of(windows) == hour


def test_aws_backup_may_copy_and_restore_and_no_more():
    site = backed_up()
    policies = {one["policy_arn"].rpartition("/")[2] for one in site.all("aws_iam_role_policy_attachment").values()}
    assert policies == {"AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForRestores"}
    [trust] = site.statements("aws_iam_role.backups", "assume_role_policy")
    assert trust["Principal"] == {"Service": "backup.amazonaws.com"}
    assert set(site["aws_backup_selection.backups"]["depends_on"]) == {
        "aws_iam_role_policy_attachment.backups_backup",
        "aws_iam_role_policy_attachment.backups_restores",
    }


def test_the_vault_has_the_sites_key():
    assert "kms_key_arn" not in backed_up()["aws_backup_vault.backups"]
    assert backed_up(key_arn="the key")["aws_backup_vault.backups"]["kms_key_arn"] == "the key"
    site = backed_up(copy_to="ap-northeast-3", key_arn="the key", copies_key_arn="the key there")
    assert site["aws_backup_vault.backups_copy"]["kms_key_arn"] == "the key there"


def test_another_region_gets_every_copy_under_the_same_tags():
    site = backed_up(copy_to="ap-northeast-3", retention=14)
    [own, other] = site.content["provider"]["aws"]
    assert "alias" not in own
    assert (other["alias"], other["region"]) == ("copy", "ap-northeast-3")
    assert other["default_tags"] == [{"tags": {"Environment": "site"}}]
    assert site["aws_backup_vault.backups_copy"]["provider"] == "aws.copy"
    [copy] = rule(site)["copy_action"]
    assert copy["destination_vault_arn"] == "${aws_backup_vault.backups_copy.arn}"
    assert copy["lifecycle"] == {"delete_after": 14}


def test_a_lock_closes_every_vault_three_days_later_and_binds_no_setting():
    assert not backed_up(copy_to="ap-northeast-3").all("aws_backup_vault_lock_configuration")
    locks = backed_up(copy_to="ap-northeast-3", lock=True).all("aws_backup_vault_lock_configuration")
    assert locks == {
        "backups": {"backup_vault_name": "${aws_backup_vault.backups.name}", "changeable_for_days": 3},
        "backups_copy": {
            "backup_vault_name": "${aws_backup_vault.backups_copy.name}",
            "changeable_for_days": 3,
            "provider": "aws.copy",
        },
    }


def test_a_region_opts_in_for_aurora_where_the_database_is_one():
    """https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources.html"""
    assert not backed_up().all("aws_backup_region_settings")
    site = backed_up(aurora=True)
    settings = site["aws_backup_region_settings.backups"]
    assert settings["resource_type_opt_in_preference"] == {"Aurora": True}
    # The rest of it is the account's own business, now and later.
    assert "resource_type_opt_in_preference" in settings["lifecycle"]["ignore_changes"]
    assert "aws_backup_region_settings.backups" in site["aws_backup_selection.backups"]["depends_on"]


def test_a_day_without_a_copy_of_everything_is_told_and_silence_counts_as_one():
    site = shipped()["production"]
    alarm = site["aws_cloudwatch_metric_alarm.backups_missing"]
    assert len(site["aws_backup_selection.backups"]["resources"]) == 2
    assert (alarm["comparison_operator"], alarm["threshold"]) == ("LessThanThreshold", 2)
    assert (alarm["period"], alarm["evaluation_periods"], alarm["statistic"]) == (86400, 2, "Sum")
    assert alarm["treat_missing_data"] == "breaching"
