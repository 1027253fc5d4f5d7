"""Stacks in a sandbox as tests and the plan's reviewer use them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox, TerraformFailed, offline_root_module
from sandbox.root_module import PROVIDER_SETTINGS, for_sandbox
from tests.sandbox.conftest import stack, vpc

TOKYO = "ap-northeast-1"


@pytest.mark.parametrize(
    "state",
    [
        {"backend": {"local": {"path": "/elsewhere/terraform.tfstate"}}},
        {"backend": {"s3": {"bucket": "states", "key": "site", "use_lockfile": True}}},
        {"cloud": {"organization": "example", "workspaces": {"name": "site"}}},
    ],
)
def test_whatever_a_stack_says_of_its_state_a_sandbox_keeps_its_own(state: dict) -> None:
    document = {"terraform": {"required_version": ">= 1.11", **state}}

    assert for_sandbox(document, PROVIDER_SETTINGS) == {"terraform": {"required_version": ">= 1.11"}}
    assert document["terraform"] == {"required_version": ">= 1.11", **state}


def test_every_alias_of_the_provider_is_led_to_the_sandbox() -> None:
    document = {
        "provider": {
            "aws": [
                {"region": TOKYO, "default_tags": [{"tags": {"Project": "site"}}]},
                {"region": "us-east-1", "alias": "cloudfront", "profile": "real", "allowed_account_ids": ["1"]},
            ]
        }
    }

    assert for_sandbox(document, PROVIDER_SETTINGS)["provider"]["aws"] == [
        {"region": TOKYO, "default_tags": [{"tags": {"Project": "site"}}], **PROVIDER_SETTINGS},
        {"region": "us-east-1", "alias": "cloudfront", **PROVIDER_SETTINGS},
    ]


def test_stacks_side_by_side_in_one_sandbox_have_a_state_each_and_share_its_aws(tmp_path: Path) -> None:
    cidrs = {"one": "10.1.0.0/16", "two": "10.2.0.0/16", "three": "10.3.0.0/16"}

    with Sandbox(tmp_path) as sandbox:

        def apply(name: str) -> bool:
            root = sandbox.root_module(name, stack(aws_vpc=vpc(cidrs[name])))
            root.init()
            root.apply()
            return root.plan().is_empty

        with ThreadPoolExecutor() as pool:
            assert all(pool.map(apply, cidrs))

        networks = sandbox.client("ec2", TOKYO).describe_vpcs(Filters=[{"Name": "is-default", "Values": ["false"]}])
        assert sorted(network["CidrBlock"] for network in networks["Vpcs"]) == sorted(cidrs.values())


def test_requests_at_the_same_time_do_not_disturb_each_other(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as sandbox:
        clients = [sandbox.client("ec2", TOKYO) for _ in range(12)]

        def create_and_look(ec2: Any) -> None:
            for _ in range(8):
                ec2.create_vpc(CidrBlock="10.0.0.0/21")
                ec2.describe_security_group_rules()

        with ThreadPoolExecutor(len(clients)) as pool:
            list(pool.map(create_and_look, clients))

        mine = [{"Name": "is-default", "Values": ["false"]}]
        assert len(clients[0].describe_vpcs(Filters=mine)["Vpcs"]) == 12 * 8
        assert "Traceback" not in sandbox.log.read_text()


def test_sandboxes_side_by_side_do_not_see_each_other(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "one") as one, Sandbox(tmp_path / "two") as two:
        one.client("s3", "us-east-1").create_bucket(Bucket="mine")

        assert two.client("s3", "us-east-1").list_buckets()["Buckets"] == []


def test_a_plan_can_be_read_and_applied_as_it_was_saved(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as sandbox:
        root = sandbox.root_module("site", stack(aws_vpc=vpc()))
        root.init()

        plan = root.plan()
        assert not plan.is_empty
        assert [change["address"] for change in plan.json["resource_changes"]] == ["aws_vpc.site"]

        root.apply(plan.path.name)
        assert root.show()["values"]["root_module"]["resources"][0]["values"]["cidr_block"] == "10.0.0.0/21"
        assert root.plan().is_empty


def test_a_stack_that_terraform_refuses_raises_with_its_words(tmp_path: Path) -> None:
    with Sandbox(tmp_path) as sandbox:
        root = sandbox.root_module("site", stack(aws_vpc={"site": {"no_such_argument": True}}))
        root.init()

        with pytest.raises(TerraformFailed, match="no_such_argument"):
            root.validate()


def test_a_client_goes_to_the_sandbox_whatever_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://canary.invalid")
    monkeypatch.setenv("HTTP_PROXY", "http://canary.invalid")

    with Sandbox(tmp_path) as sandbox:
        assert sandbox.client("sts", TOKYO).get_caller_identity()["Account"] == "123456789012"


def test_a_stack_that_looks_nothing_up_is_planned_without_any_aws(tmp_path: Path) -> None:
    root = offline_root_module(tmp_path / "site", stack(aws_vpc=vpc()))
    root.init()

    assert [change["change"]["actions"] for change in root.plan().json["resource_changes"]] == [["create"]]


def test_files_that_a_stack_refers_to_come_with_it(tmp_path: Path) -> None:
    (tmp_path / "out/assets").mkdir(parents=True)
    (tmp_path / "out/assets/page.html").write_text("It works.")
    (tmp_path / "out/cdk.tf.json").write_text('{"output": {"page": {"value": "${file(\\"assets/page.html\\")}"}}}')

    root = offline_root_module(tmp_path / "site", tmp_path / "out/cdk.tf.json")
    root.init()

    assert root.plan().json["planned_values"]["outputs"]["page"]["value"] == "It works."


def test_a_hosted_zone_that_a_stack_expects_is_there(tmp_path: Path) -> None:
    record = {"zone_id": "${data.aws_route53_zone.domain.zone_id}", "name": "www.example.com"}
    site = stack(aws_route53_record={"www": {**record, "type": "TXT", "ttl": 300, "records": ["here"]}})
    site["data"] = {"aws_route53_zone": {"domain": {"name": "example.com", "private_zone": False}}}

    with Sandbox(tmp_path) as sandbox:
        root = sandbox.root_module("site", site)
        root.init()
        root.apply()
        assert sandbox.root_module("site", site).plan().is_empty
        (zone,) = sandbox.client("route53", TOKYO).list_hosted_zones()["HostedZones"]
        assert (zone["Name"], zone["ResourceRecordSetCount"]) == ("example.com.", 3)
        root.destroy()
        (left,) = sandbox.client("route53", TOKYO).list_hosted_zones()["HostedZones"]
        assert (left["Id"], left["ResourceRecordSetCount"]) == (zone["Id"], 2)
