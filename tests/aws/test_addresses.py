"""What a resource's Terraform address is made of, read from the synthesized JSON."""

import json

import jsii
import pytest
from cdktf import TerraformElement, TerraformStack, Testing
from constructs import Construct

from modules import aws


@pytest.fixture
def stack():
    return TerraformStack(Testing.app(), "site")


def synthesized(stack):
    return json.loads(Testing.synth(stack))


def test_a_resource_is_addressed_by_its_id_however_deep_it_stands(stack):
    zone = Construct(Construct(Construct(stack, "network"), "public"), "1a")
    aws.Subnet(zone, "public_1a", vpc_id="vpc-1")
    assert synthesized(stack)["resource"]["aws_subnet"] == {"public_1a": {"vpc_id": "vpc-1"}}


def test_a_data_source_is_addressed_by_its_id_too(stack):
    image = aws.DataAwsSsmParameter(Construct(stack, "servers"), "image", name="/image")
    aws.Instance(stack, "web", ami=image.value)
    written = synthesized(stack)
    assert written["data"]["aws_ssm_parameter"] == {"image": {"name": "/image"}}
    assert written["resource"]["aws_instance"]["web"]["ami"] == "${data.aws_ssm_parameter.image.value}"


def test_references_follow_the_address(stack):
    vpc = aws.Vpc(Construct(stack, "network"), "main")
    aws.Subnet(stack, "public_1a", vpc_id=vpc.id)
    assert synthesized(stack)["resource"]["aws_subnet"]["public_1a"]["vpc_id"] == "${aws_vpc.main.id}"


def test_moving_and_renaming_constructs_changes_nothing():
    class Network(Construct):
        pass

    class PublicTier(Network):
        pass

    def written(build_scope):
        stack = TerraformStack(Testing.app(), "site")
        aws.Subnet(build_scope(stack), "public_1a", vpc_id="vpc-1")
        return Testing.synth(stack)

    assert written(lambda stack: stack) == written(lambda stack: PublicTier(Network(stack, "network"), "public"))


def test_different_types_may_have_the_same_id_in_one_scope(stack):
    vpc = aws.Vpc(stack, "main")
    aws.InternetGateway(stack, "main", vpc_id=vpc.id)
    resources = synthesized(stack)["resource"]
    assert "main" in resources["aws_vpc"]
    assert "main" in resources["aws_internet_gateway"]


@pytest.mark.parametrize(
    ("add", "address"),
    [
        (lambda scope: aws.Eip(scope, "nat"), "aws_eip.nat"),
        (lambda scope: aws.DataAwsRegion(scope, "here"), "data.aws_region.here"),
    ],
)
def test_a_second_element_with_the_same_address_is_refused_at_once(stack, add, address):
    add(Construct(stack, "one"))
    with pytest.raises(ValueError, match=f"^{address} exists already in this stack"):
        add(Construct(stack, "other"))


def test_stacks_do_not_share_addresses():
    app = Testing.app()
    for name in ("staging", "production"):
        aws.Eip(TerraformStack(app, name), "nat")


def test_a_resource_that_could_not_be_made_leaves_its_address_free(stack):
    with pytest.raises(TypeError, match="vpc_id"):
        aws.Subnet(stack, "public_1a")
    aws.Subnet(stack, "public_1a", vpc_id="vpc-1")


@pytest.mark.parametrize("id", ["", "1a", "public-1a", "Public", "public.1a", "public 1a", "öffentlich", "nat\n"])
def test_an_id_that_is_no_terraform_name_is_refused(stack, id):
    with pytest.raises(ValueError, match="aws_eip cannot be called") as error:
        aws.Eip(stack, id)
    assert repr(id) in str(error.value)


def test_elements_are_instances_of_the_bindings_own_classes(stack):
    from cdktf_cdktf_provider_aws.eip import Eip

    address = aws.Eip(stack, "nat")
    assert isinstance(address, Eip)
    assert isinstance(address, TerraformElement)
    assert type(address).__name__ == "Eip"


def test_structs_and_the_provider_are_the_bindings_own():
    from cdktf_cdktf_provider_aws import lb_listener, provider

    assert aws.LbListenerDefaultAction is lb_listener.LbListenerDefaultAction
    assert aws.AwsProvider is provider.AwsProvider


def test_node_is_asked_once_for_a_reference_and_each_time_for_what_can_change(stack, monkeypatch):
    vpc = aws.Vpc(stack, "main", cidr_block="10.0.0.0/16")
    asked = []
    get = jsii.get
    monkeypatch.setattr(jsii, "get", lambda element, name: asked.append(name) or get(element, name))
    assert vpc.id == vpc.id != vpc.arn
    assert vpc.cidr_block_input == "10.0.0.0/16"
    vpc.cidr_block = "10.1.0.0/16"
    assert vpc.cidr_block_input == "10.1.0.0/16"
    assert asked == ["id", "arn", "cidrBlockInput", "cidrBlockInput"]


def test_two_resources_do_not_share_their_references(stack):
    one, other = aws.Eip(stack, "one"), aws.Eip(stack, "other")
    aws.NatGateway(stack, "main", subnet_id=one.id, allocation_id=other.id)
    (gateway,) = synthesized(stack)["resource"]["aws_nat_gateway"].values()
    assert gateway == {"allocation_id": "${aws_eip.other.id}", "subnet_id": "${aws_eip.one.id}"}
