"""EC2 Auto Scaling: https://docs.aws.amazon.com/autoscaling/ec2/APIReference/Welcome.html"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from moto.autoscaling.models import FakeAutoScalingGroup
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random

from sandbox.additions import in_place_of


@in_place_of(AutoScalingResponse, "create_auto_scaling_group")
@in_place_of(AutoScalingResponse, "update_auto_scaling_group")
def keep_default_instance_warmup(original: Any, response: AutoScalingResponse) -> ActionResult:
    """A group keeps its default instance warmup, in seconds; -1 takes it away again.

    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_UpdateAutoScalingGroup.html
    """
    result = original()
    warmup = response._get_int_param("DefaultInstanceWarmup")
    if warmup is not None:
        group: Any = named_group(response)
        group.default_instance_warmup = None if warmup == -1 else warmup
    return result


@in_place_of(FakeAutoScalingGroup, "replace_autoscaling_group_instances")
def launch_in_every_zone(original: Any, group: FakeAutoScalingGroup, count: int, tags: dict[str, str]) -> None:
    """New instances go where the group has the fewest, so that its zones share them evenly.

    https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-availability-zone-balanced.html
    moto puts all of them into the first of the group's subnets.
    """
    every_subnet = group.vpc_zone_identifier
    for _ in range(count):
        filled = Counter(state.instance.subnet_id for state in group.instance_states)
        group.vpc_zone_identifier = min((every_subnet or "").split(","), key=lambda subnet: filled[subnet])
        original(1, tags)
    group.vpc_zone_identifier = every_subnet


@in_place_of(AutoScalingResponse, "put_scaling_policy")
def put_scaling_policy(original: Any, response: AutoScalingResponse) -> ActionResult:
    """A scaling policy says whether it is enabled, which it is unless the request says no.

    Only a predictive one describes a predictive scaling configuration.
    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_ScalingPolicy.html
    """
    result = original()
    policy: Any = response.autoscaling_backend.policies[response._get_param("PolicyName")]
    policy.enabled = response._get_bool_param("Enabled", True)
    policy.predictive_scaling_configuration = policy.predictive_scaling_configuration or None
    return result


@in_place_of(AutoScalingResponse, "start_instance_refresh")
def start_instance_refresh(_: Any, response: AutoScalingResponse) -> ActionResult:
    """Every instance of the group is replaced by one from its launch template as it is now.

    AWS does so a few at a time; here all is over at once.
    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_StartInstanceRefresh.html
    """
    group = named_group(response)
    for state in list(group.instance_states):
        response.autoscaling_backend.terminate_instance(state.instance.id, should_decrement=False)
    now = datetime.now(UTC)
    refresh = {
        "InstanceRefreshId": str(mock_random.uuid4()),
        "AutoScalingGroupName": group.name,
        "Status": "Successful",
        "StartTime": now,
        "EndTime": now,
        "PercentageComplete": 100,
        "InstancesToUpdate": 0,
    }
    group.__dict__.setdefault("refreshes", []).insert(0, refresh)
    return ActionResult({"InstanceRefreshId": refresh["InstanceRefreshId"]})


@in_place_of(AutoScalingResponse, "describe_instance_refreshes")
def describe_instance_refreshes(_: Any, response: AutoScalingResponse) -> ActionResult:
    """The refreshes of a group, the latest first.

    https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeInstanceRefreshes.html
    """
    return ActionResult({"InstanceRefreshes": getattr(named_group(response), "refreshes", [])})


def named_group(response: AutoScalingResponse) -> FakeAutoScalingGroup:
    """The group that a request is about."""
    groups = response.autoscaling_backend.autoscaling_groups
    return groups[response._get_param("AutoScalingGroupName")]
