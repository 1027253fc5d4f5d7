"""[database]: WordPress's MySQL on RDS."""

from typing import Annotated, Literal

from pydantic import Field

from modules.settings.types import (
    DailyWindow,
    DatabaseClass,
    DatabaseIdentifier,
    DatabaseName,
    DatabaseSource,
    DatabaseUser,
    GroupName,
    LogDays,
    Moment,
    SecretArn,
    Section,
    SnapshotId,
    WeeklyWindow,
)

INSTANCE_FAMILIES = frozenset(
    {
        *("t3", "t4g"),
        *("m5", "m5d", "m6g", "m6gd", "m6i", "m6id", "m6idn", "m6in", "m7g", "m7i", "m8g"),
        *("r5", "r5b", "r5d", "r6g", "r6gd", "r6i", "r6id", "r6idn", "r6in", "r7g", "r7i", "r8g"),
        *("x2g", "x2idn", "x2iedn"),
    }
)
"""Families that RDS offers for MySQL 8.4.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Support.html"""


class Aurora(Section):
    """Aurora MySQL instead of an RDS instance: storage in three zones that grows by itself, a writer, and readers in
    other zones of which one takes over within a minute. Capacity follows the load (serverless v2), in steps of half an
    ACU, which is about 1 GiB of memory."""

    readers: Annotated[int, Field(ge=1, le=15)] = 1
    """Readers beside the writer. One at least, so that the loss of the writer's zone costs a failover only."""

    min_capacity: Annotated[float, Field(ge=0.5, le=256, multiple_of=0.5)] = 0.5
    """ACUs that are always there, and always paid. `performance_insights` needs 2."""

    max_capacity: Annotated[float, Field(ge=1, le=256, multiple_of=0.5)] = 8
    """ACUs that the load may call for. It bounds the bill."""

    audit: bool = False
    """Every change of a table's form or of somebody's rights goes to CloudWatch, with who made it and when."""


class PointInTime(Section):
    """The database starts with what another one held at a moment of its `backup_retention`, when it is created. What it
    keeps of that one is as with `restore_from`, and on a live site a change is not carried out."""

    source: DatabaseSource
    """The RDS instance, or with `aurora` the cluster, in the same account and region: its identifier, or, where it is
    deleted and AWS has kept its backups, its resource id."""

    time: Moment | None = None
    """The moment. Left out, the latest that can be restored, about five minutes ago."""

    @property
    def source_is_an_id(self) -> bool:
        """Whether `source` is a resource id; the letters of an identifier are small."""
        return not self.source.islower()


class ExistingDatabase(Section):
    """An RDS instance that exists already, in the same account and region: it is read and never changed. Its keeper
    admits the web servers' security group on port 3306. Of the other settings of `[database]`, `name` alone counts."""

    identifier: DatabaseIdentifier
    """The instance."""

    secret_arn: SecretArn
    """The secret that holds the JSON object that WordPress signs in with: `username` and `password`."""


class Database(Section):
    """The database. It is encrypted and never public; no setting changes that."""

    existing: ExistingDatabase | None = None
    aurora: Aurora | None = None
    point_in_time: PointInTime | None = None

    instance_class: DatabaseClass = "db.t4g.small"
    """The RDS instance class."""

    engine_version: Literal["8.0", "8.4"] = "8.4"
    """MySQL's long-term release. RDS ended standard support of 8.0 on 2026-07-31, and charges for what still runs it:
    it is for a restore of 8.0, which keeps its release. Raise it to 8.4 in an apply of its own, with `blue_green` or
    without: docs/operations.md."""

    blue_green: bool = False
    """A change of the database is made to a copy of it, which then takes over within about a minute, where the database
    itself would be down for many. Turn it on together with a raised `engine_version`, and off afterwards: every other
    change, such as a new password, would be made by a copy too. A second database is paid meanwhile."""

    multi_az: bool = True
    """A standby in another zone that takes over by itself within one or two minutes. Off halves the price, and
    then the loss of the database's zone takes the site down until someone restores a backup."""

    allocated_storage: Annotated[int, Field(ge=20, le=65536)] = 20
    """GiB of gp3 storage."""

    max_allocated_storage: Annotated[int, Field(ge=0, le=65536)] = 100
    """GiB up to which the storage grows by itself; 0 turns growing off."""

    name: DatabaseName = "wordpress"
    """The database's name. It is made with the first apply, and a restore keeps that of its source. It cannot be
    changed: servers refuse a release with the name of one that is not there."""

    username: DatabaseUser = "wordpress"
    """The user that WordPress signs in as. A live database, and one that is restored, keeps its own: a plan refuses
    another."""

    restore_from: SnapshotId | None = None
    """A snapshot whose data the database starts with, when it is created: the id or ARN of RDS's, or of a recovery
    point of AWS Backup's, such as "awsbackup:job-...". It fixes `name`, `username`, and of an instance the key, and the
    release until `engine_version` is raised; a cluster takes this site's key and release. `allocated_storage` is that
    of the snapshot or more. On a live site a change is not carried out, and the line may go: restore beside it, under
    another environment name, and switch the domain (docs/operations.md)."""

    password_version: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    """Raise it by one to rotate the generated password. No person and no file ever holds the password itself."""

    backup_retention: Annotated[int, Field(ge=1, le=35)] = 7
    """Days that automatic backups are kept; a restore reaches any second within them."""

    backup_window: DailyWindow = "17:00-17:30"
    """When the daily backup is taken, in UTC, 30 minutes or more. The default is 2 in the morning in Tokyo."""

    maintenance_window: WeeklyWindow = "sat:18:00-sat:18:30"
    """When minor upgrades are installed, in UTC, 30 minutes or more. It must not overlap `backup_window`."""

    slow_query: Annotated[int, Field(ge=0, le=3600)] = 0
    """Seconds from which on a query is written into the slow log, which goes to CloudWatch with the error log; 0 keeps
    both logs inside the database."""

    log_retention: LogDays = 30
    """Days that CloudWatch keeps the database's logs. CloudWatch knows these numbers only."""

    iam_authentication: bool = False
    """People may sign in by their IAM role instead of a password, as users that you make for them in the database.
    WordPress keeps its password."""

    performance_insights: bool = False
    """Records what the database waits for, and keeps it for seven days at no cost. Instance classes of the t families
    below medium do not have it."""

    enhanced_monitoring: Literal[0, 1, 5, 10, 15, 30, 60] = 0
    """Seconds between two looks at the processes and the memory of the database's server, which go to CloudWatch; 0
    takes none. Once a minute costs well under 1 USD a month."""

    apply_immediately: bool = True
    """Changes take effect during `terraform apply`; one that restarts the database costs a failover of a minute or
    two. Off, they wait for `maintenance_window`, and every plan until then shows them again."""

    deletion_protection: bool = False
    """AWS refuses to delete the database. Off, so that a trial can be destroyed; turn it on where the data matters."""

    final_snapshot: bool = False
    """A destroy leaves a last snapshot. Off, so that a trial leaves nothing; turn it on where the data matters."""

    security_group: GroupName | None = None
    """The name that the security group shows in the console. Left out, it is made from the environment's name."""
