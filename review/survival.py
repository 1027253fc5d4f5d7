"""What still works when something is lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from review.dependencies import Dependencies
from review.needs import VISITORS, Before, node, requests, servers, shells, ways_out
from review.network import short
from review.part import Kind
from review.reach import Reach
from review.site import Site

FAILOVER = "after the standby has taken over, in one to two minutes"
"""https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZ.Failover.html"""


class Works(IntEnum):
    """How much of something still works, as far as the plan tells."""

    NO = 0
    PARTLY = 1
    UNKNOWN = 2
    YES = 3


@dataclass(frozen=True)
class Answer:
    """Whether something still works, and what there is to say on it.

    Attributes:
        note: why not, or after how long.
        without: the servers that are left without it.
    """

    works: Works
    note: str = ""
    without: frozenset[str] = frozenset()


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


@dataclass
class Lost:
    """The nodes that go with a failure.

    Attributes:
        surely: those that do.
        perhaps: those that may, because it is not known where they stand.
    """

    surely: set[str] = field(default_factory=set)
    perhaps: set[str] = field(default_factory=set)


class Survival:
    """The outcome of every failure at one moment.

    Attributes:
        outcomes: by what is lost; NOTHING comes first.
    """

    def __init__(self, site: Site, reach: Reach, before: Before) -> None:
        self._site = site
        self._requests = {sure: requests(site, reach, before, sure) for sure in (True, False)}
        out, shell = ways_out(site, reach, is_sure=True), shells(site, reach, is_sure=True)
        is_told = not reach.possible and all(
            member.is_placed and all(subnet.is_told for subnet in member.subnets) for _, member in servers(site)
        )
        self._ways_out = {True: out, False: out if is_told else ways_out(site, reach, is_sure=False)}
        self._shells = {True: shell, False: shell if is_told else shells(site, reach, is_sure=False)}
        self._servers = [node(part, server) for part, server in servers(site)]
        self._all_servers = frozenset(self._servers)
        self._all_out, self._all_shells = (self._of_servers(its, Lost()) for its in (self._ways_out, self._shells))
        self.outcomes = {name: self._outcome(lost) for name, lost in self._failures().items()}

    @property
    def down(self) -> str:
        """Why the site does not even answer with nothing lost; empty where it does, or where that is not known."""
        return self.outcomes[NOTHING].answers.note if self.outcomes[NOTHING].answers.works is Works.NO else ""

    @property
    def in_doubt(self) -> str:
        """Why it is not known whether the site answers with nothing lost; empty where it is."""
        return self.outcomes[NOTHING].answers.note if self.outcomes[NOTHING].answers.works is Works.UNKNOWN else ""

    @property
    def single_points(self) -> list[str]:
        """Everything whose loss alone takes down a site that is up."""
        if self.down or self.in_doubt:
            return []
        return [name for name, outcome in self.outcomes.items() if outcome.answers.works < Works.UNKNOWN]

    @property
    def unknown_points(self) -> list[str]:
        """Everything of which it is not known whether its loss takes down a site that is up."""
        if self.down or self.in_doubt:
            return []
        return [name for name, outcome in self.outcomes.items() if outcome.answers.works is Works.UNKNOWN]

    def _failures(self) -> dict[str, Lost]:
        """Each server, each NAT gateway, each database's primary, each zone: with the nodes that go with it."""
        failures: dict[str, Lost] = {NOTHING: Lost()}
        in_zone = {zone: Lost() for zone in self._site.network.zones}
        nowhere = Lost()
        for part in self._site.parts.values():
            for member in part.members if part.is_needed else ():
                its = node(part, member)
                known = {subnet.zone for subnet in member.subnets if subnet.is_zone_known}
                if not member.is_placed or not known or len(known) < len(member.zones):
                    # It may be in any zone, in one that no subnet of the plan is in as well.
                    for lost in (*in_zone.values(), nowhere):
                        lost.perhaps.add(its)
                    continue
                for zone in known:
                    in_zone[zone].surely.add(its)
        for part, server in servers(self._site):
            failures[server.name] = Lost({node(part, server)})
        for database in self._site.of(Kind.DATABASE):
            if database.is_needed:
                primary = {node(database, member) for member in database.members[:1]}
                failures[f"the {database.name}'s primary"] = Lost(primary)
        nats = self._site.network.nats
        zones = [nat.subnet.zone for nat in nats.values()]
        for address, nat in nats.items():
            place = short(nat.subnet.zone)
            name = f"NAT gateway in {place}" if zones.count(nat.subnet.zone) == 1 else f"NAT gateway {address}"
            failures[name] = Lost({address})
            if nat.subnet.zone in in_zone:
                in_zone[nat.subnet.zone].surely.add(address)
        failures |= {f"zone {short(zone)}": lost for zone, lost in in_zone.items()}
        if nowhere.perhaps:
            failures["a zone that is not known"] = nowhere
        return failures

    def _outcome(self, lost: Lost) -> Outcome:
        if lost.surely and not lost.perhaps and lost.surely <= self._all_servers:
            # Nobody leans on a server to get out: the others have what they have with nothing lost.
            return Outcome(
                self._answers(lost), *(self._of_others(whole, lost) for whole in (self._all_out, self._all_shells))
            )
        return Outcome(
            self._answers(lost), self._of_servers(self._ways_out, lost), self._of_servers(self._shells, lost)
        )

    def _of_others(self, whole: Answer, lost: Lost) -> Answer:
        """What the servers that are left have, by what all have."""
        if len(lost.surely) == len(self._all_servers):
            return Answer(Works.NO, "no server is left")
        if whole.works is not Works.PARTLY and not (whole.without & lost.surely):
            return whole
        without = len(whole.without) - len(whole.without & lost.surely)
        if not without:
            return Answer(Works.YES)
        if whole.works is Works.UNKNOWN:
            return Answer(Works.UNKNOWN, whole.note, whole.without)
        is_all = without == len(self._all_servers) - len(lost.surely)
        return Answer(Works.NO if is_all else Works.PARTLY, whole.note, whole.without)

    def _answers(self, lost: Lost) -> Answer:
        """What fails at best, fails; what works at worst, works."""
        best, worst = self._requests[False], self._requests[True]
        failing = best.failing(lost.surely)
        if VISITORS in failing:
            return Answer(Works.NO, best.why(VISITORS, lost.surely, failing))
        at_worst = lost.surely | lost.perhaps
        failing = worst.failing(at_worst)
        if VISITORS in failing:
            return Answer(Works.UNKNOWN, _doubt(worst.why(VISITORS, at_worst, failing)))
        primaries = {
            node(database, member)
            for database in self._site.of(Kind.DATABASE)
            if database.is_needed
            for member in database.members[:1]
        }
        return Answer(Works.YES, FAILOVER if primaries & at_worst else "")

    def _of_servers(self, graphs: dict[bool, Dependencies], lost: Lost) -> Answer:
        """Of the servers that are left, which ones still have it."""
        left = [server for server in self._servers if server not in lost.surely]
        if not left:
            return Answer(Works.NO, "no server is left")
        best, worst = graphs[False], graphs[True]
        failing = best.failing(lost.surely)
        without = [server for server in left if server in failing]
        if without:
            why = f"{_listed(without)}: {best.why(without[0], lost.surely, failing)}"
            works = Works.NO if len(without) == len(left) else Works.PARTLY
            return Answer(works, why, frozenset(without))
        at_worst = lost.surely | lost.perhaps
        failing = worst.failing(at_worst)
        doubtful = [server for server in left if server in failing and server not in lost.perhaps]
        if doubtful:
            why = f"{_listed(doubtful)}: {_doubt(worst.why(doubtful[0], at_worst, failing))}"
            return Answer(Works.UNKNOWN, why, frozenset(doubtful))
        return Answer(Works.YES)


def _doubt(why: str) -> str:
    return f"the plan does not rule out that {why}"


def _listed(servers: list[str]) -> str:
    """So many names that a table's cell can hold."""
    more = len(servers) - LISTED
    return ", ".join(servers[:LISTED]) + (f" and {more} more" if more > 0 else "")


LISTED = 8
