"""How a person's commands reach a server on AWS."""

from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from modules.operations import moving, server, shell
from modules.operations.__main__ import main
from modules.operations.server import AwsServer, Refused
from modules.settings import load

REGION = "ap-northeast-1"


class Ssm:
    """Answers as the API reference has it; `says` is what the command writes, by what is in it."""

    class exceptions:
        class InvocationDoesNotExist(Exception):
            pass

    def __init__(self, says: dict[str, tuple[int, str]]) -> None:
        self.says, self.sent, self.looks = says, [], 0

    def send_command(self, **asked: Any) -> dict[str, Any]:
        self.sent.append(asked)
        self.looks = 0
        return {"Command": {"CommandId": str(len(self.sent) - 1)}}

    def get_command_invocation(self, CommandId: str, InstanceId: str) -> dict[str, Any]:
        self.looks += 1
        if self.looks == 1:
            raise self.exceptions.InvocationDoesNotExist
        sent = self.sent[int(CommandId)]
        assert sent["InstanceIds"] == [InstanceId]
        (command,) = sent["Parameters"]["commands"]
        status, output = next(answer for part, answer in self.says.items() if part in command)
        if self.looks == 2:
            return {"Status": "InProgress", "ResponseCode": -1, "StandardOutputContent": "", "StandardErrorContent": ""}
        return {
            "Status": "Failed" if status else "Success",
            "ResponseCode": status,
            "StandardOutputContent": output,
            "StandardErrorContent": "",
            "StatusDetails": "Failed" if status > 0 else "Undeliverable",
        }


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch):
    """An account with two web servers of shop, and its bucket."""
    monkeypatch.setattr(server, "PAUSE", 0)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        ec2 = boto3.client("ec2", region_name=REGION)
        (image, *_) = ec2.describe_images()["Images"]
        tags = [{"Key": "Releases", "Value": "shop-web"}]
        ec2.run_instances(
            ImageId=image["ImageId"],
            MinCount=2,
            MaxCount=2,
            TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
        )
        boto3.client("s3", region_name=REGION).create_bucket(
            Bucket="shop-releases-1", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        yield


def connect(ssm: Ssm, group: str = "web") -> AwsServer:
    return AwsServer(
        lambda service: ssm if service == "ssm" else boto3.client(service, region_name=REGION), "shop", group, REGION
    )


def test_a_command_runs_on_one_server_and_its_output_and_status_come_back(aws, capsys: pytest.CaptureFixture[str]):
    ssm = Ssm({"wp.sh": (3, "Error: no such plugin\n")})
    said: list[str] = []
    assert shell.wp(connect(ssm), "plugin get 'a b'", said.append) == 3
    assert said == ["Error: no such plugin"]
    (sent,) = ssm.sent
    assert sent["DocumentName"] == "AWS-RunShellScript"
    assert sent["Parameters"]["commands"] == ["bash /opt/pressform/current/wp.sh plugin get 'a b'"]
    told = capsys.readouterr().err
    assert told.startswith(f"+ aws ssm send-command --region {REGION} --instance-ids i-")
    assert "no more than the first" not in told
    shell.wp(connect(Ssm({"wp.sh": (0, "x" * 24_000)})), "post list", said.append)
    assert capsys.readouterr().err.endswith("Systems Manager shows no more than the first 24,000 characters.\n")


def test_no_server_or_none_that_answers_is_told(aws):
    with pytest.raises(Refused, match=f"No api server of shop is running in {REGION}: apply shop first"):
        connect(Ssm({}), "api")
    with pytest.raises(Refused, match="has not answered: Undeliverable"):
        connect(Ssm({"": (-1, "")})).run("true")


def test_content_goes_to_the_bucket_that_the_server_names_and_is_taken_out_again(aws, tmp_path: Path):
    """What was sent before it failed is not sent again."""
    (tmp_path / "uploads").mkdir()
    (tmp_path / "uploads/cat.png").write_bytes(b"cat")
    (tmp_path / "shop.sql").write_text("CREATE TABLE `wp_options` (id INT);")
    wanted = moving.Import(tmp_path / "shop.sql", tmp_path / "uploads", ("https://old.example",))
    bucket = boto3.resource("s3", region_name=REGION).Bucket("shop-releases-1")
    ssm = Ssm({"site": (0, "shop-releases-1\n"), "move.sh import": (1, "shop.sql: line 3: ...\n")})
    said: list[str] = []
    assert moving.bring_in(connect(ssm), wanted, said.append) == 1
    (request,) = (key.key for key in bucket.objects.all() if key.key.endswith("/request.json"))
    bucket.put_object(Key=request.replace("request.json", "log"), Body=b"what the server said then\n")
    folders = {key.key.split("/")[1]: key.last_modified for key in bucket.objects.all()}
    assert folders.keys() >= {"parts", "dumps"}
    assert said[-2:] == [
        "shop.sql: line 3: ...",
        "Nothing is lost: mend what is said above, and run the same command again.",
    ]
    ssm.says["move.sh import"] = (0, "done\n")
    said.clear()
    assert moving.bring_in(connect(ssm), wanted, said.append) == 0
    assert said[-1] == "done"
    assert "what the server said then" not in said
    assert [line for line in said if line.startswith("sending")] == []
    assert list(bucket.objects.all()) == []


@pytest.mark.parametrize("arguments", ["", "post list --title='a"])
def test_what_wp_cli_cannot_be_asked_is_told(arguments: str):
    with pytest.raises(Refused, match="ARGS"):
        shell.wp(None, arguments, print)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["wp", "shpo", "plugin list"], "There is no environment shpo: environments/shpo.toml does not exist."),
        (["import", "handson", "--forget", "--back"], "FORGET=1, BACK=1 and bringing a site in are three commands"),
        (["import", "handson", "--forget", "--dump", "x.sql"], "FORGET=1, BACK=1 and bringing a site in are three"),
        (["import", "handson", "--dump", "/proc/self/mem"], "[Errno 5] Input/output error"),
        (["copy", "handson", "handson"], "FROM and TO are both handson: name two environments."),
        (["logs", "handson", "--since", "yesterday"], "SINCE is 'yesterday': it takes a number with s, m, h, d or w"),
        (["logs", "handson"], "AWS's command line is needed: https://"),
    ],
)
def test_what_a_person_has_to_mend_is_told(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", "/nowhere")
    assert main(words) == 2
    assert capsys.readouterr().err.startswith(told)


def become(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """What would run in the command's place."""
    for program in ("aws", "session-manager-plugin"):
        (tmp_path / program).touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    ran: list[list[str]] = []
    monkeypatch.setattr("os.execvp", lambda _, words: ran.append(words))
    return ran


def test_shell_logs_and_tunnel_become_awss_own_command_and_show_it(
    aws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    ran = become(monkeypatch, tmp_path)
    ssm = Ssm({"DATABASE_HOST": (0, "database.rds.amazonaws.com\n")})
    settings = load(Path("environments/handson.toml"))
    site = shell.Site(
        "shop", settings, lambda service: ssm if service == "ssm" else boto3.client(service, region_name=REGION)
    )
    shell.open_shell(site)
    shell.show_logs(site, "30m")
    shell.open_tunnel(site, 3307)
    first = site.server().id
    assert ran == [
        ["aws", "ssm", "start-session", "--region", REGION, "--target", first],
        ["aws", "logs", "tail", "/shop/wordpress", "--region", REGION, "--since", "30m", "--format", "short"],
        [
            *("aws", "ssm", "start-session", "--region", REGION, "--target", first),
            *("--document-name", "AWS-StartPortForwardingSessionToRemoteHost", "--parameters"),
            "host=database.rds.amazonaws.com,portNumber=3306,localPortNumber=3307",
        ],
    ]
    assert "+ aws logs tail /shop/wordpress" in capsys.readouterr().err
