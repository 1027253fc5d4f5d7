"""What a plan holds beside the changes of resources: outputs, drift, checks, left-overs, and whether it is all.

https://developer.hashicorp.com/terraform/internals/json-format#plan-representation
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from review.values import is_set, leaves, masked

FAILED = ("fail", "error")


@dataclass(frozen=True)
class Output:
    """A root module's output that changes; its values are wrapped where they are sensitive."""

    name: str
    verb: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Drift:
    """What somebody changed outside Terraform.

    Attributes:
        paths: the attributes that are not as the configuration has them; empty where the resource is gone.
    """

    address: str
    is_gone: bool
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class Check:
    """A check that did not pass; what it said, if anything."""

    address: str
    is_failed: bool
    says: str


@dataclass(frozen=True)
class Beside:
    """
    Attributes:
        outputs: those that change.
        drift: what was changed outside Terraform since the last apply, in what the configuration decides.
        checks: those that failed, and those of which only the apply will tell.
        deposed: the addresses of what replaced resources left behind, and this plan removes.
        deferred: the addresses of what this plan puts off to a later one.
        is_complete: after the apply, nothing is left to do.
        is_errored: Terraform could not finish it, and will not apply it.
        only_refreshes: it changes what Terraform knows, and nothing else.
    """

    outputs: tuple[Output, ...] = ()
    drift: tuple[Drift, ...] = ()
    checks: tuple[Check, ...] = ()
    deposed: tuple[str, ...] = ()
    deferred: tuple[str, ...] = ()
    is_complete: bool = True
    is_errored: bool = False
    only_refreshes: bool = False

    @classmethod
    def of(cls, document: Mapping[str, Any], expressions: Mapping[str, Mapping[str, Any]]) -> Beside:
        """
        Args:
            expressions: for each address, what the configuration says of it.
        """
        items = document.get("resource_changes", ())
        drift = tuple(_drift(document, expressions))
        changes = any(item["change"]["actions"] not in (["no-op"], ["read"]) for item in items)
        outputs = tuple(_outputs(document))
        return cls(
            outputs,
            drift,
            tuple(_checks(document)),
            tuple(item["address"] for item in items if "deposed" in item),
            tuple(item.get("resource_change", {}).get("address", "?") for item in document.get("deferred_changes", ())),
            document.get("complete", True) is not False,
            bool(document.get("errored")),
            not changes and bool(document.get("applyable")) and bool(document.get("resource_drift")) and not outputs,
        )


def _outputs(document: Mapping[str, Any]) -> Iterator[Output]:
    verbs = {("create",): "added", ("update",): "changed", ("delete",): "removed"}
    for name, change in document.get("output_changes", {}).items():
        verb = verbs.get(tuple(change.get("actions", ())))
        if verb:
            before = masked(change.get("before"), change.get("before_sensitive"))
            after = masked(change.get("after"), change.get("after_sensitive"))
            yield Output(name, verb, before, after)


def _drift(document: Mapping[str, Any], expressions: Mapping[str, Mapping[str, Any]]) -> Iterator[Drift]:
    """Terraform lists all that differs, and most of it is only what AWS adds: what nobody wrote is no news."""
    for item in document.get("resource_drift", ()):
        change = item["change"]
        if change.get("after") is None:
            yield Drift(item["address"], is_gone=True)
            continue
        before, after = (dict(leaves(change.get(name) or {})) for name in ("before", "after"))
        written = expressions.get(item["address"], {})
        paths = [
            ".".join(path)
            for path in sorted({*before, *after})
            if _differs(before.get(path), after.get(path)) and is_set(written, path)
        ]
        if paths:
            yield Drift(item["address"], is_gone=False, paths=tuple(paths))


def _differs(before: Any, after: Any) -> bool:
    nothing: tuple[Any, ...] = (None, "", [], {}, False)
    if before in nothing and after in nothing:
        return False
    if isinstance(before, list) and isinstance(after, list):
        return sorted(map(repr, before)) != sorted(map(repr, after))
    return bool(before != after)


def _checks(document: Mapping[str, Any]) -> Iterator[Check]:
    for check in document.get("checks", ()):
        status = check.get("status")
        if status not in (*FAILED, "unknown"):
            continue
        instances = check.get("instances", ())
        says = [problem.get("message", "") for its in instances for problem in its.get("problems", ())]
        address = check.get("address", {}).get("to_display", "a check")
        yield Check(address, status in FAILED, "; ".join(filter(None, says)))
