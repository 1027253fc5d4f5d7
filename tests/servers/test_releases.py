"""Releases: the bucket that they are in, and what tells the servers of one."""

from pathlib import Path

import pytest

from modules.wordpress import write_archive
from tests.site.sites import SHIPPED, shipped, variation


@pytest.mark.parametrize("environment", SHIPPED)
def test_the_bucket_is_private_and_keeps_old_versions_for_ninety_days(environment):
    site = shipped()[environment]
    block = site["aws_s3_bucket_public_access_block.releases"]
    assert all(block[name] for name in block if name.startswith(("block_", "ignore_", "restrict_")))
    assert site["aws_s3_bucket_versioning.releases"]["versioning_configuration"] == {"status": "Enabled"}
    rule, passing = site["aws_s3_bucket_lifecycle_configuration.releases"]["rule"]
    assert rule["noncurrent_version_expiration"] == [{"noncurrent_days": 90}]
    assert "expiration" not in rule
    assert passing["filter"] == [{"prefix": "moving/"}]
    assert passing["expiration"] == [{"days": 7}]
    (statement,) = site.statements("aws_s3_bucket_policy.releases")
    assert (statement["Effect"], statement["Sid"]) == ("Deny", "OnlyTls")


def test_it_goes_with_its_site():
    """Nothing is in it that an apply would not make again."""
    assert shipped()["production"]["aws_s3_bucket.releases"]["force_destroy"] is True


def test_the_sites_own_key_encrypts_it_and_its_servers_may_use_that():
    site = shipped()["production"]
    (rule,) = site["aws_s3_bucket_server_side_encryption_configuration.releases"]["rule"]
    assert rule["apply_server_side_encryption_by_default"] == {
        "sse_algorithm": "aws:kms",
        "kms_master_key_id": "${aws_kms_key.data.arn}",
    }
    statements = {statement["Sid"]: statement for statement in site.statements("aws_iam_role_policy.web")}
    assert statements["UseReleasesKey"]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert statements["UseReleasesKey"]["Resource"] == ["${aws_kms_key.data.arn}"]


def test_a_sites_content_passes_through_it_by_the_servers_that_have_the_database_alone():
    site = shipped()["three-tier"]
    for group, moves in {"api": True, "frontend": False}.items():
        sids = {statement["Sid"]: statement for statement in site.statements(f"aws_iam_role_policy.{group}")}
        assert ("MoveSites" in sids) is moves
    assert sids.keys() >= {"ReadReleases", "SayWhatIsGood"}


def test_without_one_s3_encrypts_by_itself():
    assert "aws_s3_bucket_server_side_encryption_configuration.releases" not in shipped()["handson"]


@pytest.mark.parametrize("environment", SHIPPED)
def test_an_apply_uploads_the_archive_that_was_planned_or_none(environment, tmp_path: Path):
    found = shipped()[environment]["aws_s3_object.release"]
    site = "sites/example" if environment == "three-tier" else None
    sha256 = write_archive(tmp_path / "release.tar", site)
    assert found["source_hash"] == sha256
    (condition,) = found["lifecycle"]["precondition"]
    assert condition["condition"] == f'${{filesha256("${{path.module}}/assets/release.tar") == "{sha256}"}}'


@pytest.mark.parametrize("environment", SHIPPED)
def test_servers_take_a_release_one_at_a_time_and_none_after_a_failure(environment):
    site = shipped()[environment]
    assert site.all("aws_ssm_association")
    for group, association in site.all("aws_ssm_association").items():
        assert (association["max_concurrency"], association["max_errors"]) == ("1", "0")
        text = f'join("\\n", local.{group}_settings)'
        assert site[f"aws_s3_object.{group}_settings"]["content"] == f"${{{text}}}"
        release = f"${{substr(sha256({text}), 0, 16)}}"
        assert association["parameters"]["commands"] == f"/opt/pressform/bootstrap.sh {release}"
        # Told of it once it is there.
        assert association["depends_on"] == [f"aws_s3_object.{group}_settings"]


def test_each_tier_has_settings_of_its_own_and_reads_no_others():
    site = shipped()["three-tier"]
    for group in ("frontend", "api"):
        (reads,) = [
            statement["Resource"]
            for statement in site.statements(f"aws_iam_role_policy.{group}")
            if statement["Sid"] == "ReadReleases"
        ]
        bucket = "${aws_s3_bucket.releases.arn}"
        assert reads == [f"{bucket}/release.tar", f"{bucket}/settings/{group}", f"{bucket}/good/{group}"]


def test_handson_has_at_most_eight_resources_more_for_it():
    site = shipped()["handson"]
    ours = [address for address in site.addresses if address.startswith(("aws_s3_", "aws_ssm_"))]
    assert len(ours) <= 8


def test_the_servers_ask_for_the_archive_with_the_sites_own_files():
    site = shipped()["three-tier"]
    sha256 = site["aws_s3_object.release"]["source_hash"]
    for group in ("frontend", "api"):
        assert site.settings(group)[0] == f"ARCHIVE='{sha256}'"
    assert site.content["//"]["site"] == "sites/example"
    assert sha256 != shipped()["handson"]["aws_s3_object.release"]["source_hash"]


def test_an_unchanged_environment_makes_no_release():
    assert variation("handson", {}).content == shipped()["handson"].content
