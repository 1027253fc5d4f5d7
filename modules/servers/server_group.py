"""What a pair and a fleet have in common: servers that take the same releases and stand behind a load balancer."""

import json
from collections.abc import Iterable, Mapping
from itertools import product

from cdktf import Fn, ITerraformDependable
from constructs import Construct

from modules import aws
from modules.aws.plain import Plain
from modules.edge.load_balancer import Targets
from modules.network.firewall import Firewall
from modules.network.network import Tier
from modules.servers.application import Application
from modules.servers.releases import TAG, Releases
from modules.servers.server_role import ServerRole
from modules.settings.network import Ssh
from modules.settings.servers import Servers, architecture
from modules.terraform.condition import Condition
from modules.terraform.local_value import local_value


def image_parameter(processor: str) -> str:
    """Where AWS publishes the newest Amazon Linux 2023.

    https://docs.aws.amazon.com/linux/al2023/ug/ec2.html
    """
    return f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{processor}"


class ServerGroup(Construct):
    """Servers of one kind, and what each of them needs to start. A subclass decides how they come into being.

    Attributes:
        firewall: who may connect.
        servers: for people, each server or how to find it, and the command that opens a shell there.
    """

    servers: dict[str, dict[str, str]]

    METADATA_OPTIONS = {"http_endpoint": "enabled", "http_tokens": "required", "http_put_response_hop_limit": 1}  # noqa: RUF012
    """IMDSv2 only, and not from a container: a forged request cannot fetch the role's credentials."""

    PUBLIC = "Its only way out is its public address; its firewall admits nobody but its peers."
    """Why the checks for a public address find nothing wrong."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        settings: Servers,
        *,
        name: str,
        region: str,
        tier: Tier,
        runs: Application,
        targets: Targets,
        releases: Releases,
        wait_for: Iterable[ITerraformDependable] = (),
        ssh: Ssh | None = None,
        key_arn: str | None = None,
        tags: Mapping[str, str],
    ) -> None:
        """
        Args:
            name: the beginning of every name in AWS.
            tier: the subnets that the servers stand in.
            runs: what they run.
            targets: where the load balancer looks for them.
            releases: where they take from what they run.
            wait_for: what must exist before a server boots, beside the application's own needs.
            key_arn: the key of the disks; None for the account's own.
            ssh: the key, and the addresses that it may be used from.
            tags: of every server, disk and network interface, which the provider's default tags do not all reach.
        """
        super().__init__(scope, id)
        self._settings, self._tier, self._targets = settings, tier, targets
        self._region, self._key_arn, self._tags = region, key_arn, tags
        self._release_tag = {TAG: releases.tag(id)}
        self.firewall = Firewall(
            self,
            id,
            vpc_id=tier.vpc_id,
            name=settings.security_group or f"{name}-{id}",
            description=f"The {id} servers",
        )
        # Packages and WordPress come by HTTPS, some package mirrors answer by HTTP, and names are asked inside the VPC.
        for port, (family, world) in product((443, 80), tier.world.items()):
            self.firewall.allow_to_cidr(f"internet{family}", world, port)
        self.firewall.allow_to_cidr("dns", tier.vpc_cidr, 53)
        self.firewall.allow_to_cidr("dns", tier.vpc_cidr, 53, protocol="udp")
        release = releases.publish(self, id, runs.settings, moves_sites=runs.moves_sites)
        role = ServerRole(self, id, name=name, permissions=[*runs.permissions, *release.permissions])
        self._instance_profile = role.instance_profile
        self._key_name = self._admit(id, ssh, name) if ssh else None

        # Not packed: a Terraform that packs in another way would replace every server.
        script = local_value(self, f"{id}_user_data", release.user_data)
        self._user_data = Fn.base64encode(Fn.join("\n", script.as_list))

        processor = architecture(settings.instance_type)
        newest = aws.DataAwsSsmParameter(self, f"{id}_image", name=image_parameter(processor))
        self._image = settings.image_id or newest.insecure_value
        self._processor = Plain(self, "terraform_data", f"{id}_processor", input=processor)
        self._look_for_types(id)
        self._boots_after = [
            *tier.ways_out,
            targets.listener,
            *wait_for,
            *runs.wait_for,
            release.ready,
            *role.granted,
            *self.firewall.rules,
        ]

    def _unless_image_is_given(self, attribute: str) -> dict[str, list[str]]:
        """For a lifecycle: a newer public image is no reason to replace a running server; another processor is, which
        the old image does not run on."""
        if self._settings.image_id:
            return {}
        return {"ignore_changes": [attribute], "replace_triggered_by": [self._processor.terraform_address]}

    @property
    def _zones(self) -> list[str]:
        """Where servers may stand."""
        return sorted(set(self._settings.servers.values())) or list(self._tier.subnets)

    def _look_for_types(self, id: str) -> None:
        """Asks AWS while planning whether each zone has one of the instance types: the apply would stop half-way.
        https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-discovery.html"""
        settings = self._settings
        types = [settings.instance_type, *(settings.fleet.more_instance_types if settings.fleet else ())]
        without = f"setsubtract({json.dumps(self._zones)}, self.locations)"
        aws.DataAwsEc2InstanceTypeOfferings(
            self,
            id,
            location_type="availability-zone",
            filter=[aws.DataAwsEc2InstanceTypeOfferingsFilter(name="instance-type", values=types)],
            lifecycle=Condition(
                f"length({without}) == 0",
                f'{id}.instance_type: AWS has no {" or ".join(types)} in ${{join(", ", {without})}}. The types of a '
                f"zone: aws ec2 describe-instance-type-offerings --region {self._region} --location-type "
                "availability-zone --filters Name=location,Values=ZONE",
            ).after,
        )

    def _named(self, name: str) -> dict[str, str]:
        """The tags of something that AWS makes for a server, with its name."""
        return {**self._tags, "Name": name}

    def _shell(self, instance: str) -> str:
        return f"aws ssm start-session --region {self._region} --target {instance}"

    def _admit(self, id: str, ssh: Ssh, name: str) -> str:
        for cidr in ssh.allowed_cidrs:
            self.firewall.allow_from_cidr("admin_" + str(cidr).translate(str.maketrans(".:/", "___")), str(cidr), 22)
        key = aws.KeyPair(self, id, key_name_prefix=f"{name}-", public_key=ssh.public_key, tags={"Name": name})
        return key.key_name
