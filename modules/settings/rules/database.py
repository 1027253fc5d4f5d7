"""[database]."""

from collections.abc import Iterator

from modules.settings.database import INSTANCE_FAMILIES, Database
from modules.settings.problems import Problem, shown
from modules.settings.windows import DAY, WEEK, span


def the_class_runs_mysql(database: Database) -> Iterator[Problem]:
    family = database.instance_class.split(".")[1]
    if family not in INSTANCE_FAMILIES:
        yield Problem(
            "database.instance_class",
            shown(database.instance_class),
            f"a family that RDS offers for MySQL 8.4: {', '.join(sorted(INSTANCE_FAMILIES))}",
        )


def storage_grows_upwards(database: Database) -> Iterator[Problem]:
    least = -(-database.allocated_storage * 11 // 10)
    if 0 < database.max_allocated_storage < least:
        yield Problem(
            "database.max_allocated_storage",
            str(database.max_allocated_storage),
            f"0, or at least 10 % more than allocated_storage, {least} GiB, as RDS demands",
        )


def aurora_has_room(database: Database) -> Iterator[Problem]:
    aurora = database.aurora
    if aurora and aurora.min_capacity > aurora.max_capacity:
        allowed = f"not more than max_capacity, {aurora.max_capacity}"
        yield Problem("database.aurora.min_capacity", str(aurora.min_capacity), allowed)


def performance_insights_have_the_memory(database: Database) -> Iterator[Problem]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.Overview.Engines.html"""
    _, family, size = database.instance_class.split(".")
    if database.performance_insights and not database.aurora and family[0] == "t" and size in ("micro", "small"):
        allowed = f"false with {database.instance_class}: it takes db.{family}.medium or larger"
        yield Problem("database.performance_insights", "true", allowed)


def performance_insights_have_the_capacity(database: Database) -> Iterator[Problem]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html"""
    aurora = database.aurora
    if database.performance_insights and aurora and aurora.min_capacity < 2:
        allowed = "2 or more with performance_insights, which needs the memory of 2 ACUs"
        yield Problem("database.aurora.min_capacity", str(aurora.min_capacity), allowed)


def windows_are_long_enough_and_apart(database: Database) -> Iterator[Problem]:
    start, length = span(database.backup_window)
    opens, lasts = span(database.maintenance_window)
    if length < 30:
        yield Problem("database.backup_window", shown(database.backup_window), "30 minutes or more")
    if not 30 <= lasts <= DAY:
        yield Problem("database.maintenance_window", shown(database.maintenance_window), "30 minutes to 24 hours")
    elif any((opens - day) % WEEK < length or (day - opens) % WEEK < lasts for day in range(start, WEEK, DAY)):
        yield Problem(
            "database.maintenance_window",
            shown(database.maintenance_window),
            f"a time outside database.backup_window, {database.backup_window}",
        )


def the_secret_is_in_the_region(region: str, database: Database) -> Iterator[Problem]:
    if database.existing and (found := database.existing.secret_arn.split(":")[3]) != region:
        allowed = f"one in {region}: servers ask the Secrets Manager of their own region"
        yield Problem("database.existing.secret_arn", f"a secret in {found}", allowed)


def the_snapshot_is_in_the_region(region: str, database: Database) -> Iterator[Problem]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_CopySnapshot.html"""
    snapshot = database.restore_from or ""
    if snapshot.startswith("arn:") and (found := snapshot.split(":")[3]) != region:
        allowed = f"one in {region}, where it is copied to first: aws rds copy-db-snapshot, or copy-db-cluster-snapshot"
        yield Problem("database.restore_from", f"a snapshot in {found}", allowed)


def an_old_release_is_restored(database: Database) -> Iterator[Problem]:
    """https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/MySQL.Concepts.VersionMgmt.html"""
    restored = database.restore_from or database.point_in_time
    if database.engine_version == "8.0" and (not restored or database.aurora):
        allowed = '"8.4"; "8.0" is for restore_from or [database.point_in_time] of an RDS instance'
        yield Problem("database.engine_version", '"8.0"', allowed)


def a_resource_id_is_of_the_right_kind(database: Database) -> Iterator[Problem]:
    wanted = database.point_in_time
    kind = "cluster-" if database.aurora else "db-"
    if wanted and wanted.source_is_an_id and not wanted.source.startswith(kind):
        allowed = f'an identifier, or a resource id that begins with "{kind}"'
        yield Problem("database.point_in_time.source", shown(wanted.source), allowed)


def a_copy_takes_over_from_an_instance(database: Database) -> Iterator[Problem]:
    if database.blue_green and database.aurora:
        yield Problem("database.blue_green", "true", "false with aurora: it is for an RDS instance")


def it_is_restored_from_one_place(database: Database) -> Iterator[Problem]:
    if database.restore_from and database.point_in_time:
        yield Problem("database.point_in_time", "a table", "only one of restore_from and [database.point_in_time]")


def there_is_one_kind_of_database(database: Database) -> Iterator[Problem]:
    if database.existing and database.aurora:
        yield Problem("database.aurora", "a table", "only one of [database.existing] and [database.aurora]")
