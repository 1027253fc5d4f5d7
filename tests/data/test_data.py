"""What holds data: the database, the uploads, the secrets."""

import json

import pytest

from modules.wordpress import files
from tests.site.sites import SHIPPED, shipped, variation


def test_the_database_is_mysql_8_4_encrypted_and_never_public():
    database = shipped()["handson"]["aws_db_instance.database"]
    assert (database["engine"], database["engine_version"]) == ("mysql", "8.4")
    assert database["storage_encrypted"] is True
    assert database["publicly_accessible"] is False
    assert database["auto_minor_version_upgrade"] is True
    assert shipped()["handson"]["aws_db_parameter_group.database"]["family"] == "mysql8.4"


def test_the_database_stands_in_both_private_subnets_with_a_standby():
    site = shipped()["handson"]
    group = site["aws_db_subnet_group.database"]
    assert group["subnet_ids"] == ["${aws_subnet.database_1a.id}", "${aws_subnet.database_1c.id}"]
    assert site["aws_db_instance.database"]["multi_az"] is True
    assert variation("handson", {"database": {"multi_az": False}})["aws_db_instance.database"]["multi_az"] is False


def test_the_database_takes_encrypted_connections_only_and_wordpress_makes_them():
    site = shipped()["handson"]
    parameters = site["aws_db_parameter_group.database"]["parameter"]
    assert {"name": "require_secure_transport", "value": "1"} in parameters
    # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Security.html
    of_cluster = shipped()["production"]["aws_rds_cluster_parameter_group.database"]["parameter"]
    assert {"name": "require_secure_transport", "value": "ON"} in of_cluster
    flags = "MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT"
    assert f"define('MYSQL_CLIENT_FLAGS', {flags});" in (files()["web/wp-config.php"]).read_text()
    assert f"flags: {flags}," in (files()["web/database.php"]).read_text()


def test_backups_and_windows_are_settings():
    settings = {
        "backup_retention": 14,
        "backup_window": "01:00-01:30",
        "maintenance_window": "mon:03:00-mon:04:00",
        "deletion_protection": True,
    }
    database = variation("handson", {"database": settings})["aws_db_instance.database"]
    assert database["backup_retention_period"] == 14
    assert database["backup_window"] == "01:00-01:30"
    assert database["maintenance_window"] == "mon:03:00-mon:04:00"
    assert database["deletion_protection"] is True


def test_a_final_snapshot_is_left_where_the_data_matters():
    assert shipped()["handson"]["aws_db_instance.database"]["skip_final_snapshot"] is True
    kept = variation("handson", {"database": {"final_snapshot": True}})["aws_db_instance.database"]
    assert kept["skip_final_snapshot"] is False
    assert kept["final_snapshot_identifier"]


def test_the_databases_logs_end_with_it_and_after_their_time():
    site = variation("handson", {"database": {"slow_query": 2, "log_retention": 14}})
    groups = {group["name"]: group for group in site.all("aws_cloudwatch_log_group").values()}
    for log in ("error", "slowquery"):
        assert groups[f"/aws/rds/instance/handson-database/{log}"]["retention_in_days"] == 14
    database = site["aws_db_instance.database"]
    assert database["enabled_cloudwatch_logs_exports"] == ["error", "slowquery"]
    assert database["depends_on"] == [
        "aws_cloudwatch_log_group.database_error",
        "aws_cloudwatch_log_group.database_slowquery",
    ]
    assert not {name for name in shipped()["handson"].all("aws_cloudwatch_log_group") if "database" in name}


def test_an_audit_writes_down_who_changes_tables_and_rights():
    site = shipped()["production"]
    cluster = site["aws_rds_cluster.database"]
    assert cluster["enabled_cloudwatch_logs_exports"] == ["error", "slowquery", "audit"]
    assert "aws_cloudwatch_log_group.database_audit" in cluster["depends_on"]
    assert site["aws_cloudwatch_log_group.database_audit"]["name"] == "/aws/rds/cluster/production-database/audit"
    parameters = {it["name"]: it["value"] for it in site["aws_rds_cluster_parameter_group.database"]["parameter"]}
    assert parameters["server_audit_logging"] == "1"
    assert parameters["server_audit_events"] == "QUERY_DCL,QUERY_DDL"
    quiet = variation("production", {"database": {"aurora": {"audit": False}}})
    assert quiet["aws_rds_cluster.database"]["enabled_cloudwatch_logs_exports"] == ["error", "slowquery"]


def test_people_sign_in_by_their_role_where_the_settings_say():
    assert shipped()["production"]["aws_rds_cluster.database"]["iam_database_authentication_enabled"] is True
    assert "iam_database_authentication_enabled" not in shipped()["handson"]["aws_db_instance.database"]


@pytest.mark.parametrize("environment", SHIPPED)
def test_the_database_password_goes_from_its_secret_into_a_write_only_attribute(environment):
    site = shipped()[environment]
    instance = "aws_db_instance.database" in site
    database = site["aws_db_instance.database" if instance else "aws_rds_cluster.database"]
    assert not {"password", "master_password"} & database.keys()
    stored = "ephemeral.aws_secretsmanager_secret_version.database.secret_string"
    assert database["password_wo" if instance else "master_password_wo"] == f"${{jsondecode({stored}).password}}"
    ephemeral = site.content["ephemeral"]
    assert set(ephemeral["aws_secretsmanager_random_password"]) == {"admin", "database", "salts"}


def test_a_raised_password_version_writes_the_secret_and_the_database_anew():
    site = variation("handson", {"database": {"password_version": 2}})
    assert site["aws_secretsmanager_secret_version.database"]["secret_string_wo_version"] == 2
    assert site["aws_db_instance.database"]["password_wo_version"] == 2
    assert site["aws_secretsmanager_secret_version.salts"]["secret_string_wo_version"] == 1


def test_all_eight_salts_are_generated():
    secret = shipped()["handson"]["aws_secretsmanager_secret_version.salts"]["secret_string_wo"]
    keys = "AUTH_KEY SECURE_AUTH_KEY LOGGED_IN_KEY NONCE_KEY AUTH_SALT SECURE_AUTH_SALT LOGGED_IN_SALT NONCE_SALT"
    random = "ephemeral.aws_secretsmanager_random_password.salts.random_password"
    for number, key in enumerate(keys.split()):
        assert f"{key} = substr({random}, {64 * number}, 64)" in secret


def test_uploads_are_shared_encrypted_and_mounted_in_every_zone():
    site = shipped()["handson"]
    assert site["aws_efs_file_system.uploads"]["encrypted"] is True
    assert site["aws_efs_backup_policy.uploads"]["backup_policy"] == {"status": "ENABLED"}
    targets = {target["subnet_id"] for target in site.all("aws_efs_mount_target").values()}
    assert targets == {"${aws_subnet.database_1a.id}", "${aws_subnet.database_1c.id}"}
    for server in site.all("aws_instance").values():
        assert {"aws_efs_mount_target.uploads_1a", "aws_efs_mount_target.uploads_1c"} <= set(server["depends_on"])


def test_uploads_are_written_as_the_web_servers_user():
    point = shipped()["handson"]["aws_efs_access_point.uploads"]
    assert point["posix_user"] == {"uid": 48, "gid": 48}
    assert point["root_directory"]["path"] == "/uploads"


def test_uploads_that_nobody_reads_move_to_cheaper_storage():
    def policies(days):
        site = variation("handson", {"uploads": {"infrequent_access_after": days}})
        return site["aws_efs_file_system.uploads"].get("lifecycle_policy")

    assert policies(1)[0] == {"transition_to_ia": "AFTER_1_DAY"}
    assert policies(90)[0] == {"transition_to_ia": "AFTER_90_DAYS"}
    assert policies(0) is None


@pytest.mark.parametrize("environment", SHIPPED)
def test_no_resource_has_a_null(environment):
    assert "null" not in json.dumps(shipped()[environment].content["resource"]).replace('"null"', "")


FIXED = {"kms_key_id", "storage_encrypted", "snapshot_identifier", "restore_to_point_in_time"}
"""What another value of would replace a database."""


def test_no_changed_setting_replaces_what_holds_data():
    instance = shipped()["handson"]["aws_db_instance.database"]["lifecycle"]
    others = {"username", "db_name", "performance_insights_kms_key_id", "allow_major_version_upgrade"}
    assert set(instance["ignore_changes"]) == FIXED | others
    production = shipped()["production"]
    cluster = production["aws_rds_cluster.database"]["lifecycle"]
    assert set(cluster["ignore_changes"]) == FIXED | {"master_username", "database_name"}
    for server in production.all("aws_rds_cluster_instance").values():
        assert server["lifecycle"]["ignore_changes"] == ["performance_insights_kms_key_id"]
    assert production["aws_efs_file_system.uploads"]["lifecycle"]["ignore_changes"] == ["encrypted", "kms_key_id"]
    for vault in production.all("aws_backup_vault").values():
        assert vault["lifecycle"]["ignore_changes"] == ["kms_key_arn"]


def test_a_change_is_made_to_a_copy_that_takes_over():
    assert "blue_green_update" not in shipped()["handson"]["aws_db_instance.database"]
    copied = variation("handson", {"database": {"blue_green": True}})
    assert copied["aws_db_instance.database"]["blue_green_update"] == {"enabled": True}


def test_a_database_starts_with_what_another_one_held():
    moment = {"source": "shop-database", "time": "2026-11-28T03:00:00Z"}
    instance = variation("handson", {"database": {"point_in_time": moment}})["aws_db_instance.database"]
    assert "db_name" not in instance
    assert instance["restore_to_point_in_time"] == {
        "source_db_instance_identifier": "shop-database",
        "restore_time": "2026-11-28T03:00:00Z",
    }
    source = "cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    latest = variation("production", {"database": {"point_in_time": {"source": source}}})
    assert latest["aws_rds_cluster.database"]["restore_to_point_in_time"] == {
        "source_cluster_resource_id": source,
        "restore_type": "full-copy",
        "use_latest_restorable_time": True,
    }


def test_uploads_that_exist_already_are_mounted_as_they_are():
    """https://docs.aws.amazon.com/aws-backup/latest/devguide/restoring-efs.html"""
    folder = "/aws-backup-restore_2026-11-28T03-00-00-123Z/uploads"
    site = variation("handson", {"uploads": {"file_system_id": "fs-0123456789abcdef0", "folder": folder}})
    assert not site.all("aws_efs_file_system")
    assert not site.all("aws_efs_backup_policy")
    file_system = site["data.aws_efs_file_system.uploads"]
    assert file_system["file_system_id"] == "fs-0123456789abcdef0"
    assert [it["condition"] for it in file_system["lifecycle"]["postcondition"]] == ["${self.encrypted}"]
    assert site["aws_efs_access_point.uploads"]["root_directory"]["path"] == folder
    targets = site.all("aws_efs_mount_target").values()
    assert {target["file_system_id"] for target in targets} == {"${data.aws_efs_file_system.uploads.id}"}
