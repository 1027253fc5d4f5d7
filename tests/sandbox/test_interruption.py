"""Ctrl-C, and commands that are killed: nothing goes on behind the person's back, nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.sandbox.conftest import LIMIT, Project, processes_in, vpc, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")


@pytest.fixture
def applying(project: Project) -> subprocess.Popen[str]:
    """An apply that is about to wait ten seconds for an instance, with a role still to come."""
    project.add_stack(
        "site",
        aws_vpc=vpc(),
        aws_subnet={"site": {"vpc_id": "${aws_vpc.site.id}", "cidr_block": "10.0.0.0/24"}},
        aws_instance={
            "site": {
                "ami": "ami-0990bd2af79bd53a7",
                "instance_type": "t3.micro",
                "subnet_id": "${aws_subnet.site.id}",
            }
        },
        aws_iam_role={
            "site": {
                "name": "site",
                "assume_role_policy": '{"Version": "2012-10-17", "Statement": []}',
                "depends_on": ["aws_instance.site"],
            }
        },
    )
    process = project.start("apply", "site")
    for line in process.stdout:
        if "aws_instance.site: Creating..." in line:
            return process
    pytest.fail(process.stderr.read())


def test_ctrl_c_lets_terraform_finish_and_the_next_apply_goes_on_from_there(
    project: Project, applying: subprocess.Popen[str]
) -> None:
    os.killpg(applying.pid, signal.SIGINT)
    output, _ = applying.communicate(timeout=LIMIT)

    assert applying.returncode == 130
    assert "Gracefully shutting down" in output
    assert not processes_in(project.folder)
    assert "aws_instance.site" in project.state("site")
    assert "aws_iam_role.site" not in project.state("site")

    assert project.sandbox("apply", "site").returncode == 0
    assert "aws_iam_role.site" in project.state("site")
    assert project.sandbox("plan", "site", "--", "-detailed-exitcode").returncode == 0


def test_a_command_that_is_killed_leaves_no_process_and_loses_nothing(
    project: Project, applying: subprocess.Popen[str]
) -> None:
    applying.kill()
    applying.communicate(timeout=LIMIT)

    wait_until(lambda: not processes_in(project.folder))
    assert {"aws_vpc.site", "aws_subnet.site"} <= set(project.state("site"))

    planned = project.sandbox("plan", "site")
    assert planned.returncode == 0
    assert "starts empty" not in planned.stdout
    assert "aws_vpc.site will be created" not in planned.stdout


def test_a_command_that_is_killed_while_its_aws_starts_leaves_no_process(project: Project) -> None:
    project.add_stack("site", aws_vpc=vpc())
    starting = project.start("plan", "site")
    wait_until(lambda: processes_in(project.folder, "sandbox.server"))
    starting.kill()

    wait_until(lambda: not processes_in(project.folder))


def kill_terraform(project: Project) -> None:
    """Its provider, which lives on by itself if it happens to have nothing to do, is made to stay."""
    (terraform,) = processes_in(project.folder / ".sandbox/site/terraform", "apply")
    for provider in processes_in(project.folder, "terraform-provider-aws"):
        os.kill(provider, signal.SIGSTOP)
    os.kill(terraform, signal.SIGKILL)


def test_terraform_killed_leaves_no_process(project: Project, applying: subprocess.Popen[str]) -> None:
    kill_terraform(project)
    applying.communicate(timeout=LIMIT)

    assert applying.returncode != 0
    assert not processes_in(project.folder)


def test_both_killed_leave_no_process(project: Project, applying: subprocess.Popen[str]) -> None:
    applying.send_signal(signal.SIGSTOP)
    kill_terraform(project)
    applying.kill()

    wait_until(lambda: not processes_in(project.folder))


def test_a_sandbox_in_use_is_not_touched_by_a_second_command(project: Project, applying: subprocess.Popen[str]) -> None:
    os.killpg(applying.pid, signal.SIGSTOP)  # else it may be through before the second one has begun
    try:
        second = project.sandbox("plan", "site")
    finally:
        os.killpg(applying.pid, signal.SIGCONT)

    assert second.returncode == 2
    assert second.stderr == (
        f"sandbox: another command is using the sandbox in {project.folder}/.sandbox/site; wait for its end\n"
    )
