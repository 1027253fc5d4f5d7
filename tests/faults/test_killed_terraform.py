"""Sandbox commands, killed at any moment: what was there before is there after, and the next command goes on."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import time
from typing import Any

from tests.faults.conftest import kill_some, rounds
from tests.sandbox.conftest import LIMIT, Project, processes_in, vpc, wait_until

SUBNET = {"vpc_id": "${aws_vpc.site.id}", "cidr_block": "10.0.0.0/24"}
ROLE = {"name": "site", "assume_role_policy": '{"Version": "2012-10-17", "Statement": []}'}
GROUP = {"name": "site", "vpc_id": "${aws_vpc.site.id}"}
MORE: dict[str, Any] = {
    "aws_subnet": {"site": SUBNET},
    "aws_iam_role": {"site": ROLE},
    "aws_security_group": {"site": GROUP},
    "aws_cloudwatch_log_group": {"site": {"name": "site"}},
}


class Runs:
    """A project with one network in its sandbox, and commands that are killed."""

    def __init__(self, project: Project, chance: random.Random) -> None:
        self.project, self.chance = project, chance
        project.add_stack("site", aws_vpc=vpc())
        self.takes = self.well("apply")
        self.network = self.networks()

    def well(self, *words: str) -> float:
        """A command that ends well; how long it took."""
        began = time.monotonic()
        command, *arguments = words
        done = self.project.sandbox(command, "site", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return time.monotonic() - began

    def killed(self, command: str) -> str:
        """One that is killed somewhere; what was."""
        run = self.project.start(command, "site")
        time.sleep(self.chance.uniform(0, self.takes))
        killed = kill_some(self.chance, self.project.folder)
        run.communicate(timeout=LIMIT)
        wait_until(lambda: not processes_in(self.project.folder))
        return f"{command}: {killed}"

    def networks(self) -> list[str]:
        state = json.loads((self.project.folder / ".sandbox/site/terraform/terraform.tfstate").read_text())
        found = [resource["instances"] for resource in state["resources"] if resource["type"] == "aws_vpc"]
        return [instance["attributes"]["id"] for instances in found for instance in instances]


@rounds(2)
def test_a_killed_plan(project: Project, chance: int):
    runs = Runs(project, random.Random(chance))
    killed = runs.killed("plan")
    runs.well("plan", "--", "-detailed-exitcode")
    assert runs.networks() == runs.network, killed


@rounds(2)
def test_a_killed_apply(project: Project, chance: int):
    runs = Runs(project, random.Random(chance))
    project.add_stack("site", aws_vpc=vpc(), **MORE)
    killed = runs.killed("apply")
    runs.well("apply")
    assert runs.networks() == runs.network, f"the network was lost: {killed}"
    runs.well("plan", "--", "-detailed-exitcode")


@rounds(2)
def test_a_killed_destroy(project: Project, chance: int):
    runs = Runs(project, random.Random(chance))
    killed = runs.killed("destroy")
    runs.well("destroy")
    assert project.state("site") == [], killed


def start_waiting(project: Project) -> Any:
    """An apply on top of a network, which has a role and is about to wait for an instance."""
    instance = {"ami": "ami-0990bd2af79bd53a7", "instance_type": "t3.micro", "subnet_id": "${aws_subnet.site.id}"}
    more = MORE | {"aws_instance": {"site": instance | {"depends_on": ["aws_iam_role.site"]}}}
    project.add_stack("site", aws_vpc=vpc(), **more)
    run = project.start("apply", "site")
    assert any("aws_instance.site: Creating..." in line for line in run.stdout), run.stderr.read()
    return run


def test_the_sandboxs_aws_dies_in_the_middle_of_an_apply(project: Project):
    runs = Runs(project, random.Random(1))
    run = start_waiting(project)
    (aws,) = processes_in(project.folder, "sandbox.server")
    os.kill(aws, signal.SIGKILL)
    _, said = run.communicate(timeout=LIMIT)

    assert run.returncode == 2
    assert (
        "sandbox: what the last command did is lost, for what AWS holds could not be saved: it was killed by SIGKILL;"
        " the next command finds what the one before it left\n"
    ) in said
    assert not processes_in(project.folder)

    applied = project.sandbox("apply", "site")
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert "sandbox: the last command was cut short" in applied.stdout
    assert runs.networks() == runs.network
    runs.well("plan", "--", "-detailed-exitcode")


def test_terraform_dies_with_what_it_has_not_written_down(project: Project):
    """The role is there, by its one name: applied again, it would be refused."""
    runs = Runs(project, random.Random(1))
    run = start_waiting(project)
    (terraform,) = processes_in(project.folder / ".sandbox/site/terraform", "apply")
    os.kill(terraform, signal.SIGSTOP)
    state = project.folder / ".sandbox/site/terraform/terraform.tfstate"
    state.write_text(state.read_text()[:100])  # as when it is killed in the middle of writing
    os.kill(terraform, signal.SIGKILL)
    _, said = run.communicate(timeout=LIMIT)

    assert run.returncode == 2
    assert re.search(r"could not be saved: Terraform was killed in \S+/site/terraform;", said), said
    runs.well("apply")
    assert runs.networks() == runs.network
    runs.well("plan", "--", "-detailed-exitcode")
