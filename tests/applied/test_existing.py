"""Bring your own, for real: a site that stands on what somebody else keeps is applied and destroyed, and all of that
is as it was."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import RootModule, Sandbox
from tests.applied.conftest import REGION, actions
from tests.once import heard, require_terraform
from tests.site.sites import variation

pytestmark = pytest.mark.xdist_group("apply-existing")

ZONES = (f"{REGION}a", f"{REGION}c")
DOMAIN = "www.example.com"

MOVES = {"LatestRestorableTime", "AvailableIpAddressCount"}
"""What AWS changes by itself: with time, and with who else is in a subnet."""


class Keeper:
    """Whoever had a network, a database, a zone, a certificate and a key before there was a site."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        ec2, rds, kms = self._client("ec2"), self._client("rds"), self._client("kms")
        self.vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=self.vpc, EnableDnsHostnames={"Value": True})
        self.subnets: dict[str, dict[str, str]] = {}
        for number, tier in enumerate(("public", "web", "database")):
            for offset, zone in enumerate(ZONES):
                cidr = f"10.9.{2 * number + offset}.0/24"
                made = ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, AvailabilityZone=zone)
                self.subnets.setdefault(tier, {})[zone] = made["Subnet"]["SubnetId"]
        group = ec2.create_security_group(GroupName="database", Description="Theirs", VpcId=self.vpc)
        rds.create_db_subnet_group(
            DBSubnetGroupName="theirs",
            DBSubnetGroupDescription="Theirs",
            SubnetIds=list(self.subnets["database"].values()),
        )
        rds.create_db_instance(
            DBInstanceIdentifier="theirs",
            DBInstanceClass="db.t4g.micro",
            Engine="mysql",
            DBName="wordpress",
            MasterUsername="keeper",
            MasterUserPassword="kept by them",
            AllocatedStorage=20,
            DBSubnetGroupName="theirs",
            VpcSecurityGroupIds=[group["GroupId"]],
        )
        self.secret = self._client("secretsmanager").create_secret(
            Name="theirs", SecretString='{"username": "wordpress", "password": "theirs too"}'
        )["ARN"]
        self.zone = self._client("route53").create_hosted_zone(Name="example.com", CallerReference="theirs")
        self.certificate = self._client("acm").request_certificate(DomainName=DOMAIN, ValidationMethod="DNS")
        self.key = kms.create_key(Description="Theirs")["KeyMetadata"]["Arn"]

    @property
    def settings(self) -> dict[str, Any]:
        """Changes of complete-existing.toml that name all of it."""
        return {
            "network": {"vpc_id": self.vpc, **self.subnets},
            "database": {"existing": {"identifier": "theirs", "secret_arn": self.secret}},
            "https": {
                "domain": DOMAIN,
                "zone": "example.com",
                "certificate_arn": self.certificate["CertificateArn"],
            },
            "encryption": {"key_arn": self.key},
        }

    def records(self) -> set[tuple[str, str]]:
        """Names and types in the zone."""
        sets = self._client("route53").list_resource_record_sets(HostedZoneId=self.zone["HostedZone"]["Id"])
        return {(record["Name"], record["Type"]) for record in sets["ResourceRecordSets"]}

    def everything(self) -> dict[str, Any]:
        """All of it, as AWS shows it."""
        ec2, kms, secrets = self._client("ec2"), self._client("kms"), self._client("secretsmanager")
        here = [{"Name": "vpc-id", "Values": [self.vpc]}]
        secret = secrets.describe_secret(SecretId=self.secret)
        return {
            "vpc": ec2.describe_vpcs(VpcIds=[self.vpc])["Vpcs"],
            "subnets": _steady(ec2.describe_subnets(Filters=here)["Subnets"]),
            "routes": ec2.describe_route_tables(Filters=here)["RouteTables"],
            "gateways": ec2.describe_internet_gateways()["InternetGateways"],
            "firewall": ec2.describe_security_groups(Filters=[*here, {"Name": "group-name", "Values": ["database"]}])[
                "SecurityGroups"
            ],
            "database": _steady(self._client("rds").describe_db_instances()["DBInstances"]),
            "secret": {key: secret.get(key) for key in ("ARN", "VersionIdsToStages", "Tags")},
            "key": kms.describe_key(KeyId=self.key)["KeyMetadata"],
            "policy": kms.get_key_policy(KeyId=self.key, PolicyName="default")["Policy"],
        }

    def _client(self, service: str) -> Any:
        return self._sandbox.client(service, REGION)


def _steady(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in one.items() if key not in MOVES} for one in found]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    require_terraform()
    with heard(tmp_path_factory.mktemp("existing")) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def keeper(sandbox: Sandbox) -> Keeper:
    return Keeper(sandbox)


@pytest.fixture(scope="module")
def before(keeper: Keeper) -> dict[str, Any]:
    return keeper.everything()


@pytest.fixture(scope="module")
def site(sandbox: Sandbox, keeper: Keeper, before: dict[str, Any]) -> RootModule:
    site = sandbox.root_module("site", variation("complete-existing", keeper.settings).content)
    site.init()
    site.apply()
    return site


def test_a_second_plan_is_empty(site: RootModule):
    assert actions(site.plan()) == {}


def test_the_site_stands_on_what_was_there(site: RootModule, sandbox: Sandbox, keeper: Keeper):
    (balancer,) = sandbox.client("elbv2", REGION).describe_load_balancers()["LoadBalancers"]
    assert balancer["VpcId"] == keeper.vpc
    assert {zone["SubnetId"] for zone in balancer["AvailabilityZones"]} == set(keeper.subnets["public"].values())
    (fleet,) = sandbox.client("autoscaling", REGION).describe_auto_scaling_groups()["AutoScalingGroups"]
    assert set(fleet["VPCZoneIdentifier"].split(",")) == set(keeper.subnets["web"].values())
    (uploads,) = sandbox.client("efs", REGION).describe_file_systems()["FileSystems"]
    assert uploads["KmsKeyId"] == keeper.key
    assert {(f"{DOMAIN}.", "A"), (f"{DOMAIN}.", "AAAA")} <= keeper.records()


def test_none_of_it_is_changed(site: RootModule, keeper: Keeper, before: dict[str, Any]):
    assert keeper.everything() == before


def test_a_destroy_leaves_all_of_it_as_it_was(
    site: RootModule, sandbox: Sandbox, keeper: Keeper, before: dict[str, Any]
):
    site.destroy()
    assert "values" not in site.show()
    assert keeper.everything() == before
    assert keeper.records() == {("example.com.", "NS"), ("example.com.", "SOA")}
    assert not sandbox.client("elbv2", REGION).describe_load_balancers()["LoadBalancers"]
    assert not sandbox.client("efs", REGION).describe_file_systems()["FileSystems"]
