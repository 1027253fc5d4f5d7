"""What the review says of drawn sites, against a second model that knows the settings and nothing of any plan."""

import json
from functools import cache
from itertools import product

from modules.settings import Environment
from review.matrix import Mark
from review.plan import Plan
from review.reach import INTERNET
from review.report import Report
from review.rules import CLOUDFRONT
from review.survival import NOTHING, Works
from tests.properties.planning import Document, changed_site, new_site
from tests.properties.rendering import File, each_file, read, written
from tests.properties.test_accepted import WORLD, expected_flows

PARTS = {
    "web": "web servers",
    "frontend": "frontend servers",
    "api": "api servers",
    "load_balancer": "load balancer",
    "internal_load_balancer": "internal load balancer",
    "endpoints": "AWS endpoints",
}
"""What the review calls the groups of the firewall table; the others keep their names."""

DATABASES = {False: "aws_db_instance.database", True: "aws_rds_cluster.database"}

WORLD_BY_IPV6 = "::/0"
WORLDS = (WORLD, WORLD_BY_IPV6)

Flow = tuple[str, str, str]


class Model:
    """A site, from its settings alone."""

    def __init__(self, settings: Environment, database: str = "database") -> None:
        self.database = database
        self.settings, self.network = settings, settings.network
        self.groups = [name for name in ("web", "frontend", "api") if getattr(settings, name)]
        self.zones = {short(zone) for zone in self.network.public}
        self.is_kept = bool(self.network.vpc_id)
        self.servers = {
            name: (group, short(zone)) for group in self.groups for name, zone in self._servers(group).items()
        }
        self.nats = {"one": [short(next(iter(self.network.public)))], "per-zone": sorted(self.zones)}
        self.nats = [] if self.is_kept or not self._is_private else self.nats.get(self.network.nat, [])

    @property
    def _is_private(self) -> bool:
        return bool(getattr(self.network, self.groups[0]))

    def _tier(self, group: str) -> list[str]:
        return sorted(getattr(self.network, group) or self.network.public)

    def _servers(self, group: str) -> dict[str, str]:
        """The servers that are there at any time, each with its zone: AWS spreads a fleet evenly."""
        group_settings, zones = getattr(self.settings, group), self._tier(group)
        if group_settings.servers:
            return dict(group_settings.servers)
        return {f"{group} server {i + 1}": zones[i % len(zones)] for i in range(group_settings.fleet.min)}

    @property
    def flows(self) -> set[Flow]:
        """Who reaches whom: what both ends' rules allow, where a route leads."""
        table = expected_flows(self.settings)
        named = {(self._named(source), self._named(target), port) for source, target, port in table}
        ends = {end for flow in named for end in flow[:2]}
        parts = {end for end in ends if not _is_outside(end)}
        found = {flow for flow in named if flow[0] in parts and flow[1] in parts}
        # Who may reach everybody, reaches whoever answers everybody.
        found |= {
            (source, target, port)
            for (source, one, port), (other, target, its) in product(named, named)
            if one == other and one in WORLDS and port == its
        }
        found |= {flow for flow in named if flow[0] not in parts and flow[1] in parts}
        if self.is_kept or not self._is_private or self.nats:
            found |= {flow for flow in named if flow[1] == WORLD}
        found |= {flow for flow in named if flow[1] == WORLD_BY_IPV6}
        return {
            (_called(source), _called(target), _port(port))
            for source, target, port in found
            if source != target or source in parts
        }

    def _named(self, end: str) -> str:
        if "managed_prefix_list" in end:
            return CLOUDFRONT
        return self.database if end in ("database", "the keeper's") else PARTS.get(end, end)

    def lost(self) -> dict[str, tuple[set[str], set[str]]]:
        """Every loss, with the servers and the zones' gateways that go with it."""
        found: dict[str, tuple[set[str], set[str]]] = {
            NOTHING: (set(), set()),
            f"the {self.database}'s primary": (set(), set()),
        }
        found |= {name: ({name}, set()) for name in self.servers}
        found |= {f"NAT gateway in {zone}": (set(), {zone}) for zone in self.nats}
        for zone in self.zones:
            found[f"zone {zone}"] = ({name for name, (_, its) in self.servers.items() if its == zone}, {zone})
        return found

    def answers(self, lost: str) -> Works:
        servers, _ = self.lost()[lost]
        left = {group for name, (group, _) in self.servers.items() if name not in servers}
        if left != set(self.groups):
            return Works.NO
        database = self.settings.database
        if database.existing:
            return Works.UNKNOWN if lost.startswith("zone") else Works.YES
        has_other = bool(database.aurora.readers) if database.aurora else database.multi_az
        concerns = lost.endswith("'s primary") or lost.startswith("zone")
        return Works.NO if concerns and not has_other else Works.YES

    def gets_out(self, lost: str) -> Works:
        servers, gateways = self.lost()[lost]
        left = {name: zone for name, (_, zone) in self.servers.items() if name not in servers}
        if self.is_kept or not self._is_private:
            able = set(left)
        elif self.network.nat == "one":
            able = set(left) if not set(self.nats) & gateways else set()
        else:
            able = {name for name, zone in left.items() if zone in self.nats and zone not in gateways}
        return _how_many(able, left)

    def shell(self, lost: str) -> Works:
        has_endpoints = self.network.interface_endpoints and not self.is_kept and self._is_private
        left = set(self.servers) - self.lost()[lost][0]
        return _how_many(left, left) if has_endpoints else self.gets_out(lost)


def short(zone: str) -> str:
    return zone.rpartition("-")[2]


def _called(end: str) -> str:
    return INTERNET if end in WORLDS else end


def _is_outside(end: str) -> bool:
    return end == CLOUDFRONT or "/" in end or "${" in end


def _how_many(able: object, left: object) -> Works:
    return Works.NO if not able or not left else Works.YES if len(able) == len(left) else Works.PARTLY


def _port(port: str) -> str:
    protocol, _, number = port.partition("/")
    return number if protocol == "tcp" else f"{number}/{protocol}"


@cache
def site(name: str, text: str) -> Document:
    return json.loads(written(name, text))


def report(document: Document) -> Report:
    return Report(Plan(document), "test", "")


def said(found: Report) -> set[Flow]:
    return {(flow.source, flow.target, str(flow.ports)) for flow in found.after.reach.flows}


@each_file
def test_who_reaches_whom_and_what_survives_is_what_the_settings_say(file: File):
    """Of a new site, whose ids are not known."""
    model, found = Model(read(file.name, file.text)), report(new_site(site(file.name, file.text)))
    survival = found.after.survival

    assert said(found) == model.flows
    assert found.after.reach.possible == set()
    assert survival.outcomes.keys() - {"a zone that is not known"} == model.lost().keys()
    for lost in model.lost():
        outcome = survival.outcomes[lost]
        works = (outcome.answers.works, outcome.gets_out.works, outcome.shell.works)
        assert works == (model.answers(lost), model.gets_out(lost), model.shell(lost)), lost


def test_a_change_opens_and_closes_what_the_settings_say():
    """From each drawn site to the next one that leans on the same of somebody else's, where all ids are known."""
    last: dict[tuple[bool, bool], File] = {}

    @each_file
    def change(file: File) -> None:
        settings = read(file.name, file.text)
        kept = bool(settings.network.vpc_id), bool(settings.database.existing)
        if kept in last:
            _compare(last[kept], file)
        last[kept] = file

    change()


def _compare(was: File, becomes: File) -> None:
    settings = [read(file.name, file.text) for file in (was, becomes)]
    names = [DATABASES[bool(its.database.aurora)] for its in settings if not its.database.existing]
    # Two resources with one name are called by their addresses.
    both = [names[i] if len(set(names)) > 1 else "database" for i in range(2)]
    before, after = (Model(its, name) for its, name in zip(settings, both, strict=True))
    found = report(changed_site(*(site(file.name, file.text) for file in (was, becomes))))

    assert said(found) == after.flows
    for mark, expected in ((Mark.OPENED, after.flows - before.flows), (Mark.CLOSED, before.flows - after.flows)):
        marked = {(flow.source, flow.target, str(flow.ports)) for flow in found.matrix.marked(mark)}
        assert marked == expected, mark
    told = {risk.text.partition(" now takes the site down")[0] for risk in found.risks}
    worse = {lost for lost in before.lost().keys() & after.lost().keys() if after.answers(lost) is Works.NO}
    worse = {lost for lost in worse if before.answers(lost) is not Works.NO}
    assert {lost for lost in after.lost() if f"losing {lost}" in told} == worse
