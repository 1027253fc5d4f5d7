"""A private S3 bucket."""

from collections.abc import Callable, Iterable

from constructs import Construct

from modules import aws
from modules.aws.plain import Plain
from modules.terraform.policy import Statement, policy


class Bucket(Construct):
    """A bucket that nobody outside reaches: encrypted, public access blocked, requests by TLS only, versions kept.

    Attributes:
        name: the bucket's name in S3.
        arn: the bucket.
        ready: what must exist before a service writes into it.
        protected: what must exist before an object of ours does: its versions are kept, and it is
            encrypted and private.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        prefix: str | None = None,
        name: str | None = None,
        expire_after: int | None = None,
        statements: Callable[[str], Iterable[Statement]] = lambda _: (),
        may_be_emptied: bool = False,
        keep_versions: int = 30,
        key_arn: str | None = None,
        encrypts_by_itself: bool = False,
        passing: str | None = None,
    ) -> None:
        """
        Args:
            prefix: the beginning of the bucket's name; AWS adds digits that make it unique.
            name: the whole name instead, where it must be known beforehand.
            expire_after: days until an object is deleted; None keeps them.
            statements: of the bucket's policy, beside its own, for the bucket's ARN.
            may_be_emptied: a `terraform destroy` deletes the objects as well.
            keep_versions: days that a version is kept which is no longer the current one.
            key_arn: the key that encrypts it; None for S3's own.
            encrypts_by_itself: without a key, S3's default is enough, which has encrypted every new object since 2023:
                https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
            passing: what the keys of objects begin with that are deleted after a week, with all their versions.
        """
        super().__init__(scope, id)
        bucket = Plain(
            self,
            "aws_s3_bucket",
            id,
            bucket=name,
            bucket_prefix=None if name else f"{prefix}-",
            force_destroy=may_be_emptied,
            tags={"Name": name or f"{prefix}"},
        )
        self._bucket = bucket
        self.name, self.arn = bucket.ref("id"), bucket.ref("arn")
        block = aws.S3BucketPublicAccessBlock(
            self,
            id,
            bucket=self.name,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        # With S3's own key where none is given: load balancers cannot write where KMS encrypts.
        by = {"sse_algorithm": "aws:kms", "kms_master_key_id": key_arn} if key_arn else {"sse_algorithm": "AES256"}
        encrypted = None
        if key_arn or not encrypts_by_itself:
            encrypted = aws.S3BucketServerSideEncryptionConfigurationA(
                self,
                id,
                bucket=self.name,
                rule=[
                    aws.S3BucketServerSideEncryptionConfigurationRuleA(
                        apply_server_side_encryption_by_default=by, bucket_key_enabled=True if key_arn else None
                    )
                ],
            )
        versions = aws.S3BucketVersioningA(self, id, bucket=self.name, versioning_configuration={"status": "Enabled"})
        self._lifecycle(id, expire_after, keep_versions, passing)
        only_tls = {
            "Sid": "OnlyTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [self.arn, f"{self.arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        self.ready = aws.S3BucketPolicy(
            self,
            id,
            bucket=self.name,
            policy=policy(self, f"{id}_bucket", [*statements(self.arn), only_tls]),
            depends_on=[block],
        )
        self.protected = [part for part in (versions, encrypted, self.ready) if part]

    def _lifecycle(self, id: str, expire_after: int | None, keep_versions: int, passing: str | None) -> None:
        Plain(
            self,
            "aws_s3_bucket_lifecycle_configuration",
            id,
            bucket=self.name,
            rule=[
                {
                    "id": "expire",
                    "status": "Enabled",
                    "filter": [{"prefix": ""}],
                    "expiration": [{"days": expire_after}] if expire_after else None,
                    "noncurrent_version_expiration": [{"noncurrent_days": keep_versions}],
                    "abort_incomplete_multipart_upload": [{"days_after_initiation": 7}],
                },
                *(
                    [
                        {
                            "id": "passing",
                            "status": "Enabled",
                            "filter": [{"prefix": passing}],
                            "expiration": [{"days": 7}],
                            "noncurrent_version_expiration": [{"noncurrent_days": 1}],
                        }
                    ]
                    if passing
                    else []
                ),
            ],
        )
