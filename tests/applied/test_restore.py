"""A database that starts with a snapshot's data, and keeps it whatever the file says later."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import RootModule, Sandbox, TerraformFailed
from tests.applied.conftest import REGION, actions
from tests.once import require_terraform
from tests.site.sites import variation

pytestmark = pytest.mark.xdist_group("restore")

ELSEWHERE = ("db_subnet_group_name", "vpc_security_group_ids", "depends_on")
"""Arguments that lead to the rest of a site."""


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    require_terraform()
    with Sandbox(tmp_path_factory.mktemp("restore")) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def old_key(sandbox: Sandbox) -> str:
    """The key of a database of MySQL 8.0 and another user, of which a snapshot is left."""
    key = sandbox.client("kms", REGION).create_key(Description="The old site's")["KeyMetadata"]["Arn"]
    rds = sandbox.client("rds", REGION)
    rds.create_db_instance(
        DBInstanceIdentifier="old",
        DBInstanceClass="db.t3.micro",
        Engine="mysql",
        EngineVersion="8.0.39",
        DBName="wordpress",
        MasterUsername="keeper",
        MasterUserPassword="kept by them",
        AllocatedStorage=20,
        StorageEncrypted=True,
        KmsKeyId=key,
    )
    rds.create_db_snapshot(DBInstanceIdentifier="old", DBSnapshotIdentifier="old-final")
    return key


def planned(sandbox: Sandbox, **changes: Any) -> RootModule:
    """A site's database and its secret, without the network that they stand in."""
    site = variation("handson", changes)
    content = {key: site.content[key] for key in ("provider", "terraform")}
    content["ephemeral"] = {
        kind: {"database": named["database"]} for kind, named in site.content["ephemeral"].items()
    }
    kinds = ["aws_db_instance", "aws_db_parameter_group", "aws_secretsmanager_secret"]
    kinds += ["aws_secretsmanager_secret_version", *(["aws_kms_key"] if site.all("aws_kms_key") else [])]
    content["resource"] = {
        kind: {
            name: {key: value for key, value in resource.items() if key not in (*ELSEWHERE, "policy")}
            for name, resource in site.all(kind).items()
            if name in ("database", "data")
        }
        for kind in kinds
    }
    root = sandbox.root_module("site", json.loads(json.dumps(content)))
    root.init()
    return root


def test_a_restored_database_keeps_its_key_user_and_data_whatever_the_file_says(sandbox: Sandbox, old_key: str):
    restored = {"restore_from": "old-final", "engine_version": "8.0"}
    root = planned(sandbox, database=restored)
    with pytest.raises(TerraformFailed, match='(?s)the user of this\\W+database is "keeper"'):
        root.apply()

    restored |= {"username": "keeper", "password_version": 2}
    root = planned(sandbox, database=restored)
    root.apply()
    assert root.plan().is_empty
    rds = sandbox.client("rds", REGION)

    def database() -> dict[str, Any]:
        (found,) = rds.describe_db_instances(DBInstanceIdentifier="handson-database")["DBInstances"]
        return found

    before = database()
    assert (before["MasterUsername"], before["KmsKeyId"], before["StorageEncrypted"]) == ("keeper", old_key, True)
    secrets = sandbox.client("secretsmanager", REGION)
    (secret,) = secrets.list_secrets()["SecretList"]
    stored = json.loads(secrets.get_secret_value(SecretId=secret["ARN"])["SecretString"])
    assert stored["username"] == "keeper"

    # The file forgets where the data came from, and the site gets a key of its own.
    later = {"username": "keeper", "password_version": 2}
    changes = actions(planned(sandbox, database=restored, encryption={"own_key": True}).plan())
    assert not [address for address, done in changes.items() if "delete" in done]
    assert "aws_db_instance.database" not in changes
    changes = actions(planned(sandbox, database=restored | {"restore_from": "another"}).plan())
    assert changes == {}

    # The release is raised in place.
    raised = planned(sandbox, database=later | {"restore_from": "old-final"})
    changes = actions(raised.plan())
    assert changes == {
        "aws_db_instance.database": ["update"],
        "aws_db_parameter_group.database": ["create", "delete"],
    }
    raised.apply()
    assert raised.plan().is_empty
    after = database()
    assert after["EngineVersion"].startswith("8.4")
    assert after["DbiResourceId"] == before["DbiResourceId"]
    assert (after["MasterUsername"], after["KmsKeyId"]) == ("keeper", old_key)
