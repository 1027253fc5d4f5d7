"""What Terraform reads first, and how resources are called."""

import os
import re
import subprocess
import sys

import pytest

from modules import PROJECT
from tests.site.sites import SHIPPED, shipped, variation


@pytest.mark.parametrize("environment", SHIPPED)
def test_terraform_and_provider_are_bounded(environment):
    terraform = shipped()[environment].content["terraform"]
    assert terraform["required_version"] == ">= 1.11"
    assert terraform["required_providers"] == {"aws": {"source": "hashicorp/aws", "version": ">= 5.100, < 7.0"}}


@pytest.mark.parametrize("environment", ["handson", "private-web", "three-tier"])
def test_state_lies_beside_the_project_and_apart_for_each_environment(environment):
    backend = shipped()[environment].content["terraform"]["backend"]
    assert backend == {"local": {"path": f"../../../terraform.{environment}.tfstate"}}


@pytest.mark.parametrize("environment", SHIPPED)
def test_addresses_are_words_without_hashes(environment):
    for address in shipped()[environment].addresses:
        assert not re.search(r"[0-9A-F]{8}$", address)
        assert re.fullmatch(r"(aws|terraform)_[a-z0-9_]+\.[a-z][a-z0-9_]*", address)


def test_the_addresses_that_live_sites_depend_on_stay():
    lasting = {
        "aws_vpc.site",
        "aws_subnet.public_1a",
        "aws_subnet.database_1c",
        "aws_db_instance.database",
        "aws_efs_file_system.uploads",
        "aws_lb.load_balancer",
        "aws_lb_target_group.web",
        "aws_instance.webserver1",
        "aws_secretsmanager_secret.database",
    }
    assert lasting <= shipped()["handson"].addresses


def keys(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def test_the_json_says_nothing_of_cdktf_but_its_version():
    for name, site in shipped().items():
        # The version is what its command line looks for.
        assert site.content["//"]["metadata"] == {"version": "0.21.0"}
        folder = {"site"} if name == "three-tier" else set()
        assert set(site.content["//"]) == {"accepted", "metadata"} | folder
        assert list(keys(site.content)).count("//") == 1
        assert "cdktf" not in site.text.lower()


def test_every_output_is_described():
    for site in shipped().values():
        assert site.content["output"]
        for output in site.content["output"].values():
            assert output["description"]


def test_own_tags_are_added_and_the_projects_cannot_be_lost():
    site = variation("handson", {"project": "shop", "tags": {"Owner": "web team", "Environment": "other"}})
    assert site.content["provider"]["aws"][0]["default_tags"][0]["tags"] == {
        "Owner": "web team",
        "Project": "shop",
        "Environment": "handson",
        "ManagedBy": "terraform",
    }


@pytest.mark.slow
def test_another_process_in_another_folder_writes_the_same_bytes(tmp_path):
    texts = []
    for folder in ("one", "two"):
        output = tmp_path / folder
        environment = os.environ | {"CDKTF_OUTDIR": str(output)}
        subprocess.run([sys.executable, "main.py"], cwd=PROJECT, env=environment, check=True)
        texts.append({path.relative_to(output): path.read_bytes() for path in sorted(output.rglob("*.json"))})
    assert texts[0] == texts[1]
    assert len(texts[0]) == len(SHIPPED) + 1
