"""Databases that start with another one's data, and keep what that fixes whatever the file says later: applied
together, as modules of one root, without the network that they stand in."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest.mock import ANY

import pytest

from sandbox import RootModule, Sandbox, TerraformFailed
from sandbox.calls.recorded import recorded
from tests.applied.conftest import REGION, actions
from tests.once import heard, require_terraform
from tests.operations.page import aws, sections
from tests.site.sites import variation

pytestmark = pytest.mark.xdist_group("restore")

ELSEWHERE = ("db_subnet_group_name", "vpc_security_group_ids", "depends_on")
"""Arguments that lead to the rest of a site."""

ALONE = ("database", "database_1", "database_2")
KINDS = (
    *("aws_db_instance", "aws_rds_cluster", "aws_rds_cluster_instance"),
    *("aws_db_parameter_group", "aws_rds_cluster_parameter_group"),
    *("aws_secretsmanager_secret", "aws_secretsmanager_secret_version"),
)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    require_terraform()
    with heard(tmp_path_factory.mktemp("restore")) as sandbox:
        yield sandbox


@dataclass(frozen=True)
class Left:
    """What is left of an older site: an instance of MySQL 8.0 and a cluster, both of another user and under a key of
    their own, with a snapshot of each, one of AWS Backup's, and a snapshot in the clear.

    Attributes:
        key: their key.
        instance: the instance's resource id.
        cluster: the cluster's.
        copy: AWS Backup's, by its ARN.
    """

    key: str
    instance: str
    cluster: str
    copy: str


@pytest.fixture(scope="module")
def left(sandbox: Sandbox) -> Left:
    rds, backup = client(sandbox, "rds"), client(sandbox, "backup")
    key = client(sandbox, "kms").create_key(Description="The old site's")["KeyMetadata"]["Arn"]
    common = {"MasterUsername": "keeper", "MasterUserPassword": "kept by them"}
    encrypted = {"StorageEncrypted": True, "KmsKeyId": key}
    kind = {"Engine": "mysql", "DBName": "wordpress", "DBInstanceClass": "db.t3.micro", "AllocatedStorage": 20}
    instance = rds.create_db_instance(
        DBInstanceIdentifier="shop-database",
        EngineVersion="8.0.39",
        BackupRetentionPeriod=7,
        PreferredBackupWindow="17:00-17:30",
        PreferredMaintenanceWindow="sat:18:00-sat:18:30",
        **common,
        **encrypted,
        **kind,
    )["DBInstance"]
    rds.create_db_instance(DBInstanceIdentifier="clear", EngineVersion="8.4.3", **common, **kind)
    cluster = rds.create_db_cluster(
        DBClusterIdentifier="shop-database",
        Engine="aurora-mysql",
        EngineVersion="8.0.mysql_aurora.3.08.0",
        DatabaseName="wordpress",
        **common,
        **encrypted,
    )["DBCluster"]
    rds.create_db_snapshot(DBInstanceIdentifier="shop-database", DBSnapshotIdentifier="shop-final")
    rds.create_db_snapshot(DBInstanceIdentifier="clear", DBSnapshotIdentifier="in-the-clear")
    rds.create_db_cluster_snapshot(DBClusterIdentifier="shop-database", DBClusterSnapshotIdentifier="shop-final")
    backup.create_backup_vault(BackupVaultName="shop-backups")
    copy = backup.start_backup_job(
        BackupVaultName="shop-backups",
        ResourceArn=instance["DBInstanceArn"],
        IamRoleArn="arn:aws:iam::123456789012:role/shop-backups",
    )["RecoveryPointArn"]
    return Left(key, instance["DbiResourceId"], cluster["DbClusterResourceId"], copy)


def client(sandbox: Sandbox, service: str) -> Any:
    return sandbox.client(service, REGION)


def database(name: str, **changes: Any) -> dict[str, Any]:
    """A site's database and its secret."""
    content = variation("handson", changes, name).content
    ephemeral = {kind: {"database": named["database"]} for kind, named in content["ephemeral"].items()}
    resources = {
        kind: {
            name: {key: value for key, value in resource.items() if key not in ELSEWHERE}
            for name, resource in content["resource"].get(kind, {}).items()
            if name in ALONE
        }
        for kind in KINDS
    }
    return {"ephemeral": ephemeral, "resource": {kind: named for kind, named in resources.items() if named}}


def uploads(name: str, **changes: Any) -> dict[str, Any]:
    """A site's way to a file system that exists."""
    content = variation("handson", changes, name).content
    return {
        "data": {"aws_efs_file_system": content["data"]["aws_efs_file_system"]},
        "resource": {"aws_efs_access_point": content["resource"]["aws_efs_access_point"]},
    }


def root_of(sandbox: Sandbox, databases: dict[str, dict[str, Any]]) -> RootModule:
    content = variation("handson", {}).content
    settings = {key: content[key] for key in ("provider", "terraform")}
    root = sandbox.root_module("site", settings | {"module": {name: {"source": f"./{name}"} for name in databases}})
    for name, module in databases.items():
        (root.folder / name).mkdir(exist_ok=True)
        (root.folder / name / "cdk.tf.json").write_text(json.dumps(module))
    return root


KEEPER = {"username": "keeper"}
OLD = {**KEEPER, "engine_version": "8.0"}
CLUSTER = {**KEEPER, "aurora": {}}


class Shop:
    """The databases by the names of their modules, and what their files say."""

    def __init__(self, sandbox: Sandbox, left: Left) -> None:
        self.sandbox = sandbox
        self.own_key = client(sandbox, "kms").create_key(Description="The new site's")["KeyMetadata"]["Arn"]
        page = sections()
        (moment,), (snapshot,) = page["Restore to a point in time"].edits, page["Restore from a snapshot"].edits
        self.files: dict[str, dict[str, Any]] = {
            "snapshot": snapshot,
            "copy": {"database": {**OLD, "restore_from": left.copy}},
            "moment": {"database": {**OLD, **moment["database"]}},
            "by-id": {"database": {**OLD, "point_in_time": {"source": left.instance}}},
            "cluster": {
                "database": {**CLUSTER, "restore_from": "shop-final"},
                "encryption": {"key_arn": self.own_key},
            },
            "cluster-moment": {"database": {**CLUSTER, "point_in_time": {"source": left.cluster}}},
        }

    def root(self, **others: dict[str, Any]) -> RootModule:
        """As the files say, but for some."""
        files = self.files | others
        return root_of(
            self.sandbox,
            {
                name: (database if "database" in changes else uploads)(name, **changes)
                for name, changes in files.items()
            },
        )

    def instance(self, name: str) -> dict[str, Any]:
        found = client(self.sandbox, "rds").describe_db_instances(DBInstanceIdentifier=f"{name}-database")
        return found["DBInstances"][0]

    def cluster(self, name: str) -> dict[str, Any]:
        found = client(self.sandbox, "rds").describe_db_clusters(DBClusterIdentifier=f"{name}-database")
        return found["DBClusters"][0]

    def stored(self, name: str) -> dict[str, str]:
        """What the servers sign in with."""
        secrets = client(self.sandbox, "secretsmanager")
        (secret,) = [it for it in secrets.list_secrets()["SecretList"] if it["Name"].startswith(f"{name}-database-")]
        return json.loads(secrets.get_secret_value(SecretId=secret["ARN"])["SecretString"])


def touched(root: RootModule) -> dict[str, list[str]]:
    """What a plan does to all but the secrets, which take another key in place."""
    return {address: done for address, done in actions(root.plan()).items() if "secret" not in address}


NAMES = ("snapshot", "copy", "moment", "by-id", "cluster", "cluster-moment")


@pytest.fixture(scope="module")
def shop(sandbox: Sandbox, left: Left) -> Shop:
    return Shop(sandbox, left)


def test_what_there_is_to_restore_from_is_listed(sandbox: Sandbox, left: Left):
    page = sections()

    def ask(title: str, *words: str) -> Any:
        return aws(lambda service: client(sandbox, service), page[title].command(*words))

    assert ask("Restore to a point in time", "describe-db-instances") == [7, ANY, "keeper", "8.0.39", 20]
    listed = ask("Restore from a snapshot", "describe-db-snapshots", "KmsKeyId")
    assert ["shop-final", "keeper", "8.0.39", 20, left.key] in listed
    assert ask("Restore from a snapshot", "awsbackup") == [left.copy.partition(":snapshot:")[2]]
    assert ["shop-final", "keeper", ANY, left.key] in ask("Restore from a snapshot", "cluster")
    assert ask("Restore from a snapshot", "copy-db-snapshot")["DBSnapshot"]["MasterUsername"] == "keeper"


def test_uploads_are_restored_into_a_file_system_that_the_site_takes(sandbox: Sandbox, shop: Shop):
    efs, backup = client(sandbox, "efs"), client(sandbox, "backup")
    page = sections()["Restore the uploads"]
    source = efs.create_file_system(CreationToken="shop", Encrypted=True)
    role = "arn:aws:iam::123456789012:role/shop-backups"
    backup.start_backup_job(BackupVaultName="shop-backups", ResourceArn=source["FileSystemArn"], IamRoleArn=role)

    def ask(*words: str, **stands_for: str) -> Any:
        return aws(lambda service: client(sandbox, service), page.command(*words), stands_for)

    ((point, _),) = ask("list-recovery-points")
    job = ask("start-restore-job", ARN=point, ROLE=role)["RestoreJobId"]
    status, restored = ask("describe-restore-job", JOB=job)
    assert status == "COMPLETED"
    (edit,) = page.edits
    shop.files["uploads"] = {"uploads": {**edit["uploads"], "file_system_id": restored.rpartition("/")[2]}}


def test_a_restore_that_cannot_be_as_the_file_says_is_told(shop: Shop):
    """And when it is mended, the second plan is empty."""
    nobody = {"database": {"restore_from": "shop-final", "engine_version": "8.0"}}
    root = shop.root(snapshot=nobody, clear={"database": {**KEEPER, "restore_from": "in-the-clear"}})
    root.init()
    with pytest.raises(TerraformFailed) as failure:
        root.apply()
    told = " ".join(str(failure.value).replace("│", " ").split())
    assert 'database.username: the user of this database is "keeper", and cannot be another.' in told
    assert "database: what it was restored from is not encrypted" in told
    assert str(failure.value).count("Error:") == 2
    shop.files["snapshot"]["database"]["password_version"] = 2
    root = shop.root()
    root.init()
    root.apply()
    assert actions(root.plan()) == {}


def test_a_restored_database_has_its_sources_user_and_the_sites_password(shop: Shop, left: Left):
    for name in ("snapshot", "copy", "moment", "by-id"):
        database = shop.instance(name)
        assert (database["MasterUsername"], database["KmsKeyId"], database["StorageEncrypted"]) == (
            *("keeper", left.key),
            True,
        )
        assert database["DBParameterGroups"][0]["DBParameterGroupName"].startswith(f"{name}-")
        assert shop.stored(name)["username"] == "keeper"
    (way,) = [
        it
        for it in client(shop.sandbox, "efs").describe_access_points()["AccessPoints"]
        if it["FileSystemId"] == shop.files["uploads"]["uploads"]["file_system_id"]
    ]
    assert way["RootDirectory"]["Path"] == "/aws-backup-restore_2026-11-28T03-00-00-123Z/uploads"
    for name, key in {"cluster": shop.own_key, "cluster-moment": left.key}.items():
        assert (shop.cluster(name)["MasterUsername"], shop.cluster(name)["KmsKeyId"]) == ("keeper", key)
    set_by = {
        call.parameters.get("DBInstanceIdentifier") or call.parameters["DBClusterIdentifier"]
        for call in recorded(shop.sandbox.calls)
        if call.operation.startswith("ModifyDB") and "MasterUserPassword" in call.parameters
    }
    assert set_by == {f"{name}-database" for name in (*NAMES, "clear")}


def test_no_later_file_replaces_a_database_and_mysql_is_raised_in_place_or_by_a_copy(shop: Shop):
    """The file forgets where the data came from, or names another place, and the site gets another key."""
    (raised, after) = sections()["Raise MySQL"].edits
    key = {"encryption": {"key_arn": shop.own_key}}
    shop.files |= {
        "snapshot": {"database": {**KEEPER, "password_version": 2, **raised["database"]}, **key},
        "copy": {"database": {**OLD, "restore_from": "another"}, **key},
        "moment": {"database": KEEPER, **key},
        "by-id": {"database": {**OLD, "restore_from": "another"}, **key},
        "cluster": {"database": {**CLUSTER, "point_in_time": {"source": "another"}}},
        "cluster-moment": {"database": CLUSTER, **key},
    }
    before = shop.instance("moment")
    root = shop.root()
    changes = touched(root)
    assert changes == {
        "module.snapshot.aws_db_instance.database": ["update"],
        "module.snapshot.aws_db_parameter_group.database": ["create", "delete"],
        "module.moment.aws_db_instance.database": ["update"],
        "module.moment.aws_db_parameter_group.database": ["create", "delete"],
    }
    root.apply()
    shop.files["snapshot"]["database"] |= after["database"]
    root = shop.root()
    assert touched(root) == {"module.snapshot.aws_db_instance.database": ["update"]}
    in_place, copied = shop.instance("moment"), shop.instance("snapshot")
    assert in_place["DbiResourceId"] == before["DbiResourceId"]
    for database in (in_place, copied):
        assert database["EngineVersion"] == "8.4"
        assert (database["MasterUsername"], database["KmsKeyId"]) == ("keeper", before["KmsKeyId"])
    assert client(shop.sandbox, "rds").describe_blue_green_deployments()["BlueGreenDeployments"] == []
