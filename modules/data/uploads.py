"""The shared home of WordPress's uploads: an EFS file system."""

from constructs import Construct

from modules import aws
from modules.network.firewall import Firewall
from modules.network.network import Tier, short
from modules.settings.wordpress import Uploads as Settings
from modules.terraform.accepted import OWN_KEY, accept
from modules.terraform.condition import Condition
from modules.terraform.metric_source import MetricSource, offer_metrics
from modules.terraform.policy import Permission

APACHE = 48
"""The uid and gid of Amazon Linux's user apache, who writes the uploads."""


class Uploads(Construct):
    """An encrypted file system with a mount target per zone and one access point for the web servers.

    Attributes:
        firewall: who may connect.
        file_system_id: what the servers mount.
        permission: what a server needs to mount it.
        access_point_id: the way in, which sees the uploads alone and writes as the web server's user.
        mount_targets: what must exist before a server can mount.
    """

    PORT = 2049

    def __init__(
        self, scope: Construct, id: str, settings: Settings, *, name: str, tier: Tier, key_arn: str | None = None
    ) -> None:
        super().__init__(scope, id)
        self.firewall = Firewall(self, id, vpc_id=tier.vpc_id, name=f"{name}-uploads", description="The shared uploads")
        file_system = (
            self._existing(id, settings) if settings.file_system_id else self._new(id, settings, name, key_arn)
        )
        self.file_system_id, self.arn = file_system.id, file_system.arn
        offer_metrics(self, MetricSource("uploads", "Uploads", {id: {"FileSystemId": file_system.id}}))
        access_point = aws.EfsAccessPoint(
            self,
            id,
            file_system_id=file_system.id,
            posix_user={"uid": APACHE, "gid": APACHE},
            root_directory={
                "path": settings.folder,
                "creation_info": {"owner_uid": APACHE, "owner_gid": APACHE, "permissions": "0755"},
            },
            tags={"Name": f"{name}-uploads"},
        )
        self.access_point_id = access_point.id
        self.permission = Permission(
            "MountUploads",
            ("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"),
            (file_system.arn,),
        )
        self.mount_targets = [
            aws.EfsMountTarget(
                self,
                f"{id}_{short(zone)}",
                file_system_id=file_system.id,
                subnet_id=subnet,
                security_groups=[self.firewall.security_group_id],
            )
            for zone, subnet in tier.subnets.items()
        ]

    def _existing(self, id: str, settings: Settings) -> aws.DataAwsEfsFileSystem:
        encrypted = Condition(
            "self.encrypted",
            "uploads.file_system_id: ${self.id} is not encrypted. Restore its backup into a new file system that is.",
        )
        return aws.DataAwsEfsFileSystem(self, id, file_system_id=settings.file_system_id, lifecycle=encrypted.after)

    def _new(self, id: str, settings: Settings, name: str, key_arn: str | None) -> aws.EfsFileSystem:
        after = settings.infrequent_access_after
        file_system = aws.EfsFileSystem(
            self,
            id,
            encrypted=True,
            kms_key_id=key_arn,
            throughput_mode="elastic",
            lifecycle_policy=[
                aws.EfsFileSystemLifecyclePolicy(transition_to_ia=f"AFTER_{after}_DAY" + ("S" if after > 1 else "")),
                aws.EfsFileSystemLifecyclePolicy(transition_to_primary_storage_class="AFTER_1_ACCESS"),
            ]
            if after
            else None,
            tags={"Name": f"{name}-uploads"},
            # Another key would replace it, and the files be lost.
            lifecycle={"ignore_changes": ["encrypted", "kms_key_id"]},
        )
        accept(file_system, "CKV_AWS_184", OWN_KEY, unless=key_arn)
        aws.EfsBackupPolicy(
            self,
            id,
            file_system_id=file_system.id,
            backup_policy={"status": "ENABLED" if settings.backup else "DISABLED"},
        )
        return file_system
