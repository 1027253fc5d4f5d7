"""What becomes of the servers from one JSON to the next."""

from typing import Any

from rehearsal.change import Change, compare
from testbed import Environment
from tests.site.sites import variation

PAIR = ("webserver1", "webserver2")
FLEET = ("web1", "web2")


def change(base: str, before: dict[str, Any] | None = None, **after: Any) -> Change:
    first, second = (Environment(variation(base, settings or {}).content, b"") for settings in (before, after))
    return compare(first, second)


def test_nothing_becomes_of_them_where_nothing_changes():
    assert change("handson") == Change((), (), (), ())


def test_a_release_replaces_no_server():
    assert change("handson", wordpress={"upload_limit": 48}) == Change((), (), (), ())


def test_other_hardware_is_a_stop_and_a_start():
    assert change("handson", web={"instance_type": "t3.small"}).restarted == PAIR


def test_another_processor_takes_new_servers():
    found = change("handson", web={"instance_type": "t4g.small"})
    assert (found.replaced, found.restarted) == (PAIR, ())


def test_a_named_image_takes_new_servers():
    before = {"web": {"image_id": "ami-0123456789abcdef0"}}
    assert "webserver1" in change("handson", before, web={"image_id": "ami-0fedcba9876543210"}).replaced


def test_a_fleet_is_refreshed_for_another_template():
    found = change("production", web={"instance_type": "t4g.large"})
    assert (found.refreshed, found.replaced, found.restarted) == (FLEET, (), ())


def test_what_nothing_here_stands_for_is_said():
    (said,) = change("handson", database={"instance_class": "db.m7g.large"}).not_played
    assert "`aws_db_instance.database`" in said
    assert "instance_class: db.t3.micro -> db.m7g.large" in said


def test_servers_that_come_or_go_are_said():
    found = change("handson", web={"servers": {"WEBSERVER3": "ap-northeast-1a"}})
    assert any("servers that are new (webserver3)" in sentence for sentence in found.not_played)
