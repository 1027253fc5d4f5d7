"""Terraform's plan as `terraform show -json` prints it, checked, and as two moments: before and after.

https://developer.hashicorp.com/terraform/internals/json-format
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from review.address import parse
from review.beside import Beside
from review.configuration import Configuration
from review.moment import SAME, Action, Moment, Resource
from review.names import Names
from review.values import masked

SHOW = "`terraform show -json FILE`"

FORMAT = "1"
"""The major version of the format that is read here; minor versions only add to it."""

OURS = {
    "a load balancer": ("aws_lb", "aws_alb"),
    "web servers": ("aws_instance", "aws_autoscaling_group"),
    "a database": ("aws_db_instance", "aws_rds_cluster"),
}


class NotAPlan(Exception):
    """The file cannot be reviewed; the text says why, and what would be right."""


@dataclass(frozen=True, slots=True)
class Change:
    """What the plan does to one resource.

    Attributes:
        action: in one word.
        before: its values, None where it does not exist; sensitive ones are wrapped.
        after: its values after the apply, in the same way.
        unknown: what is known only after the apply.
        expressions: what the configuration says.
        creates_first: of a replacement, the successor is made before the old one goes.
        forced_by: the paths of the attributes that force a replacement.
        reason: Terraform's word for why, such as `replace_because_tainted`.
        moved_from: the address that it had before, if that was another one.
        imported_as: the id under which Terraform takes over what is there already, if it does.
    """

    address: str
    type: str
    action: Action
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    unknown: Mapping[str, Any]
    expressions: Mapping[str, Any]
    creates_first: bool = False
    forced_by: tuple[tuple[str, ...], ...] = ()
    reason: str = ""
    moved_from: str | None = None
    imported_as: str | None = None

    @property
    def remains(self) -> Mapping[str, Any] | None:
        """What stands there after the apply: what Terraform forgets stays."""
        return self.before if self.after is None and self.action is Action.FORGET else self.after

    @property
    def name(self) -> str:
        """The last part of the address, with its key."""
        return parse(self.address).name


class Plan:
    """A plan that has been checked.

    Attributes:
        changes: every managed resource, those that stay as they are included.
        before: the site's resources as they are.
        after: the site's resources after the apply.
        beside: what else is in it.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        """
        Args:
            document: what `terraform show -json` printed for a plan.

        Raises:
            NotAPlan: it is something else.
        """
        _check(document)
        try:
            configured = document["configuration"]
            configuration = Configuration(configured.get("root_module", {}), configured.get("provider_config"))
            self.changes = _changes(document, configuration)
            written = {change.address: change.expressions for change in self.changes}
            self.beside = Beside.of(document, written)
        except (KeyError, TypeError, AttributeError) as fault:
            raise NotAPlan(f"this is not how Terraform writes a plan: {fault!r}") from None
        read = _read(document)
        # What moves keeps its identity: it goes by its new address at both moments.
        befores = [
            Resource(
                change.address,
                SAME.get(change.type, change.type),
                change.before,
                # Only to tell which lists the configuration keeps itself: nothing is unknown of what is there.
                expressions=change.expressions,
                action=change.action,
            )
            for change in self.changes
            if change.before is not None
        ]
        afters = [
            Resource(
                change.address,
                SAME.get(change.type, change.type),
                values,
                change.unknown,
                change.expressions,
                change.action,
            )
            for change in self.changes
            if (values := change.remains) is not None
        ]
        names = Names([*afters, *befores])
        # What is only read was there before, but a site that is not there yet does not lean on it.
        self.before = Moment(befores + read if befores else [], configuration, names)
        self.after = Moment(afters + read if afters else [], configuration, names, self.before)

    @classmethod
    def read(cls, path: Path) -> Plan:
        """The plan in a file.

        Raises:
            NotAPlan: the file cannot be read, or is something else.
        """
        try:
            document = json.loads(_text(path))
        except OSError as error:
            raise NotAPlan(f"{path}: cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise NotAPlan(f"{path}: this is not JSON; a saved plan becomes JSON by {SHOW}") from None
        except json.JSONDecodeError as error:
            is_cut = error.doc.startswith("{") and not error.doc.rstrip().endswith("}")
            what = "the JSON ends too early, as if cut off" if is_cut else "this is not JSON"
            raise NotAPlan(f"{path}: {what} (line {error.lineno}); a saved plan becomes JSON by {SHOW}") from None
        except RecursionError:
            raise NotAPlan(f"{path}: no plan is nested this deep") from None
        try:
            return cls(document)
        except NotAPlan as problem:
            raise NotAPlan(f"{path}: {problem}") from None


def _text(path: Path) -> str:
    """What is in a file. The bytes are given back before they are parsed: a large plan has them twice otherwise."""
    content = path.read_bytes()
    return content.decode(json.detect_encoding(content))


def _check(document: Any) -> None:
    version = document.get("format_version") if isinstance(document, dict) else None
    if not isinstance(version, str):
        raise NotAPlan(f"this is JSON, but not what {SHOW} prints")
    if version.partition(".")[0] != FORMAT:
        raise NotAPlan(f"its format_version is {version}; {FORMAT}.x is understood")
    is_empty = not any(name in document for name in ("resource_changes", "resource_drift", "output_changes"))
    is_empty &= not document.get("errored")
    if is_empty or "configuration" not in document:
        # Terraform leaves resource_changes out where there is no resource at all.
        kind = "the state, not a plan" if "values" in document else "not a plan of any resource"
        raise NotAPlan(f"this is {kind}; {SHOW} needs the file that `terraform plan -out=FILE` wrote")


def _changes(document: Mapping[str, Any], configuration: Configuration) -> list[Change]:
    items = document.get("resource_changes", ())
    found = [
        _change(item, configuration)
        for item in items
        # A deposed object is what a replaced resource left behind: no part of the site at either moment.
        if item["mode"] == "managed" and "deposed" not in item
    ]
    if document.get("complete") is False or document.get("errored") or "resource_changes" not in document:
        found += _not_planned(document, configuration, {change.address for change in found})
    return found


def _not_planned(document: Mapping[str, Any], configuration: Configuration, planned: set[str]) -> Iterator[Change]:
    """What a plan of a part, or one that only refreshes, says nothing of: it stays as it is."""
    module = document.get("prior_state", {}).get("values", {}).get("root_module", {})
    for item in _in_modules(module):
        if item["mode"] == "managed" and item["address"] not in planned and "deposed_key" not in item:
            values = masked(item["values"], item.get("sensitive_values"))
            expressions = configuration.expressions(parse(item["address"]))
            yield Change(item["address"], item["type"], Action.NONE, values, values, {}, expressions)


READ = ("aws_vpc", "aws_subnet", "aws_db_instance", "aws_efs_file_system", "aws_ec2_managed_prefix_list")
"""Parts of the site that may be somebody else's: the constructs then read them."""


def _read(document: Mapping[str, Any]) -> list[Resource]:
    """What the plan read of the parts that somebody else keeps."""
    module = document.get("prior_state", {}).get("values", {}).get("root_module", {})
    return [
        Resource(item["address"], item["type"], masked(item["values"], item.get("sensitive_values")))
        for item in _in_modules(module)
        if item["mode"] == "data" and item["type"] in READ
    ]


def _in_modules(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from _in_modules(child)


def _imported_as(change: Mapping[str, Any]) -> str | None:
    importing = change.get("importing")
    return str(importing.get("id") or importing.get("identity") or "an identity") if importing else None


def _change(item: Mapping[str, Any], configuration: Configuration) -> Change:
    change = item["change"]
    return Change(
        address=item["address"],
        type=item["type"],
        action=Action.of(change["actions"]),
        before=masked(change["before"], change.get("before_sensitive")),
        after=masked(change["after"], change.get("after_sensitive")),
        unknown=change.get("after_unknown") or {},
        expressions=configuration.expressions(parse(item["address"])),
        creates_first=change["actions"] == ["create", "delete"],
        forced_by=tuple(tuple(map(str, path)) for path in change.get("replace_paths", ())),
        reason=item.get("action_reason", ""),
        moved_from=item.get("previous_address"),
        imported_as=_imported_as(change),
    )
