"""`make bootstrap-state`, and a site whose state lies in the bucket that it made."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from modules import PROJECT
from tests.applied.conftest import REGION
from tests.once import heard, require_terraform
from tests.site.sites import ENVIRONMENTS, variation

BUCKET = "example-terraform-state"


@pytest.fixture
def environment_folder(tmp_path: Path) -> Path:
    """A folder with one environment that keeps its state in S3."""
    (tmp_path / "environments").mkdir()
    text = (ENVIRONMENTS / "handson.toml").read_text()
    state = f'\n[state]\nbackend = "s3"\nbucket = "{BUCKET}"\n'
    (tmp_path / "environments" / "shop.toml").write_text(text + state)
    return tmp_path


def bootstrap(folder: Path, environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "modules.synthesis.state_bucket", *words],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(PROJECT)},
        text=True,
        capture_output=True,
        check=False,
    )


def test_the_bucket_is_private_encrypted_and_keeps_versions(environment_folder: Path, tmp_path_factory):
    require_terraform()
    with heard(tmp_path_factory.mktemp("state")) as sandbox:
        done = bootstrap(environment_folder, dict(sandbox.environment), "shop", "-auto-approve")
        assert done.returncode == 0, done.stderr + done.stdout
        assert (environment_folder / f"terraform.{BUCKET}.tfstate").exists()

        s3 = sandbox.client("s3", REGION)
        assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
        assert set(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values()) == {True}
        assert s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
        policy = json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
        assert [statement["Sid"] for statement in policy["Statement"]] == ["OnlyTls"]


def test_a_site_keeps_its_state_in_s3_with_a_lock():
    site = variation("handson", {"state": {"backend": "s3", "bucket": BUCKET}}, name="shop")
    assert site.content["terraform"]["backend"] == {
        "s3": {
            "bucket": BUCKET,
            "key": f"{REGION}/shop.tfstate",
            "region": REGION,
            "encrypt": True,
            "use_lockfile": True,
        }
    }


def test_a_site_keeps_its_state_in_hcp_terraform():
    site = variation("handson", {"state": {"backend": "hcp", "organization": "example"}}, name="shop")
    assert site.content["terraform"]["cloud"] == {"organization": "example", "workspaces": {"name": "shop"}}
    assert "backend" not in site.content["terraform"]


def test_an_environment_with_local_state_needs_no_bucket(environment_folder: Path):
    file = environment_folder / "environments" / "plain.toml"
    file.write_text((ENVIRONMENTS / "handson.toml").read_text())
    done = bootstrap(environment_folder, dict(os.environ), "plain")
    assert done.returncode == 2
    assert done.stderr == (
        'environments/plain.toml: state.backend is "local": only "s3" keeps the state in a bucket.\n'
    )
