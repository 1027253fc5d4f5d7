"""AWS's partitions: regions with accounts, names and services of their own.

https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Partition:
    """One partition.

    Attributes:
        name: what ARNs there begin with after `arn:`.
        regions: what its regions' codes begin with.
        differs: what a site there is told by the reference, in sentences.
        has_cloudfront: `[cdn]` works.
        has_ses: `[mail]` works without `[mail.smtp]`.
        log_writers: the accounts of the load balancers that write access logs, by region; elsewhere it is a service.
            https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    """

    name: str
    regions: tuple[str, ...]
    differs: str
    has_cloudfront: bool = False
    has_ses: bool = True
    log_writers: Mapping[str, str] = field(default_factory=dict)


PARTITIONS = (
    Partition(
        "aws-us-gov",
        ("us-gov-",),
        """No `[cdn]`: CloudFront is not there, and one of another partition cannot reach a load balancer inside a VPC.
        A certificate, a key, a state's bucket and a copy of the backups are of GovCloud, too.""",
        log_writers={"us-gov-west-1": "048591011584", "us-gov-east-1": "190560391635"},
    ),
    Partition(
        "aws-cn",
        ("cn-",),
        """No `[cdn]`: China's CloudFront takes no certificates of ACM's and has no origins inside a VPC. A certificate,
        a key, a state's bucket and a copy of the backups are of China, too. A public name needs an ICP registration
        before AWS lets visitors in on the ports 80 and 443, and servers fetch WordPress from wordpress.org, which may
        be slow from there or out of reach. SES is not there: `[mail]` takes `[mail.smtp]`.""",
        has_ses=False,
        log_writers={"cn-north-1": "638102146993", "cn-northwest-1": "037604701340"},
    ),
    Partition(
        "aws",
        ("af-", "ap-", "ca-", "eu-", "il-", "me-", "mx-", "sa-", "us-"),
        """Everything. A region launched since 2019 is first enabled for the account. Where a default is not offered,
        the file names another type: `ca-west-1` lacks `db.t4g.small`, `me-central-1` and `me-south-1` lack
        `cache.t4g.micro`. Of the regions since 2024, `[cdn]` needs one that is on CloudFront's list of those with
        origins inside a VPC. One that is newer than Terraform's provider needs a newer provider.""",
        has_cloudfront=True,
    ),
)
"""Those that a site can be in; of two that fit a region, the first."""

ELSEWHERE = ("us-iso", "eu-isoe-", "eusc-")
"""Regions of partitions whose services and addresses nobody has tried a site with."""


def partition_of(region: str) -> Partition | None:
    """The partition of a region; None where a site cannot be."""
    if region.startswith(ELSEWHERE):
        return None
    return next((partition for partition in PARTITIONS if region.startswith(partition.regions)), None)
