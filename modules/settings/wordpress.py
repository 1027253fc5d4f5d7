"""[wordpress] and [uploads]: what the visitors see, and where their pictures lie."""

from typing import Annotated, Literal

from pydantic import Field

from modules.settings.types import Email, Locale, LogDays, Section, Sha256, Text, UserName, Version


class WordPress(Section):
    """The installation that the servers make on their first boot."""

    title: Text = "WordPress"
    """The site's title on the first installation. Later it is changed in WordPress itself."""

    locale: Locale = "ja"
    """The language of WordPress."""

    version: Version = "7.1"
    """WordPress's release. All servers run the same one, whenever they were created."""

    archive_sha256: Sha256 | None = None
    """The archive's checksum, where you have verified one yourself. Left out, the checksum that wordpress.org
    publishes beside the archive is used."""

    admin_user: UserName = "administrator"
    """The first user. The password is generated; the output `admin_secret_arn` says where it is kept."""

    admin_email: Email = "wordpress@example.com"
    """The first user's address. WordPress sends its notices there, where `[mail]` lets it."""

    xmlrpc: bool = False
    """Opens xmlrpc.php. Off: passwords are guessed there, and the REST API has replaced it."""

    upload_limit: Annotated[int, Field(ge=1, le=2048)] = 32
    """MiB of the largest file that may be uploaded. PHP, the web servers and the proxies in front of them take it."""

    system_updates: bool = True
    """The servers install security updates of the operating system by themselves every night."""

    log_retention: LogDays = 30
    """Days that CloudWatch keeps the servers' logs. CloudWatch knows these numbers only."""


class Uploads(Section):
    """The shared file system (EFS) of WordPress's uploads."""

    shared: bool = True
    """All servers share one encrypted file system for wp-content/uploads. Off, each server keeps what was
    uploaded to it, and visitors miss the pictures whenever another server answers."""

    infrequent_access_after: Literal[0, 1, 7, 14, 30, 60, 90, 180, 270, 365] = 30
    """Days until files that nobody reads move to the cheaper storage class; 0 keeps them where they are."""

    backup: bool = True
    """AWS Backup copies the file system every day and keeps the copies for 35 days."""
