"""What a server may do in AWS: the commands of its own scripts, by AWS's own command line, with its role's temporary
credentials; and what it must not do."""

import json
import re
import subprocess
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from modules import PROJECT
from sandbox.rights.asked import ACCOUNT, Asked
from sandbox.rights.evaluation import Answer, identity_answer
from tests.applied.conftest import REGION, Live, on
from tests.tools import do_without, require

SCRIPTS = PROJECT / "modules/wordpress"
PYTHON = PROJECT / ".tools/applied/bin/python"

GIVEN = {
    'common/lib.sh s3api "$1"': [
        'set -- put-object --key "good/$GROUP" --body versions',
        'set -- get-object --key "good/$GROUP" known-good',
        "set -- put-object --key moving/1/log --body versions",
        "set -- get-object --key moving/1/log log",
    ],
    "bootstrap/bootstrap.sh s3api get-object": [
        'set -- "settings/$GROUP" settings',
        "set -- release.tar release.tar",
        'set -- release.tar again "$ARCHIVE_VERSION"',
        'set -- "good/$GROUP" last-good',
    ],
    "common/lib.sh secretsmanager get-secret-value": [
        'set -- database "$DATABASE_SECRET"',
        'set -- salts "$SALTS_SECRET"',
        'set -- admin "$ADMIN_SECRET"',
    ],
    "web/steps.sh secretsmanager get-secret-value": ['pair="A_KEY=$SALTS_SECRET"'],
    "web/mail/send-mail.sh sesv2 send-email": ["work=$PWD"],
    "web/pages/watch-pictures.sh cloudfront create-invalidation": ["paths=(/wp-content/uploads/a.png '/b*')"],
}
"""The scripts' commands, and what each is given: lines of shell that come before it."""


def commands() -> dict[str, str]:
    """Every command of AWS's in the servers' scripts, by file, service and operation."""
    found = {}
    for path in sorted(SCRIPTS.rglob("*")):
        if path.suffix in (".sh", ".php", ".service", ".conf"):
            lines = [line for line in path.read_text().replace("\\\n", " ").splitlines() if line.lstrip()[:1] != "#"]
            for line in lines:
                for command in re.findall(r'(?<![\w/@*."-])aws +(?=[a-z0-9]+ ).*', line):
                    words = re.split(r"\) \|\| | \d?>", command)[0].split()
                    found[f"{path.relative_to(SCRIPTS)} {words[1]} {words[2]}"] = " ".join(words)
    return found


class Servers:
    """The web servers' role, used as a server uses it."""

    def __init__(self, live: Live, folder: Path) -> None:
        self.live, self.folder = live, folder
        (role,) = [
            it for it in live.client("iam").list_roles()["Roles"] if it["RoleName"].startswith("production-web-")
        ]
        self.role: str = role["RoleName"]
        self._environment = {
            **live.sandbox.environment,
            **live.sandbox.credentials(role["Arn"]),
            "AWS_DEFAULT_REGION": REGION,
        }

    @cached_property
    def settings(self) -> dict[str, str]:
        """What the servers' scripts find in their settings."""
        texts = [self.live.boot_scripts()[0], self.live.settings()["web"]]
        return {name: value for text in texts for name, value in re.findall(r"(?m)^([A-Z_]+)='([^'\n]*)'$", text)}

    def aws(self, *commands: list[str]) -> list[dict[str, Any]]:
        if not PYTHON.exists():
            do_without("awscli is missing: make tools")
        done = subprocess.run(
            [PYTHON, PROJECT / "tests/applied/command_line.py"],
            input=json.dumps(commands),
            cwd=self.folder,
            env=self._environment,
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def may(self, action: str, resource: str, **context: str) -> bool:
        """What is asked without a call of an API, or by a program that is not here."""
        policy = self.live.client("iam").get_role_policy(RoleName=self.role, PolicyName="site")["PolicyDocument"]
        return identity_answer([policy], Asked(action, resource, context)) is Answer.ALLOWED


@pytest.fixture
def servers(live: Live, tmp_path: Path) -> Servers:
    return Servers(live, tmp_path)


def test_every_command_of_the_scripts_is_tried():
    assert commands().keys() == GIVEN.keys()
    by_bucket = {
        it for path in SCRIPTS.rglob("*.sh") for it in re.findall(r"\bbucket ([a-z]+-[a-z]+)", path.read_text())
    }
    assert by_bucket == {"get-object", "put-object"}


@on("production")
def test_servers_may_do_what_their_scripts_do(servers: Servers):
    versions = servers.live.client("s3").list_object_versions(Bucket=servers.settings["BUCKET"], Prefix="release.tar")
    settings = servers.settings | {"ARCHIVE_VERSION": versions["Versions"][0]["VersionId"]}
    (servers.folder / "versions").write_text("the release that is good\n")
    (servers.folder / "content").write_text('{"Raw": {"Data": "U3ViamVjdDogaGkKCmhpCg=="}}')
    (servers.folder / "destination").write_text('{"BccAddresses": ["visitor@example.org"]}')
    written = commands()
    told = ["aws() { printf '%s\\0' \"$@\" $'\\1'; }"]
    told += [f"{given}\n{written[command]}" for command, rows in GIVEN.items() for given in rows]
    words = subprocess.run(
        [require("bash", "apt install bash"), "-euc", "\n".join(told)],
        cwd=servers.folder,
        env=settings,
        text=True,
        capture_output=True,
        check=True,
    ).stdout
    asked = [line.rstrip("\0").split("\0") for line in words.split("\1\0") if line]
    assert len(asked) == sum(map(len, GIVEN.values()))
    for command, done in zip(asked, servers.aws(*asked), strict=True):
        assert done["status"] == 0, f"{command}: {done['errors']}"
    secret = json.loads(servers.aws(asked[8])[0]["output"])
    assert secret == servers.live.secrets()["database"]
    assert (servers.folder / "known-good").read_text() == "the release that is good\n"


@on("production")
def test_agents_may_do_what_they_are_there_for(servers: Servers):
    """CloudWatch's agent, Session Manager's, the mount helper of EFS, and PHP, which signs its way into the cache."""
    group = servers.settings["LOG_GROUP"]
    of_log = ["--log-group-name", group, "--log-stream-name", "i-1/boot"]
    done = servers.aws(
        ["logs", "create-log-stream", *of_log],
        ["logs", "put-log-events", *of_log, "--log-events", "timestamp=1790000000000,message=hi"],
        ["logs", "describe-log-streams", "--log-group-name", group],
    )
    assert [it["status"] for it in done] == [0, 0, 0], done
    attached = servers.live.client("iam").list_attached_role_policies(RoleName=servers.role)["AttachedPolicies"]
    assert [it["PolicyName"] for it in attached] == ["AmazonSSMManagedInstanceCore"]
    system = f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/{servers.settings['UPLOADS_FILE_SYSTEM']}"
    assert servers.may("elasticfilesystem:ClientMount", system)
    assert servers.may("elasticfilesystem:ClientWrite", system)
    assert not servers.may("elasticfilesystem:ClientRootAccess", system)
    assert not servers.may("elasticfilesystem:ClientMount", system + "1")
    for kind in ("replicationgroup", "user"):
        assert servers.may("elasticache:Connect", f"arn:aws:elasticache:{REGION}:{ACCOUNT}:{kind}:production-cache")
        assert not servers.may("elasticache:Connect", f"arn:aws:elasticache:{REGION}:{ACCOUNT}:{kind}:default")


@on("production")
def test_servers_may_do_nothing_else(servers: Servers):
    own = servers.settings
    key = servers.live.client("kms").describe_key(KeyId="alias/production-data")["KeyMetadata"]["Arn"]
    logs = next(
        it["Name"] for it in servers.live.client("s3").list_buckets()["Buckets"] if "-access-logs" in it["Name"]
    )
    here = ["--bucket", own["BUCKET"]]
    another = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:staging-database-1-AbCdEf"
    letter = ["--destination", "ToAddresses=visitor@example.org", "--content", 'Raw={Data="aGk="}']
    (servers.folder / "file").write_text("")
    body = ["--body", "file"]
    refused = {
        "another site's secret": ["secretsmanager", "get-secret-value", "--secret-id", another],
        "a new password": [
            "secretsmanager",
            "put-secret-value",
            "--secret-id",
            own["DATABASE_SECRET"],
            "--secret-string",
            "a",
        ],
        "all secrets": ["secretsmanager", "list-secrets"],
        "another group's settings": ["s3api", "get-object", *here, "--key", "settings/api", "out"],
        "what is in the bucket": ["s3api", "list-objects-v2", *here],
        "another release": ["s3api", "put-object", *here, "--key", "release.tar", *body],
        "other settings": ["s3api", "put-object", *here, "--key", "settings/web", *body],
        "another group's word": ["s3api", "put-object", *here, "--key", "good/api", *body],
        "no release": ["s3api", "delete-object", *here, "--key", "release.tar"],
        "no old release": ["s3api", "delete-object", *here, "--key", "release.tar", "--version-id", "1"],
        "an open bucket": ["s3api", "delete-bucket-policy", *here],
        "who visited": ["s3api", "list-objects-v2", "--bucket", logs],
        "the state": [
            *("s3api", "get-object", "--bucket", "example-terraform-state"),
            *("--key", f"{REGION}/production.tfstate", "out"),
        ],
        "mail from another address": ["sesv2", "send-email", "--from-email-address", "boss@example.com", *letter],
        "mail from another domain": ["sesv2", "send-email", "--from-email-address", "shop@example.net", *letter],
        "another configuration set": [
            *("sesv2", "send-email", "--from-email-address", own["MAIL_FROM"]),
            *("--configuration-set-name", "theirs", *letter),
        ],
        "another distribution": [
            "cloudfront",
            "create-invalidation",
            "--distribution-id",
            "E1234567890ABC",
            "--paths",
            "/",
        ],
        "the distribution's settings": ["cloudfront", "get-distribution", "--id", own["DISTRIBUTION"]],
        "the end of the key": ["kms", "schedule-key-deletion", "--key-id", key],
        "another log": ["logs", "create-log-stream", "--log-group-name", "/staging/web", "--log-stream-name", "a"],
        "no log": ["logs", "delete-log-group", "--log-group-name", own["LOG_GROUP"]],
        "a server with another role": [
            *("ec2", "run-instances", "--image-id", "ami-1", "--iam-instance-profile", "Name=administrator"),
        ],
        "a right more": [
            *("iam", "put-role-policy", "--role-name", servers.role, "--policy-name", "more"),
            *("--policy-document", "{}"),
        ],
        "another role": [
            "sts",
            "assume-role",
            "--role-arn",
            f"arn:aws:iam::{ACCOUNT}:role/admin",
            "--role-session-name",
            "another",
        ],
        "a command on another server": [
            *("ssm", "send-command", "--document-name", "AWS-RunShellScript", "--instance-ids", "i-01234567"),
        ],
        "no database": ["rds", "delete-db-cluster", "--db-cluster-identifier", "production-database"],
    }
    for what, done in zip(refused, servers.aws(*refused.values()), strict=True):
        said = re.search(r"\((AccessDenied|AccessDeniedException|UnauthorizedOperation)\)", done["errors"])
        assert done["status"], f"{what} is allowed"
        assert said, f"{what}: {done['errors']}"
