"""A site of the same name in another region of the account: what AWS has one name space for is not taken twice."""

import json
from collections.abc import Iterator
from typing import Any

from tests.site.sites import Site, shipped, variation

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
