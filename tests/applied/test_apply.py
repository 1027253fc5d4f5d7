"""What exists after an apply, looked at with boto3; then a destroy, and nothing is left."""

import hashlib
import json
import zipfile
from typing import Any

from modules.wordpress import ARCHIVE
from sandbox.calls.recorded import recorded
from sandbox.calls.refusals import refusals
from sandbox.rights.asked import asked as asked_by
from sandbox.rights.evaluation import Answer, identity_answer
from sandbox.rights.least import NOT_NEEDED, least_policies, of_terraform, read
from tests.applied.conftest import REGION, Live, actions
from tests.once import APPLY, PERMISSIONS, REFUSED


def test_a_second_plan_is_empty(live: Live):
    assert actions(live.second_plan) == {}
    assert live.second_plan.is_empty


def test_aws_would_take_every_call_of_the_apply(live: Live):
    calls = live.sandbox.folder / APPLY
    assert {"ec2:CreateVpc", "elbv2:CreateLoadBalancer", "iam:CreateRole"} <= {call.name for call in recorded(calls)}
    assert refusals(calls) == []


def test_it_took_all_the_rights_that_are_documented_and_no_others(live: Live):
    """`make permissions ENV=name` renews them."""
    refused = live.sandbox.folder / REFUSED
    assert not refused.exists(), refused.read_text()
    assert read(PERMISSIONS, live.environment) == least_policies(
        of_terraform(live.sandbox.folder / APPLY), live.environment
    )


def test_without_any_one_statement_it_would_have_been_refused(live: Live):
    policies = read(PERMISSIONS, live.environment)
    asked = {one for call in of_terraform(live.sandbox.folder / APPLY) for one in asked_by(call)}

    def refused(policies: list[dict[str, Any]]) -> list[str]:
        return [one.action for one in asked if identity_answer(policies, one) is not Answer.ALLOWED]

    assert set(refused(policies)) <= NOT_NEEDED
    for policy in policies:
        for statement in policy["Statement"]:
            others = [it for it in policy["Statement"] if it is not statement]
            rest = [it for it in policies if it is not policy] + [policy | {"Statement": others}]
            assert set(refused(rest)) & set(statement["Action"]), f"nothing needs {statement}"


def test_every_subnet_stands_in_its_zone(live: Live):
    of_vpc = [{"Name": "vpc-id", "Values": [live.vpc]}]
    subnets = live.client("ec2").describe_subnets(Filters=of_vpc)["Subnets"]
    found = {(subnet["AvailabilityZone"][-2:], subnet["CidrBlock"]) for subnet in subnets}
    count = {"handson": 4, "private-web": 6, "production": 6, "three-tier": 8}[live.environment]
    assert found == {("ac"[number % 2].join(["1", ""]), f"10.0.{number}.0/24") for number in range(count)}


def test_security_groups_open_what_their_rules_say_and_nothing_else(live: Live):
    """The default group is empty, and each of the others admits its neighbours alone."""
    ec2 = live.client("ec2")
    of_vpc = [{"Name": "vpc-id", "Values": [live.vpc]}]
    groups = ec2.describe_security_groups(Filters=of_vpc)["SecurityGroups"]
    names = {group["GroupId"]: group["Description"].removeprefix("The ") for group in groups}
    lists = {it["PrefixListId"]: it["PrefixListName"] for it in ec2.describe_managed_prefix_lists()["PrefixLists"]}
    admitted = set()
    for group in groups:
        if group["GroupName"] == "default":
            assert group["IpPermissions"] == []
            assert group["IpPermissionsEgress"] == []
        for permission in group["IpPermissions"]:
            peers = [peer["CidrIp"] for peer in permission["IpRanges"]]
            peers += [names[peer["GroupId"]] for peer in permission["UserIdGroupPairs"]]
            peers += [lists[peer["PrefixListId"]] for peer in permission["PrefixListIds"]]
            admitted |= {(peer, names[group["GroupId"]], permission["FromPort"]) for peer in peers}
    web = {
        ("load balancer", "web servers", 80),
        ("web servers", "database", 3306),
        ("web servers", "shared uploads", 2049),
    }
    private = ("web servers", "AWS services inside the VPC", 443)
    production = {
        ("com.amazonaws.global.cloudfront.origin-facing", "load balancer", 443),
        ("web servers", "object cache", 6379),
        private,
    }
    three_tiers = {
        ("0.0.0.0/0", "load balancer", 80),
        ("0.0.0.0/0", "load balancer", 443),
        ("load balancer", "frontend servers", 80),
        ("frontend servers", "internal load balancer", 80),
        ("internal load balancer", "api servers", 80),
        ("api servers", "database", 3306),
        ("api servers", "shared uploads", 2049),
        ("frontend servers", "AWS services inside the VPC", 443),
        ("api servers", "AWS services inside the VPC", 443),
    }
    two_tiers = web | {("0.0.0.0/0", "load balancer", 80)}
    expected = {"production": web | production, "three-tier": three_tiers}
    assert admitted == expected.get(live.environment, two_tiers)


def test_every_group_has_two_registered_servers(live: Live):
    balancing = live.client("elbv2")
    groups = balancing.describe_target_groups()["TargetGroups"]
    assert len(groups) == (2 if live.environment == "three-tier" else 1)
    for group in groups:
        targets = balancing.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
        assert len(targets) == 2


def test_servers_stand_in_both_zones(live: Live):
    both = {f"{REGION}a", f"{REGION}c"}
    fleets = live.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    for fleet in fleets:
        assert set(fleet["AvailabilityZones"]) == both
    named = live.client("ec2").describe_instances(Filters=[{"Name": "tag:Name", "Values": ["*SERVER?", "FRONTEND?"]}])
    zones = {
        instance["Placement"]["AvailabilityZone"]
        for reservation in named["Reservations"]
        for instance in reservation["Instances"]
    }
    assert zones == (set() if live.environment in ("private-web", "production") else both)


def test_the_database_is_private_encrypted_and_has_a_standby(live: Live):
    rds = live.client("rds")
    databases = rds.describe_db_instances()["DBInstances"]
    for database in databases:
        assert database["PubliclyAccessible"] is False
        assert database["StorageEncrypted"] is True
        zones = {subnet["SubnetAvailabilityZone"]["Name"] for subnet in database["DBSubnetGroup"]["Subnets"]}
        assert zones == {f"{REGION}a", f"{REGION}c"}
    clusters = rds.describe_db_clusters()["DBClusters"]
    if live.environment == "production":
        (cluster,) = clusters
        assert cluster["StorageEncrypted"] is True
        assert sorted(member["IsClusterWriter"] for member in cluster["DBClusterMembers"]) == [False, True]
    else:
        (database,) = databases
        assert database["MultiAZ"] is True


def test_what_is_uploaded_is_what_state_manager_asks_for(live: Live):
    s3, ssm = live.client("s3"), live.client("ssm")
    (bucket,) = [it["Name"] for it in s3.list_buckets()["Buckets"] if "-releases-" in it["Name"]]
    release = s3.get_object(Bucket=bucket, Key="release.tar")["Body"].read()
    assert release == (live.root.folder / ARCHIVE).read_bytes()
    state = live.root.show()["values"]["root_module"]["resources"]
    ids = {it["name"]: it["values"]["association_id"] for it in state if it["type"] == "aws_ssm_association"}
    for group, text in live.settings().items():
        assert text.startswith(f"ARCHIVE='{hashlib.sha256(release).hexdigest()}'\n")
        asked = ssm.describe_association(AssociationId=ids[group])["AssociationDescription"]
        name = hashlib.sha256(text.encode()).hexdigest()[:16]
        assert asked["Parameters"]["commands"] == [f"/opt/pressform/bootstrap.sh {name}"]
        assert asked["Targets"] == [{"Key": "tag:Releases", "Values": [f"{live.environment}-{group}"]}]


def test_no_secret_is_in_plan_state_json_or_user_data(live: Live, state_file):
    secrets = live.secrets()
    assert set(secrets) == {"database", "salts", "admin"}
    hidden = [secrets["database"]["password"], secrets["admin"]["password"], *secrets["salts"].values()]
    assert [len(value) for value in hidden] == [32, 24, *[64] * 8]
    assert len(set(hidden)) == len(hidden)

    with zipfile.ZipFile(live.second_plan.path) as archive:
        texts = {f"plan {name}": archive.read(name).decode(errors="replace") for name in archive.namelist()}
    texts["plan as JSON"] = json.dumps(live.second_plan.json)
    texts["state"] = state_file.read_text()
    texts["configuration"] = (live.root.folder / "cdk.tf.json").read_text()
    scripts = live.boot_scripts()
    assert scripts
    texts |= {f"user data {number}": script for number, script in enumerate(scripts)}
    texts |= {f"settings of {group}": text for group, text in live.settings().items()}
    for place, text in texts.items():
        assert not [value for value in hidden if value in text], f"{place} holds a secret"


def test_servers_boot_with_real_values_in_the_place_of_references(live: Live):
    (bucket,) = [it["Name"] for it in live.client("s3").list_buckets()["Buckets"] if "-releases-" in it["Name"]]
    for script in live.boot_scripts():
        assert script.startswith("#")
        assert "${aws_" not in script
        assert f"BUCKET='{bucket}'\nREGION='{REGION}'\n" in script
    settings = live.settings()
    assert settings.keys() == ({"frontend", "api"} if live.environment == "three-tier" else {"web"})
    for text in settings.values():
        assert "${" not in text
        assert "{aws_" not in text, "a reference that became text"
    wordpress = [text for text in settings.values() if "DATABASE_HOST" in text]
    rds = live.client("rds")
    hosts = [cluster["Endpoint"] for cluster in rds.describe_db_clusters()["DBClusters"]]
    hosts += [it["Endpoint"]["Address"] for it in rds.describe_db_instances()["DBInstances"] if not hosts]
    (host,) = hosts
    assert wordpress
    for script in wordpress:
        assert f"DATABASE_HOST='{host}'" in script
