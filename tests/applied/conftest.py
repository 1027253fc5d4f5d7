"""Each shipped environment, really applied: Terraform and the AWS provider against the sandbox.

An apply takes minutes, so the environments are applied once each, side by side.
"""

import json
from base64 import b64decode
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from sandbox import Plan, RootModule, Sandbox
from tests.once import applied, planned, require_terraform
from tests.site.sites import SHIPPED, Site, shipped

__all__ = ["planned"]

REGION = "ap-northeast-1"


@dataclass
class Live:
    """An applied environment."""

    environment: str
    sandbox: Sandbox

    @property
    def root(self) -> RootModule:
        """The site as it is shipped, whatever was planned in its place before."""
        return self.sandbox.root_module("site", shipped()[self.environment].content)

    @cached_property
    def second_plan(self) -> Plan:
        """A plan of what was applied just now, in a file that no later plan overwrites."""
        plan = self.root.plan()
        return replace(plan, path=plan.path.rename(plan.path.with_stem("second")))

    def client(self, service: str) -> Any:
        """A boto3 client that looks at what exists."""
        return self.sandbox.client(service, REGION)

    def plan(self, site: Site) -> dict[str, list[str]]:
        """What Terraform would do to make the live site like another one.

        What exists is not read again: that it is what was applied is what `second_plan` says.

        Returns:
            For each address that is touched at all, its actions.
        """
        return actions(self.sandbox.root_module("site", site.content).plan("-refresh=false"))

    @cached_property
    def vpc(self) -> str:
        (vpc,) = self.client("ec2").describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.0.0.0/21"]}])["Vpcs"]
        return vpc["VpcId"]

    def secrets(self) -> dict[str, dict[str, str]]:
        """The stored secrets by the last word of their name's prefix."""
        client, found = self.client("secretsmanager"), {}
        for secret in client.list_secrets()["SecretList"]:
            value = client.get_secret_value(SecretId=secret["ARN"])["SecretString"]
            found[secret["Name"].removeprefix(f"{self.environment}-").partition("-")[0]] = json.loads(value)
        return found

    def settings(self) -> dict[str, str]:
        """What each group's servers read beside a release's files."""
        client = self.client("s3")
        (bucket,) = [it["Name"] for it in client.list_buckets()["Buckets"] if "-releases-" in it["Name"]]
        keys = [it["Key"] for it in client.list_objects_v2(Bucket=bucket, Prefix="settings/")["Contents"]]
        return {
            key.removeprefix("settings/"): client.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
            for key in keys
        }

    def boot_scripts(self) -> list[str]:
        """The user data of every server."""
        ec2 = self.client("ec2")
        packed = []
        for reservation in ec2.describe_instances()["Reservations"]:
            for instance in reservation["Instances"]:
                if instance["State"]["Name"] != "terminated":
                    answer = ec2.describe_instance_attribute(InstanceId=instance["InstanceId"], Attribute="userData")
                    packed.append(answer["UserData"]["Value"])
        for template in ec2.describe_launch_templates()["LaunchTemplates"]:
            versions = ec2.describe_launch_template_versions(
                LaunchTemplateId=template["LaunchTemplateId"], Versions=["$Latest"]
            )
            packed.append(versions["LaunchTemplateVersions"][0]["LaunchTemplateData"]["UserData"])
        return [b64decode(script).decode() for script in packed]


def actions(plan: Plan) -> dict[str, list[str]]:
    changes = {change["address"]: change["change"]["actions"] for change in plan.json["resource_changes"]}
    return {address: done for address, done in changes.items() if done not in (["no-op"], ["read"])}


def _live(environment: str, group: str | None = None) -> Any:
    """The environment as a parameter. The tests of a group share one live site, and so one process of pytest-xdist."""
    group = group or f"apply-{environment}"
    return pytest.param((environment, group), id=environment, marks=pytest.mark.xdist_group(group))


def on(environment: str, group: str | None = None) -> pytest.MarkDecorator:
    """For a test that is about one environment alone; in a group of its own, it goes on beside the others."""
    return pytest.mark.parametrize("live", [_live(environment, group)], indirect=True)


@pytest.fixture(scope="session", params=[_live(name) for name in SHIPPED])
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Every shipped environment in turn, applied, in a sandbox of its own."""
    require_terraform()
    environment, _ = request.param
    with applied(environment, tmp_path_factory) as sandbox:
        yield Live(environment, sandbox)


@pytest.fixture
def state_file(live: Live) -> Path:
    (path,) = live.root.folder.glob("*.tfstate")
    return path
