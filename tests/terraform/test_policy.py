"""Policies as local values, and what ARNs are made of."""

import json

import pytest
from cdktf import TerraformStack
from constructs import Construct

from modules import aws
from modules.terraform.policy import managed, policy, trust
from tests.stacks import rendered

ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "${aws_s3_bucket.logs.arn}/*"}


def test_a_policy_stands_in_the_stack_as_a_person_reads_it():
    site = rendered(lambda stack: aws.IamRole(stack, "web", assume_role_policy=policy(stack, "web_trust", [ALLOW])))
    assert site["aws_iam_role.web"]["assume_role_policy"] == "${jsonencode(local.web_trust)}"
    assert site.content["locals"]["web_trust"] == {"Version": "2012-10-17", "Statement": [ALLOW]}


def test_two_policies_of_one_name_are_refused_wherever_they_stand():
    def twice(stack: TerraformStack) -> None:
        policy(Construct(stack, "one"), "web", [ALLOW])
        policy(Construct(stack, "other"), "web", [])

    with pytest.raises(ValueError, match=r"^local\.web exists already"):
        rendered(twice)


def test_a_role_is_taken_on_by_one_service():
    site = rendered(lambda stack: trust(stack, "web_trust", "ec2.amazonaws.com"))
    (statement,) = site.content["locals"]["web_trust"]["Statement"]
    assert statement == {
        "Effect": "Allow",
        "Principal": {"Service": "ec2.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }


def test_the_partition_is_asked_for_once():
    arns = []
    site = rendered(lambda stack: arns.extend(managed(Construct(stack, name), name) for name in ("One", "Other")))
    assert arns == [
        f"arn:${{data.aws_partition.current.partition}}:iam::aws:policy/{name}" for name in ("One", "Other")
    ]
    assert json.dumps(site.content["data"]) == '{"aws_partition": {"current": {}}}'
