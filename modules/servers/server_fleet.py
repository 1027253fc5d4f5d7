"""Servers without names: an auto scaling group that keeps their number and replaces them."""

from typing import Any

from constructs import Construct

from modules import aws
from modules.aws.plain import Plain
from modules.servers.server_group import ServerGroup
from modules.settings.servers import Fleet
from modules.settings.servers import Servers as Settings
from modules.terraform.accepted import accept
from modules.terraform.metric_source import MetricSource, offer_metrics


class ServerFleet(ServerGroup):
    """An auto scaling group over the tier's zones. The arguments are ServerGroup's.

    It replaces a server that the load balancer finds broken, evens out the zones, follows CPU and requests, and
    refreshes all servers, each after its successor answers, when the launch template changes.
    """

    MOST_WHILE_REFRESHED = 150
    """Per cent of the servers that there are while successors boot beside them."""

    def __init__(self, scope: Construct, id: str, settings: Settings, *, name: str, **group: Any) -> None:
        super().__init__(scope, id, settings, name=name, **group)
        fleet = settings.fleet
        assert fleet is not None  # without one, they are a ServerPair
        template = self._launch_template(id, name)
        # The number itself, not $Latest: only a changed number starts a refresh.
        version = {"id": template.id, "version": f"${{tostring(aws_launch_template.{id}.latest_version)}}"}
        several = bool(fleet.spot_share or fleet.more_instance_types)
        scaling_group = aws.AutoscalingGroup(
            self,
            id,
            name=f"{name}-{id}",
            vpc_zone_identifier=self._tier.subnet_ids,
            min_size=fleet.min,
            desired_capacity=fleet.desired,
            max_size=fleet.max,
            launch_template=None if several else version,
            mixed_instances_policy=self._mixed_instances(version, fleet) if several else None,
            target_group_arns=[self._targets.arn],
            health_check_type="ELB",
            health_check_grace_period=fleet.grace_period,
            default_instance_warmup=fleet.grace_period,
            capacity_rebalance=bool(fleet.spot_share),
            instance_refresh={
                "strategy": "Rolling",
                "preferences": {
                    # Successors first, so that the visitors never meet fewer servers than before.
                    "min_healthy_percentage": 100,
                    "max_healthy_percentage": self.MOST_WHILE_REFRESHED,
                    # Half of the fleet shows for five minutes whether the change is good.
                    "checkpoint_percentages": [50, 100],
                    "checkpoint_delay": "300",
                },
            },
            wait_for_capacity_timeout="15m",
            tag=[
                aws.AutoscalingGroupTag(key=key, value=value, propagate_at_launch=True)
                for key, value in (self._named(f"{name}-{id}") | self._release_tag).items()
            ],
            depends_on=self._boots_after,
            # Scaling moves the number of servers; a plan must not move it back.
            lifecycle={"ignore_changes": ["desired_capacity"]},
        )
        why = "Scaling by a target waits for the warm-up; it knows no cooldown."
        accept(scaling_group, "AwsSolutions-AS1", why)
        why = "Replacing and scaling are its work; [monitoring] tells when servers are missing."
        accept(scaling_group, "AwsSolutions-AS3", why)
        self._follow(id, "cpu", scaling_group.name, fleet.cpu_target, "ASGAverageCPUUtilization")
        if fleet.requests_target:
            metric = "ALBRequestCountPerTarget"
            self._follow(id, "requests", scaling_group.name, fleet.requests_target, metric, self._targets.metric_label)
        members = {id: {"AutoScalingGroupName": scaling_group.name}}
        offer_metrics(self, MetricSource("servers", f"Servers: {id}", members, hop=id))
        self.servers = {
            f"{name}-{id}": {
                "id": scaling_group.name,
                "shell": self._shell(
                    f"$(aws autoscaling describe-auto-scaling-instances --region {self._region} --output text "
                    f"--query \"AutoScalingInstances[?AutoScalingGroupName=='{name}-{id}'].InstanceId | [0]\")"
                ),
            }
        }

    def _launch_template(self, id: str, name: str) -> aws.LaunchTemplate:
        disk = aws.LaunchTemplateBlockDeviceMappingsEbs(
            encrypted="true",
            kms_key_id=self._key_arn,
            volume_type="gp3",
            volume_size=self._settings.root_volume_size,
            delete_on_termination="true",
        )
        template = aws.LaunchTemplate(
            self,
            id,
            name_prefix=f"{name}-{id}-",
            image_id=self._image,
            instance_type=self._settings.instance_type,
            key_name=self._key_name,
            user_data=self._user_data,
            iam_instance_profile={"name": self._instance_profile},
            metadata_options=self.METADATA_OPTIONS,
            network_interfaces=[
                aws.LaunchTemplateNetworkInterfaces(
                    associate_public_ip_address=str(self._tier.is_public).lower(),
                    security_groups=[self.firewall.security_group_id],
                    delete_on_termination="true",
                )
            ],
            block_device_mappings=[aws.LaunchTemplateBlockDeviceMappings(device_name="/dev/xvda", ebs=disk)],
            tag_specifications=[
                aws.LaunchTemplateTagSpecifications(resource_type=kind, tags=self._named(f"{name}-{id}"))
                for kind in ("instance", "volume", "network-interface")
            ],
            tags={"Name": f"{name}-{id}"},
            lifecycle={"create_before_destroy": True, **self._unless_image_is_given("image_id")},
        )
        accept(template, "AwsSolutions-EC26", 'It is encrypted; the scanner does not read "true" here.')
        accept(template, "CKV_AWS_88", self.PUBLIC, unless=not self._tier.is_public)
        return template

    def _mixed_instances(self, version: dict[str, str], fleet: Fleet) -> dict[str, Any]:
        types = [self._settings.instance_type, *fleet.more_instance_types]
        return {
            "launch_template": {
                "launch_template_specification": {"launch_template_id": version["id"], "version": version["version"]},
                "override": [
                    aws.AutoscalingGroupMixedInstancesPolicyLaunchTemplateOverride(instance_type=kind) for kind in types
                ],
            },
            "instances_distribution": {
                "on_demand_base_capacity": fleet.min,
                "on_demand_percentage_above_base_capacity": 100 - fleet.spot_share,
                "spot_allocation_strategy": "price-capacity-optimized",
            },
        }

    def _follow(self, id: str, what: str, group: str, target: int, metric: str, label: str | None = None) -> None:
        Plain(
            self,
            "aws_autoscaling_policy",
            f"{id}_{what}",
            name=f"{what}-{target}",
            autoscaling_group_name=group,
            policy_type="TargetTrackingScaling",
            target_tracking_configuration={
                "target_value": target,
                "predefined_metric_specification": {"predefined_metric_type": metric, "resource_label": label},
            },
        )
