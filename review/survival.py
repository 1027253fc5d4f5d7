"""What still works when something is lost."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from review.dependencies import Dependencies
from review.needs import VISITORS, Needs, node, requests, servers, shells, ways_out
from review.network import short
from review.part import Kind
from review.reach import Reach
from review.site import Site

FAILOVER = "after the standby has taken over, in one to two minutes"
"""https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZ.Failover.html"""


class Works(IntEnum):
    """How much of something still works."""

    NO = 0
    PARTLY = 1
    YES = 2


@dataclass(frozen=True)
class Answer:
    """Whether something still works, and what there is to say on it: why not, or after how long."""

    works: Works
    note: str = ""


@dataclass(frozen=True)
class Outcome:
    """What is left after a failure.

    Attributes:
        answers: visitors get the site. Authors sign in wherever it answers: users and sessions are in the database.
        gets_out: the servers reach the internet, for updates, mail, and all that a new server needs to start.
        shell: an operator signs in to the servers by Session Manager.
    """

    answers: Answer
    gets_out: Answer
    shell: Answer


NOTHING = "nothing"


class Survival:
    """The outcome of every failure at one moment.

    Attributes:
        outcomes: by what is lost; NOTHING comes first.
    """

    def __init__(self, site: Site, reach: Reach, needed_before: Needs) -> None:
        self._site = site
        self._requests = requests(site, reach, needed_before)
        self._ways_out, self._shells = ways_out(site, reach), shells(site, reach)
        self._servers = [node(part, server) for part, server in servers(site)]
        self.outcomes = {name: self._outcome(lost) for name, lost in self._failures().items()}

    @property
    def down(self) -> str:
        """Why the site does not even answer with nothing lost; empty where it does."""
        return self.outcomes[NOTHING].answers.note if self.outcomes[NOTHING].answers.works is Works.NO else ""

    @property
    def single_points(self) -> list[str]:
        """Everything whose loss alone takes down a site that is up."""
        if self.down:
            return []
        return [name for name, outcome in self.outcomes.items() if outcome.answers.works < Works.YES]

    def _failures(self) -> dict[str, set[str]]:
        """Each server, each NAT gateway, each database's primary, each zone: with the nodes that go with it."""
        failures: dict[str, set[str]] = {NOTHING: set()}
        in_zone: dict[str, set[str]] = {zone: set() for zone in self._site.network.zones}
        for part in self._site.parts.values():
            for member in part.members:
                for zone in member.zones & in_zone.keys():
                    in_zone[zone].add(node(part, member))
        failures |= {server.name: {node(part, server)} for part, server in servers(self._site)}
        for database in self._site.of(Kind.DATABASE):
            failures |= {f"the {database.name}'s primary": {node(database, member)} for member in database.members[:1]}
        for address, nat in self._site.network.nats.items():
            failures[f"NAT gateway in {short(nat.subnet.zone)}"] = {address}
            in_zone[nat.subnet.zone].add(address)
        return failures | {f"zone {short(zone)}": lost for zone, lost in in_zone.items()}

    def _outcome(self, lost: set[str]) -> Outcome:
        return Outcome(
            self._answers(lost), self._of_servers(self._ways_out, lost), self._of_servers(self._shells, lost)
        )

    def _answers(self, lost: set[str]) -> Answer:
        failing = self._requests.failing(lost)
        if VISITORS in failing:
            return Answer(Works.NO, self._requests.why(VISITORS, lost, failing))
        primaries = {
            node(database, member) for database in self._site.of(Kind.DATABASE) for member in database.members[:1]
        }
        return Answer(Works.YES, FAILOVER if primaries & lost else "")

    def _of_servers(self, graph: Dependencies, lost: set[str]) -> Answer:
        """Of the servers that are left, which ones still have it."""
        left = [server for server in self._servers if server not in lost]
        if not left:
            return Answer(Works.NO, "no server is left")
        failing = graph.failing(lost)
        without = [server for server in left if server in failing]
        if not without:
            return Answer(Works.YES)
        why = f"{', '.join(without)}: {graph.why(without[0], lost, failing)}"
        return Answer(Works.NO if len(without) == len(left) else Works.PARTLY, why)
