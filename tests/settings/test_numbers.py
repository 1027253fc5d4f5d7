"""The numbers that each setting takes."""

from typing import Any

import pytest

from modules.settings import Environment
from modules.settings.vocabulary import plain_type, sections
from tests.settings.files import problems, refused

WHOLE = {
    "load_balancer.idle_timeout": (1, 4000),
    "page_cache.seconds": (1, 3600),
    "page_cache.stale_minutes": (1, 1440),
    "cdn.page_seconds": (0, 60),
    "wordpress.upload_limit": (1, 2048),
    "load_balancer.deregistration_delay": (0, 3600),
    "load_balancer.stickiness": (0, 604_800),
    "load_balancer.health_check.interval": (5, 300),
    "load_balancer.health_check.timeout": (2, 120),
    "load_balancer.health_check.healthy_threshold": (2, 10),
    "load_balancer.health_check.unhealthy_threshold": (2, 10),
    "https.hsts_max_age": (0, 63_072_000),
    "web.root_volume_size": (8, 16_384),
    "web.fleet.min": (2, 100),
    "web.fleet.desired": (2, 100),
    "web.fleet.max": (2, 100),
    "web.fleet.cpu_target": (10, 90),
    "web.fleet.requests_target": (0, 100_000),
    "web.fleet.grace_period": (60, 3600),
    "web.fleet.spot_share": (0, 100),
    "database.allocated_storage": (20, 65_536),
    "database.max_allocated_storage": (0, 65_536),
    "database.password_version": (1, 1_000_000),
    "database.backup_retention": (1, 35),
    "database.slow_query": (0, 3600),
    "database.aurora.readers": (1, 15),
    "cache.replicas": (1, 5),
    "logs.access_logs_retention": (1, 3650),
    "waf.login_limit": (10, 10_000),
    "mail.retry_hours": (1, 120),
    "mail.smtp.port": (1, 65_535),
    "monitoring.latency": (1, 60),
    "monitoring.server_errors": (1, 100),
    "monitoring.certificate_days": (1, 40),
    "backups.retention": (1, 3650),
    "php.memory_limit": (64, 2048),
    "php.max_execution_time": (10, 900),
    "php.max_input_vars": (1000, 100_000),
}
HALVES = {"database.aurora.min_capacity": (0.5, 256), "database.aurora.max_capacity": (1, 256)}


def told(key: str, value: Any) -> list[str]:
    return [problem.found for problem in refused(key, value)]


@pytest.mark.parametrize(("key", "limits"), WHOLE.items())
def test_a_whole_number_stays_within_its_limits(key: str, limits: tuple[int, int]):
    low, high = limits
    assert told(key, low) == told(key, high) == []
    assert told(key, low - 1) == [str(low - 1)]
    assert told(key, high + 1) == [str(high + 1)]


@pytest.mark.parametrize("key", WHOLE)
def test_a_whole_number_is_no_other_value(key: str):
    middle = sum(WHOLE[key]) // 2
    assert told(key, True) == ["true"]
    assert told(key, float(middle)) == [f"{middle}.0"]
    assert told(key, str(middle)) == [f'"{middle}", in quotes']
    assert told(key, [middle]) == [f"[{middle}]"]
    assert told(key, {"a": middle}) == ["a table"]


@pytest.mark.parametrize(("key", "limits"), HALVES.items())
def test_capacity_is_counted_in_halves(key: str, limits: tuple[float, float]):
    low, high = limits
    assert told(key, low) == told(key, high) == told(key, 2) == []
    for value in (low - 0.5, high + 0.5, 1.25, float("nan"), float("inf")):
        assert told(key, value) == [str(value)]


def test_every_number_is_tested():
    numbers = {
        ".".join((*place, key))
        for place, section in sections(Environment)
        for key, setting in section.model_fields.items()
        if plain_type(setting) in (int, float)
    }
    # The three groups of servers have one vocabulary.
    assert {key.replace("frontend.", "web.").replace("api.", "web.") for key in numbers} == WHOLE.keys() | HALVES.keys()


def test_a_number_too_long_to_print_is_told_all_the_same():
    huge = "0x" + "f" * 5000
    text = f"database = {{backup_retention = {huge}}}\n"
    (found,) = [problem.found for problem in problems(text) if problem.key == "database.backup_retention"]
    assert found == "a number of 20000 bits"
