"""What is lost for each loss that the review speaks of."""

import pytest

from rehearsal.play import CACHE, Loss, losses
from review.plan import Plan
from review.report import Report
from review.view import View
from testbed import Environment
from tests.once import Planned
from tests.site.sites import shipped


def found(planned: Planned, environment: str) -> tuple[list[Loss], list[str]]:
    view = Report(Plan(planned(environment)), "", "").after
    assert isinstance(view, View)
    return losses(Environment(shipped()[environment].content, b""), view)


def test_of_a_pair_those_of_one_server_follow_each_other(planned: Planned):
    one, two = frozenset({"webserver1"}), frozenset({"webserver2"})
    assert found(planned, "handson") == (
        [
            Loss("the database's primary", database=True),
            Loss("WEBSERVER1", one),
            Loss("zone 1a", one, database=True),
            Loss("WEBSERVER2", two),
            Loss("zone 1c", two, database=True),
        ],
        [],
    )


@pytest.mark.parametrize(("environment", "server"), [("three-tier", "FRONTEND1"), ("production", None)])
def test_of_tiers_and_fleets(planned: Planned, environment: str, server: str | None):
    played, rest = found(planned, environment)
    events = {loss.event: loss for loss in played}
    fleet = {"three-tier": "api", "production": "web"}[environment]
    assert events["zone 1a"].servers >= {f"{fleet}1"}
    assert events["zone 1c"].servers >= {f"{fleet}2"}
    assert events["zone 1a"].servers == {f"{fleet}1"} | ({"frontend1"} if server else set())
    assert (CACHE in events) == (environment == "production")
    assert rest
    assert all("NAT gateway" in event for event in rest)
