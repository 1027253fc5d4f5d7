"""What the plan changes, grouped by part of the site, attribute by attribute."""

from __future__ import annotations

import base64
import binascii
import difflib
import gzip
import json
from dataclasses import dataclass
from typing import Any

from review.moment import Action, references
from review.plan import Change
from review.values import Path, Sensitive, is_set, leaves

SECTIONS = {
    "Network": (
        "aws_vpc", "aws_subnet", "aws_route", "aws_internet", "aws_nat", "aws_eip", "aws_default", "aws_flow",
    ),
    "Firewalls": ("aws_security", "aws_default_security", "aws_vpc_security", "aws_waf", "aws_network"),
    "Domain": ("aws_acm", "aws_route53", "aws_cloudfront"),
    "Load balancer": ("aws_lb", "aws_alb"),
    "Servers": (
        "aws_instance", "aws_launch", "aws_autoscaling", "aws_ami", "aws_key_pair", "aws_iam", "terraform_data",
    ),
    "Releases": ("aws_s3_object", "aws_ssm_association"),
    "Database": ("aws_db", "aws_rds"),
    "Cache": ("aws_elasticache",),
    "Uploads": ("aws_efs",),
    "Secrets and keys": ("aws_secretsmanager", "aws_kms", "aws_ssm"),
    "Backups": ("aws_backup",),
    "Logs and alarms": ("aws_cloudwatch", "aws_sns", "aws_s3"),
}  # fmt: skip
"""The parts of the site, by the beginnings of the types that belong to them; the longest beginning decides."""

OTHER = "Everything else"

UNKNOWN = "known after apply"

REASONS = {
    "replace_because_tainted": "the last apply left it half made",
    "replace_by_request": "asked for by -replace",
    "replace_by_triggers": "replace_triggered_by",
    "delete_because_no_resource_config": "no longer configured",
}
"""Terraform's words, in ours; https://developer.hashicorp.com/terraform/internals/json-format#change-representation"""


@dataclass(frozen=True)
class Difference:
    """One attribute before and after.

    Attributes:
        path: such as `root_block_device.volume_size`.
        before: its value as people read it.
        after: its value after the apply, in the same way.
        forces: it is why the resource is replaced.
        lines: for a script or a JSON document, its changed lines as a unified diff.
    """

    path: str
    before: str
    after: str
    forces: bool = False
    lines: tuple[str, ...] = ()


def by_section(changes: list[Change]) -> dict[str, list[Change]]:
    """The changes that do something, under the parts of the site in the order of `SECTIONS`."""
    sections: dict[str, list[Change]] = {name: [] for name in [*SECTIONS, OTHER]}
    for change in changes:
        if change.action is not Action.NONE or change.moved_from:
            sections[section(change.type)].append(change)
    return {name: found for name, found in sections.items() if found}


def section(kind: str) -> str:
    """The part of the site that a resource type belongs to."""
    fitting = [(len(start), name) for name, starts in SECTIONS.items() for start in starts if kind.startswith(start)]
    return max(fitting)[1] if fitting else OTHER


def reason(change: Change) -> str:
    """Why it is replaced or destroyed, where that is not in an attribute."""
    return REASONS.get(change.reason, "")


def differences(change: Change) -> list[Difference]:
    """What differs, in the order of the attributes' names. What AWS computes, and nobody wrote, is left out."""
    before, after = dict(leaves(change.before or {})), dict(leaves(change.after or {}))
    unknown = {path for path, mark in leaves(change.unknown) if mark is True or (isinstance(mark, list) and any(mark))}
    found = []
    for path in sorted({*before, *after, *unknown}):
        forces = any(path[: len(cause)] == cause for cause in change.forced_by)
        written = forces or is_set(change.expressions, path)
        old, new = before.get(path), _unknown(change, path) if path in unknown else after.get(path)
        computed = (path in unknown and change.action is not Action.UPDATE) or new in NOTHING
        if old == new or (computed and not written) or _repeats_a_tag(path, before, after):
            continue
        lines = _lines(path, old, new)
        found.append(Difference(".".join(path), _shown(old), _shown(new), forces, lines))
    return found


NOTHING: tuple[Any, ...] = (None, "", [], {}, False)
LONGEST = 120
"""Characters of a value that are shown."""


def _unknown(change: Change, path: Path) -> str:
    """With what it will come from, as far as the configuration says it."""
    sources = [source for source in references(change.expressions, path) if source.count(".") == 1]
    return f"{UNKNOWN}: {', '.join(dict.fromkeys(sources))}" if sources else UNKNOWN


def _repeats_a_tag(path: Path, *moments: dict[Path, Any]) -> bool:
    """`tags_all` repeats `tags` and adds the provider's own: only these are news."""
    return path[0] == "tags_all" and any(("tags", *path[1:]) in moment for moment in moments)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    plain = isinstance(value, str | Sensitive)
    text = " ".join((str(value) if plain else json.dumps(value, ensure_ascii=False, default=str)).split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text):,} characters)"


def _lines(path: Path, old: Any, new: Any) -> tuple[str, ...]:
    """The lines that differ of a server's boot script or settings, or of a JSON document such as a policy."""
    if not isinstance(old, str) or not isinstance(new, str) or new.startswith(UNKNOWN):
        return ()
    before, after = _text(path, old).splitlines(), _text(path, new).splitlines()
    if not before or not after:
        return ()
    both = difflib.unified_diff(before, after, n=1, lineterm="")
    return tuple(line for line in both if line[:3] not in ("---", "+++"))


def _text(path: Path, value: str) -> str:
    if path[0] in ("user_data", "user_data_base64"):
        return _unpacked(value)
    return value if path[0] == "content" else _spread(value)


def _spread(text: str) -> str:
    """A JSON document with a line for each of its values; nothing where it is none."""
    try:
        document = json.loads(text)
    except ValueError:
        return ""
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) if isinstance(document, dict) else ""


def _unpacked(script: str) -> str:
    """A boot script as text: packed and in base64, only in base64, or as it is."""
    try:
        plain = base64.b64decode(script, validate=True)
        return (gzip.decompress(plain) if plain[:2] == b"\x1f\x8b" else plain).decode()
    except (binascii.Error, UnicodeDecodeError, OSError, EOFError):
        return script
