"""What a picture shows, without where: zones, tiers of subnets, parts with their members, and the flows between them.

What the change removes is in the scene as well, marked as gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import networkx as nx

from review.matrix import Mark
from review.moment import Action
from review.outside import Outer, Service, outside
from review.part import Kind, Member, Part
from review.reach import INTERNET, Flow
from review.report import Report
from review.view import View

WORDS = {Action.CREATE: "new", Action.UPDATE: "changed", Action.REPLACE: "replaced", Action.DELETE: "gone"}
"""What a change is called in the picture."""

REGION = r"[a-z]{2}(-[a-z]+)+-\d+"
"""At the beginning of a zone's name."""

KEPT_IN_A_REGION = (Service.RELEASES, Service.MAIL, Service.BACKUPS)

LISTED = 2
"""So many names are written out."""

ENDPOINTS = Kind.ENDPOINTS.name.lower()


@dataclass(frozen=True)
class Figure:
    """A member in a zone; where AWS chooses the zone, in the first one.

    Attributes:
        mark: one of `WORDS`, or empty.
    """

    name: str
    zone: str
    mark: str


@dataclass(frozen=True)
class Group:
    """A part with its members.

    Attributes:
        kind: the name of a `Kind` in small letters, as the icons are called.
        zones: all zones that it may stand in, in order.
        tier: its subnets' tier; empty where it is not known where it stands.
        unknown: what the plan does not tell of it, for people.
    """

    name: str
    kind: str
    detail: str
    is_fleet: bool
    figures: tuple[Figure, ...]
    zones: tuple[str, ...]
    tier: str
    mark: str
    unknown: str = ""


@dataclass(frozen=True)
class Box:
    """A subnet."""

    name: str
    zone: str
    tier: str
    cidr: str
    is_public: bool
    mark: str


@dataclass(frozen=True)
class Line:
    """Flows of one source to one target with the same mark, as one line.

    Attributes:
        ports: as people read them.
        is_exposure: the outside reaches something else than a load balancer.
        is_certain: the plan tells that they are possible.
    """

    source: str
    target: str
    ports: str
    mark: Mark
    is_exposure: bool
    is_certain: bool = True


@dataclass(frozen=True)
class Place:
    """A service outside the VPC, or several of one kind in one region.

    Attributes:
        region: where it is; empty where that is not known or it is everywhere.
        is_away: it is in another region than the VPC.
        behind: the groups that it stands in front of, and `Service.CLOUDFRONT`'s value for that.
        is_certain: whether the plan tells what it stands in front of.
    """

    service: Service
    detail: str
    region: str
    is_away: bool
    behind: frozenset[str]
    mark: str
    is_certain: bool

    @property
    def name(self) -> str:
        """What people call it."""
        return self.service.value


class Scene:
    """
    Attributes:
        region: the VPC's; empty where that is not known.
        places: the services outside the VPC, in the order in which a request meets them.
        vpc: what to call the VPC.
        zones: in order, the columns.
        tiers: in the order in which a request passes them, the rows.
        boxes: the subnets by tier and zone.
        groups: the parts, in the order in which a request passes them.
        nats: the zones with a NAT gateway, each with its mark.
        lines: the flows worth a line.
    """

    def __init__(self, report: Report) -> None:
        views = [view for view in (report.after, report.before) if view]
        self._is_new = report.is_new
        cidr = views[0].site.network.cidr
        self.vpc = f"VPC {cidr}" if cidr else "VPC"
        self.boxes = self._boxes(views)
        self.zones = sorted({zone for _, zone in self.boxes})
        regions = (re.match(REGION, zone) for zone in self.zones)
        self.region = next((region[0] for region in regions if region), "")
        self.nats = {
            nat.subnet.zone: self._mark(nat.resource.action)
            for view in reversed(views)
            for nat in view.site.network.nats.values()
        }
        names = dict.fromkeys(name for view in views for name in view.site.parts)
        found = [self._group(name, views) for name in names]
        # Endpoints are drawn where the lines to them meet.
        groups = [group for group in found if group.zones or group.kind != ENDPOINTS]
        missing = names.keys() - {group.name for group in groups}
        self.lines = [line for line in _lines(report) if not {line.source, line.target} & missing]
        depth = _depths(self.lines)
        self.lines.sort(key=lambda line: depth.get(line.source, len(depth)))
        self.groups = sorted(groups, key=lambda group: depth.get(group.name, len(depth)))
        by_depth = dict.fromkeys(group.tier for group in self.groups if group.kind != ENDPOINTS)
        self.tiers = list(dict.fromkeys([*by_depth, *(tier for tier, _ in self.boxes)]))
        self.places = self._places(views)

    def place(self, service: Service) -> Place | None:
        """The service, where the site has it: one that is in a single place."""
        return next((place for place in self.places if place.service is service), None)

    def _places(self, views: list[View]) -> list[Place]:
        """Those of one service together. A bucket of releases alone is not worth a place."""
        found = {outer.resource.address: outer for view in reversed(views) for outer in outside(view.site)}
        names = {part.resource.address: part.name for view in views for part in view.site.parts.values()}
        names |= {
            its.resource.address: its.service.value for its in found.values() if its.service is Service.CLOUDFRONT
        }
        self.region = self.region or next((outer.region for outer in found.values() if outer.region), "")
        together: dict[tuple[Service, bool], list[Outer]] = {}
        for outer in found.values():
            is_away = outer.region not in ("", self.region)
            together.setdefault((outer.service, is_away), []).append(outer)
        if not {Service.MAIL, Service.BACKUPS} & {service for service, _ in together}:
            together.pop((Service.RELEASES, False), None)
        order = list(Service)
        return [
            Place(
                service,
                _listed(name for outer in outers for name in outer.names),
                _listed(outer.region for outer in outers),
                is_away,
                frozenset(names[its] for outer in outers for its in outer.behind if its in names),
                common(self._mark(outer.resource.action) for outer in outers),
                all(outer.is_certain and (outer.region or service not in KEPT_IN_A_REGION) for outer in outers),
            )
            for (service, is_away), outers in sorted(
                together.items(), key=lambda item: (item[0][1], order.index(item[0][0]))
            )
        ]

    def _mark(self, action: Action) -> str:
        return "" if self._is_new else WORDS.get(action, "")

    def _boxes(self, views: list[View]) -> dict[tuple[str, str], Box]:
        return {
            (subnet.tier, subnet.zone): Box(
                subnet.name.replace("_", " "),
                subnet.zone,
                subnet.tier,
                str(subnet.cidr or ""),
                # Of a VPC that is only read, the name has to tell.
                subnet.needs_public_address or subnet.tier == "public",
                self._mark(subnet.action),
            )
            for view in reversed(views)
            for subnet in view.site.network.subnets.values()
        }

    def _group(self, name: str, views: list[View]) -> Group:
        """The part as it will be, with the members that go."""
        parts = [view.site.parts[name] for view in views if name in view.site.parts]
        part, members = parts[0], {_place(member): member for found in reversed(parts) for member in found.members}
        stays = {_place(member) for member in part.members} if name in views[0].site.parts else set()
        is_one = all(member.resource == part.resource for member in part.members)
        subnets = [subnet for found in parts for subnet in found.subnets]
        return Group(
            name=name,
            kind=part.kind.name.lower(),
            detail=part.detail,
            is_fleet=part.resource.type == "aws_autoscaling_group",
            figures=tuple(
                Figure(member.name, place[2], self._figure_mark(member, is_one, place in stays))
                for place, member in sorted(members.items(), key=lambda item: item[0][2])
            ),
            zones=tuple(sorted({subnet.zone for subnet in subnets})),
            tier=subnets[0].tier if subnets else "",
            mark=self._mark(part.resource.action) if is_one else "",
            unknown=_unknown(part),
        )

    def _figure_mark(self, member: Member, is_one: bool, stays: bool) -> str:
        if not stays:
            return WORDS[Action.DELETE]
        return "" if is_one else self._mark(member.resource.action)


def common(marks: Iterable[str]) -> str:
    """The mark of what has several parts: where only some of them change, it does."""
    found = set(marks)
    return found.pop() if len(found) == 1 else "changed" if any(found) else ""


def _listed(names: Iterable[str]) -> str:
    """Two names, and how many more there are."""
    found = list(dict.fromkeys(filter(None, names)))
    more = len(found) - LISTED
    return ", ".join(found[:LISTED]) + (f" and {more} more" if more > 0 else "")


def _unknown(part: Part) -> str:
    told = {
        "where it stands": part.is_placed and all(subnet.is_zone_known for subnet in part.subnets),
        "what is in it": all(member.is_certain for member in part.members),
        "its firewall": part.firewall.is_certain,
        "whether it is public": part.is_public is not None,
    }
    return ", ".join(what for what, is_told in told.items() if not is_told)


def _place(member: Member) -> tuple[str, str, str]:
    return member.resource.address, member.name, min(member.zones, default="")


def _lines(report: Report) -> list[Line]:
    """The flows of each source to each target, those with the same mark together."""
    together: dict[tuple[str, str, Mark, bool], list[Flow]] = {}
    for flow, mark in report.matrix.flows.items():
        shown = Mark.STAYS if report.is_new else mark
        together.setdefault((flow.source, flow.target, shown, flow.is_certain), []).append(flow)
    parts: dict[str, Part] = {}
    for view in (report.before, report.after):
        parts |= view.site.parts if view else {}
    lines = []
    for (source, target, mark, is_certain), flows in together.items():
        from_outside = source not in parts and target in parts
        exposes = from_outside and parts[target].kind is not Kind.LOAD_BALANCER
        ports = ", ".join(str(flow.ports) for flow in flows)
        lines.append(Line(source, target, ports, mark, exposes and is_certain, is_certain))
    return [line for line in lines if not _is_implied(line, lines)]


def _is_implied(line: Line, lines: list[Line]) -> bool:
    """Whom the whole internet reaches, every server reaches too: no line for that."""
    return line.source != INTERNET and any(
        other.source == INTERNET and other.target == line.target and other.ports == line.ports for other in lines
    )


def _depths(lines: list[Line]) -> dict[str, int]:
    """How many steps each place is from the internet."""
    graph: nx.DiGraph[str] = nx.DiGraph((line.source, line.target) for line in lines)
    return nx.single_source_shortest_path_length(graph, INTERNET) if INTERNET in graph else {}
