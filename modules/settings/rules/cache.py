"""[cache]."""

from collections.abc import Iterator

from modules.settings.cache import Cache
from modules.settings.problems import Problem, shown
from modules.settings.windows import DAY, span


def the_caches_window_is_long_enough(cache: Cache | None) -> Iterator[Problem]:
    """https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/maintenance-window.html"""
    if cache and not 60 <= span(cache.maintenance_window)[1] <= DAY:
        yield Problem("cache.maintenance_window", shown(cache.maintenance_window), "60 minutes to 24 hours")
