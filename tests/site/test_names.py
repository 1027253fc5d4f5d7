"""A site of the same name in the account: in another region, nothing is taken twice that AWS has one name space for; in
the same one, from another checkout, nothing is taken over."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.site.sites import SHIPPED, Site, shipped, variation

EVERYWHERE = ("aws_cloudfront_", "aws_cloudwatch_dashboard", "aws_iam_")
"""Types whose names are one in all regions.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_crossaccount_dashboard.html
https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/global-services.html"""

NAMES = ("name", "dashboard_name", "bucket")

WITHIN = {"aws_iam_role_policy"}
"""Names that are one within something else that has a name of its own."""


def moved() -> dict[str, Any]:
    """The settings of production in another region."""
    tiers = ("public", "database", "web")
    subnets = {tier: {} for tier in tiers}
    for number, tier in enumerate(tiers):
        for offset, letter in enumerate("ab"):
            subnets[tier] |= {f"ap-northeast-1{'ac'[offset]}": None}
            subnets[tier][f"eu-central-1{letter}"] = f"10.0.{2 * number + offset}.0/24"
    return {"region": "eu-central-1", "network": subnets}


def names(site: Site) -> Iterator[tuple[str, str]]:
    """The type and the name of all that is global or stands in another region than the site."""
    for kind, named in site.content["resource"].items():
        for resource in named.values():
            if kind in WITHIN or not (kind.startswith(EVERYWHERE) or "provider" in resource):
                continue
            inner = [resource, *resource.get("vpc_origin_endpoint_config", [])]
            for given in (one[key] for one in inner for key in NAMES if key in one):
                if "${" not in given and ".example.com" not in given and given != "example.com":
                    yield kind, given


def test_two_sites_of_one_name_share_no_name():
    here = set(names(shipped()["production"]))
    there = set(names(variation("production", moved())))
    assert {kind for kind, _ in here} == {
        "aws_backup_vault",
        "aws_cloudfront_cache_policy",
        "aws_cloudfront_function",
        "aws_cloudfront_response_headers_policy",
        "aws_cloudfront_vpc_origin",
        "aws_cloudwatch_dashboard",
        "aws_cloudwatch_log_delivery_destination",
        "aws_cloudwatch_log_delivery_source",
        "aws_cloudwatch_log_group",
        "aws_cloudwatch_query_definition",
        "aws_kms_alias",
        "aws_wafv2_web_acl",
    }
    assert here & there == set()
    assert {name.replace("ap-northeast-1", "eu-central-1") for _, name in here} == {name for _, name in there}


def test_their_states_are_two():
    def key(site: Site) -> str:
        return site.content["terraform"]["backend"]["s3"]["key"]

    assert key(shipped()["production"]) == "ap-northeast-1/production.tfstate"
    assert key(variation("production", moved())) == "eu-central-1/production.tfstate"


TAKEN_OVER = {
    "aws_sns_topic",  # https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
    "aws_sns_topic_policy",
    "aws_sns_topic_subscription",
    "aws_cloudwatch_metric_alarm",  # .../AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    "aws_cloudwatch_dashboard",
    "aws_cloudwatch_log_delivery_source",  # .../AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html
    "aws_cloudwatch_log_delivery_destination",
    "aws_cloudwatch_log_metric_filter",
    "aws_ssm_association",  # whose target, a tag, is that of the other site's servers, too
}
"""What AWS gives to whoever asks last for its name."""

REFUSED = {
    "aws_lb",  # the provider looks first: https://github.com/hashicorp/terraform-provider-aws, resource aws_lb
    "aws_rds_cluster",
    "aws_db_instance",
    "aws_cloudwatch_log_group",
    "aws_cloudfront_distribution",  # names of the site, which one distribution has
    "aws_sesv2_configuration_set",
}
"""What AWS makes once of a name."""


def needs(site: Site, address: str) -> set[str]:
    """All that exists before a resource, by address; local values among it."""
    found: set[str] = set()
    todo = [address]
    while todo:
        at = todo.pop()
        if at in found:
            continue
        found.add(at)
        kind, name = at.split(".")
        value = site.content["locals"].get(name) if kind == "local" else site.all(kind).get(name)
        todo += re.findall(r"(?<![.\w])((?:aws_\w+|local)\.\w+)", json.dumps(value))
    return found - {address}


@pytest.mark.parametrize("environment", SHIPPED)
def test_a_second_checkout_without_the_state_is_stopped_before_it_takes_anything_over(environment: str):
    site = shipped()[environment]
    taken = [address for address in sorted(site.addresses) if address.split(".")[0] in TAKEN_OVER]
    assert len(taken) >= 2
    for address in taken:
        assert {one.split(".")[0] for one in needs(site, address)} & REFUSED, address


def test_no_name_is_longer_than_aws_takes():
    """The longest name of an environment; each limit as its service documents it."""
    site = variation("production", {"region": "ap-northeast-1"}, name="abcdefghijklmnopqrst")
    limits = {
        "aws_backup_vault": 50,
        "aws_cloudfront_function": 64,
        "aws_cloudfront_vpc_origin": 64,
        "aws_cloudwatch_log_delivery_destination": 60,
        "aws_cloudwatch_log_delivery_source": 60,
    }
    found = {(kind, name) for kind, name in names(site) if len(name) > limits.get(kind, 128)}
    assert found == set()
    assert json.dumps(site.content["resource"]["aws_backup_vault"]).count("abcdefghijklmnopqrst") >= 2
