"""What runs on the servers, and how it gets there.

The files in `common/` and in the folder of a server's software are plain shell, PHP and configuration, those in
`cache/` are for where there is an object cache. All of them are one archive, the same bytes wherever it is made. With a
server's settings it makes a release: `common/release.sh` builds and serves it. Where the site has a folder of its
owner's (site_folder.py), what that holds is in the archive too, below `site/`.

`user_data` is the script that fetches releases: cloud-init runs it at every boot
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html#user-data-cloud-init). It holds nothing that may
change while a site lives.
"""

import hashlib
import io
import re
import tarfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import IO

from modules.reference import Reference
from modules.wordpress import composer, site_folder

SETTINGS_OF_EVERY_ROLE = MappingProxyType(
    {
        "HEALTH_PATH": "path that the load balancer's health check asks for",
        "TRUSTED_PROXIES": "CIDRs of the load balancers whose word on the client counts, separated by spaces",
        "CLIENT_HEADER": "request header with the client's address: X-Forwarded-For, or a CDN's own",
        "SITE_URL": "the site's one address, http:// or https://, no slash at the end",
        "REDIRECT": "1 where the site's other names lead to its address, 0 where they show the site",
        "BEHIND": "what the page cache stands in front of, host or host:port; empty where a tier in front keeps pages",
        "PAGE_TIME": "seconds that a page is kept, 0 for not at all",
        "STALE_MINUTES": "minutes after its time that a kept page is served while what made it is down",
        "OWN_COOKIES": "names that cookies begin with whose owners get pages of their own, separated by |",
        "UPLOAD_LIMIT": "MiB of the largest upload",
        "REQUEST_TIME": "seconds that WordPress may take for one request",
        "IDLE_TIMEOUT": "seconds after which the load balancer closes an idle connection",
        "SYSTEM_UPDATES": "security updates of the system, daily: on or off",
        "LOG_GROUP": "name of the CloudWatch log group, empty for none",
    }
)

SETTINGS = MappingProxyType(
    {
        "web": {
            **SETTINGS_OF_EVERY_ROLE,
            "TITLE": "title of the site, for the first installation",
            "LOCALE": "WordPress's name of the language: ja, en_US, ...",
            "THEME": "theme to switch on at the first installation, empty for WordPress's own choice",
            "PLUGINS": "plugins to switch on at the first installation, separated by spaces",
            "ENVIRONMENT_TYPE": "WordPress's word for what the site is: production, staging, development or local",
            "CONSTANTS": "the owner's constants, a JSON object",
            "SECRETS": "the owner's secret constants, NAME=ARN each, separated by spaces",
            "REDIRECTS": "a JSON list of old addresses: from, to, status",
            "MEMORY_LIMIT": "MiB that PHP may take for one request",
            "INPUT_LIMIT": "fields that one form may have",
            "PHP_PACKAGES": "more of PHP's packages, separated by spaces",
            "WORDPRESS_VERSION": "version to serve, such as 7.1",
            "WORDPRESS_SHA256": "checksum that the archive must have, empty for the one published beside it",
            "DATABASE_HOST": "name of the database server, without a port",
            "DATABASE_NAME": "name of the database",
            "TABLE_PREFIX": "how the names of WordPress's tables begin",
            "DATABASE_SECRET": "ARN of the secret with username and password",
            "SALTS_SECRET": "ARN of the secret with WordPress's eight keys, AUTH_KEY to NONCE_SALT",
            "ADMIN_SECRET": "ARN of the secret with username, password and email of the first administrator",
            "UPLOADS_FILE_SYSTEM": "id of the EFS file system for uploads, empty for the server's own disk",
            "UPLOADS_ACCESS_POINT": "id of the access point in it",
            "XMLRPC": "xmlrpc.php: on or off",
            "CACHE_HOST": "name of the object cache's primary, empty for none",
            "CACHE_NAME": "name of the cache in ElastiCache, and of its user",
            "MAIL_BY": "what takes the mail: ses, smtp, trap, or empty for no mail",
            "MAIL_FROM": "address that every mail is from",
            "MAIL_NAME": "name beside it, empty for the site's title",
            "MAIL_REPLY_TO": "where answers go to, empty for MAIL_FROM",
            "MAIL_RETRY_HOURS": "hours until a mail that nobody takes is given up",
            "SES_REGION": "region whose SES sends",
            "SES_CONFIGURATION_SET": "SES's configuration set",
            "SMTP_HOST": "server of the mail service",
            "SMTP_PORT": "its port",
            "SMTP_TLS": "how TLS begins there: starttls or implicit",
            "SMTP_SECRET": "ARN of the secret with username and password, empty for none",
            "EDGE_TIME": "seconds that CloudFront keeps a page, 0 for not at all",
            "DISTRIBUTION": "id of the CloudFront distribution that keeps pictures, empty for none",
        },
        "frontend": SETTINGS_OF_EVERY_ROLE,
    }
)
"""By the servers' software, which is the name of its folder."""

ARCHIVE = "assets/release.tar"
"""Where the archive stands, beside the JSON of the stack that names it."""

FOLDER = Path(__file__).parent
PARTS = ("common", "web", "frontend", "cache")
KINDS = {".conf", ".ini", ".jq", ".json", ".php", ".service", ".sh", ".timer"}

SITE_FOLDER = "site"
"""Where the owner's files are in the archive."""

SIZE_LIMIT = 16_384
"""Bytes of user data that EC2 takes."""

SITE = ("BUCKET", "REGION", "GROUP")
"""What a server is told in its user data: where its releases are, and which group's settings are its own."""


@cache
def archive() -> bytes:
    """Every file of a release without a site folder, as a tar archive: the same bytes on every machine, in every
    folder, at any time.

    It is not compressed: zlib's bytes differ from one of its kind to the next, and a release is small.
    """
    packed = io.BytesIO()
    _pack(packed, files())
    return packed.getvalue()


def archive_sha256() -> str:
    """The name of that archive in a release."""
    return hashlib.sha256(archive()).hexdigest()


def write_archive(place: Path, site: str | None = None) -> str:
    """Writes the archive of a release, a part of a file at a time.

    Args:
        place: the file to write.
        site: the site folder, where there is one, as the environment file names it.

    Returns:
        The archive's SHA-256.

    Raises:
        CannotGoOut: something in the folder is refused, or Composer failed.
    """
    if site is None:
        place.write_bytes(archive())
        return archive_sha256()
    folder = site_folder.place(site)
    if installed := site_folder.has_composer(folder):
        folder = composer.install(folder)
    found = site_folder.read(folder, installed=installed)
    if found.refusals:
        raise site_folder.CannotGoOut(found.refusals)
    owners = {f"{SITE_FOLDER}/{name}": path for name, path in found.files.items()}
    with place.open("w+b") as packed:
        _pack(packed, {**files(), **owners})
        packed.seek(0)
        return hashlib.file_digest(packed, "sha256").hexdigest()


def files() -> Mapping[str, Path]:
    """What all releases have, by its name in the archive: without what editors and systems leave behind.

    The folders inside a part are for who reads the sources: on a server a part's files lie side by side.
    """
    return {
        f"{part}/{path.name}": path for part in PARTS for path in (FOLDER / part).rglob("*") if path.suffix in KINDS
    }


def _pack(packed: IO[bytes], files: Mapping[str, Path]) -> None:
    """In an order of their own. Long names, which a site folder may have, are what this format adds to the oldest."""
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, path in sorted(files.items()):
            file = tarfile.TarInfo(name)
            file.size, file.mode = path.stat().st_size, 0o644
            with path.open("rb") as content:
                tar.addfile(file, content)


def release_settings(software: str, values: Mapping[str, str], archive: str | None = None) -> list[str]:
    """What a group's servers read beside the archive: the lines of a file that a shell can read, as Terraform template
    strings. The first one says which archive it goes with.

    `values` are exactly the software's SETTINGS. A Reference, and one with a CDKTF token in it, reaches Terraform as it
    is; in any other, whatever it holds, nothing reaches the shell or Terraform as code.

    Args:
        archive: the archive's SHA-256; None for that of a site without a folder.

    Raises:
        ValueError: a setting is missing or unknown, or its value is none that a shell can hold.
    """
    _check_names(software, values)
    text = f"ARCHIVE='{archive or archive_sha256()}'\nSOFTWARE='{software}'\n"
    text += "".join(f"{name}={_quote(name, values[name])}\n" for name in SETTINGS[software])
    return text.split("\n")


def user_data(**site: str) -> str:
    """The script that a server boots with, as a Terraform template string.

    Args:
        site: exactly SITE, each a plain word or a reference.

    Raises:
        ValueError: a value is neither, or the script is larger than EC2 takes.
    """
    if tuple(site) != SITE:
        raise ValueError(f"the user data takes {', '.join(SITE)}, got {', '.join(site)}")
    for name, value in site.items():
        if not re.fullmatch(r"\$\{[\w.\[\]]+\}|[\w.-]+", value, re.ASCII):
            raise ValueError(f"{name} must be a plain word or a reference, got {value!r}")
    folder = FOLDER / "bootstrap"
    script = "".join(
        [
            # A boothook runs at every boot, so that neither an interrupted first boot nor an image of another server's
            # disk leaves this server with anything but its own site.
            "#cloud-boothook\n#!/bin/bash\n",
            "umask 022\nmkdir -p /opt/pressform\ncd /opt/pressform || exit\n",
            _here_document("site", "".join(f"{name}='{value}'\n" for name, value in site.items())),
            *(
                _here_document(name, _escape((folder / name).read_text("utf-8")))
                for name in ("bootstrap.sh", "pressform.service")
            ),
            _escape((folder / "start.sh").read_text("utf-8")),
        ]
    )
    if len(script) > SIZE_LIMIT - 1024:
        raise ValueError(
            f"the user data has {len(script)} bytes, allowed are {SIZE_LIMIT} with what Terraform fills in"
        )
    return script


def _here_document(name: str, text: str) -> str:
    end = f"END_OF_{name}"
    return f"cat >{name} <<'{end}'\n{text}{end}\n"


def _escape(text: str) -> str:
    """https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences-1"""
    return text.replace("${", "$${").replace("%{", "%%{")


def _quote(name: str, value: str) -> str:
    if isinstance(value, Reference):
        return f"'{value}'"
    if "${TfToken[" in value:
        around = re.sub(r"\$\{TfToken\[[\w.-]+\]\}", "", value)
        if not re.fullmatch(r"[\w./:@=,-]*", around, re.ASCII):
            raise ValueError(f"{name} may hold plain text beside its references, got {value!r}")
        return f"'{value}'"
    if "\0" in value:
        raise ValueError(f"{name} must not contain a NUL character")
    value = value.replace("'", r"'\''")
    # Where Terraform would see a template, the shell's quotes are closed and opened again: no sequence is left that
    # could be one, however many dollar signs stand before it.
    return "'" + value.replace("${", "$''{").replace("%{", "%''{") + "'"


def _check_names(software: str, values: Mapping[str, str]) -> None:
    wanted = SETTINGS[software]
    problems = [f"{name} is missing ({meaning})" for name, meaning in wanted.items() if name not in values]
    problems += [f"{name} is not a setting of this software" for name in values if name not in wanted]
    if problems:
        raise ValueError(f"settings of '{software}': " + "; ".join(problems))
