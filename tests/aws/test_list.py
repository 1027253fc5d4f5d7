"""The list of resource types: what is on it is there, what is not says how to get it."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from modules import aws

LINES = [line for line in Path(aws.__file__).with_suffix(".pyi").read_text().splitlines() if line.startswith("from")]


@pytest.mark.parametrize("submodule", [re.fullmatch(r"from \w+\.(\w+) import \*", line)[1] for line in LINES])
def test_a_line_brings_every_class_of_its_submodule(submodule):
    module = import_module(f"{aws.assembly.PACKAGE}.{submodule}")
    for name in module.__all__:
        assert issubclass(getattr(aws, name), getattr(module, name))


def test_the_list_is_sorted_and_names_the_bindings_that_are_loaded():
    assert sorted(set(LINES)) == LINES
    assert all(line.startswith(f"from {aws.assembly.PACKAGE}.") for line in LINES)


@pytest.mark.parametrize(
    ("name", "submodule"),
    [
        ("SqsQueue", "sqs_queue"),
        ("LbListenerRuleAction", "lb_listener_rule"),
        ("S3ControlBucket", "s3_control_bucket"),
        ("DataAwsAmi", "data_aws_ami"),
    ],
)
def test_a_class_that_is_not_on_the_list_says_which_line_to_add(name, submodule):
    with pytest.raises(AttributeError) as error:
        getattr(aws, name)
    assert str(error.value) == (
        f"aws.{name} is not loaded: add this line to modules/aws/__init__.pyi\n"
        f"    from cdktf_cdktf_provider_aws.{submodule} import *"
    )


@pytest.mark.parametrize("name", ["SqsQueu", "SqsQueueTimeout", "VpcTimeout"])
def test_a_class_that_the_bindings_do_not_have_either_is_said_to_be_missing(name):
    with pytest.raises(AttributeError, match=f"^the AWS bindings have no class '{name}'$"):
        getattr(aws, name)


@pytest.mark.parametrize("name", ["vpc", "__wrapped__"])
def test_what_is_no_class_name_is_an_ordinary_missing_attribute(name):
    assert not hasattr(aws, name)
