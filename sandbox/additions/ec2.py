"""EC2: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Welcome.html"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.instances import Instance
from moto.ec2.models.launch_templates import LaunchTemplate
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.subnets import Subnet
from moto.ec2.responses.monitoring import Monitoring
from moto.ec2.utils import parse_user_data

from sandbox.additions import in_place_of, put_property


@in_place_of(Monitoring, "monitor_instances")
def monitor_instances(_: Any, response: Monitoring) -> ActionResult:
    """Detailed monitoring is on for the instances, and the answer lists its state for each.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_MonitorInstances.html
    """
    return set_monitoring(response, "enabled")


@in_place_of(Monitoring, "unmonitor_instances")
def unmonitor_instances(_: Any, response: Monitoring) -> ActionResult:
    """The same the other way round.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UnmonitorInstances.html
    """
    return set_monitoring(response, "disabled")


def set_monitoring(response: Monitoring, state: str) -> ActionResult:
    """Set the state of the instances that are named, all of which must exist."""
    instances = response.ec2_backend.get_multi_instances_by_id(response._get_param("InstanceIds", []))
    for instance in instances:
        instance.monitoring_state = state
    return ActionResult(
        {
            "InstanceMonitorings": [
                {"InstanceId": instance.id, "Monitoring": instance.monitoring} for instance in instances
            ]
        }
    )


def groups(instance: Any) -> list[Any]:
    """An instance's security groups are those of its primary network interface.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Instance.html
    moto keeps two lists, fills only one of them where a launch says whether there is to be a
    public address, and on a change keeps the old groups in the other.
    """
    primary = getattr(instance, "nics", {}).get(0)
    return primary._group_set if primary else instance._groups_at_launch


def set_groups(instance: Any, groups: list[Any]) -> None:
    """Before there is an interface, these are the groups it will be made with."""
    primary = getattr(instance, "nics", {}).get(0)
    if primary:
        primary._group_set = groups
    else:
        instance._groups_at_launch = groups


put_property(Instance, "security_groups", groups, set_groups)
put_property(NetworkInterface, "group_set", lambda interface: interface._group_set)


def association(interface: NetworkInterface) -> dict[str, Any] | None:
    """An interface without a public address has no association, not an empty one.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceNetworkInterface.html
    """
    return associated(interface) or None


associated = vars(NetworkInterface)["association"].fget
put_property(NetworkInterface, "association", association)


def description(rule: SecurityGroupRule) -> str | None:
    """A rule has the description it was given, also where its peer is a group.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
    """
    return rule.ip_range.get("Description") or rule.source_group.get("Description")


put_property(SecurityGroupRule, "description", description)


def ipv6_blocks(subnet: Subnet) -> list[dict[str, Any]]:
    """The state of a subnet's IPv6 block is a word, which moto wraps twice.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SubnetCidrBlockState.html
    """
    return [
        {**block, "ipv6CidrBlockState": {"state": block["ipv6CidrBlockState"]["state"]["State"]}}
        for block in wrapped(subnet)
    ]


wrapped: Any = vars(Subnet)["ipv6_cidr_block_association_set"].fget
put_property(Subnet, "ipv6_cidr_block_association_set", ipv6_blocks)

ASSOCIATION = "ipv6-cidr-block-association."


@in_place_of(Subnet, "get_filter_value")
def get_filter_value(original: Any, subnet: Subnet, name: str, *more: Any) -> Any:
    """Subnets are found by the IPv6 blocks that they have, too: by which, by its association's id, by its state.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSubnets.html
    """
    if not name.startswith(ASSOCIATION):
        return original(name, *more)
    blocks = ipv6_blocks(subnet)
    match name.removeprefix(ASSOCIATION):
        case "association-id":
            return [block["associationId"] for block in blocks]
        case "ipv6-cidr-block":
            return [block["ipv6CidrBlock"] for block in blocks]
        case "state":
            return [block["ipv6CidrBlockState"]["state"] for block in blocks]
    return original(name, *more)


@in_place_of(LaunchTemplate, "create_version")
def create_version(original: Any, template: LaunchTemplate, data: dict[str, Any], description: str) -> Any:
    """The tags of the template itself are no part of the data it launches instances with.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplate.html
    The user data of a later version is Base64 as well: moto knows that of the first one only,
    and then cannot launch an instance from it.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateLaunchTemplateVersion.html
    """
    if isinstance(data.get("UserData"), str):
        data["UserData"] = parse_user_data(data["UserData"])
    if "TagSpecifications" in data:
        data["TagSpecifications"] = [
            tags for tags in data["TagSpecifications"] if tags["ResourceType"] != "launch-template"
        ]
    return original(data, description)
