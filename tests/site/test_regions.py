"""A site in another region, or in another partition of AWS."""

import json
import re
import subprocess
import tomllib
from typing import Any

import pytest

from modules.settings.partitions import PARTITIONS, partition_of
from modules.wordpress import FOLDER
from tests.once import Planned
from tests.settings.files import changed
from tests.site.sites import Site, rendered, text_of

REGIONS = {
    "ap-northeast-1": "ap-northeast-3",
    "us-east-1": "us-west-2",
    "ap-southeast-5": "ap-southeast-1",
    "us-gov-west-1": "us-gov-east-1",
    "cn-north-1": "cn-northwest-1",
}
"""Regions of every kind (one is from 2024), each with another of its partition."""

OTHER = REGIONS | {other: region for region, other in REGIONS.items()}

COMPLETE = ("complete-pair", "complete-tiers", "complete-existing")


IMAGE = "ami-0123456789abcdef0"
ZONE = {"zone": None, "zone_id": "Z0123456789ABCDEFGHIJ"}


def moved(base: str, region: str, more: dict[str, Any] | None = None) -> Site:
    """A site with a file's settings in another region: without what its partition lacks, and with more changes."""
    text = text_of(base)
    home = tomllib.loads(text).get("region", "ap-northeast-1")
    partition = partition_of(region)
    content = tomllib.loads(text.replace(home, region).replace("arn:aws:", f"arn:{partition.name}:"))
    changes: dict[str, Any] = {"region": region, **(more or {})}
    if "region" in content.get("state", {}):
        changes["state"] = {"region": OTHER[region]}
    if "copy_to" in content.get("backups", {}):
        changes["backups"] = {"copy_to": OTHER[region]}
    if not partition.has_ses:
        changes["mail"] = None
    elif "region" in content.get("mail", {}):
        changes["mail"] = {"region": OTHER[region]}
    if not partition.has_cloudfront:
        changes["cdn"] = None
    elif certificate := content.get("cdn", {}).get("certificate_arn"):
        changes["cdn"] = {"certificate_arn": certificate.replace(f":{region}:", ":us-east-1:")}
    return rendered(base, changed(content, **changes))


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("base", COMPLETE)
def test_every_setting_renders_in_every_region(base: str, region: str):
    site = moved(base, region)
    partition = partition_of(region).name
    assert set(re.findall(r"arn:(aws[a-z-]*):", site.text)) <= {partition}
    regions = {provider["region"] for provider in site.content["provider"]["aws"]}
    assert regions >= {region}
    assert all(partition_of(one).name == partition for one in regions)
    if partition != "aws":
        assert "us-east-1" not in site.text
        assert not site.all("aws_cloudfront_distribution")


LACKED_BY_MOTO = ("aws_ec2_instance_type_offerings", "aws_ssm_parameter")
"""What moto knows of no region of the other partitions."""


@pytest.mark.parametrize("region", ["ap-southeast-5", "us-gov-west-1", "cn-north-1"])
def test_production_is_planned_in_every_partition(region: str, planned: Planned):
    site = moved("production", region, {"web": {"image_id": IMAGE, "image_architecture": "arm64"}, "https": ZONE})
    for kind in LACKED_BY_MOTO:
        del site.content["data"][kind]
    plan = planned.of(site.content)
    made = [change for change in plan["resource_changes"] if change["change"]["actions"] == ["create"]]
    assert len(made) == site.planned
    whole = json.dumps(plan["planned_values"])
    assert set(re.findall(r"arn:(aws[a-z-]*):", whole)) == {partition_of(region).name}
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html: China's name is another.
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    assert set(re.findall(rf"logs\.{region}\.([a-z.]+)", whole)) == {suffix}
    assert set(re.findall(r"(?:ec2|vpc-flow-logs|backup|monitoring\.rds)\.(amazonaws[a-z.]+)", whole)) == {
        "amazonaws.com"
    }


@pytest.mark.parametrize(
    ("region", "writer"),
    [
        ("ap-southeast-5", {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}),
        ("us-gov-west-1", {"AWS": "arn:aws-us-gov:iam::048591011584:root"}),
        ("us-gov-east-1", {"AWS": "arn:aws-us-gov:iam::190560391635:root"}),
        ("cn-north-1", {"AWS": "arn:aws-cn:iam::638102146993:root"}),
        ("cn-northwest-1", {"AWS": "arn:aws-cn:iam::037604701340:root"}),
    ],
)
def test_load_balancers_may_write_their_logs(region: str, writer: dict[str, str]):
    statements = moved("production", region).statements("aws_s3_bucket_policy.access_logs")
    assert [one["Principal"] for one in statements if one["Sid"] == "LoadBalancersWrite"] == [writer]


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("ap-northeast-1", "truststore.pki.rds.amazonaws.com"),
        ("ap-southeast-5", "truststore.pki.rds.amazonaws.com"),
        ("us-gov-east-1", "truststore.pki.us-gov-west-1.rds.amazonaws.com"),
        ("cn-northwest-1", "rds-truststore.s3.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_servers_fetch_the_authorities_of_their_partition(region: str, host: str):
    (function,) = re.findall(r"^trust_database\(\) \{\n.*?^\}", (FOLDER / "web/steps.sh").read_text(), re.M | re.S)
    stand_ins = 'step() { :; }; mv() { :; }; update-ca-trust() { :; }; retry() { echo "$3"; }; die() { exit 1; }'
    script = f"{stand_ins}\nfolder=. REGION={region}\n{function}\ntrust_database"
    done = subprocess.run(["bash", "-euc", script], text=True, capture_output=True, check=True)
    assert done.stdout == f"https://{host}/global/global-bundle.pem\n"


def test_every_region_of_aws_is_of_one_partition():
    names = {region: partition_of(region).name for region in (*OTHER, "mx-central-1", "il-central-1")}
    assert {region: name for region, name in names.items() if name != "aws"} == {
        "us-gov-west-1": "aws-us-gov",
        "us-gov-east-1": "aws-us-gov",
        "cn-north-1": "aws-cn",
        "cn-northwest-1": "aws-cn",
    }
    assert {partition_of(region) for region in ("us-iso-east-1", "us-isob-east-1", "eusc-de-east-1", "xx-east-1")} == {
        None
    }
    assert len({partition.name for partition in PARTITIONS}) == 3
