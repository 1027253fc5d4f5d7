"""How many files are drawn: a fixed few in every run, many new ones with HYPOTHESIS_PROFILE=thorough."""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

COMMON = {
    "deadline": None,
    "print_blob": True,
    "database": None,
    # No search for a smaller example: each step of it renders a site, and it has a hundred settings to try.
    "phases": [Phase.explicit, Phase.generate],
    # A site takes a quarter of a second, and a draw makes a whole file.
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
}

settings.register_profile("default", derandomize=True, max_examples=32, **COMMON)
settings.register_profile("thorough", max_examples=1000, **COMMON)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In one process, because the tests share what they draw and render."""
    for item in items:
        if item.path.parent.name == "properties":
            item.add_marker(pytest.mark.xdist_group("properties"))
