"""A pytest plugin: what failed beside others on a busy machine is run once more, alone. What is broken fails again.

Every run notes which tests failed. `pytest --second-round` runs exactly those, and refuses where the run before it did
not end with failed tests alone: a worker that died or a file that could not be collected says nothing about the rest.
"""

import pytest

MOST = 20
"""More failed tests than this are no accident."""

NOTED = "pressform/failed"
"""Where pytest's cache holds the ids of the tests that failed; nothing where another run cannot make them good."""

PLAIN = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--second-round", action="store_true", help="run once more what failed in the run before, alone")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        again = config.getoption("second_round")
        config.pluginmanager.register(SecondRound(config) if again else FirstRound(config), "rounds")


def pytest_itemcollected(item: pytest.Item) -> None:
    item.stash[PLAIN] = item.nodeid


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> pytest.TestReport:
    report = yield
    report.plain_id = item.stash[PLAIN]
    return report


class Round:
    """Hears of every report, whichever process it comes from."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.failed: dict[str, None] = {}
        self.passed: dict[str, None] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # pytest-xdist appends "@" and the group, and a test of that name cannot be selected: neither from here, nor by
        # `--last-failed`, nor by a person who copies the name.
        report.nodeid = getattr(report, "plain_id", report.nodeid)
        if report.failed:
            self.failed[report.nodeid] = None
        elif report.passed and report.when == "call":
            self.passed[report.nodeid] = None


class FirstRound(Round):
    broken = False
    """Something other than a test failed."""

    def pytest_sessionstart(self) -> None:
        self._note(None)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self.broken |= report.failed

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, error: object) -> None:
        self.broken |= bool(error)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        if exitstatus == pytest.ExitCode.TESTS_FAILED and not self.broken:
            self._note(list(self.failed))

    def _note(self, failed: list[str] | None) -> None:
        if cache := getattr(self.config, "cache", None):
            cache.set(NOTED, failed)


class SecondRound(Round):
    def __init__(self, config: pytest.Config) -> None:
        super().__init__(config)
        self._asked: list[str] = config.cache.get(NOTED, None) or []
        if not self._asked:
            raise pytest.UsageError("no second round: the run before did not end with failed tests alone")
        if len(self._asked) > MOST:
            raise pytest.UsageError(f"no second round: {len(self._asked)} tests failed, at most {MOST} are run again")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.stash[PLAIN] in self._asked]
        if missing := set(self._asked).difference(item.stash[PLAIN] for item in items):
            raise pytest.UsageError(f"no second round: not found any more: {', '.join(sorted(missing))}")

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        # A test that is skipped now has not been made good.
        if session.exitstatus == pytest.ExitCode.OK and self._good() != self._asked:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for name in self._good():
            terminalreporter.write_line(f"failed once, then passed: {name}")

    def _good(self) -> list[str]:
        return [name for name in self._asked if name in self.passed and name not in self.failed]
