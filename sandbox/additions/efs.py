"""EFS: https://docs.aws.amazon.com/efs/latest/ug/api-reference.html"""

from __future__ import annotations

import json
from typing import Any

from moto.efs.models import FileSystem
from moto.efs.responses import EFSResponse

from sandbox.additions import in_place_of, put_property


@in_place_of(EFSResponse, "put_backup_policy")
def put_backup_policy(_: Any, response: EFSResponse) -> Any:
    """Automatic backups go on or off, and the answer is the policy as it now is.

    https://docs.aws.amazon.com/efs/latest/ug/API_PutBackupPolicy.html
    """
    backend, name = response.efs_backend, response._get_param("FileSystemId")
    backend.file_systems_by_id[name]._backup = response._get_param("BackupPolicy")["Status"] == "ENABLED"
    policy = backend.describe_backup_policy(name)
    return json.dumps({"BackupPolicy": policy}), {"Content-Type": "application/json"}


def backup_policy(file_system: FileSystem) -> dict[str, str]:
    """A file system without automatic backups says `DISABLED`.

    https://docs.aws.amazon.com/efs/latest/ug/API_DescribeBackupPolicy.html
    """
    return {"Status": "ENABLED" if file_system._backup else "DISABLED"}


put_property(FileSystem, "backup_policy", backup_policy)
