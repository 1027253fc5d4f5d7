"""What of an account's quotas the servers meet, told while Terraform plans."""

import math
import re
from collections.abc import Mapping

from constructs import Construct

from modules.servers.server_fleet import ServerFleet
from modules.settings.servers import Servers
from modules.terraform.check import warn_unless

STANDARD = re.compile(r"(?:[acdhmrtz]|i[ms]?)[0-9]")
"""How the instance types begin that share one quota.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-quotas.html"""

VCPUS = "L-1216C47A"
"""Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances, in vCPUs."""

ADDRESSES = "L-0263D0A3"
"""EC2-VPC Elastic IPs."""


def warn_of_quotas(scope: Construct, groups: Mapping[str, Servers], *, addresses: int, region: str) -> None:
    """Warnings where the account's quotas are smaller than what the site may need.

    Args:
        groups: the settings of each group of servers, by name.
        addresses: how many Elastic IPs the site has.
    """
    vcpus = sum(map(vcpus_at_most, groups.values()))
    why = "all of a fleet's, and half as many again while it is refreshed"
    _warn(
        scope, "vcpus", VCPUS, vcpus, f"the servers of {' and '.join(groups)} need up to {vcpus} vCPUs, {why}", region
    )
    _warn(scope, "addresses", ADDRESSES, addresses, f"the NAT gateways need {addresses} Elastic IPs", region)


def _warn(scope: Construct, id: str, code: str, needed: int, what: str, region: str) -> None:
    if not needed:
        return
    quota = f"data.aws_servicequotas_service_quota.{id}.value"
    warn_unless(
        f"{quota} >= {needed}",
        f"check_quotas: {what}, and the quota of this account in {region} is ${{{quota}}}, for all that it runs there "
        "together. The apply, or a later change, would stop half-way. To ask for more: aws service-quotas "
        f"request-service-quota-increase --region {region} --service-code ec2 --quota-code {code} "
        f"--desired-value {needed}",
        scope,
        id,
        data=("aws_servicequotas_service_quota", {"service_code": "ec2", "quota_code": code}),
    )


def vcpus_at_most(group: Servers) -> int:
    """vCPUs that count towards the quota when a group is at its largest; spot capacity has a quota of its own."""
    fleet = group.fleet
    types = [group.instance_type, *(fleet.more_instance_types if fleet else ())]
    each = max((vcpus(one) for one in types if STANDARD.match(one)), default=0)
    if not fleet:
        return len(group.servers) * each
    peak = math.ceil(fleet.max * ServerFleet.MOST_WHILE_REFRESHED / 100)
    on_demand = fleet.min + math.ceil((peak - fleet.min) * (100 - fleet.spot_share) / 100)
    return on_demand * each


def vcpus(instance_type: str) -> int:
    """How many a type has, as AWS names sizes: two for a `large`, four for an `xlarge`, N times that for an `Nxlarge`.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-types.html

    Returns:
        0 where the name does not tell, as that of a whole machine does not: `metal`.
    """
    family, _, size = instance_type.partition(".")
    if found := re.fullmatch(r"(\d*)xlarge", size):
        return 4 * int(found[1] or 1)
    if size not in ("nano", "micro", "small", "medium", "large"):
        return 0
    bursts_on_two = family.startswith("t") and (family != "t2" or size == "medium")
    return 2 if size == "large" or bursts_on_two else 1
