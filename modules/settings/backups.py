"""[backups]: copies of the data outside the services that hold it."""

from typing import Annotated

from pydantic import Field

from modules.settings.types import Region, Section


class Backups(Section):
    """Left out, only the services' own backups are kept (`database.backup_retention`, `uploads.backup`). With it, AWS
    Backup copies database and uploads every day into a vault of the site. About 0.10 USD a month for each GB. A
    `terraform destroy` leaves a vault that holds copies, and ends with an error."""

    retention: Annotated[int, Field(ge=1, le=3650)] = 35
    """Days that a copy is kept."""

    copy_to: Region | None = None
    """Another region that gets a copy of every backup: it survives the loss of the site's region."""

    lock: bool = False
    """Nobody, not even the account's owner, deletes a copy before its time (compliance mode, after three days in which
    the lock can still be taken off). A `terraform destroy` then fails until the last copy has expired."""
