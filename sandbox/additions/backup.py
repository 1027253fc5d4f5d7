"""AWS Backup: https://docs.aws.amazon.com/aws-backup/latest/devguide/api-reference.html"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from moto.backup import urls
from moto.backup.exceptions import InvalidRequestException, ResourceNotFoundException
from moto.backup.models import BackupBackend, Plan
from moto.backup.responses import BackupResponse
from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.efs.models import efs_backends
from moto.moto_api._internal import mock_random
from moto.rds.models import rds_backends

from sandbox.additions import in_place_of


@in_place_of(BackupResponse, "create_backup_selection")
def create_backup_selection(_: Any, response: BackupResponse) -> ActionResult:
    """What a plan copies is added to it, under an id of its own.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupSelection.html
    """
    plan = response.path.split("/")[3]
    backend = response.backup_backend
    backend.get_backup_plan(plan, None)
    selection = {
        "BackupPlanId": plan,
        "SelectionId": str(mock_random.uuid4()),
        "CreationDate": utcnow(),
        "BackupSelection": json.loads(response.body)["BackupSelection"],
    }
    selections(backend)[selection["SelectionId"]] = selection
    return ActionResult(selection)


@in_place_of(BackupResponse, "get_backup_selection")
def get_backup_selection(_: Any, response: BackupResponse) -> ActionResult:
    """https://docs.aws.amazon.com/aws-backup/latest/devguide/API_GetBackupSelection.html"""
    return ActionResult(named_selection(response))


@in_place_of(BackupResponse, "delete_backup_selection")
def delete_backup_selection(_: Any, response: BackupResponse) -> ActionResult:
    """https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteBackupSelection.html"""
    del selections(response.backup_backend)[named_selection(response)["SelectionId"]]
    return ActionResult({})


@in_place_of(BackupBackend, "delete_backup_plan")
def delete_backup_plan(original: Any, backend: BackupBackend, backup_plan_id: str) -> Any:
    """A plan that still has selections stays.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DeleteBackupPlan.html
    """
    if any(selection["BackupPlanId"] == backup_plan_id for selection in selections(backend).values()):
        raise InvalidRequestException("Related backup plan selections must be deleted prior to backup plan deletion")
    return original(backup_plan_id=backup_plan_id)


@in_place_of(BackupResponse, "update_backup_plan")
def update_backup_plan(_: Any, response: BackupResponse) -> ActionResult:
    """A plan keeps its id and gets another version.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateBackupPlan.html
    """
    backend = response.backup_backend
    plan = backend.get_backup_plan(response.path.split("/")[3], None)
    newer = Plan(json.loads(response.body)["BackupPlan"], plan.creator_request_id, backend)
    plan.backup_plan, plan.version_id = newer.backup_plan, newer.version_id
    return ActionResult(
        {
            "BackupPlanId": plan.backup_plan_id,
            "BackupPlanArn": plan.backup_plan_arn,
            "CreationDate": utcnow(),
            "VersionId": plan.version_id,
        }
    )


urls.url_paths["{0}/account-settings$"] = urls.response.dispatch


@in_place_of(BackupResponse, "describe_region_settings")
def describe_region_settings(_: Any, response: BackupResponse) -> ActionResult:
    """https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeRegionSettings.html"""
    return ActionResult(region_settings(response.backup_backend))


@in_place_of(BackupResponse, "update_region_settings")
def update_region_settings(_: Any, response: BackupResponse) -> ActionResult:
    """Changes the types that it names, and leaves the others as they are.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_UpdateRegionSettings.html
    """
    settings = region_settings(response.backup_backend)
    for preference, asked in json.loads(response.body).items():
        settings[preference] |= asked or {}
    return ActionResult({})


@in_place_of(BackupResponse, "list_tags")
def list_tags(_: Any, response: BackupResponse) -> ActionResult:
    """The ARN is all that follows `/tags/`; moto reads it only where a slash ends the path.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListTags.html
    """
    arn = unquote(response.path.partition("/tags/")[2].rstrip("/"))
    return ActionResult({"Tags": response.backup_backend.list_tags(resource_arn=arn)})


urls.url_paths |= {
    f"{{0}}/{path}$": urls.response.dispatch
    for path in (
        "backup-jobs",
        "backup-vaults/(?P<name>[^/]+)/recovery-points/",
        "restore-jobs",
        "restore-jobs/(?P<id>[^/]+)",
    )
}


@in_place_of(BackupResponse, "start_backup_job")
def start_backup_job(_: Any, response: BackupResponse) -> ActionResult:
    """A recovery point of RDS's is a snapshot of the type `awsbackup`, named after its job.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/API_StartBackupJob.html
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/AutomatingBackups.AWSBackup.html
    """
    backend, asked = response.backup_backend, json.loads(response.body)
    vault, source, job = (
        backend.describe_backup_vault(asked["BackupVaultName"]),
        asked["ResourceArn"],
        mock_random.uuid4(),
    )
    service, kind, name = source.split(":")[2], source.split(":")[5], source.split(":")[-1]
    arn = f"arn:aws:backup:{backend.region_name}:{backend.account_id}:recovery-point:{job}"
    if service == "rds":
        rds: Any = rds_backends[backend.account_id][backend.region_name]
        if kind == "cluster":
            arn = rds.create_db_cluster_snapshot(name, f"awsbackup:job-{job}", "awsbackup").db_cluster_snapshot_arn
        else:
            arn = rds.create_db_snapshot(name, f"awsbackup:job-{job}", "awsbackup").db_snapshot_arn
    kinds = {"elasticfilesystem": "EFS", "rds": "Aurora" if kind == "cluster" else "RDS"}
    point = {
        "RecoveryPointArn": arn,
        "BackupVaultName": vault.backup_vault_name,
        "ResourceArn": source,
        "ResourceType": kinds[service],
        "CreationDate": utcnow(),
        "Status": "COMPLETED",
    }
    recovery_points(backend).append(point)
    return ActionResult({"BackupJobId": str(job), "RecoveryPointArn": arn, "CreationDate": point["CreationDate"]})


@in_place_of(BackupResponse, "list_recovery_points_by_backup_vault")
def list_recovery_points(_: Any, response: BackupResponse) -> ActionResult:
    """https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListRecoveryPointsByBackupVault.html"""
    backend = response.backup_backend
    vault = backend.describe_backup_vault(response.path.split("/")[2]).backup_vault_name
    kind = response._get_param("resourceType")
    points = [
        point
        for point in recovery_points(backend)
        if point["BackupVaultName"] == vault and kind in (None, point["ResourceType"])
    ]
    return ActionResult({"RecoveryPoints": points})


@in_place_of(BackupResponse, "start_restore_job")
def start_restore_job(_: Any, response: BackupResponse) -> ActionResult:
    """Of a file system, into a new one.

    https://docs.aws.amazon.com/aws-backup/latest/devguide/restoring-efs.html
    """
    backend, asked = response.backup_backend, json.loads(response.body)
    wanted = asked["Metadata"]
    if asked["RecoveryPointArn"] not in [point["RecoveryPointArn"] for point in recovery_points(backend)]:
        raise ResourceNotFoundException("Recovery point not found.")
    if wanted["newFileSystem"] != "true":
        raise InvalidRequestException("This sandbox restores into new file systems.")
    made = efs_backends[backend.account_id][backend.region_name].create_file_system(
        creation_token=wanted["CreationToken"],
        performance_mode=wanted["PerformanceMode"],
        encrypted=wanted["Encrypted"] == "true",
        kms_key_id=wanted.get("KmsKeyId"),
        throughput_mode="bursting",
        provisioned_throughput_in_mibps=0,
        availability_zone_name="",
        backup=False,
        tags=[],
    )
    job = {"RestoreJobId": str(mock_random.uuid4()), "Status": "COMPLETED", "CreatedResourceArn": made.file_system_arn}
    restore_jobs(backend)[job["RestoreJobId"]] = job
    return ActionResult({"RestoreJobId": job["RestoreJobId"]})


@in_place_of(BackupResponse, "describe_restore_job")
def describe_restore_job(_: Any, response: BackupResponse) -> ActionResult:
    """https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeRestoreJob.html"""
    try:
        return ActionResult(restore_jobs(response.backup_backend)[response.path.split("/")[2]])
    except KeyError:
        raise ResourceNotFoundException("Cannot find the restore job") from None


def recovery_points(backend: BackupBackend) -> list[dict[str, Any]]:
    """What the backend's vaults hold."""
    return backend.__dict__.setdefault("recovery_points", [])


def restore_jobs(backend: BackupBackend) -> dict[str, dict[str, Any]]:
    """The backend's restores by their id."""
    return backend.__dict__.setdefault("restore_jobs", {})


def region_settings(backend: BackupBackend) -> dict[str, dict[str, bool]]:
    """What the region's account has opted in for: in a new one, everything but what is younger than the choice."""
    types = {"Aurora": False, "DynamoDB": True, "EBS": True, "EC2": True, "EFS": True, "RDS": True}
    new = {"ResourceTypeOptInPreference": types, "ResourceTypeManagementPreference": {"DynamoDB": False, "EFS": False}}
    return backend.__dict__.setdefault("region_settings", new)


def selections(backend: BackupBackend) -> dict[str, dict[str, Any]]:
    """The backend's selections by their id."""
    return backend.__dict__.setdefault("selections", {})


def named_selection(response: BackupResponse) -> dict[str, Any]:
    """The selection that the request's path ends with."""
    try:
        return selections(response.backup_backend)[response.path.rstrip("/").split("/")[-1]]
    except KeyError:
        raise ResourceNotFoundException("Cannot find Backup selection") from None
