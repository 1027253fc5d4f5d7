"""IAM, as the sandbox has it: what a call asks, what policies answer, and the least policy of calls."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core.utils import get_service_model

from sandbox import Sandbox
from sandbox.calls.recorded import Call
from sandbox.rights.asked import Asked, asked
from sandbox.rights.evaluation import Answer, identity_answer, resource_answer
from sandbox.rights.least import LARGEST, by_name, least_policies, read, size, write

TOKYO = "ap-northeast-1"
BUCKET = "arn:aws:s3:::shop-releases"


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    whole = [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"} | statement for statement in statements]
    return {"Version": "2012-10-17", "Statement": whole}


def call(name: str, region: str = TOKYO, **parameters: Any) -> Call:
    service, _, operation = name.partition(":")
    return Call(service, operation, parameters, None, region, "ASIA")


def rights(call: Call) -> set[tuple[str, str]]:
    return {(one.action, one.resource) for one in asked(call)}


READ = Asked("s3:GetObject", f"{BUCKET}/release.tar", {"aws:RequestedRegion": TOKYO})


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ({}, Answer.ALLOWED),
        ({"Effect": "Deny"}, Answer.DENIED),
        ({"Action": ["s3:PutObject", "S3:getobject"]}, Answer.ALLOWED),
        ({"Action": "s3:Get"}, Answer.SILENT),
        ({"Action": "s3:Get*"}, Answer.ALLOWED),
        ({"Resource": f"{BUCKET}/*"}, Answer.ALLOWED),
        ({"Resource": BUCKET}, Answer.SILENT),
        ({"Resource": [f"{BUCKET}/settings/*", f"{BUCKET}/release.???"]}, Answer.ALLOWED),
        ({"Condition": {"StringEquals": {"aws:requestedregion": [TOKYO, "us-east-1"]}}}, Answer.ALLOWED),
        ({"Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}}, Answer.SILENT),
        ({"Condition": {"StringNotEquals": {"aws:RequestedRegion": [TOKYO, "us-east-1"]}}}, Answer.SILENT),
        ({"Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}}}, Answer.SILENT),
        ({"Condition": {"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}}, Answer.ALLOWED),
        ({"Condition": {"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}}, Answer.ALLOWED),
        ({"Condition": {"Null": {"aws:SourceVpc": "true"}}}, Answer.ALLOWED),
        ({"Condition": {"Bool": {"aws:SecureTransport": "false"}}}, Answer.SILENT),
        ({"Condition": {"StringLike": {"aws:RequestedRegion": "ap-*"}}}, Answer.ALLOWED),
    ],
)
def test_a_statement_counts_where_action_resource_and_condition_match(statement, answer):
    assert identity_answer([policy(statement)], READ) is answer


def test_not_action_and_not_resource_are_about_all_others():
    others = {"Effect": "Deny", "NotAction": "s3:Get*", "NotResource": f"{BUCKET}/*"}
    denies = {"Version": "2012-10-17", "Statement": others}
    assert identity_answer([denies], READ) is Answer.SILENT
    assert identity_answer([denies], Asked("s3:PutObject", f"{BUCKET}/release.tar")) is Answer.SILENT
    assert identity_answer([denies], Asked("s3:PutObject", "arn:aws:s3:::other/file")) is Answer.DENIED


def test_a_denial_in_any_policy_counts_more_than_an_allowance():
    assert identity_answer([policy({}), policy({"Effect": "Deny", "Resource": BUCKET})], READ) is Answer.ALLOWED
    assert identity_answer([policy({}), policy({"Effect": "Deny", "Resource": f"{BUCKET}/*"})], READ) is Answer.DENIED


def test_an_operator_that_is_not_known_is_an_error_and_no_answer():
    with pytest.raises(NotImplementedError, match="DateLessThan"):
        identity_answer([policy({"Condition": {"DateLessThan": {"aws:CurrentTime": "2030-01-01"}}})], READ)


def test_a_resources_policy_is_about_its_principals_alone():
    ours = policy({"Principal": {"AWS": "arn:aws:iam::123456789012:role/web"}}, {"Principal": {"Service": "logs"}})
    assert resource_answer(ours, READ, {"arn:aws:iam::123456789012:role/web"}) is Answer.ALLOWED
    assert resource_answer(ours, READ, {"arn:aws:iam::123456789012:role/api"}) is Answer.SILENT
    assert resource_answer(policy({"Principal": "*"}), READ, {"whoever"}) is Answer.ALLOWED


def test_a_call_asks_for_actions_that_are_not_always_of_its_name():
    assert rights(call("s3:HeadBucket", Bucket="shop-releases")) == {("s3:ListBucket", BUCKET)}
    of_a_version = call("s3:GetObject", Bucket="shop-releases", Key="release.tar", VersionId="1")
    assert rights(of_a_version) == {("s3:GetObjectVersion", f"{BUCKET}/release.tar")}
    assert rights(call("sts:GetCallerIdentity")) == set()
    role = "arn:aws:iam::123456789012:role/shop-flow-logs"
    passed = call("ec2:CreateFlowLogs", DeliverLogsPermissionArn=role, TagSpecifications=[{"Tags": [{"Key": "a"}]}])
    assert rights(passed) == {("ec2:CreateFlowLogs", "*"), ("ec2:CreateTags", "*"), ("iam:PassRole", role)}


def test_mail_is_asked_by_identity_and_address():
    (by_identity, by_set) = asked(
        call("sesv2:SendEmail", FromEmailAddress="Shop <shop@example.com>", ConfigurationSetName="shop-mail")
    )
    assert {by_identity.context["ses:FromAddress"], by_set.context["ses:FromAddress"]} == {"shop@example.com"}
    arn = f"arn:aws:ses:{TOKYO}:123456789012"
    assert {by_identity.resource, by_set.resource} == {
        f"{arn}:identity/example.com",
        f"{arn}:configuration-set/shop-mail",
    }


@pytest.mark.parametrize(
    ("resource", "granted"),
    [
        ("arn:aws:s3:::shop-releases-2026", "arn:aws:s3:::shop-*"),
        ("arn:aws:rds:ap-northeast-1:123456789012:db:shop-database", "arn:aws:rds:*:*:db:shop-*"),
        ("arn:aws:logs:ap-northeast-1:123456789012:log-group:/shop/web", "arn:aws:logs:*:*:log-group:/shop/*"),
        ("arn:aws:rds:ap-northeast-1:123456789012:db:workshop-1", "arn:aws:rds:*:*:db:workshop-1"),
        (
            "arn:aws:kms:ap-northeast-1:123456789012:key/96d38fd8-577a-430d-896b-57ee1eaa040c",
            "arn:aws:kms:*:*:key/*",
        ),
        ("arn:aws:cloudfront::123456789012:distribution/XJ9U4OKLLXNP1", "arn:aws:cloudfront::*:distribution/*"),
    ],
)
def test_what_has_a_name_is_granted_by_it(resource, granted):
    assert by_name(resource, "shop") == granted


def test_the_least_policy_has_the_calls_and_what_undoes_them():
    (made,) = least_policies(
        [
            call("rds:CreateDBSubnetGroup", DBSubnetGroupName="shop-1"),
            call("ec2:CreateVpc", CidrBlock="10.0.0.0/21"),
            call("iam:GetUser", region="us-east-1"),
        ],
        "shop",
    )
    everywhere, named = made["Statement"]
    assert {"ec2:CreateVpc", "ec2:DeleteVpc", "ec2:CreateTags", "ec2:DescribeSubnets"} <= set(everywhere["Action"])
    assert everywhere["Resource"] == ["*"]
    assert everywhere["Condition"] == {"StringEquals": {"aws:RequestedRegion": [TOKYO]}}
    of_group = ["CreateDBSubnetGroup", "DeleteDBSubnetGroup", "ModifyDBSubnetGroup"]
    tags = ["AddTagsToResource", "RemoveTagsFromResource"]
    assert named["Action"] == sorted(f"rds:{it}" for it in of_group + tags)
    assert named["Resource"] == ["arn:aws:rds:*:*:subgrp:shop-*"]


def test_a_policy_that_iam_finds_too_long_becomes_several(tmp_path):
    names = [name for name in get_service_model("ec2").operation_names if name.startswith("Describe")]
    policies = least_policies([call(f"ec2:{name}") for name in names], "shop")
    granted = [action for it in policies for statement in it["Statement"] for action in statement["Action"]]
    assert sorted(granted) == sorted(f"ec2:{name}" for name in names)
    assert len(policies) > 1
    assert all(size(it) <= LARGEST for it in policies)
    (tmp_path / "shop-9.json").write_text("an old one")
    write(policies, tmp_path, "shop")
    assert read(tmp_path, "shop") == policies


FORMS = {
    "ec2 describe_vpcs": ({}, "UnauthorizedOperation", "ec2:DescribeVpcs on resource: *"),
    "iam list_roles": ({}, "AccessDenied", "iam:ListRoles on resource: *"),
    "route53 list_hosted_zones": ({}, "AccessDenied", "route53:ListHostedZones on resource: *"),
    "s3 list_objects_v2": ({"Bucket": "shop"}, "AccessDenied", "s3:ListBucket on resource: arn:aws:s3:::shop"),
    "sns create_topic": (
        {"Name": "shop"},
        "AccessDenied",
        f"sns:CreateTopic on resource: arn:aws:sns:{TOKYO}:123456789012:shop",
    ),
    "ssm list_associations": ({}, "AccessDeniedException", "ssm:ListAssociations on resource: *"),
    "efs describe_file_systems": ({}, "AccessDeniedException", "elasticfilesystem:DescribeFileSystems on resource: *"),
    "cloudwatch list_dashboards": ({}, "AccessDenied", "cloudwatch:ListDashboards on resource: *"),
}
"""A call of each form in which AWS's services answer, and how it is refused."""


def refusal(client: Any, operation: str, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        getattr(client, operation)(**parameters)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_who_comes_with_a_roles_credentials_may_do_what_policies_say_and_no_more(tmp_path):
    with Sandbox(tmp_path) as sandbox:
        keys = [sandbox.client("kms", TOKYO).create_key()["KeyMetadata"] for _ in range(2)]
        secrets, s3 = sandbox.client("secretsmanager", TOKYO), sandbox.client("s3", TOKYO)
        readable, locked = [
            secrets.create_secret(Name=f"shop-{key['KeyId']}", SecretString="a", KmsKeyId=key["Arn"])["ARN"]
            for key in keys
        ]
        s3.create_bucket(Bucket="shop", CreateBucketConfiguration={"LocationConstraint": TOKYO})
        closed = policy({"Effect": "Deny", "Principal": "*", "Resource": "arn:aws:s3:::shop/closed/*"})
        s3.put_bucket_policy(Bucket="shop", Policy=json.dumps(closed))
        role = sandbox.add_role(
            [
                policy(
                    {"Action": "secretsmanager:GetSecretValue"},
                    {"Action": "kms:Decrypt", "Resource": keys[0]["Arn"]},
                    {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::shop/*"},
                )
            ]
        )

        # What it may.
        theirs = sandbox.client("secretsmanager", TOKYO, role)
        assert theirs.get_secret_value(SecretId=readable)["SecretString"] == "a"
        files = sandbox.client("s3", TOKYO, role)
        files.put_object(Bucket="shop", Key="open", Body=b"")
        assert sandbox.client("sts", TOKYO, role).get_caller_identity()["Account"] == "123456789012"

        # What a key's or a bucket's policy forbids, or the role's own does not allow.
        assert f"kms:Decrypt on resource: {keys[1]['Arn']}" in refusal(theirs, "get_secret_value", SecretId=locked)[1]
        assert "explicit deny" in refusal(files, "put_object", Bucket="shop", Key="closed/file", Body=b"")[1]
        # Without the account in its policy, a key is closed to the account's own policies.
        only = policy({"Action": "kms:*", "Principal": {"AWS": "arn:aws:iam::123456789012:role/nobody"}})
        sandbox.client("kms", TOKYO).put_key_policy(
            KeyId=keys[0]["KeyId"], PolicyName="default", Policy=json.dumps(only)
        )
        assert refusal(theirs, "get_secret_value", SecretId=readable)[0] == "AccessDeniedException"
        for name, (parameters, code, what) in FORMS.items():
            service, operation = name.split()
            said = refusal(sandbox.client(service, TOKYO, role), operation, **parameters)
            assert (said[0], what in said[1]) == (code, True), said
