"""Which tests share a process when pytest-xdist spreads them, and what all of them start from."""

import gc
import signal

import pytest

# A shell lets what it runs in the background ignore Ctrl-C, and so would everything that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = ["tests.costs", "tests.quick", "tests.second_round"]

SHARED = {"site": "bed", "three_tier": "three-tier-bed"}
"""Fixtures that take half a minute or more to make, each with the group of the tests that use it."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture, group in SHARED.items():
            uses = fixture in getattr(item, "fixturenames", ()) and item.path.parent.name == "wordpress"
            if uses and not item.get_closest_marker("xdist_group"):
                item.add_marker(pytest.mark.xdist_group(group))


def pytest_collection_finish() -> None:
    # What is imported and collected stays to the end: looking for garbage in it took up to a tenth of the tests' time.
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)
