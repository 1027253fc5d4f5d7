"""What runs on the servers, and how it gets there.

The files in `common/` and in the folder of a server's role are plain shell, PHP and configuration, those in `cache/`
come along where there is an object cache. `user_data` packs
them, with a header of settings, into one self-extracting script: cloud-init runs it at every boot
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html#user-data-cloud-init), it puts the files into
/opt/pressform and starts `boot.sh` as a systemd service.
"""

import gzip
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

SETTINGS_OF_EVERY_ROLE = MappingProxyType(
    {
        "REGION": "AWS region",
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
            "WORDPRESS_VERSION": "version to serve, such as 7.1",
            "WORDPRESS_SHA256": "checksum that the archive must have, empty for the one published beside it",
            "DATABASE_HOST": "name of the database server, without a port",
            "DATABASE_NAME": "name of the database",
            "DATABASE_SECRET": "ARN of the secret with username and password",
            "SALTS_SECRET": "ARN of the secret with WordPress's eight keys, AUTH_KEY to NONCE_SALT",
            "ADMIN_SECRET": "ARN of the secret with username, password and email of the first administrator",
            "UPLOADS_FILE_SYSTEM": "id of the EFS file system for uploads, empty for the server's own disk",
            "UPLOADS_ACCESS_POINT": "id of the access point in it",
            "XMLRPC": "xmlrpc.php: on or off",
            "CACHE_HOST": "name of the object cache's primary, empty for none",
            "CACHE_NAME": "name of the cache in ElastiCache, and of its user",
        },
        "frontend": SETTINGS_OF_EVERY_ROLE,
    }
)

SIZE_LIMIT = 16_384
"""Bytes of user data that EC2 takes, compressed."""

SIZE_MARGIN = 1_024
"""Bytes left for what Terraform puts in the place of references, and for its own gzip."""

FOLDER = Path(__file__).parent
LAST = "start.sh"

SHELL_COMMENT = r"^[ \t]*#(?!!).*\n"
COMMENTS = MappingProxyType(
    {
        ".php": r"^[ \t]*(/\*\*[\s\S]*?\*/|//.*)\n",
        ".ini": r"^;.*\n",
        ".conf": r"^[ \t]*[#;].*\n",
    }
)
"""Comments that have lines of their own, by the ending of the file's name."""


def user_data(role: str, values: Mapping[str, str]) -> str:
    """The script that a server of this role boots with, as a Terraform template string.

    `values` are exactly the role's SETTINGS. One with a CDKTF token in it is a reference and reaches Terraform as it
    is; in any other, whatever it holds, nothing reaches the shell or Terraform as code.

    Raises ValueError for a missing or unknown setting, for a value that a shell cannot hold, and when the script
    would be larger than EC2 takes.
    """
    _check_names(role, values)
    files = _files("common", role, *(["cache"] if values.get("CACHE_HOST") else []))
    script = "".join(
        [
            # A boothook runs at every boot, so that neither an interrupted first boot nor an image of another server's
            # disk leaves this server with anything but its own files and settings.
            "#cloud-boothook\n#!/bin/bash\n",
            *(f"{name}={_quote(name, values[name])}\n" for name in SETTINGS[role]),
            "umask 022\nmkdir -p /opt/pressform\ncd /opt/pressform || exit\n",
            # Written as bash itself quotes them: a value cannot end a here-document early.
            f"for name in {' '.join(SETTINGS[role])}; do\n",
            """    printf '%s=%q\\n' "$name" "$${!name}"\n""",
            "done >settings\n",
            *(_here_document(name, text) for name, text in files.items() if name != LAST),
            _escape(files[LAST]),
        ]
    )
    size = len(gzip.compress(script.encode()))
    if size > SIZE_LIMIT - SIZE_MARGIN:
        raise ValueError(
            f"the user data of role '{role}' is {size} bytes compressed, allowed are {SIZE_LIMIT - SIZE_MARGIN} "
            f"(EC2's {SIZE_LIMIT} less {SIZE_MARGIN} for what Terraform fills in)"
        )
    return script


def _files(*folders: str) -> dict[str, str]:
    paths = [path for folder in folders for path in (FOLDER / folder).iterdir()]
    return {path.name: _without_comments(path) for path in sorted(paths, key=lambda path: path.name)}


def _without_comments(path: Path) -> str:
    """They and the lines' indentation are for who reads the file here, and a third of the user data."""
    comment = COMMENTS.get(path.suffix, SHELL_COMMENT)
    text = re.sub(comment, "", path.read_text("utf-8"), flags=re.MULTILINE)
    return re.sub(r"^[ \t]+|^\n", "", text, flags=re.MULTILINE)


def _here_document(name: str, text: str) -> str:
    end = f"END_OF_{name}"
    return f"cat >{name} <<'{end}'\n{_escape(text)}{end}\n"


def _escape(text: str) -> str:
    """https://developer.hashicorp.com/terraform/language/expressions/strings#escape-sequences-1"""
    return text.replace("${", "$${").replace("%{", "%%{")


def _quote(name: str, value: str) -> str:
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


def _check_names(role: str, values: Mapping[str, str]) -> None:
    wanted = SETTINGS[role]
    problems = [f"{name} is missing ({meaning})" for name, meaning in wanted.items() if name not in values]
    problems += [f"{name} is not a setting of this role" for name in values if name not in wanted]
    if problems:
        raise ValueError(f"user data of role '{role}': " + "; ".join(problems))
