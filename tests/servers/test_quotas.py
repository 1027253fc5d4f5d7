"""A new account's quotas, of which a plan warns."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import moto.ec2
import pytest

from modules.servers.quotas import STANDARD, vcpus
from tests.site.sites import SHIPPED, shipped, variation

TYPES: dict[str, Any] = json.loads(
    gzip.decompress((Path(moto.ec2.__file__).parent / "resources/instance_types.json.gz").read_bytes())
)
"""What AWS says of each instance type, as moto brings it."""

OTHERWISE = {"t1.micro", "c1.medium", "c1.xlarge", "m2.xlarge", "m2.2xlarge", "m2.4xlarge", "c4.8xlarge", "d2.8xlarge"}
"""Types of before 2016, whose names say another number."""


def test_the_name_of_a_type_says_how_many_vcpus_it_has():
    standard = {name: told["VCpuInfo"]["DefaultVCpus"] for name, told in TYPES.items() if STANDARD.match(name)}
    assert len(standard) > 1000
    told = {name: vcpus(name) for name in standard if ".metal" not in name and name not in OTHERWISE}
    assert told == {name: standard[name] for name in told}


def test_the_quota_is_of_the_families_that_its_name_tells():
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-quotas.html"""
    others = {name.partition(".")[0] for name in TYPES if not STANDARD.match(name)}
    of_their_own = ("dl", "f", "g", "hpc", "inf", "mac", "p", "trn", "u", "vt", "x")
    assert all(re.match(rf"({'|'.join(of_their_own)})[0-9-]|gr|u7i", family) for family in others)


def needed(base: str, changes: dict[str, Any]) -> dict[str, int]:
    """What a site asks for, by the quota's code."""
    checks = variation(base, {"check_quotas": True, **changes}).content.get("check", {})
    found = {}
    for id, check in checks.items():
        data = f"data.aws_servicequotas_service_quota.{id}.value"
        number = check["assert"]["condition"].removeprefix(f"${{{data} >= ").removesuffix("}")
        found[check["data"]["aws_servicequotas_service_quota"][id]["quota_code"]] = int(number)
        assert f"--desired-value {number}" in check["assert"]["error_message"]
    return found


VCPUS, ADDRESSES = "L-1216C47A", "L-0263D0A3"


@pytest.mark.parametrize("base", SHIPPED)
def test_a_plan_asks_where_the_file_says_so_and_is_empty_elsewhere(base: str):
    assert "check" not in shipped()[base].content


@pytest.mark.parametrize(
    ("base", "changes", "asked"),
    [
        ("handson", {}, {VCPUS: 2}),
        ("handson", {"web": {"instance_type": "m7g.xlarge"}}, {VCPUS: 8}),
        # Four of two each, and half as many again while they are refreshed.
        ("private-web", {}, {VCPUS: 12, ADDRESSES: 2}),
        ("private-web", {"web": {"fleet": {"max": 5}}}, {VCPUS: 16, ADDRESSES: 2}),
        ("private-web", {"network": {"nat": "one"}}, {VCPUS: 12, ADDRESSES: 1}),
        ("three-tier", {}, {VCPUS: 16, ADDRESSES: 2}),  # both groups
        ("private-web", {"web": {"fleet": {"more_instance_types": ["m7g.xlarge"]}}}, {VCPUS: 24, ADDRESSES: 2}),
        # Spot capacity has a quota of its own, and so have other families.
        ("private-web", {"web": {"fleet": {"spot_share": 100}}}, {VCPUS: 4, ADDRESSES: 2}),
        ("private-web", {"web": {"fleet": {"spot_share": 50}}}, {VCPUS: 8, ADDRESSES: 2}),
        ("private-web", {"web": {"instance_type": "g5g.xlarge"}}, {ADDRESSES: 2}),
        ("complete-existing", {}, {VCPUS: 12}),
    ],
)
def test_all_that_the_site_needs_at_its_largest_is_asked_for(base: str, changes: dict[str, Any], asked: dict[str, int]):
    assert needed(base, changes) == asked
