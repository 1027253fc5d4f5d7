"""What the review says on each loss, against what the article's site does when it happens.

The review does not lose the load balancer or the file system as a whole, so neither is stopped here. That a server
without its mount target does not serve is in `test_boot.py`.
"""

from collections.abc import Iterator

import pytest

from rehearsal.play import Loss, play
from review.plan import Plan
from review.report import Report
from review.survival import NOTHING, Works
from testbed import Environment, Site
from testbed.load import OWN_PAGE
from testbed.namespace import until
from tests.once import Document, Planned
from tests.review.conftest import change

# One plan and one bed for all, and neighbours in the table share what is off.
pytestmark = pytest.mark.xdist_group("survival")

LOSSES: dict[str, tuple[set[str], bool]] = {
    NOTHING: (set(), False),
    "the database's primary": (set(), True),
    "WEBSERVER1": ({"webserver1"}, False),
    "zone 1a": ({"webserver1"}, True),
    "WEBSERVER2": ({"webserver2"}, False),
    "zone 1c": ({"webserver2"}, True),
}
"""By the review's name: the servers that go, and whether the database may go with them. AWS chooses its zone."""

Said = dict[str, bool]


@pytest.fixture(scope="module")
def said(planned: Planned) -> dict[str, Said]:
    """With a standby and alone, whether the site answers after each loss, by the review's word on the plan."""
    plan = planned("handson")
    database = change(plan, "aws_db_instance.database")["change"]["after"]
    assert database["multi_az"]
    with_standby = by_review(plan)
    database["multi_az"] = False
    return {"standby": with_standby, "alone": by_review(plan)}


def by_review(plan: Document) -> Said:
    outcomes = Report(Plan(plan), "test", "").after.survival.outcomes
    return {lost: outcome.answers.works is Works.YES for lost, outcome in outcomes.items()}


@pytest.fixture(scope="module")
def site(environment: Environment) -> Iterator[Site]:
    """A bed of its own: the shared one's boot logs are read by other tests."""
    with Site(environment) as site:
        site.open()
        yield site


def leave_off(site: Site, servers: set[str]) -> None:
    """Kills these servers and has the others on, as soon as the load balancer has noticed both."""
    back = [name for name, host in site.servers.items() if name not in servers and not host.processes]
    if back:
        site.boot(*back)
        site.wait_for_boot(*back)
        site.balancer.wait_for("UP", *back)
    for name in servers:
        if site.servers[name].processes:
            site.servers[name].down()
            site.balancer.wait_for("DOWN", name)


def is_answered(site: Site) -> bool:
    try:
        return site.visitor().get(f"{site.url}/", headers=OWN_PAGE).status == 200
    except OSError:
        return False


def answers(site: Site) -> bool:
    """Whether visitors get the front page: all of a dozen, or none."""
    answered = [is_answered(site) for _ in range(12)]
    assert len(set(answered)) == 1, f"only some are answered: {answered}"
    return answered[0]


def test_every_loss_that_the_review_names_is_tried(said: dict[str, Said]):
    assert said["standby"].keys() == said["alone"].keys() == LOSSES.keys()


def test_a_rehearsal_tells_a_prediction_that_does_not_come_true(planned: Planned, site: Site):
    """The review is told of a database without the standby that this site has."""
    plan = planned("handson")
    views = [Report(Plan(plan), "", "").after]
    change(plan, "aws_db_instance.database")["change"]["after"]["multi_az"] = False
    views.append(Report(Plan(plan), "", "").after)
    loss = Loss("the database's primary", database=True)
    told = [prediction for view in views for prediction in play(site, view, [loss], lambda _: None)]
    assert [prediction.held for prediction in told] == [True, False]
    assert all(prediction.seen.startswith("the site answers; ") for prediction in told)
    assert told[1].predicted.startswith("the site does not answer: ")


@pytest.mark.parametrize("lost", LOSSES)
def test_the_site_answers_after_a_loss_as_the_review_says(said: dict[str, Said], site: Site, lost: str):
    servers, with_database = LOSSES[lost]
    leave_off(site, servers)
    if with_database:
        site.stop_database()
    alone = with_standby = answers(site)
    if with_database:
        # A standby takes over under the primary's name: to the servers, a database that is back. Nobody touches them.
        site.start_database()
        until(lambda: is_answered(site), "a page after the failover")
        with_standby = answers(site)
    assert {"alone": alone, "standby": with_standby} == {plan: word[lost] for plan, word in said.items()}
