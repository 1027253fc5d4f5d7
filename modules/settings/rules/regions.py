"""The site's region, and what a partition of AWS has or lacks."""

from collections.abc import Iterator

from modules.settings.backups import Backups
from modules.settings.cdn import Cdn
from modules.settings.database import Database
from modules.settings.encryption import Encryption
from modules.settings.https import Https
from modules.settings.mail import Mail
from modules.settings.partitions import PARTITIONS, partition_of
from modules.settings.problems import Problem, shown
from modules.settings.state import State


def a_site_can_be_in_the_region(region: str) -> Iterator[Problem]:
    if partition_of(region) is None:
        known = ", ".join(f'"{start}..."' for partition in PARTITIONS for start in partition.regions)
        yield Problem("region", shown(region), f"a region that begins as one of {known}")


def the_partition_has_cloudfront(region: str, cdn: Cdn | None) -> Iterator[Problem]:
    partition = partition_of(region)
    if cdn and partition and not partition.has_cloudfront:
        found = f"a table, and the region {region} is in the partition {partition.name}"
        yield Problem("cdn", found, "no such table: CloudFront reaches no load balancer inside a VPC there")


def other_regions_are_in_the_partition(region: str, state: State, backups: Backups | None) -> Iterator[Problem]:
    partition = partition_of(region)
    others = {"state.region": state.region, "backups.copy_to": backups and backups.copy_to}
    for key, other in others.items():
        if partition and other and partition_of(other) != partition:
            yield Problem(key, shown(other), f"a region of {partition.name}, as {region} is: accounts end there")


def what_exists_is_in_the_partition(
    encryption: Encryption, https: Https | None, database: Database, mail: Mail | None
) -> Iterator[Problem]:
    arns = {
        "encryption.key_arn": encryption.key_arn,
        "https.certificate_arn": https and https.certificate_arn,
        "database.existing.secret_arn": database.existing and database.existing.secret_arn,
        "database.restore_from": database.restore_from,
        "mail.smtp.secret_arn": mail and mail.smtp and mail.smtp.secret_arn,
    }
    for key, arn in arns.items():
        if arn and arn.startswith("arn:"):
            _, found, _, region, *_ = arn.split(":")
            partition = partition_of(region)
            if partition and found != partition.name:
                yield Problem(key, f"arn:{found}: in {region}", f"arn:{partition.name}:, as every ARN there begins")
