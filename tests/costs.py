"""A pytest plugin: with CI=true, a run ends with the processor time of each group of tests.

Counted is what the tests' own processes took and all that they started and waited for, in seconds of one core. A
fixture counts where it is made. benchmarks/results/tests.md has the figures of a run on an idle machine.
"""

import os
import resource
from collections import Counter
from pathlib import PurePath

import pytest

COUNTED = pytest.StashKey[float]()
"""The processor time of this process at the last look."""


def used() -> float:
    """Seconds of this process and of those that it has waited for."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def group(path: str) -> str:
    """What a test is counted with: its folder; for the tests of the servers, whose files are long, its file."""
    file = PurePath(path)
    return path if file.parent.name == "wordpress" else str(file.parent)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and os.environ.get("CI"):
        config.pluginmanager.register(Costs(), "costs")


def pytest_collection_finish(session: pytest.Session) -> None:
    session.config.stash[COUNTED] = used()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> pytest.TestReport:
    report = yield
    now = used()
    report.processor = now - item.config.stash[COUNTED]
    item.config.stash[COUNTED] = now
    return report


class Costs:
    """Adds up every report, whichever process it comes from."""

    def __init__(self) -> None:
        self._seconds: Counter[str] = Counter()
        self._tests: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # A worker that died reports its last test without a time.
        self._seconds[group(report.location[0])] += getattr(report, "processor", 0)
        self._tests[group(report.location[0])] += report.when == "setup"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("processor time")
        for name, seconds in self._seconds.most_common():
            terminalreporter.write_line(f"{seconds:8.1f} s {self._tests[name]:6} tests  {name}")
        whole = used()
        terminalreporter.write_line(f"{whole - self._seconds.total():8.1f} s  starting and collecting")
        terminalreporter.write_line(f"{whole:8.1f} s  altogether")
