"""[backups]."""

from collections.abc import Iterator

from modules.settings.backups import Backups
from modules.settings.problems import Problem, shown


def copies_go_to_another_region(region: str, backups: Backups | None) -> Iterator[Problem]:
    if backups and backups.copy_to == region:
        yield Problem("backups.copy_to", shown(region), "a region other than the site's own")
