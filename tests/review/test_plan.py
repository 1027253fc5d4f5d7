"""What is read from a plan, and what is refused."""

import copy
import json
from pathlib import Path

import pytest

from review.__main__ import main
from review.moment import Action
from tests.review.conftest import Document

pytestmark = pytest.mark.xdist_group("review-new")


@pytest.fixture(scope="module")
def document(planned) -> Document:
    return planned("handson")


def refusal(path: Path, content: str | bytes, capsys: pytest.CaptureFixture[str]) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    assert main([str(path)]) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert len(errors.strip().splitlines()) == 1
    assert str(path) in errors
    return errors


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "this is not JSON"),
        ("Terraform will perform the following actions:", "this is not JSON"),
        (b"PK\x03\x04\xff\xfe\x00", "this is not JSON"),
        ("[" * 100_000, "nested this deep"),
        ("[]", "not what `terraform show -json FILE` prints"),
        ('{"format_version": 1}', "not what `terraform show -json FILE` prints"),
        ('{"format_version": "2.0"}', "its format_version is 2.0; 1.x is understood"),
        ('{"format_version": "1.0", "values": {}}', "this is the state, not a plan"),
        ('{"format_version": "1.2", "resource_changes": [{}], "configuration": {}}', "not how Terraform writes a plan"),
        ('{"format_version": "1.2", "resource_changes": 7, "configuration": {}}', "not how Terraform writes a plan"),
    ],
)
def test_bad_input_is_refused_in_one_line(tmp_path: Path, capsys, content: str | bytes, says: str):
    assert says in refusal(tmp_path / "plan.json", content, capsys)


def test_a_truncated_plan_is_refused(tmp_path: Path, capsys, document: Document):
    text = json.dumps(document)
    for length in (20, len(text) // 2, len(text) - 1):
        assert "cut off" in refusal(tmp_path / "plan.json", text[:length], capsys)


def test_a_plan_that_is_no_site_gets_what_makes_sense(tmp_path: Path, capsys, document: Document):
    document = copy.deepcopy(document)
    document["resource_changes"] = [c for c in document["resource_changes"] if c["type"].startswith("aws_subnet")]
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(document))
    assert main([str(plan)]) == 0
    said = plan.with_suffix(".md").read_text()
    assert "This is told of sites with load balancers and servers on EC2" in said
    assert "no load balancer and no servers" in said
    assert "aws_subnet.public_1a" in said


def test_a_rule_for_everybody_is_an_exposure_in_any_plan(tmp_path: Path, capsys, document: Document):
    """A service's security group, say, whose service this review does not read."""
    document = copy.deepcopy(document)
    document["resource_changes"] = [
        item
        for item in document["resource_changes"]
        if item["type"] in ("aws_security_group", "aws_vpc")
        or item["address"] == "aws_vpc_security_group_ingress_rule.load_balancer_from_internet_80"
    ]
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(document))
    assert main([str(plan), "--fail-on", "exposure"]) == 1
    assert "what stands behind its security group is not known" in plan.with_suffix(".md").read_text()


def test_a_plan_that_terraform_could_not_finish_says_so_first(tmp_path: Path, capsys, document: Document):
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({**document, "errored": True}))
    assert main([str(plan), "--fail-on", "incomplete"]) == 1
    output, _ = capsys.readouterr()
    assert output.startswith("Terraform could not finish this plan, ")
    said = plan.with_suffix(".md").read_text()
    assert "what is missing is not in it" in said
    assert "No single point of failure" not in said


def test_a_missing_file_is_refused(tmp_path: Path, capsys):
    assert main([str(tmp_path / "none.json")]) == 2
    assert "cannot be read: No such file" in capsys.readouterr().err


def test_what_makes_no_sense_on_the_command_line_is_refused(capsys):
    for words in (
        [],
        ["plan.json", "--base", "main"],
        ["plan.json", "--fail-on", "x"],
    ):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 2


@pytest.mark.parametrize(
    ("words", "action"),
    [
        (["create", "delete"], Action.REPLACE),
        (["delete", "create"], Action.REPLACE),
        (["create"], Action.CREATE),
        (["update"], Action.UPDATE),
        (["delete"], Action.DELETE),
        (["forget"], Action.FORGET),
        (["no-op"], Action.NONE),
        (["read"], Action.NONE),
    ],
)
def test_terraform_s_actions_in_one_word(words: list[str], action: Action):
    assert Action.of(words) is action
