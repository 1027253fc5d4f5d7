"""AWS as the additions to moto complete it: a whole site is applied, looked at and destroyed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox import Sandbox

pytestmark = pytest.mark.xdist_group("additions")

TOKYO = "ap-northeast-1"
EVERYTHING = json.loads(Path(__file__).with_name("everything.tf.json").read_text())


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One AWS for this whole file."""
    with Sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


def test_a_site_is_applied_changed_and_destroyed(sandbox: Sandbox, subtests: pytest.Subtests) -> None:
    """One test, because its steps are minutes long and each builds on the one before."""
    root = sandbox.root_module("everything", EVERYTHING)
    root.init()
    root.apply()
    old_fleet = fleet(sandbox)

    with subtests.test("a second plan is empty"):
        assert root.plan().is_empty, root.output

    with subtests.test("databases are what they were asked to be"):
        found = sandbox.client("rds", TOKYO).describe_db_instances()["DBInstances"]
        databases = {database["DBInstanceIdentifier"]: database for database in found}
        assert databases["database"]["MultiAZ"]
        assert databases["database"]["StorageEncrypted"]
        assert not databases["database"]["PubliclyAccessible"]
        assert not databases["second"]["MultiAZ"]
        assert databases["database"]["DbiResourceId"] != databases["second"]["DbiResourceId"]

    with subtests.test("rules that name a group say what they are for"):
        rules = sandbox.client("ec2", TOKYO).describe_security_group_rules()["SecurityGroupRules"]
        told = {rule["Description"] for rule in rules if "ReferencedGroupInfo" in rule and "Description" in rule}
        assert told == {"load balancer to web", "web to database"}

    with subtests.test("a fleet is spread over its zones"):
        assert zones(old_fleet) == ["ap-northeast-1a", "ap-northeast-1c"]

    with subtests.test("the password is in neither plan nor state"):
        secrets = sandbox.client("secretsmanager", TOKYO)
        [secret] = secrets.list_secrets()["SecretList"]
        password = secrets.get_secret_value(SecretId=secret["ARN"])["SecretString"]
        assert len(password) == 32
        assert password not in (root.folder / "terraform.tfstate").read_text()
        assert password not in json.dumps(root.plan("-destroy").json)

    changed = json.loads(json.dumps(EVERYTHING))
    changed["resource"]["aws_instance"]["web"]["vpc_security_group_ids"] = ["${aws_security_group.database.id}"]
    changed["resource"]["aws_instance"]["web"]["monitoring"] = False
    changed["resource"]["aws_launch_template"]["web"]["user_data"] = '${base64encode("#!/bin/bash\\n")}'
    root = sandbox.root_module("everything", changed)
    root.apply()
    new_fleet = fleet(sandbox)

    with subtests.test("a plan after a change is empty"):
        assert root.plan().is_empty, root.output

    with subtests.test("changed servers have what they were changed to, and that alone"):
        [web] = [server for name, server in servers(sandbox).items() if name not in new_fleet]
        assert [group["GroupName"] for group in web["SecurityGroups"]] == ["database"]
        assert web["Monitoring"]["State"] == "disabled"

    with subtests.test("a changed launch template replaces the whole fleet"):
        assert not set(old_fleet) & set(new_fleet)
        assert zones(new_fleet) == ["ap-northeast-1a", "ap-northeast-1c"]
        refreshes = sandbox.client("autoscaling", TOKYO).describe_instance_refreshes(AutoScalingGroupName="web")
        assert [refresh["Status"] for refresh in refreshes["InstanceRefreshes"]] == ["Successful"]

    root.destroy()

    with subtests.test("destroyed, it leaves nothing"):
        assert [vpc["IsDefault"] for vpc in sandbox.client("ec2", TOKYO).describe_vpcs()["Vpcs"]] == [True]
        assert servers(sandbox) == {}
        assert sandbox.client("rds", TOKYO).describe_db_instances()["DBInstances"] == []
        assert sandbox.client("elbv2", TOKYO).describe_load_balancers()["LoadBalancers"] == []
        assert sandbox.client("efs", TOKYO).describe_file_systems()["FileSystems"] == []
        assert sandbox.client("secretsmanager", TOKYO).list_secrets()["SecretList"] == []
        assert "values" not in root.show()


def servers(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """The running instances, by their ids."""
    running = [{"Name": "instance-state-name", "Values": ["running"]}]
    return {
        server["InstanceId"]: server
        for reservation in sandbox.client("ec2", TOKYO).describe_instances(Filters=running)["Reservations"]
        for server in reservation["Instances"]
    }


def fleet(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """Those of them that an auto scaling group has launched."""
    return {
        name: server
        for name, server in servers(sandbox).items()
        if any(tag["Key"] == "aws:autoscaling:groupName" for tag in server.get("Tags", []))
    }


def zones(servers: dict[str, dict[str, Any]]) -> list[str]:
    """Where they are."""
    return sorted(server["Placement"]["AvailabilityZone"] for server in servers.values())


@pytest.mark.parametrize(
    ("service", "call", "lacking"),
    [
        (
            "ec2",
            lambda ec2: ec2.reset_address_attribute(AllocationId="a", Attribute="domain-name"),
            "ResetAddressAttribute",
        ),
        ("rds", lambda rds: rds.describe_account_attributes(), "DescribeAccountAttributes"),
        (
            "wafv2",
            lambda wafv2: wafv2.get_mobile_sdk_release(Platform="IOS", ReleaseVersion="1"),
            "GetMobileSdkRelease",
        ),
        ("efs", lambda efs: efs.describe_account_preferences(), " GET /2015-02-01/account-preferences"),
    ],
)
def test_what_moto_lacks_is_refused_by_name_and_not_tried_again(
    sandbox: Sandbox, service: str, call: Any, lacking: str
) -> None:
    with pytest.raises(ClientError, match=f"lacks {service}:{lacking}") as refused:
        call(sandbox.client(service, TOKYO))

    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert refused.value.response["ResponseMetadata"]["RetryAttempts"] == 0
    assert f"lacks {service}:{lacking}\n" in sandbox.log.read_text()


def test_a_read_replica_is_not_mistaken_for_its_source(sandbox: Sandbox) -> None:
    rds = sandbox.client("rds", "us-west-2")
    source = rds.create_db_instance(
        DBInstanceIdentifier="source",
        DBInstanceClass="db.t3.micro",
        Engine="mysql",
        AllocatedStorage=20,
        MasterUsername="wordpress",
        MasterUserPassword="not-a-secret",
    )
    replica = rds.create_db_instance_read_replica(DBInstanceIdentifier="replica", SourceDBInstanceIdentifier="source")

    assert replica["DBInstance"]["DbiResourceId"] != source["DBInstance"]["DbiResourceId"]
