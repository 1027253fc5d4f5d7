"""What the plan changes of what the servers run, in words."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from review.archives import Files
from review.moment import Action
from review.plan import Change

SETTINGS = "_settings"
"""The end of the name of the object that holds a group's settings."""

WORDS = {
    "WORDPRESS_VERSION": "WordPress {} -> {}",
    "WORDPRESS_SHA256": "the SHA-256 of WordPress's archive {} -> {}",
    "SITE_URL": "the site's address {} -> {}",
    "PAGE_TIME": "pages are kept for {} -> {} seconds",
    "UPLOAD_LIMIT": "uploads of up to {} -> {} MiB",
    "XMLRPC": "xmlrpc.php {} -> {}",
    "SYSTEM_UPDATES": "nightly updates of the system {} -> {}",
    "LOCALE": "language {} -> {}",
}
"""The settings that people ask about, in their words."""

UNREAD = frozenset({"ARCHIVE", "SOFTWARE"})


def has_other_files(changes: Iterable[Change]) -> bool:
    """Whether the archive of the release changes."""
    archives = [change for change in changes if (change.type, change.name) == ("aws_s3_object", "release")]
    return any(change.action is Action.UPDATE for change in archives)


def releases(changes: Sequence[Change], files: Files | None = None) -> list[str]:
    """A sentence without its full stop for each group of servers that a release is for.

    Args:
        files: what the archive changes; None where that is not known.
    """
    has_files = has_other_files(changes)
    found = []
    for change in changes:
        if change.type != "aws_s3_object" or not change.name.endswith(SETTINGS) or change.action is not Action.UPDATE:
            continue
        group = change.name.removesuffix(SETTINGS)
        what = _settings(change.before or {}, change.after or {})
        if has_files:
            what.append(files.told() if files else "other files")
        told = ", ".join(what) or "nothing that its servers read"
        found.append(f"a new release for the {group} servers: {told}; they take it one at a time, and none is replaced")
    return found


def _settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    old, new = read(before.get("content")), read(after.get("content"))
    if not new:
        return ["settings that are known only after the apply"]
    names = [name for name in [*new, *(name for name in old if name not in new)] if old.get(name) != new.get(name)]
    return [
        WORDS.get(name, f"`{name}` {{}} -> {{}}").format(_shown(old.get(name)), _shown(new.get(name)))
        for name in names
        if name not in UNREAD
    ]


def _shown(value: str | None) -> str:
    return value if value else "nothing"


def read(content: object) -> dict[str, str]:
    """The settings in a file that a shell would read; none where it is not known or not one."""
    if not isinstance(content, str):
        return {}
    try:
        words = shlex.split(content)
    except ValueError:
        return {}
    return dict(word.split("=", 1) for word in words if re.match(r"[A-Z0-9_]+=", word))
