"""What a reviewer must not miss in a plan, and the verdict in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from review.moment import Action
from review.plan import Plan

COUNTED = {
    Action.CREATE: "add",
    Action.UPDATE: "change",
    Action.REPLACE: "REPLACE",
    Action.DELETE: "DESTROY",
    Action.FORGET: "forget",
}


class Danger(Enum):
    """Kinds of risk, the worst first. The values are the words of `--fail-on`."""

    DATA_LOSS = "data-loss"
    EXPOSURE = "exposure"
    RESILIENCE = "resilience"
    BLOCKED = "blocked"
    INTERRUPTION = "interruption"
    REPLACE = "replace"
    STATE = "state"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True)
class Risk:
    """Something to look at before anybody approves.

    Attributes:
        text: a sentence without its full stop.
        short: the same in a few words, for the verdict; empty where the verdict says it in its own way.
    """

    danger: Danger
    text: str
    short: str


def verdict(plan: Plan, risks: list[Risk]) -> str:
    """The plan in one line, the worst of its risks named."""
    counts = Counter(change.action for change in plan.changes)
    counted = {action: f"{counts[action]} to {word}" for action, word in COUNTED.items() if counts[action]}
    harmless = [counted.pop(action) for action in (Action.CREATE, Action.UPDATE) if action in counted]
    is_new = all(change.before is None for change in plan.changes)
    first = ["Terraform could not finish this plan"] if plan.beside.is_errored else []
    said = [*first, *harmless, *_beside(plan, is_new), *counted.values()]
    shorts = list(dict.fromkeys(risk.short for risk in risks if risk.short))
    more = f"; and {len(shorts) - NAMED} more to look at" if len(shorts) > NAMED else ""
    return (", ".join(said) or "Nothing changes") + (f": {'; '.join(shorts[:NAMED])}{more}" if shorts else "")


def _beside(plan: Plan, is_new: bool) -> Iterator[str]:
    """What is no change of a resource and yet something happens."""
    beside = plan.beside
    imports = sum(change.imported_as is not None for change in plan.changes)
    moves = sum(change.moved_from is not None for change in plan.changes)
    outputs = 0 if is_new else len(beside.outputs)
    for count, word in (
        (imports, "to import"),
        (moves, "to move"),
        (len(beside.deposed), "left over to destroy"),
        (len(beside.deferred), "put off"),
        (outputs, "output to change" if outputs == 1 else "outputs to change"),
    ):
        if count:
            yield f"{count} {word}"
    if beside.only_refreshes:
        yield "only Terraform's own record changes"


NAMED = 3
"""How many risks one line can hold."""
