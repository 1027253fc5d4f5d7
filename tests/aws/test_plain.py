"""Resources that are given as Terraform's own arguments."""

import json

import pytest
from cdktf import TerraformStack, Testing
from constructs import Construct

from modules import aws
from modules.aws.plain import Plain


@pytest.fixture
def stack():
    return TerraformStack(Testing.app(), "site")


def written(stack):
    return json.loads(Testing.synth(stack))["resource"]


def test_arguments_are_written_as_they_are_given_and_none_is_left_out_at_any_depth(stack):
    Plain(stack, "aws_s3_bucket", "logs", bucket=None, force_destroy=False, rule=[{"id": "a", "days": None}], tags={})
    assert written(stack) == {"aws_s3_bucket": {"logs": {"force_destroy": False, "rule": [{"id": "a"}], "tags": {}}}}


def test_it_is_addressed_by_its_id_however_deep_it_stands_and_beside_others_of_its_type(stack):
    for name in ("one", "two"):
        Plain(Construct(Construct(stack, name), "deep"), "aws_s3_bucket", name)
    assert set(written(stack)["aws_s3_bucket"]) == {"one", "two"}


def test_references_lead_from_and_to_it(stack):
    vpc = aws.Vpc(stack, "main")
    group = Plain(stack, "aws_security_group", "web", vpc_id=vpc.id)
    aws.Subnet(stack, "web", vpc_id=group.ref("vpc_id"))
    assert written(stack)["aws_security_group"]["web"] == {"vpc_id": "${aws_vpc.main.id}"}
    assert written(stack)["aws_subnet"]["web"]["vpc_id"] == "${aws_security_group.web.vpc_id}"


def test_another_provider_may_make_it(stack):
    edge = aws.AwsProvider(stack, "edge", alias="edge", region="us-east-1")
    Plain(stack, "aws_s3_bucket", "logs", provider=edge)
    assert written(stack)["aws_s3_bucket"]["logs"] == {"provider": "aws.edge"}


def test_an_address_is_taken_once_whichever_way_a_resource_is_given(stack):
    aws.Vpc(stack, "main")
    with pytest.raises(ValueError, match=r"^aws_vpc\.main exists already"):
        Plain(stack, "aws_vpc", "main")
    with pytest.raises(ValueError, match="cannot be called 'Main'"):
        Plain(stack, "aws_vpc", "Main")
