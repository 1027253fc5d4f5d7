"""What AWS held and Terraform's state of it are kept together, or neither is."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from sandbox import Sandbox, SandboxError
from tests.sandbox.conftest import processes_in

pytestmark = pytest.mark.xdist_group("memory")

TOKYO = "ap-northeast-1"


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sandbox that was used: AWS holds a bucket, and there is a state."""
    folder = tmp_path_factory.mktemp("used")
    with Sandbox(folder) as sandbox:
        sandbox.client("s3", "us-east-1").create_bucket(Bucket="kept")
        (folder / "site").mkdir()
        (folder / "site/terraform.tfstate").write_text("the state")
    return folder


@pytest.fixture
def folder(used: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(used, tmp_path / "sandbox")


def buckets(sandbox: Sandbox) -> list[str]:
    """What the AWS of the sandbox holds."""
    return [bucket["Name"] for bucket in sandbox.client("s3", "us-east-1").list_buckets()["Buckets"]]


def change_header(folder: Path, **changes: str) -> None:
    """Change what a saved AWS says it belongs to."""
    line, pickled = (folder / "aws.saved").read_bytes().split(b"\n", 1)
    (folder / "aws.saved").write_bytes(json.dumps(json.loads(line) | changes).encode() + b"\n" + pickled)


def test_what_was_there_is_there_again(folder: Path) -> None:
    with Sandbox(folder) as sandbox:
        assert sandbox.forgotten is None
        assert buckets(sandbox) == ["kept"]
    assert (folder / "site/terraform.tfstate").read_text() == "the state"


def test_a_new_sandbox_is_empty_and_has_nothing_to_tell(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "new") as sandbox:
        assert sandbox.forgotten is None
        assert buckets(sandbox) == []


def damage(folder: Path) -> None:
    """One byte in the middle of the file is another."""
    content = bytearray((folder / "aws.saved").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "aws.saved").write_bytes(content)


@pytest.mark.parametrize(
    ("happens", "told"),
    [
        (damage, "its content was"),
        (lambda folder: (folder / "aws.saved").write_bytes(b"\n"), "Expecting value"),
        (lambda folder: (folder / "aws.saved").unlink(), "it was not saved"),
        (lambda folder: change_header(folder, moto="4.0.0"), "moto was 4.0.0 and is"),
        (lambda folder: change_header(folder, Python="3.9.1"), "Python was 3.9.1 and is"),
        (lambda folder: change_header(folder, **{"its form": "1"}), "its form was 1 and is"),
    ],
)
def test_where_one_of_the_two_cannot_be_had_both_are_empty_and_it_says_why(folder: Path, happens, told: str) -> None:
    happens(folder)

    with Sandbox(folder) as sandbox:
        assert told in sandbox.forgotten
        assert buckets(sandbox) == []
    assert not (folder / "site/terraform.tfstate").exists()

    with Sandbox(folder) as sandbox:
        assert sandbox.forgotten is None


@pytest.mark.parametrize(
    "happens",
    [
        lambda folder: (folder / "site/terraform.tfstate").write_text('{"half": '),
        lambda folder: (folder / "site/terraform.tfstate").unlink(),
        lambda folder: (folder / "site/terraform.tfstate.backup").write_text("of another time"),
    ],
    ids=["another", "none", "one more"],
)
def test_where_the_state_is_another_both_are_as_they_were_saved(folder: Path, happens) -> None:
    happens(folder)

    with Sandbox(folder) as sandbox:
        assert "Terraform's state was" in sandbox.went_back
        assert sandbox.forgotten is None
        assert buckets(sandbox) == ["kept"]
    assert (folder / "site/terraform.tfstate").read_text() == "the state"
    assert not (folder / "site/terraform.tfstate.backup").exists()

    with Sandbox(folder) as sandbox:
        assert sandbox.went_back is None


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (".terraform.tfstate.lock.info", "Terraform was killed in .*/site"),
        ("errored.tfstate", "could not write its state in .*/site"),
    ],
)
def test_what_terraform_could_not_note_is_not_saved(folder: Path, left: str, told: str) -> None:
    def cut_short() -> None:
        with Sandbox(folder) as sandbox:
            sandbox.client("s3", "us-east-1").create_bucket(Bucket="unknown-to-terraform")
            (folder / "site" / left).touch()

    with pytest.raises(SandboxError, match=f"is lost, for what AWS holds could not be saved: .*{told}"):
        cut_short()

    with Sandbox(folder) as sandbox:
        assert buckets(sandbox) == ["kept"]
    assert not (folder / "site" / left).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the process in /proc")
def test_an_aws_that_is_killed_is_told_at_once_and_the_next_time(folder: Path) -> None:
    def kill_aws() -> None:
        with Sandbox(folder):
            (server,) = processes_in(folder, "sandbox.server")
            os.kill(server, signal.SIGKILL)
            (folder / "site/terraform.tfstate").write_text("what Terraform did meanwhile")

    with pytest.raises(SandboxError, match="could not be saved: it was killed by SIGKILL"):
        kill_aws()
    assert not processes_in(folder)

    with Sandbox(folder) as sandbox:
        assert "Terraform's state was" in sandbox.went_back
        assert buckets(sandbox) == ["kept"]


def test_what_a_standard_pickle_refuses_is_kept_too(tmp_path: Path) -> None:
    image = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    with Sandbox(tmp_path) as sandbox:
        ami = sandbox.client("ssm", TOKYO).get_parameter(Name=image)["Parameter"]["Value"]
        key = sandbox.client("kms", TOKYO).create_key()["KeyMetadata"]["KeyId"]
        sandbox.client("acm", TOKYO).request_certificate(DomainName="www.example.com", ValidationMethod="DNS")
        sandbox.client("sqs", TOKYO).create_queue(QueueName="queue")

    with Sandbox(tmp_path) as sandbox:
        assert sandbox.forgotten is None
        assert sandbox.client("ssm", TOKYO).get_parameter(Name=image)["Parameter"]["Value"] == ami
        assert sandbox.client("kms", TOKYO).describe_key(KeyId=key)["KeyMetadata"]["Enabled"]
        certificates = sandbox.client("acm", TOKYO).list_certificates()["CertificateSummaryList"]
        assert [certificate["DomainName"] for certificate in certificates] == ["www.example.com"]
        assert len(sandbox.client("sqs", TOKYO).list_queues()["QueueUrls"]) == 1
