"""Servers that have names: the article's pair, one in each zone."""

from typing import Any

from constructs import Construct

from modules import aws
from modules.servers.server_group import ServerGroup
from modules.settings.servers import Servers as Settings
from modules.terraform.accepted import accept
from modules.terraform.metric_source import MetricSource, offer_metrics


class ServerPair(ServerGroup):
    """Two or more named servers. The arguments are ServerGroup's."""

    def __init__(self, scope: Construct, id: str, settings: Settings, *, name: str, **group: Any) -> None:
        super().__init__(scope, id, settings, name=name, **group)
        self.servers, members = {}, {}
        image = self._image
        for server, zone in settings.servers.items():
            server_id = server.lower().replace("-", "_")
            instance = self._instance(server_id, zone, image, server)
            if settings.copy_first_server and not self.servers:
                image = aws.AmiFromInstance(
                    self,
                    server_id,
                    name=f"{name}-{server}-{instance.id}",
                    description=f"{name}: {server}, for the servers beside it",
                    source_instance_id=instance.id,
                    tags={"Name": f"{name}-{server}"},
                    lifecycle={"create_before_destroy": True},
                ).id
            aws.LbTargetGroupAttachment(
                self,
                server_id,
                target_group_arn=self._targets.arn,
                target_id=instance.id,
                port=self._targets.port,
            )
            members[f"{id}_{server_id}"] = {"InstanceId": instance.id}
            self.servers[server] = {"id": instance.id, "shell": self._shell(instance.id)}
        offer_metrics(self, MetricSource("servers", f"Servers: {id}", members, hop=id))

    def _instance(self, id: str, zone: str, image: str, name: str) -> aws.Instance:
        instance = aws.Instance(
            self,
            id,
            ami=image,
            instance_type=self._settings.instance_type,
            subnet_id=self._tier.subnets[zone],
            associate_public_ip_address=self._tier.is_public,
            vpc_security_group_ids=[self.firewall.security_group_id],
            iam_instance_profile=self._instance_profile,
            key_name=self._key_name,
            user_data_base64=self._user_data,
            # It never changes while the site lives. If it must, for another version of ours, AWS needs a new server.
            user_data_replace_on_change=True,
            metadata_options=self.METADATA_OPTIONS,
            root_block_device={
                "encrypted": True,
                "kms_key_id": self._key_arn,
                "volume_type": "gp3",
                "volume_size": self._settings.root_volume_size,
                "tags": self._named(name),
            },
            tags={"Name": name, **self._release_tag},
            depends_on=self._boots_after,
            lifecycle={"create_before_destroy": True, **self._unless_image_is_given("ami")},
        )
        accept(instance, "CKV_AWS_88", self.PUBLIC, unless=not self._tier.is_public)
        why = "Alarms look at five minutes; every minute costs 2 USD a month."
        accept(instance, "CKV_AWS_126 AwsSolutions-EC28", why)
        accept(instance, "CKV_AWS_135", "A t2 cannot be EBS-optimized; every later type is, without being told.")
        why = "Termination protection would stop every change that replaces the server, such as another image."
        accept(instance, "AwsSolutions-EC29", why)
        return instance
