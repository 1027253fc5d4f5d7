"""What a reviewer must not miss in a plan, and the verdict in one line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum

from review.moment import Action
from review.plan import Change

COUNTED = {Action.CREATE: "add", Action.UPDATE: "change", Action.REPLACE: "REPLACE", Action.DELETE: "DESTROY"}


class Danger(Enum):
    """Kinds of risk, the worst first. The values are the words of `--fail-on`."""

    DATA_LOSS = "data-loss"
    EXPOSURE = "exposure"
    RESILIENCE = "resilience"
    BLOCKED = "blocked"
    INTERRUPTION = "interruption"
    REPLACE = "replace"


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


def verdict(changes: list[Change], risks: list[Risk]) -> str:
    """The plan in one line, the worst of its risks named."""
    counts = Counter(change.action for change in changes)
    counted = [f"{counts[action]} to {word}" for action, word in COUNTED.items() if counts[action]]
    if not counted:
        return "Nothing changes"
    shorts = list(dict.fromkeys(risk.short for risk in risks if risk.short))
    more = f"; and {len(shorts) - NAMED} more to look at" if len(shorts) > NAMED else ""
    return ", ".join(counted) + (f": {'; '.join(shorts[:NAMED])}{more}" if shorts else "")


NAMED = 3
"""How many risks one line can hold."""
