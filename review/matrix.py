"""Two moments of reachability side by side: who reaches whom, and what the change opens or closes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from review.reach import INTERNET, Flow


class Mark(Enum):
    """What the change does to a flow."""

    STAYS = ""
    OPENED = "opened"
    CLOSED = "closed"


@dataclass(frozen=True)
class Matrix:
    """Rows are sources, columns are targets.

    Attributes:
        flows: every flow of either moment with its mark.
    """

    sources: list[str]
    targets: list[str]
    flows: dict[Flow, Mark]

    @classmethod
    def of(cls, before: set[Flow], after: set[Flow], parts: Iterable[str]) -> Matrix:
        """
        Args:
            before: the flows before the change, those that are only possible among them.
            after: the same, after it.
            parts: the names of the site's parts, in their order.
        """
        was, is_now = ({replace(flow, is_certain=True) for flow in flows} for flows in (before, after))
        # A flow of both moments is shown as it will be.
        shown = after | {flow for flow in before if replace(flow, is_certain=True) not in is_now}
        flows = {flow: _mark(replace(flow, is_certain=True), was, is_now) for flow in sorted(shown)}
        places = {place for flow in flows for place in (flow.source, flow.target)}
        parts = list(dict.fromkeys(parts))
        order = [INTERNET, *sorted(places - {INTERNET, *parts}), *parts]
        sources = {flow.source for flow in flows}
        targets = {flow.target for flow in flows}
        return cls(
            [place for place in order if place in sources],
            [place for place in order if place in targets],
            flows,
        )

    def cell(self, source: str, target: str) -> list[tuple[Flow, Mark]]:
        """What goes from one place to another."""
        return [(flow, mark) for flow, mark in self.flows.items() if (flow.source, flow.target) == (source, target)]

    def marked(self, mark: Mark) -> list[Flow]:
        """All flows with a mark."""
        return [flow for flow, its in self.flows.items() if its is mark]


def _mark(flow: Flow, before: set[Flow], after: set[Flow]) -> Mark:
    if flow not in before:
        return Mark.OPENED
    return Mark.STAYS if flow in after else Mark.CLOSED
