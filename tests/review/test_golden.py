"""Real plans on top of the applied hands-on site, section by section."""

import pytest

from review.changes import UNKNOWN, differences
from review.moment import Action
from review.reach import INTERNET
from review.report import Report
from review.survival import NOTHING, Works
from tests.review.conftest import Golden

pytestmark = pytest.mark.xdist_group("review")


def dangers(report: Report) -> list[tuple[str, str]]:
    return [(risk.danger.value, risk.text) for risk in report.risks]


def touched(report: Report) -> dict[str, Action]:
    return {change.address: change.action for changes in report.sections.values() for change in changes}


def flows(report: Report) -> set[tuple[str, str, str]]:
    return {(flow.source, flow.target, str(flow.ports)) for flow in report.after.reach.flows}


def difference(report: Report, address: str) -> dict[str, tuple[str, str, bool]]:
    """What differs in one resource: for each path, before, after, and whether it forces the replacement."""
    (change,) = [c for changes in report.sections.values() for c in changes if c.address == address]
    return {found.path: (found.before, found.after, found.forces) for found in differences(change)}


def test_a_new_site_is_all_additions_and_has_no_risk(golden: Golden):
    report = golden.report("create all")

    assert report.is_new
    assert report.verdict == f"{len(touched(report))} to add"
    assert set(touched(report).values()) == {Action.CREATE}
    assert list(report.sections) == [
        "Network", "Firewalls", "Load balancer", "Servers", "Releases", "Database", "Uploads", "Secrets and keys",
        "Logs and alarms",
    ]  # fmt: skip
    assert report.risks == []


def test_a_new_site_is_understood_before_any_id_is_known(golden: Golden):
    """All relations come from the configuration's references, and say the same as the ids do after the apply."""
    new, live = golden.report("create all").after, golden.report("no change").after

    assert new.reach.flows == live.reach.flows
    assert new.site.parts.keys() == live.site.parts.keys()
    for name, part in new.site.parts.items():
        assert part.groups == live.site.parts[name].groups
        assert [subnet.address for subnet in part.subnets] == [s.address for s in live.site.parts[name].subnets]
    assert new.survival.outcomes == live.survival.outcomes


def test_no_change_says_so(golden: Golden):
    report = golden.report("no change")

    assert report.verdict == "Nothing changes"
    assert report.sections == {}
    assert report.risks == []


def test_the_article_s_site_is_reachable_by_its_load_balancer_alone(golden: Golden):
    assert flows(golden.report("no change")) == {
        (INTERNET, "load balancer", "80"),
        ("load balancer", "web servers", "80"),
        ("web servers", "load balancer", "80"),
        ("web servers", "database", "3306"),
        ("web servers", "uploads", "2049"),
        ("web servers", INTERNET, "80"),
        ("web servers", INTERNET, "443"),
    }


def test_the_article_s_site_has_no_single_point_of_failure(golden: Golden):
    survival = golden.report("no change").after.survival

    assert set(survival.outcomes) == {
        NOTHING, "WEBSERVER1", "WEBSERVER2", "the database's primary", "zone 1a", "zone 1c",
    }  # fmt: skip
    assert survival.single_points == []
    assert "standby" in survival.outcomes["the database's primary"].answers.note


def test_a_resize_happens_in_place_and_stops_the_servers(golden: Golden):
    report = golden.report("resize")

    assert touched(report) == {
        "aws_instance.webserver1": Action.UPDATE,
        "aws_instance.webserver2": Action.UPDATE,
        "aws_db_instance.database": Action.UPDATE,
    }
    assert difference(report, "aws_db_instance.database") == {"instance_class": ("db.t3.micro", "db.t3.small", False)}
    assert [danger for danger, _ in dangers(report)] == ["interruption", "interruption"]
    assert any("all at once" in text for _, text in dangers(report))


def test_another_subnet_is_refused_by_aws_while_the_database_stands_in_it(golden: Golden):
    report = golden.report("another subnet")

    assert touched(report)["aws_subnet.database_1c"] is Action.REPLACE
    assert touched(report)["aws_db_subnet_group.database"] is Action.UPDATE
    assert difference(report, "aws_subnet.database_1c") == {"cidr_block": ("10.0.3.0/24", "10.0.4.0/24", True)}
    before, after, forces = difference(report, "aws_efs_mount_target.uploads_1c")["subnet_id"]
    assert before.startswith("subnet-")
    assert (after, forces) == (f"{UNKNOWN}: aws_subnet.database_1c", True)
    danger, text = dangers(report)[0]
    assert danger == "blocked"
    assert "`aws_subnet.database_1c` goes while the database" in text


def test_a_replaced_database_is_named_in_the_verdict(golden: Golden):
    report = golden.report("another database")

    assert "1 to REPLACE: the database (data at risk)" in report.verdict
    assert difference(report, "aws_db_instance.database")["db_name"] == ("wordpress", "other", True)
    danger, text = dangers(report)[0]
    assert danger == "data-loss"
    assert "gone for good" in text


def test_an_opened_security_group_is_an_exposure(golden: Golden):
    report = golden.report("SSH")

    assert ("203.0.113.0/24", "web servers", "22") in flows(report)
    assert "opens the web servers to 203.0.113.0/24, port 22" in report.verdict
    danger, text = dangers(report)[0]
    assert (danger, text) == ("exposure", "203.0.113.0/24 can now reach the web servers on port 22")
    assert difference(report, "aws_instance.webserver1")["key_name"][2], "the key forces the replacement"


def test_a_removed_zone_makes_the_other_one_a_single_point_of_failure(golden: Golden):
    report = golden.report("one zone")

    assert touched(report)["aws_subnet.public_1c"] is Action.DELETE
    assert touched(report)["aws_instance.webserver2"] is Action.DELETE
    assert {"WEBSERVER1", "zone 1a"} <= set(report.after.survival.single_points)
    worse = [text for danger, text in dangers(report) if danger == "resilience"]
    assert any(text.startswith("losing zone 1a now takes the site down") for text in worse)


def test_without_a_standby_the_database_is_a_single_point_of_failure(golden: Golden):
    report = golden.report("no standby")

    assert touched(report) == {"aws_db_instance.database": Action.UPDATE}
    outcomes = report.after.survival.outcomes
    assert outcomes["the database's primary"].answers.works is Works.NO
    assert outcomes["the database's primary"].answers.note == "no database is left"
    zones = [name for name in report.after.survival.single_points if name.startswith("zone")]
    assert len(zones) == 1, "the zone of a database that exists is known"
    assert "losing the database's primary now takes the site down" in report.verdict


def test_a_closed_firewall_takes_the_site_down_by_itself(golden: Golden):
    """The servers still need the database that they no longer reach."""
    report = golden.report("database unreachable")

    assert ("web servers", "database", "3306") not in flows(report)
    assert report.after.survival.outcomes[NOTHING].answers.works is Works.NO
    text = "the change itself takes the site down: nothing lets WEBSERVER1 reach a database"
    assert dangers(report) == [("resilience", text)]
