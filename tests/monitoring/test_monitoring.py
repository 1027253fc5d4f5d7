"""Who is told of what, and what they look at then."""

import configparser
import json
import re
from functools import cache

import pytest
from cdktf import TerraformStack
from constructs import Construct

from modules.data.limits import database_limits
from modules.monitoring.metrics import METRICS
from modules.monitoring.monitoring import Monitoring
from modules.settings.database import Database
from modules.settings.monitoring import Monitoring as Settings
from modules.terraform.metric_source import MetricSource, offer_metrics
from modules.wordpress import files
from tests.site.sites import Site, variation
from tests.stacks import REGION, rendered

SETTINGS = {"emails": ["ops@example.com", "me.too@example.com"], "latency": 2, "server_errors": 4}

BALANCER = {"LoadBalancer": "app/site/1", "TargetGroup": "targetgroup/web/2"}

EVERYTHING = (
    MetricSource("certificate", "Certificate", {"domain": {"CertificateArn": "arn:aws:acm:x:y:certificate/z"}}),
    MetricSource("waf", "Firewall", {"waf": {"WebACL": "site-waf"}}),
    MetricSource("pages", "Pages", {"pages": {"LogGroup": "/site/wordpress", "Check": "page-check"}}),
    MetricSource("version", "WordPress", {"version": {"LogGroup": "/site/wordpress", "Check": "version-check"}}),
    MetricSource("load_balancer", "Load balancer", {"load_balancer": BALANCER}, hop="web"),
    MetricSource(
        "servers", "Web servers", {"web_one": {"InstanceId": "i-1"}, "web_two": {"InstanceId": "i-2"}}, hop="web"
    ),
    MetricSource(
        "cache", "Cache", {"cache_1": {"CacheClusterId": "site-001"}, "cache_2": {"CacheClusterId": "site-002"}}
    ),
    MetricSource("database", "Database", {"database": {"DBInstanceIdentifier": "site"}}, database_limits(Database())),
    MetricSource("aurora", "Cluster", {"cluster": {"DBClusterIdentifier": "site"}}),
    MetricSource("uploads", "Uploads", {"uploads": {"FileSystemId": "fs-1"}}),
    MetricSource("mail", "Mail", {"mail_queue": {"LogGroup": "/site/wordpress"}}),
    MetricSource("ses", "Reputation", {"mail": {"ses:configuration-set": "site-mail"}}),
    MetricSource("backups", "Backups", {"backups": {"BackupVaultName": "site-backups"}}, {"resources": 2}),
    MetricSource("nat", "Way out", {"nat_1a": {"NatGatewayId": "nat-1"}, "nat_1c": {"NatGatewayId": "nat-2"}}),
)

AT_THE_EDGE = (
    MetricSource("ses_elsewhere", "Reputation", {"mail": {"ses:configuration-set": "site-mail"}}, region="us-east-1"),
    MetricSource("edge_waf", "Firewall", {"waf": {"WebACL": "site-waf"}}, region="us-east-1"),
    MetricSource("cdn", "CloudFront", {"cdn": {"Region": "Global", "DistributionId": "E1"}}, region="us-east-1"),
)


def monitored(*sources: MetricSource, key_arn: str | None = None, **settings: object) -> Site:
    def build(stack):
        for source in sources:
            offer_metrics(stack, source)
        monitor(stack, key_arn, **settings)

    return rendered(build)


def monitor(stack: TerraformStack, key_arn: str | None = None, **settings: object) -> None:
    asked = Settings.model_validate(SETTINGS | settings)
    Monitoring(stack, "monitoring", asked, name="site", region=REGION, key_arn=key_arn)


@cache
def everything() -> Site:
    return monitored(*EVERYTHING)


def alarm(name: str) -> dict:
    return everything()[f"aws_cloudwatch_metric_alarm.{name}"]


def widgets(kind: str) -> list[dict]:
    return [widget for widget in everything().content["locals"]["dashboard"]["widgets"] if widget["type"] == kind]


def rows(site: Site) -> list[dict]:
    return [widget for widget in site.content["locals"]["dashboard"]["widgets"] if widget["type"] == "text"]


def graph(title: str) -> dict:
    [found] = [widget["properties"] for widget in widgets("metric") if widget["properties"]["title"] == title]
    return found


def test_the_table_is_sound():
    for _, metrics in METRICS.values():
        for metric in metrics:
            assert metric.above is None or metric.below is None
            # CloudWatch looks back whole periods: a day at most, and seven where a period is an hour or longer.
            # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
            assert metric.minutes * 60 % metric.period == 0 or metric.threshold is None
            assert metric.minutes <= (24 * 60 if metric.period < 3600 else 7 * 24 * 60)
            assert bool(metric.meaning) == (metric.threshold is not None)
            assert metric.drawn or metric.threshold is not None


def test_every_kind_of_part_is_watched_here():
    assert {source.kind for source in (*EVERYTHING, *AT_THE_EDGE)} == set(METRICS)


def test_a_mail_that_was_given_up_is_told():
    given_up = alarm("mail_queue_given_up")
    assert (given_up["namespace"], given_up["metric_name"]) == ("Pressform", "MailGivenUp")
    assert (given_up["comparison_operator"], given_up["threshold"]) == ("GreaterThanThreshold", 0)
    assert given_up["dimensions"] == {"LogGroup": "/site/wordpress"}


def test_a_wordpress_with_known_holes_is_told_for_as_long_as_its_servers_say_so():
    insecure = alarm("version_insecure")
    assert (insecure["namespace"], insecure["metric_name"]) == ("Pressform", "CheckFailed")
    assert (insecure["comparison_operator"], insecure["threshold"]) == ("GreaterThanThreshold", 0)
    assert insecure["dimensions"] == {"LogGroup": "/site/wordpress", "Check": "version-check"}
    assert insecure["treat_missing_data"] == "notBreaching", "no way to wordpress.org is no hole"
    timer = configparser.ConfigParser()
    timer.read(files()["web/pressform-version.timer"])
    hours = int(timer["Timer"]["OnUnitActiveSec"].removesuffix("h"))
    hours += int(timer["Timer"]["RandomizedDelaySec"].removesuffix("h"))
    assert insecure["period"] * insecure["evaluation_periods"] > hours * 3600, "no day without a word of it"


def test_a_reputation_that_aws_would_look_at_is_told():
    """https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html"""
    limits = {"bounces": ("Reputation.BounceRate", 0.05), "complaints": ("Reputation.ComplaintRate", 0.001)}
    for id, (metric, limit) in limits.items():
        assert (alarm(f"mail_{id}")["metric_name"], alarm(f"mail_{id}")["threshold"]) == (metric, limit)


def test_every_alarm_tells_the_topic_of_its_beginning_and_its_end():
    alarms = everything().all("aws_cloudwatch_metric_alarm")
    for one in alarms.values():
        assert one["alarm_actions"] == one["ok_actions"] == ["${aws_sns_topic.alarms.arn}"]
        assert one["alarm_description"]
    assert len({one["alarm_name"] for one in alarms.values()}) == len(alarms)


def test_a_site_without_a_healthy_server_is_urgent_and_silence_counts_as_none():
    none = alarm("load_balancer_no_server")
    assert (none["metric_name"], none["statistic"]) == ("HealthyHostCount", "Maximum")
    assert (none["comparison_operator"], none["threshold"]) == ("LessThanThreshold", 1)
    assert none["treat_missing_data"] == "breaching"
    assert none["dimensions"] == BALANCER
    assert none["alarm_name"] == "site-urgent-load-balancer-no-server"


def test_an_unhealthy_server_may_boot_first():
    unhealthy = alarm("load_balancer_unhealthy_server")
    assert unhealthy["period"] * unhealthy["evaluation_periods"] == 15 * 60
    assert unhealthy["alarm_name"].startswith("site-soon-")


def test_errors_are_a_share_of_all_requests_whoever_answered_them():
    errors = alarm("load_balancer_errors")
    assert errors["threshold"] == 4
    assert errors["treat_missing_data"] == "notBreaching"
    assert "metric_name" not in errors
    shown, *metrics = errors["metric_query"]
    assert shown["return_data"] is True
    assert {query["id"]: query["metric"]["metric_name"] for query in metrics} == {
        "requests": "RequestCount",
        "by_servers": "HTTPCode_Target_5XX_Count",
        "by_balancer": "HTTPCode_ELB_5XX_Count",
    }
    for query in metrics:
        assert query["metric"]["dimensions"] == {"LoadBalancer": "app/site/1"}
        assert query["metric"]["stat"] == "Sum"
        assert query["id"] in shown["expression"]
        assert not query.get("return_data")


def test_latency_is_a_percentile():
    slow = alarm("load_balancer_slow")
    assert (slow["metric_name"], slow["extended_statistic"]) == ("TargetResponseTime", "p95")
    assert "statistic" not in slow
    assert slow["threshold"] == 2


def test_servers_have_an_alarm_each_as_often_as_basic_monitoring_tells():
    for name, instance in (("web_one", "i-1"), ("web_two", "i-2")):
        cpu = alarm(f"{name}_cpu")
        assert (cpu["dimensions"], cpu["period"], cpu["evaluation_periods"]) == ({"InstanceId": instance}, 300, 3)


@pytest.mark.parametrize(
    ("instance_class", "storage", "connections", "free"),
    [
        ("db.t4g.micro", 20, 51, 2**30),
        ("db.t4g.small", 20, 102, 2**30),
        ("db.m7g.large", 100, 409, 5 * 2**30),
        ("db.r7g.large", 100, 819, 5 * 2**30),
        ("db.r7g.2xlarge", 100, 3276, 5 * 2**30),
        ("db.r7g.16xlarge", 100, 9600, 5 * 2**30),
    ],
)
def test_the_databases_thresholds_follow_from_its_size(instance_class, storage, connections, free):
    settings = Database(instance_class=instance_class, allocated_storage=storage, max_allocated_storage=0)
    assert database_limits(settings) == {"connections": connections, "storage": free}


def test_a_database_that_runs_out_of_storage_is_urgent():
    storage = alarm("database_storage")
    assert (storage["metric_name"], storage["statistic"]) == ("FreeStorageSpace", "Minimum")
    assert (storage["comparison_operator"], storage["threshold"]) == ("LessThanThreshold", 2**30)
    assert "-urgent-" in storage["alarm_name"]


def test_an_expired_certificate_stays_an_alarm_though_its_metric_ends():
    ends = alarm("domain_ends")
    assert (ends["metric_name"], ends["namespace"]) == ("DaysToExpiry", "AWS/CertificateManager")
    assert (ends["period"], ends["evaluation_periods"], ends["threshold"]) == (86400, 1, 21)
    assert ends["treat_missing_data"] == "ignore"


def test_the_firewall_is_on_the_dashboard_alone():
    assert not [name for name in everything().all("aws_cloudwatch_metric_alarm") if name.startswith("waf")]
    [[search]] = graph("Blocked, requests in 5 minutes")["metrics"]
    assert search["expression"] == (
        "SEARCH('{AWS/WAFV2,Region,Rule,WebACL} WebACL=\"site-waf\" MetricName=\"BlockedRequests\"', 'Sum', 300)"
    )


def test_what_is_at_the_edge_is_drawn_from_there_and_has_no_alarm():
    """Alarms take metrics of their own region alone."""
    site = monitored(*AT_THE_EDGE)
    assert not site.all("aws_cloudwatch_metric_alarm")
    drawn = [widget["properties"] for widget in site.content["locals"]["dashboard"]["widgets"]]
    drawn = [graph for graph in drawn if "metrics" in graph]
    assert {graph["region"] for graph in drawn} == {"us-east-1"}
    assert drawn[0]["metrics"][0][0]["expression"].startswith('SEARCH(\'{AWS/WAFV2,Rule,WebACL} WebACL="site-waf"')
    requests = ["AWS/CloudFront", "Requests", "Region", "Global", "DistributionId", "E1"]
    assert requests in [line for graph in drawn for line in graph["metrics"]]


def test_the_dashboard_follows_the_request_from_top_to_bottom():
    headings = [widget["properties"]["markdown"] for widget in widgets("text")]
    assert headings == [f"## {source.title}" for source in EVERYTHING]
    tops = [widget["y"] for widget in widgets("text")]
    assert tops == sorted(tops)


def test_no_widget_overlaps_another_or_leaves_the_grid():
    taken = set()
    for widget in everything().content["locals"]["dashboard"]["widgets"]:
        assert widget["x"] + widget["width"] <= 24
        cells = {(widget["x"] + x, widget["y"] + y) for x in range(widget["width"]) for y in range(widget["height"])}
        assert not cells & taken
        taken |= cells


def test_the_dashboard_shows_every_alarm_first():
    first = everything().content["locals"]["dashboard"]["widgets"][0]
    assert (first["type"], first["x"], first["y"]) == ("alarm", 0, 0)
    alarms = everything().all("aws_cloudwatch_metric_alarm")
    assert set(first["properties"]["alarms"]) == {f"${{aws_cloudwatch_metric_alarm.{name}.arn}}" for name in alarms}


def test_a_graph_shows_where_its_alarm_begins():
    [slow] = graph("95 of 100 answered within, seconds")["annotations"]["horizontal"]
    assert (slow["value"], slow["fill"]) == (2, "above")
    [healthy] = graph("Healthy servers")["annotations"]["horizontal"]
    assert (healthy["value"], healthy["fill"]) == (1, "below")
    assert "annotations" not in graph("Requests, a minute")


def test_a_graph_has_a_line_for_each_server():
    lines = graph("Sent, bytes in 5 minutes")["metrics"]
    assert lines == [
        ["AWS/EC2", "NetworkOut", "InstanceId", "i-1", {"label": "web_one"}],
        ["AWS/EC2", "NetworkOut", "InstanceId", "i-2", {"label": "web_two"}],
    ]


def test_a_graph_shows_the_share_and_hides_what_it_is_made_of():
    shown, *hidden = graph("Failed requests (5xx), %")["metrics"]
    assert shown[0]["expression"] == alarm("load_balancer_errors")["metric_query"][0]["expression"]
    assert {line[-1]["id"] for line in hidden} == {"requests", "by_servers", "by_balancer"}
    assert not any(line[-1]["visible"] for line in hidden)


def test_every_graph_says_its_region():
    assert {widget["properties"]["region"] for widget in widgets("metric")} == {REGION}


def test_the_dashboard_reads_as_json_in_the_stack():
    body = everything()["aws_cloudwatch_dashboard.dashboard"]["dashboard_body"]
    assert body == "${jsonencode(local.dashboard)}"


def test_a_site_whose_parts_offer_nothing_has_neither_rows_nor_alarms():
    site = monitored()
    assert "aws_cloudwatch_metric_alarm" not in site.content["resource"]
    assert site.content["locals"]["dashboard"] == {}


def test_a_part_is_watched_because_it_offers_metrics_and_without_being_listed():
    class Part(Construct):
        def __init__(self, scope: Construct, id: str) -> None:
            super().__init__(scope, id)
            offer_metrics(self, MetricSource("uploads", "Something new", {"new": {"FileSystemId": "fs-2"}}))

    def build(stack):
        Part(stack, "new")
        monitor(stack)

    site = rendered(build)
    assert site["aws_cloudwatch_metric_alarm.new_limit"]["dimensions"] == {"FileSystemId": "fs-2"}
    assert {"markdown": "## Something new", "background": "transparent"} in [
        widget["properties"] for widget in site.content["locals"]["dashboard"]["widgets"]
    ]


def test_a_part_that_comes_after_the_monitoring_would_be_missed_and_is_an_error():
    def build(stack):
        monitor(stack)
        offer_metrics(stack, EVERYTHING[0])

    with pytest.raises(ValueError, match="Certificate offers metrics after the monitoring was made"):
        rendered(build)


def test_the_rows_follow_a_request_whatever_order_the_parts_were_made_in():
    order = [widget["properties"]["markdown"] for widget in rows(monitored(*reversed(EVERYTHING)))]
    assert order == [f"## {source.title}" for source in EVERYTHING]


def test_each_hop_of_a_request_shows_its_servers_below_its_load_balancer():
    """An internal load balancer exists before the servers that ask it."""
    first, second = (
        {"LoadBalancer": f"app/{name}/1", "TargetGroup": f"targetgroup/{name}/2"} for name in ("first", "second")
    )
    site = monitored(
        MetricSource("load_balancer", "Load balancer", {"load_balancer": first}, hop="frontend"),
        MetricSource("load_balancer", "Internal load balancer", {"internal": second}, hop="api"),
        MetricSource("servers", "Servers: frontend", {"frontend": {"InstanceId": "i-1"}}, hop="frontend"),
        MetricSource("servers", "Servers: api", {"api": {"InstanceId": "i-2"}}, hop="api"),
    )
    assert [row["properties"]["markdown"] for row in rows(site)] == [
        "## Load balancer",
        "## Servers: frontend",
        "## Internal load balancer",
        "## Servers: api",
    ]


PUBLISHERS = {
    "aws_acm_certificate": "AWS/CertificateManager",
    "aws_wafv2_web_acl": "AWS/WAFV2",
    "aws_cloudfront_distribution": "AWS/CloudFront",
    "aws_lb": "AWS/ApplicationELB",
    "aws_instance": "AWS/EC2",
    "aws_autoscaling_group": "AWS/EC2",
    "aws_elasticache_replication_group": "AWS/ElastiCache",
    "aws_db_instance": "AWS/RDS",
    "aws_rds_cluster": "AWS/RDS",
    "aws_efs_file_system": "AWS/EFS",
    "aws_backup_vault": "AWS/Backup",
    "aws_nat_gateway": "AWS/NATGateway",
    "aws_sesv2_configuration_set": "AWS/SES",
}
"""Where CloudWatch has the metrics of a type's resources."""


@pytest.mark.parametrize("name", ["production", "complete-pair", "complete-tiers"])
def test_every_resource_that_has_metrics_is_on_its_sites_dashboard(name: str):
    site = variation(name, {"monitoring": SETTINGS})
    namespaces = {namespace for type_, namespace in PUBLISHERS.items() if site.all(type_)}
    drawn = set(re.findall(r"AWS/\w+", json.dumps(site.content["locals"]["dashboard"])))
    assert namespaces <= drawn
    balancers_and_servers = len(site.all("aws_lb")) + len({"web", "frontend", "api"} & set(site.all("aws_iam_role")))
    hops = [row for row in rows(site) if re.search("balancer|Servers", row["properties"]["markdown"])]
    assert len(hops) == balancers_and_servers


def test_only_the_sites_own_alarms_reach_the_people():
    [statement] = everything().statements("aws_sns_topic_policy.alarms")
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Action"] == "sns:Publish"
    assert statement["Resource"] == "${aws_sns_topic.alarms.arn}"
    assert statement["Condition"]["ArnLike"]["aws:SourceArn"].endswith(":alarm:site-*")


def test_the_topic_is_encrypted_with_the_sites_key_or_none_that_shuts_cloudwatch_out():
    assert "kms_master_key_id" not in everything()["aws_sns_topic.alarms"]
    assert monitored(key_arn="the key")["aws_sns_topic.alarms"]["kms_master_key_id"] == "the key"


def test_each_address_has_a_place_of_its_own_and_the_same_one_twice_is_one():
    site = monitored(emails=["a.b@example.com", "A.B@example.com", "a_dot_b@example.com", "a-b@example.com"])
    assert {name: one["endpoint"] for name, one in site.all("aws_sns_topic_subscription").items()} == {
        "alarms_a_dot_b_at_example_dot_com": "A.B@example.com",
        "alarms_a__dot__b_at_example_dot_com": "a_dot_b@example.com",
        "alarms_a_dash_b_at_example_dot_com": "a-b@example.com",
    }
