"""Releases: the one way of change for what the servers run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from cdktf import ITerraformDependable
from constructs import Construct

from modules import aws
from modules.aws.plain import Plain
from modules.terraform.accepted import OWN_KEY, accept
from modules.terraform.bucket import Bucket
from modules.terraform.condition import Condition
from modules.terraform.local_value import local_value
from modules.terraform.policy import Permission
from modules.wordpress import ARCHIVE, user_data

TAG = "Releases"
"""Servers have this tag, and the group whose releases they take as its value: State Manager finds them by it."""

MOVING = "moving/"
"""Below it is what a site takes in or gives out: dumps and uploads, on their way (modules/operations/moving.py)."""

SECONDS = 1800
"""The longest that a server may take for a release: packages and WordPress are fetched, tables may be rebuilt."""


@dataclass(frozen=True)
class Release:
    """What a group of servers needs to take its releases.

    Attributes:
        user_data: the script that they boot with, which never changes while the site lives: lines of a template.
        permissions: to read what is theirs, and to say that a release is good.
        ready: what must exist before a server boots.
    """

    user_data: list[str]
    permissions: list[Permission]
    ready: ITerraformDependable


class Releases(Bucket):
    """The bucket of what the servers run: an archive of files, each group's settings, and below `good/` which release
    has last proved good. Versions that are no longer current are kept for 90 days. A site's content passes through it
    on its way in or out, and is kept for a week at most.

    The keys are fixed. Where a key changes, the provider deletes the object of the old one with all its versions, and
    no server could go back to it: https://github.com/hashicorp/terraform-provider-aws, resource aws_s3_object.
    """

    NO_TAGS: ClassVar[dict[str, dict[str, dict[str, str]]]] = {"default_tags": {"tags": {}}}
    """An object takes ten tags, and an environment may have forty.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html"""

    def __init__(
        self, scope: Construct, id: str, *, archive: str, name: str, region: str, key_arn: str | None = None
    ) -> None:
        """
        Args:
            archive: SHA-256 of the archive.
            name: the beginning of the bucket's name, and of each group's.
            key_arn: the site's key; None for S3's own.
        """
        super().__init__(
            scope,
            id,
            prefix=f"{name}-releases",
            keep_versions=90,
            key_arn=key_arn,
            encrypts_by_itself=True,
            passing=MOVING,
            # All that is in it is made by an apply.
            may_be_emptied=True,
        )
        self._site, self._region, self._key_arn = name, region, key_arn
        accept(self._bucket, "CKV_AWS_18 AwsSolutions-S1", "Only the servers and Terraform use it.")
        accept(self._bucket, "CKV_AWS_144", "An apply makes it again, in any region.")
        accept(self._bucket, "CKV_AWS_145", OWN_KEY, unless=key_arn)
        accept(self._bucket, "CKV2_AWS_62", "State Manager tells the servers.")
        uploaded = Condition(
            f'filesha256("${{path.module}}/{ARCHIVE}") == "{archive}"',
            f"{ARCHIVE} is not the archive that this plan was made with: apply with the folder that it was made in.",
        )
        self._archive = aws.S3Object(
            self,
            "release",
            bucket=self.name,
            key="release.tar",
            source=f"${{path.module}}/{ARCHIVE}",
            source_hash=archive,
            content_type="application/x-tar",
            override_provider=self.NO_TAGS,
            lifecycle=uploaded.before,
            depends_on=self.protected,
        )

    def publish(self, scope: Construct, group: str, settings: Sequence[str], *, moves_sites: bool) -> Release:
        """Gives a group its desired release: the archive, and these settings.

        State Manager, told of another one, runs the release step on one server after the other, and on none any more
        once it has failed on one (modules/wordpress/common/release.sh).
        https://docs.aws.amazon.com/systems-manager/latest/userguide/state-manager-about.html

        Args:
            group: the group's id.
            settings: lines of a shell file, as Terraform template strings.
            moves_sites: its servers take in and give out a site's content, below MOVING.
        """
        lines = local_value(scope, f"{group}_settings", list(settings))
        text = f'join("\\n", {lines.fqn})'
        desired = aws.S3Object(
            scope,
            f"{group}_settings",
            bucket=self.name,
            key=f"settings/{group}",
            content=f"${{{text}}}",
            content_type="text/plain; charset=utf-8",
            override_provider=self.NO_TAGS,
            depends_on=[self._archive],
        )
        Plain(
            scope,
            "aws_ssm_association",
            group,
            name="AWS-RunShellScript",
            association_name=f"{self._site}-{group}-release",
            targets=[{"key": f"tag:{TAG}", "values": [self.tag(group)]}],
            parameters={
                "commands": f"/opt/pressform/bootstrap.sh ${{substr(sha256({text}), 0, 16)}}",
                "executionTimeout": str(SECONDS),
            },
            max_concurrency="1",
            max_errors="0",
            depends_on=[f"aws_s3_object.{group}_settings"],
        )
        script = user_data(BUCKET=self.name, REGION=self._region, GROUP=group)
        mine = tuple(f"{self.arn}/{key}" for key in ("release.tar", f"settings/{group}", f"good/{group}"))
        permissions = [
            Permission("ReadReleases", ("s3:GetObject", "s3:GetObjectVersion"), mine),
            Permission("SayWhatIsGood", ("s3:PutObject",), (f"{self.arn}/good/{group}",)),
        ]
        if moves_sites:
            moving = (f"{self.arn}/{MOVING}*",)
            permissions.append(Permission("MoveSites", ("s3:GetObject", "s3:PutObject"), moving))
        if self._key_arn:
            permissions.append(Permission("UseReleasesKey", ("kms:Decrypt", "kms:GenerateDataKey"), (self._key_arn,)))
        return Release(script.split("\n"), permissions, desired)

    def tag(self, group: str) -> str:
        """The value of TAG that a group's servers have."""
        return f"{self._site}-{group}"
