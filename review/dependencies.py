"""The graph of who needs whom: its nodes are what can fail by itself.

An edge leads from a node to one that gives it a service. A node works as long as it is there and, for every service
that it needs, one of those that give it works.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from functools import cached_property

import networkx as nx


class Dependencies:
    """A graph with one question: does a node work while others are lost?"""

    def __init__(self) -> None:
        self._graph: nx.DiGraph[str] = nx.DiGraph()

    def need(self, node: str, service: str, given_by: Iterable[str]) -> None:
        """Says that a node needs a service, and who gives it; nobody, if nobody can."""
        self._graph.add_node(node)
        self._graph.nodes[node].setdefault("services", {})[service] = list(given_by)
        self._graph.add_edges_from((node, giver) for giver in self._graph.nodes[node]["services"][service])

    def failing(self, lost: Set[str]) -> set[str]:
        """All nodes that do not work, the lost ones included: the loss spreads to whoever needs what fails."""
        return self._spread(lost, self._failing_anyway)

    @cached_property
    def _failing_anyway(self) -> set[str]:
        """What does not work even with nothing lost."""
        return self._spread([node for node in self._graph if self._lacks(node, set())], set())

    def _spread(self, start: Iterable[str], known: Set[str]) -> set[str]:
        failing, reached = set(known), [node for node in start if node in self._graph]
        while reached:
            node = reached.pop()
            if node not in failing:
                failing.add(node)
                reached += [user for user in self._graph.predecessors(node) if self._lacks(user, failing)]
        return failing

    def why(self, node: str, lost: Set[str], failing: Set[str]) -> str:
        """What is missing at the end of the chain that makes a node fail."""
        seen = set()
        while node not in seen:
            seen.add(node)
            service = self._lacks(node, failing)
            givers = self._graph.nodes[node]["services"][service]
            still_there = [giver for giver in givers if giver not in lost]
            if not givers:
                return f"nothing lets {node} reach a {service}"
            if not still_there:
                break
            node = still_there[0]
        return f"no {service} is left"

    def _lacks(self, node: str, failing: Set[str]) -> str | None:
        """A service that nobody who works gives to the node."""
        services = self._graph.nodes[node].get("services", {})
        return next((service for service, givers in services.items() if all(its in failing for its in givers)), None)
