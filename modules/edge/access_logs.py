"""Every request, written down in S3."""

from collections.abc import Iterator

from constructs import Construct

from modules.settings.cdn import EDGE_REGION
from modules.settings.partitions import partition_of
from modules.terraform.accepted import accept
from modules.terraform.account import account_id, partition
from modules.terraform.bucket import Bucket
from modules.terraform.policy import Statement


class AccessLogs(Bucket):
    """The bucket of what the load balancers and CloudFront are asked. It costs S3's storage, and buys an answer to "who
    asked for what, when, and which server said what".

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging.html
    """

    def __init__(
        self, scope: Construct, id: str, *, name: str, region: str, retention: int, cdn: str | None = None
    ) -> None:
        """
        Args:
            region: the load balancers'.
            retention: days until a line is deleted.
            cdn: the beginning of CloudFront's names, where it writes as well.
        """
        account = account_id(scope)

        def statements(bucket: str) -> Iterator[Statement]:
            # Without a condition: load balancers send no source, and the path has the account already.
            yield _may_write("LoadBalancersWrite", _load_balancers(region), f"{bucket}/*/AWSLogs/{account}/*")
            if cdn:
                # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html
                to, writer = f"{bucket}/AWSLogs/{account}/CloudFront/*", {"Service": "delivery.logs.amazonaws.com"}
                sources = f"arn:{partition(scope)}:logs:{EDGE_REGION}:{account}:delivery-source:{cdn}-*"
                condition = {
                    "StringEquals": {"aws:SourceAccount": account, "s3:x-amz-acl": "bucket-owner-full-control"},
                    "ArnLike": {"aws:SourceArn": sources},
                }
                yield _may_write("CloudFrontWrites", writer, to, condition)

        super().__init__(
            scope,
            id,
            prefix=f"{name}-access-logs",
            expire_after=retention,
            # Logs are a by-product of the site: they go when it goes.
            may_be_emptied=True,
            statements=statements,
        )
        accept(self._bucket, "CKV_AWS_18 AwsSolutions-S1", "It holds the log; a log of the log would have no end.")
        accept(self._bucket, "CKV_AWS_144", "A by-product of the site: it may go with its region.")
        accept(self._bucket, "CKV_AWS_145", "Load balancers cannot write where KMS encrypts; S3's own key does.")
        accept(self._bucket, "CKV2_AWS_62", "Nobody waits for a line of the log.")


def _load_balancers(region: str) -> dict[str, str]:
    """Who writes for the load balancers. Outside `aws`, it is an account of AWS's in each region."""
    partition = partition_of(region)
    if partition and (writer := partition.log_writers.get(region)):
        return {"AWS": f"arn:{partition.name}:iam::{writer}:root"}
    return {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}


def _may_write(
    sid: str, writer: dict[str, str], to: str, condition: dict[str, dict[str, str]] | None = None
) -> Statement:
    statement: Statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": writer,
        "Action": "s3:PutObject",
        "Resource": to,
    }
    return statement | ({"Condition": condition} if condition else {})
