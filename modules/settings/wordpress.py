"""[wordpress] and [uploads]: what the visitors see, and where their pictures lie."""

from typing import Annotated, Literal

from pydantic import Field

from modules.settings.types import (
    Allowed,
    ConstantName,
    ConstantValue,
    Email,
    FileSystemId,
    FolderName,
    FolderPath,
    Locale,
    LogDays,
    SecretArn,
    Section,
    Sha256,
    SitePath,
    TablePrefix,
    Text,
    UserName,
    Version,
)


class WordPress(Section):
    """The installation that the servers make on their first boot."""

    site: SitePath | None = None
    """The folder with the site's own plugins, themes and constants, such as "sites/shop". What it holds goes out with
    each release: docs/site-folder.md. Several environments may share one."""

    theme: FolderName | None = None
    """The theme that is active after the first installation. Later it is chosen in WordPress itself. Left out, it is
    the one that WordPress comes with."""

    plugins: Annotated[tuple[FolderName, ...], Field(strict=False, max_length=100)] = ()
    """The plugins that are active after the first installation, by the names of their folders. Later they are
    switched on and off in WordPress itself."""

    table_prefix: TablePrefix = "wp_"
    """How the names of WordPress's tables begin. For a database that comes from elsewhere: another prefix than that of
    the tables that are there would be another site, and a release with one is refused by the servers."""

    environment_type: Literal["production", "staging", "development", "local"] = "production"
    """What WordPress and its plugins take the site for (`WP_ENVIRONMENT_TYPE`). All but production ask search engines
    to stay away, and say on every page what they are."""

    constants: Annotated[
        dict[ConstantName, ConstantValue], Field(max_length=100), Allowed("a table of constants and their values")
    ] = Field(default={})
    """Constants for WordPress, its plugins and themes, such as `WP_POST_REVISIONS = 5`. What has to be worked out is
    in the site folder's `config.php`."""

    secrets: Annotated[
        dict[ConstantName, SecretArn], Field(max_length=30), Allowed("a table of constants and the ARNs of secrets")
    ] = Field(default={})
    """Constants whose values are secret: the whole text of a secret in Secrets Manager, in the site's region. The
    servers read it with each release and at each boot, and keep it in memory alone."""

    title: Text = "WordPress"
    """The site's title on the first installation. Later it is changed in WordPress itself."""

    locale: Locale = "ja"
    """The language of WordPress."""

    version: Version = "7.1"
    """WordPress's release. All servers run the same one, whenever they were created. They ask wordpress.org twice a day
    whether it has known holes: with `[monitoring]` that is an alarm, and `plan.yml` warns of it too."""

    archive_sha256: Sha256 | None = None
    """The archive's checksum, where you have verified one yourself. Left out, it is the one that `make
    wordpress-versions` has written into modules/wordpress/versions.json, where that has this version and language.
    Where it has not, servers trust the SHA-1 that wordpress.org publishes beside the archive, fetched over TLS: it
    tells a damaged archive, and not one that somebody has put there together with its checksum. wordpress.org may build
    the archive of a language anew, for better translations: new servers then refuse it where another one is pinned.
    Take its line out of the table, and run the command again."""

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

    file_system_id: FileSystemId | None = None
    """A file system that exists already, such as one that AWS Backup has restored, instead of a new one. It has no
    mount target yet; its lifecycle and its backups stay as they are."""

    folder: FolderPath = "/uploads"
    """The folder of the file system that WordPress sees. AWS Backup restores into a folder of its own:
    "/aws-backup-restore_2026-11-28T03-00-00Z/uploads"."""

    infrequent_access_after: Literal[0, 1, 7, 14, 30, 60, 90, 180, 270, 365] = 30
    """Days until files that nobody reads move to the cheaper storage class; 0 keeps them where they are."""

    backup: bool = True
    """AWS Backup copies the file system every day and keeps the copies for 35 days."""
