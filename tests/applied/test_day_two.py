"""What a change does to a live site: planned on top of the applied one."""

from pathlib import Path

import pytest

from modules import wordpress
from modules.wordpress import FOLDER, archive
from tests.applied.conftest import Live, on
from tests.operations.page import sections
from tests.site.sites import variation

KEPT = {"aws_db_instance.database", "aws_efs_file_system.uploads", "aws_lb.load_balancer", "aws_lb_target_group.web"}
THIRD_ZONE = {"public": {"ap-northeast-1d": "10.0.6.0/24"}, "database": {"ap-northeast-1d": "10.0.7.0/24"}}
FLEET = {"web": {"servers": None, "copy_first_server": False, "fleet": {}}}
CERTIFICATE = "arn:aws:acm:ap-northeast-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"


def removed(changes: dict[str, list[str]]) -> set[str]:
    """What is replaced or deleted."""
    return {address for address, done in changes.items() if "delete" in done}


@on("handson")
def test_a_further_zone_a_larger_database_and_monitoring_come_beside_what_is_there(live: Live):
    change = {
        "network": THIRD_ZONE,
        "database": {"instance_class": "db.t3.small"},
        "monitoring": {"emails": ["on-call@example.com"]},
    }
    changes = live.plan(variation("handson", change))
    assert {address: done for address, done in changes.items() if done != ["create"]} == {
        "aws_lb.load_balancer": ["update"],
        "aws_db_subnet_group.database": ["update"],
        "aws_db_instance.database": ["update"],
    }
    assert {"aws_subnet.public_1d", "aws_cloudwatch_metric_alarm.load_balancer_no_server"} <= changes.keys()


@on("private-web")
def test_a_further_zone_with_servers_and_nat_replaces_nothing_nor_does_ipv6(live: Live):
    cidrs = {"public": "10.0.6.0/24", "web": "10.0.7.0/25", "database": "10.0.7.128/25"}
    zone = {tier: {"ap-northeast-1d": cidr} for tier, cidr in cidrs.items()}
    changes = live.plan(variation("private-web", {"network": {"ipv6": True, **zone}}))
    assert changes["aws_nat_gateway.nat_1d"] == ["create"]
    assert {address: done for address, done in changes.items() if done != ["create"]} == {
        address: ["update"]
        for address in (
            # Blocks of IPv6 addresses for what there is,
            "aws_vpc.site",
            *(f"aws_subnet.{subnet}" for subnet in ("public_1a", "public_1c", "web_1a", "web_1c")),
            # and the zone for what stands in all of them.
            "aws_lb.load_balancer",
            "aws_autoscaling_group.web",
            "aws_db_subnet_group.database",
            "aws_vpc_endpoint.s3",
        )
    }


@on("handson")
def test_from_pair_to_fleet_the_database_and_the_load_balancer_stay(live: Live):
    changes = live.plan(variation("handson", FLEET))
    assert not KEPT & changes.keys()
    assert removed(changes) == {
        "aws_instance.webserver1",
        "aws_instance.webserver2",
        "aws_ami_from_instance.webserver1",
        "aws_lb_target_group_attachment.webserver1",
        "aws_lb_target_group_attachment.webserver2",
    }
    assert changes["aws_autoscaling_group.web"] == ["create"]


@on("handson")
def test_turning_https_on_keeps_the_database_and_the_load_balancer(live: Live):
    https = {"https": {"domain": "blog.example.com", "certificate_arn": CERTIFICATE}}
    changes = live.plan(variation("handson", https))
    assert not KEPT & changes.keys()
    assert changes["aws_lb_listener.load_balancer_http"] == ["update"]
    assert changes["aws_lb_listener.load_balancer_https"] == ["create"]
    # The servers learn the site's new address by a release.
    assert removed(changes) == set()
    assert {address: changes[address] for address in WEB} == WEB


def of_groups(*groups: str) -> dict[str, list[str]]:
    """A release, as a plan has it: settings, and the word to the servers."""
    return {
        address: ["update"]
        for group in groups
        for address in (f"aws_s3_object.{group}_settings", f"aws_ssm_association.{group}")
    }


WEB = of_groups("web")


def test_a_release_replaces_no_server_and_touches_nothing_else(
    live: Live, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    """Whatever it changes of what the servers run, a script, WordPress, settings: one line of the plan for each group
    says that they are told."""
    script = tmp_path / "lib.sh"
    script.write_bytes((FOLDER / "common/lib.sh").read_bytes() + b"# changed\n")
    files = wordpress.files() | {"common/lib.sh": script}
    settings = {"wordpress": {"version": "7.1.1", "upload_limit": 64}, "page_cache": {"seconds": 30}}
    with monkeypatch.context() as patched:
        patched.setattr(wordpress, "files", lambda: files)
        archive.cache_clear()
        changes = live.plan(variation(live.environment, settings))
    archive.cache_clear()
    groups = ("frontend", "api") if live.environment == "three-tier" else ("web",)
    assert changes == {"aws_s3_object.release": ["update"], **of_groups(*groups)}


@on("three-tier")
def test_a_release_of_wordpress_is_no_news_to_the_servers_in_front(live: Live):
    assert live.plan(variation("three-tier", {"wordpress": {"version": "7.1.1"}})) == of_groups("api")


@on("handson")
def test_a_raised_password_version_rotates_the_password_and_touches_nothing_else(live: Live):
    before = live.secrets()
    (edit,) = sections()["Rotate the secrets"].edits
    rotated = variation("handson", edit)
    assert live.plan(rotated) == {
        "aws_secretsmanager_secret_version.database": ["create", "delete"],
        "aws_db_instance.database": ["update"],
    }
    root = live.sandbox.root_module("site", rotated.content)
    root.apply()
    assert root.plan().is_empty
    after = live.secrets()
    assert after["database"]["password"] != before["database"]["password"]
    assert after["salts"] == before["salts"]
    assert after["admin"] == before["admin"]


SERVERS_CHANGE = {"aws_launch_template.web": ["update"], "aws_autoscaling_group.web": ["update"]}
"""The fleet's next servers are others, and it replaces the ones that it has, a few at a time."""

PRODUCTION_CHANGES = {
    "larger servers": ({"web": {"instance_type": "t4g.large"}}, SERVERS_CHANGE),
    "a release": ({"wordpress": {"xmlrpc": True}}, WEB),
    "a firewall that blocks": ({"waf": {"mode": "block"}}, {"aws_wafv2_web_acl.waf": ["update"]}),
    "a stricter alarm": (
        {"monitoring": {"latency": 1}},
        {
            "aws_cloudwatch_metric_alarm.load_balancer_slow": ["update"],
            "aws_cloudwatch_dashboard.dashboard": ["update"],
        },
    ),
    "one more who is told": (
        {"monitoring": {"emails": ["on-call@example.com", "boss@example.com"]}},
        {"aws_sns_topic_subscription.alarms_boss_at_example_dot_com": ["create"]},
    ),
    "a larger cache": (
        {"cache": {"node_type": "cache.m7g.large"}},
        {"aws_elasticache_replication_group.cache": ["update"]},
    ),
    "a database that grows further": (
        {"database": {"aurora": {"max_capacity": 32}}},
        {"aws_rds_cluster.database": ["update"]},
    ),
    "another password": (
        {"database": {"password_version": 2}},
        {
            "aws_secretsmanager_secret_version.database": ["create", "delete"],
            "aws_rds_cluster.database": ["update"],
        },
    ),
    "longer backups": ({"backups": {"retention": 60}}, {"aws_backup_plan.backups": ["update"]}),
}
"""What a person changes in a live production site, and all that Terraform does then."""


TOGETHER = [
    (
        "larger servers",
        "a firewall that blocks",
        "a stricter alarm",
        "a larger cache",
        "a database that grows further",
        "longer backups",
    ),
    ("a release", "one more who is told", "another password"),
]
"""Changes that have nothing in common are planned in one go, for a plan of production is long."""


def test_every_change_is_planned():
    assert sorted(name for names in TOGETHER for name in names) == sorted(PRODUCTION_CHANGES)


@on("production", "change-production")
@pytest.mark.parametrize("names", TOGETHER, ids=", ".join)
def test_a_change_of_production_touches_what_it_names_and_nothing_else(live: Live, names: tuple[str, ...]):
    changes, expected = {}, {}
    for name in names:
        change, touched = PRODUCTION_CHANGES[name]
        assert not changes.keys() & change.keys()
        assert not expected.keys() & touched.keys()
        changes |= change
        expected |= touched
    assert live.plan(variation("production", changes)) == expected
