"""What the plan changes, grouped by part of the site, attribute by attribute."""

from __future__ import annotations

import base64
import difflib
import gzip
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from review.moment import Action, references
from review.plain import one_line, spaced
from review.plan import Change
from review.values import Path, Sensitive, is_set, leaves

SECTIONS = {
    "Network": (
        "aws_vpc", "aws_subnet", "aws_route", "aws_internet", "aws_egress", "aws_nat", "aws_eip", "aws_default",
        "aws_flow",
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
    "Mail": ("aws_ses",),
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
        if change.action is not Action.NONE or change.moved_from or change.imported_as:
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
    old_values, new_values = _apart(change.before or {}, change.after or {})
    before, after = dict(leaves(old_values)), dict(leaves(new_values))
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
        found.append(Difference(".".join(path), *_shown_both(old, new), forces, lines))
    return found


NOTHING: tuple[Any, ...] = (None, "", [], {}, False)
LONGEST = 120
"""Characters of a value that are shown."""

AROUND = 30
"""Characters that are shown before the place where long values begin to differ."""


def _apart(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both without the blocks that they share: a set's blocks have no places of their own."""
    old, new = dict(before), dict(after)
    for name in old.keys() & new.keys():
        was, becomes = old[name], new[name]
        if not (_are_blocks(was) and _are_blocks(becomes)) or was == becomes or max(len(was), len(becomes)) < 2:
            continue
        keys_was, keys_becomes = ([_content(block) for block in blocks] for blocks in (was, becomes))
        old[name] = [block for block, key in zip(was, keys_was, strict=True) if key not in keys_becomes]
        new[name] = [block for block, key in zip(becomes, keys_becomes, strict=True) if key not in keys_was]
    return old, new


def _are_blocks(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


def _content(block: Mapping[str, Any]) -> str:
    return repr(sorted((key, value) for key, value in block.items() if value not in NOTHING))


def _unknown(change: Change, path: Path) -> str:
    """With what it will come from, as far as the configuration says it."""
    lists = references(change.expressions, path)
    sources = [source for listed in lists for source in listed if source.count(".") == 1]
    return f"{UNKNOWN}: {', '.join(dict.fromkeys(sources))}" if sources else UNKNOWN


def _repeats_a_tag(path: Path, *moments: dict[Path, Any]) -> bool:
    """`tags_all` repeats `tags` and adds the provider's own: only these are news."""
    return path[0] == "tags_all" and any(("tags", *path[1:]) in moment for moment in moments)


def _shown_both(old: Any, new: Any) -> tuple[str, str]:
    """Both values as people read them; long ones from where they differ, and spaces where they are all that differs."""
    before, after = _written(old), _written(new)
    if before != after and before.split() == after.split():
        before, after = spaced(before), spaced(after)
    before, after = one_line(before), one_line(after)
    same = 0
    if before and after:
        same = next(
            (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
        )
    return _cut(before, same), _cut(after, same)


def _written(value: Any) -> str:
    if value is None:
        return ""
    plain = isinstance(value, str | Sensitive)
    return str(value) if plain else json.dumps(value, ensure_ascii=False, default=str)


def _cut(text: str, same: int) -> str:
    """Of a long value, what stands around the place where it begins to differ."""
    if len(text) <= LONGEST:
        return text
    start = max(0, min(same - AROUND, len(text) - LONGEST))
    middle = text[start : start + LONGEST]
    return f"{'...' if start else ''}{middle}{'...' if start + LONGEST < len(text) else ''} ({len(text):,} characters)"


def _lines(path: Path, old: Any, new: Any) -> tuple[str, ...]:
    """What differs, line by line: of a boot script or settings, of a document such as a policy, or of longer text."""
    if not isinstance(old, str) or not isinstance(new, str) or new.startswith(UNKNOWN):
        return ()
    read = _unpacked if path[-1] in ("user_data", "user_data_base64") else _spread
    before, after = read(old).splitlines(), read(new).splitlines()
    if not before or not after:
        return ()
    if before == after and old != new and read is _spread:
        return ("(the same document, written in another way)",)
    if [line.split() for line in before] == [line.split() for line in after]:
        before, after = [spaced(line) for line in before], [spaced(line) for line in after]
    both = difflib.unified_diff(before, after, n=1, lineterm="")
    return tuple(line for i, line in enumerate(both) if i > 1)


def _spread(text: str) -> str:
    """A JSON document with a line for each of its values; other text of several lines as it is; else nothing."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text if "\n" in text.strip() else ""
    return (
        json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) if isinstance(document, dict | list) else ""
    )


def _unpacked(script: str) -> str:
    """A boot script as text: packed and in base64, only in base64, or as it is."""
    try:
        plain = base64.b64decode(script, validate=True)
        return (gzip.decompress(plain) if plain[:2] == b"\x1f\x8b" else plain).decode()
    except (ValueError, OSError, EOFError, zlib.error):
        return script


ALARMING = re.compile(
    r"""curl|wget|\bnc\b|ncat|/dev/tcp|Invoke-|\biex\b|\|\s*(sudo\s+)?(ba|z|da|k)?sh\b|\|\s*(python|perl|php|ruby|node)
    |\beval\b|\bexec\b|base64\s+(-d|--decode)|python3?\s+-c|perl\s+-e|source\s+<|https?://|ftp://|git\s+clone
    |(pip|npm|gem)\s+install|(yum|dnf|apt|apt-get)\s.*install
    |0\.0\.0\.0/0|::/0|"\*"|:\s*\*|chmod\s+(-R\s+)?[0-7]*7[0-7]*|authorized_keys|ssh-(rsa|ed25519)|PermitRootLogin
    |PasswordAuthentication|NOPASSWD|sudoers|useradd|usermod|passwd|crontab|/etc/cron
    |setenforce|SELINUX=|ufw|iptables|nft\b|firewalld|systemctl\s+(stop|disable|mask)|chkconfig|service\s.*stop
    |insecure|--no-check|verify\s*=\s*false|sslmode|\brm\s+-|mkfs|dd\s+if=|shutdown|\bkill|set\s+\+|\|\|\s*true
    |"Effect":\s*"Allow"|NotAction|NotPrincipal|disabl|skip""",
    re.VERBOSE | re.IGNORECASE,
)
"""Lines that fetch and execute, open, or disable: these are never what is left out."""


def fitted(lines: tuple[str, ...], limit: int) -> list[str]:
    """Not many more changed lines than the limit, the alarming ones all among them; says what is hidden."""
    if len(lines) <= limit:
        return list(lines)
    shown: list[str] = []
    left, hidden = limit, 0
    for line in lines:
        is_changed = line[:1] in ("+", "-")
        if is_changed and (left > 0 or ALARMING.search(line)):
            shown += [_hidden(hidden)] if hidden else []
            shown.append(line)
            left, hidden = left - 1, 0
        else:
            hidden += 1
    return shown + ([_hidden(hidden)] if hidden else [])


def _hidden(count: int) -> str:
    return f"@@ {count} line{'s' * (count > 1)} hidden here: the page has all @@"
