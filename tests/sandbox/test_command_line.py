"""What a person who gives the command sees, and what it leaves alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.sandbox.conftest import Project, vpc

CANARIES = {
    "AWS_ACCESS_KEY_ID": "canary",
    "AWS_SECRET_ACCESS_KEY": "canary",
    "AWS_SESSION_TOKEN": "canary",
    "AWS_PROFILE": "canary",
    "AWS_REGION": "eu-west-1",
    "AWS_ENDPOINT_URL_EC2": "http://canary.invalid",
    "TF_CLI_ARGS": "-canary",
    "TF_WORKSPACE": "canary",
    "TF_DATA_DIR": "canary",
    "TF_VAR_canary": "canary",
}


def fake_terraform(project: Project, version: str) -> Path:
    """A binary that tells this version and notes the environment of any other command."""
    binary = project.folder / "fake-terraform"
    told = json.dumps({"terraform_version": version, "platform": "linux_amd64"})
    binary.write_text(f"#!/bin/sh\nif [ $1 = version ]; then echo '{told}'; else env > {project.folder}/seen; fi\n")
    binary.chmod(0o755)
    project.environment["TERRAFORM_BINARY_NAME"] = str(binary)
    return binary


def test_an_unknown_environment_is_told_with_those_there_are(project: Project) -> None:
    project.add_stack("one", aws_vpc=vpc())
    project.add_stack("two", aws_vpc=vpc())

    told = project.sandbox("plan", "three")

    assert told.returncode == 2
    assert told.stderr == (
        "sandbox: there is no stack 'three' in cdktf.out/stacks, only one, two;"
        " `make synth` makes one of every file in environments/\n"
    )


def test_a_project_that_was_never_synthesized_is_told_how_to(project: Project) -> None:
    told = project.sandbox("plan", "handson")

    assert told.returncode == 2
    assert "only nothing at all; `make synth`" in told.stderr


def test_a_missing_binary_is_told_in_one_line(project: Project) -> None:
    project.add_stack("site", aws_vpc=vpc())
    project.environment["TERRAFORM_BINARY_NAME"] = "no-such-terraform"

    told = project.sandbox("plan", "site")

    assert told.returncode == 2
    assert told.stderr == (
        "sandbox: Terraform or OpenTofu 1.11 or newer is needed: install it from"
        " https://developer.hashicorp.com/terraform/install. There is no no-such-terraform on PATH.\n"
    )


def test_a_binary_that_is_too_old_is_told_in_one_line(project: Project) -> None:
    project.add_stack("site", aws_vpc=vpc())
    binary = fake_terraform(project, "1.10.5")

    told = project.sandbox("plan", "site")

    assert told.returncode == 2
    assert told.stderr.endswith(f"/terraform/install. {binary} is 1.10.5.\n")
    assert told.stderr.count("\n") == 1


def test_a_binary_that_is_something_else_is_told_in_one_line(project: Project) -> None:
    project.add_stack("site", aws_vpc=vpc())
    project.environment["TERRAFORM_BINARY_NAME"] = "true"

    told = project.sandbox("plan", "site")

    assert told.returncode == 2
    assert "does not tell its version" in told.stderr


def test_no_setting_of_a_real_account_or_of_another_terraform_project_gets_through(project: Project) -> None:
    project.add_stack("site", aws_vpc=vpc())
    fake_terraform(project, "1.11.0")
    project.environment |= CANARIES

    assert project.sandbox("plan", "site").returncode == 0

    seen = (project.folder / "seen").read_text()
    assert "canary" not in seen.replace(str(project.folder), "")
    assert "eu-west-1" not in seen


def test_the_home_folder_the_synthesized_stack_and_a_real_state_beside_it_are_left_alone(
    project: Project, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws/config").write_text("[default]\nregion = eu-west-1\nendpoint_url = http://canary.invalid\n")
    (home / ".aws/credentials").write_text("[default]\ncredential_process = touch canary\n")
    project.environment |= CANARIES | {"HOME": str(home)}
    project.add_stack("site", aws_vpc=vpc())
    stacks = project.folder / "cdktf.out"
    (stacks / "stacks/site/terraform.tfstate").write_text("a real state")
    in_home = {path: path.stat().st_mtime_ns for path in home.rglob("*")}
    synthesized = {path: path.read_bytes() for path in stacks.rglob("*") if path.is_file()}

    applied = project.sandbox("apply", "site")

    assert applied.returncode == 0, applied.stderr
    assert {path: path.stat().st_mtime_ns for path in home.rglob("*")} == in_home
    assert {path: path.read_bytes() for path in stacks.rglob("*") if path.is_file()} == synthesized


def test_what_one_command_applied_the_next_one_finds(project: Project) -> None:
    project.add_stack("site", aws_vpc=vpc())
    applied = project.sandbox("apply", "site")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert "Apply complete! Resources: 1 added" in applied.stdout

    unchanged = project.sandbox("plan", "site", "--", "-detailed-exitcode")
    assert unchanged.returncode == 0
    assert "No changes." in unchanged.stdout

    project.add_stack("site", aws_vpc=vpc(Name="site"))
    changed = project.sandbox("plan", "site", "--", "-detailed-exitcode")
    assert changed.returncode == 2
    assert "Plan: 0 to add, 1 to change, 0 to destroy." in changed.stdout

    destroyed = project.sandbox("destroy", "site")
    assert destroyed.returncode == 0
    assert "Destroy complete! Resources: 1 destroyed." in destroyed.stdout
    assert project.state("site") == []


@pytest.mark.parametrize("command", ["validate", "plan"])
def test_a_stack_that_terraform_refuses_gives_its_words_and_its_status(project: Project, command: str) -> None:
    project.add_stack("site", aws_vpc={"site": {"no_such_argument": True}})

    refused = project.sandbox(command, "site")

    assert refused.returncode == 1
    assert "no_such_argument" in refused.stderr


def test_what_exists_in_the_persons_account_alone_is_told(project: Project) -> None:
    project.add_stack("site", aws_vpc=vpc())
    path = project.folder / "cdktf.out/stacks/site/cdk.tf.json"
    stack = json.loads(path.read_text())
    stack["data"] = {"aws_vpc": {"existing": {"id": "vpc-0123456789abcdef0"}}}
    path.write_text(json.dumps(stack))

    refused = project.sandbox("plan", "site")

    assert refused.returncode == 1
    assert refused.stdout.endswith(
        "sandbox: the stack reads a VPC of your own account, and nothing of that is in here:"
        " `terraform -chdir=cdktf.out/stacks/site plan` asks your account\n"
    )


def test_a_provider_that_cannot_be_had_gives_terraforms_words_and_its_status(project: Project) -> None:
    project.add_stack("site", aws_vpc=vpc())
    path = project.folder / "cdktf.out/stacks/site/cdk.tf.json"
    path.write_text(path.read_text().replace("< 7.0", "< 5.0"))

    refused = project.sandbox("plan", "site")

    assert refused.returncode == 1
    assert "hashicorp/aws" in refused.stderr
