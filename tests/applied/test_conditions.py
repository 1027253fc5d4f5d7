"""What a site's own conditions say while Terraform plans, tried on the few resources that each of them is about."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import Sandbox, TerraformFailed
from tests.applied.conftest import REGION, actions
from tests.once import heard, require_terraform
from tests.site.sites import Site, variation

pytestmark = pytest.mark.xdist_group("conditions")

CERTIFICATE = "arn:aws:acm:{}:{}:certificate/01234567-89ab-cdef-0123-456789abcdef"


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    require_terraform()
    with heard(tmp_path_factory.mktemp("conditions")) as sandbox:
        yield sandbox


def part(site: Site, *addresses: str, **without: tuple[str, ...]) -> dict[str, Any]:
    """Of a site's JSON, these resources and data sources alone.

    Args:
        without: arguments that lead elsewhere, by the resource's type.
    """
    content = {key: site.content[key] for key in ("provider", "terraform")}
    for address in addresses:
        kind, name = address.removeprefix("data.").split(".")
        given = {key: value for key, value in site[address].items() if key not in without.get(kind, ())}
        content.setdefault("data" if address.startswith("data.") else "resource", {}).setdefault(kind, {})[name] = given
    return content


def refusal(sandbox: Sandbox, name: str, content: dict[str, Any]) -> str:
    """What Terraform says against a plan, on one line."""
    root = sandbox.root_module(name, content)
    root.init()
    with pytest.raises(TerraformFailed) as failed:
        root.plan()
    return re.sub(r"[│╷╵\s]+", " ", str(failed.value))


def servers(**web: Any) -> dict[str, Any]:
    """A fleet's launch template, and what its image depends on."""
    site = variation("private-web", {"web": web})
    addresses = ("aws_launch_template.web", "terraform_data.web_processor", "data.aws_ssm_parameter.web_image")
    elsewhere = ("network_interfaces", "iam_instance_profile", "user_data")
    return part(site, *addresses, "data.aws_ec2_instance_type_offerings.web", aws_launch_template=elsewhere)


def test_another_processor_comes_with_its_image_in_one_plan(sandbox: Sandbox):
    root = sandbox.root_module("fleet", servers(instance_type="t3.small"))
    root.init()
    root.apply()

    def image() -> str:
        ec2 = sandbox.client("ec2", REGION)
        (template,) = ec2.describe_launch_templates()["LaunchTemplates"]
        (version,) = ec2.describe_launch_template_versions(
            LaunchTemplateId=template["LaunchTemplateId"], Versions=["$Latest"]
        )["LaunchTemplateVersions"]
        return version["LaunchTemplateData"]["ImageId"]

    before = image()
    assert actions(sandbox.root_module("fleet", servers(instance_type="t3.medium")).plan()) == {
        "aws_launch_template.web": ["update"]
    }
    root = sandbox.root_module("fleet", servers(instance_type="t4g.small"))
    assert actions(root.plan()) == {
        "aws_launch_template.web": ["create", "delete"],
        "terraform_data.web_processor": ["update"],
    }
    root.apply()
    newest = sandbox.client("ssm", REGION).get_parameter(
        Name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
    )["Parameter"]["Value"]
    assert image() == newest != before
    assert root.plan().is_empty


def test_a_live_network_gets_ipv6_in_place(sandbox: Sandbox):
    def network(ipv6: bool) -> dict[str, Any]:
        both = ("aws_vpc.site", "aws_internet_gateway.site", "aws_subnet.public_1a", "aws_subnet.web_1a")
        routes = ("aws_route.public_internet_ipv6", "aws_route.servers_1a_internet_ipv6")
        more = ("aws_egress_only_internet_gateway.site", *routes) if ipv6 else ()
        site = variation("private-web", {"network": {"ipv6": ipv6}})
        return part(site, *both, "aws_route_table.public", "aws_route_table.servers_1a", *more)

    root = sandbox.root_module("ipv6", network(False))
    root.init()
    root.apply()
    root = sandbox.root_module("ipv6", network(True))
    root.apply()
    assert root.plan().is_empty
    found = sandbox.client("ec2", REGION).describe_subnets(Filters=[{"Name": "cidr", "Values": ["10.0.4.0/24"]}])
    (subnet,) = found["Subnets"]
    (block,) = subnet["Ipv6CidrBlockAssociationSet"]
    assert block["Ipv6CidrBlock"].endswith("80::/64")
    assert subnet["AssignIpv6AddressOnCreation"] is True


def test_a_type_that_a_zone_does_not_offer_is_refused(sandbox: Sandbox):
    said = refusal(sandbox, "types", servers(instance_type="p3dn.24xlarge", image_id="ami-01234567"))
    assert "web.instance_type: AWS has no p3dn.24xlarge in ap-northeast-1c." in said


def test_a_vpc_without_host_names_is_refused_and_a_subnet_without_ipv6(sandbox: Sandbox):
    ec2, zone = sandbox.client("ec2", REGION), f"{REGION}a"
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24", AvailabilityZone=zone)
    subnet = made["Subnet"]["SubnetId"]
    network = {"vpc_id": vpc, "ipv6": True, "public": {zone: subnet}}
    site = variation("complete-existing", {"network": network})
    content = part(site, "data.aws_vpc.site", "data.aws_subnet.public_1a")
    assert f"network.vpc_id: the VPC {vpc} has no DNS host names" in refusal(sandbox, "names", content)
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    assert f"network.ipv6: the subnet {subnet} has no IPv6 addresses" in refusal(sandbox, "names", content)
    block = ec2.associate_vpc_cidr_block(VpcId=vpc, AmazonProvidedIpv6CidrBlock=True)["Ipv6CidrBlockAssociation"]
    ec2.associate_subnet_cidr_block(SubnetId=subnet, Ipv6CidrBlock=block["Ipv6CidrBlock"].replace("/56", "/64"))
    assert sandbox.root_module("names", content).plan().is_empty


def test_a_secret_of_another_account_is_refused(sandbox: Sandbox):
    secret = "arn:aws:secretsmanager:ap-northeast-1:999999999999:secret:shop-AbCdEf"
    site = variation("complete-existing", {"database": {"existing": {"secret_arn": secret}}})
    content = part(site, "data.aws_db_instance.database", "data.aws_caller_identity.current")
    said = refusal(sandbox, "account", content)
    assert "database.existing.secret_arn is of the account 999999999999, and this is 123456789012" in said


def test_a_zone_that_cloudfront_does_not_reach_is_refused(sandbox: Sandbox):
    zones = {"us-east-1a": "use1-az6", "us-east-1e": "use1-az3"}
    ec2 = sandbox.client("ec2", "us-east-1")
    found = ec2.describe_availability_zones(ZoneNames=list(zones))["AvailabilityZones"]
    assert {zone["ZoneName"]: zone["ZoneId"] for zone in found} == zones
    network = {
        "public": {"us-east-1b": None, "us-east-1e": "172.16.1.0/27"},
        "database": {"us-east-1b": None, "us-east-1e": "172.16.3.0/28"},
    }
    site = variation("complete-pair", {"network": network, "web": {"servers": {"Shop-2": "us-east-1e"}}})
    balancer = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/0123456789abcdef"
    content = part(site, "aws_cloudfront_vpc_origin.cdn", "data.aws_availability_zones.cdn")
    content = json.loads(json.dumps(content).replace("${aws_lb.load_balancer.arn}", balancer))
    said = refusal(sandbox, "zones", content)
    assert "CloudFront does not reach us-east-1e of this account" in said


@pytest.mark.parametrize(
    ("most", "quota", "status", "said"),
    [
        (4, "L-1216C47A", "pass", None),
        (12, "L-1216C47A", "fail", "up to 36 vCPUs"),
        (12, "L-00000000", "fail", "getting Default Service Quota"),  # as where one may not read it
    ],
)
def test_a_quota_that_is_too_small_is_warned_of(sandbox: Sandbox, most: int, quota: str, status: str, said: str | None):
    site = variation("private-web", {"check_quotas": True, "web": {"fleet": {"max": most}}})
    content = {key: site.content[key] for key in ("provider", "terraform")}
    content["check"] = {"vcpus": site.content["check"]["vcpus"]}
    content = json.loads(json.dumps(content).replace("L-1216C47A", quota))
    root = sandbox.root_module(f"quota-{most}-{quota}", content)
    root.init()
    plan, words = root.plan(), re.sub(r"[│╷╵\s]+", " ", root.output)
    assert ("Warning:" in words) is bool(said)
    assert (said or "") in words
    assert [check["status"] for check in plan.json["checks"]] == [status]
