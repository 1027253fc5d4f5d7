"""What several rules look at."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from modules.settings.network import SERVER_TIERS, Network
from modules.settings.servers import Servers

TIERS = ("public", *SERVER_TIERS, "database")

Group = Servers | None

DAY, WEEK = 24 * 60, 7 * 24 * 60
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def all_subnets(network: Network) -> Iterator[tuple[str, str, IPv4Network | str]]:
    """Every subnet as its key in the file, its zone, and its addresses or id. A tier that is itself wrong has none."""
    for tier in TIERS:
        for zone, subnet in getattr(network, tier, {}).items():
            yield f"network.{tier}.{zone}", zone, subnet


def new_subnets(network: Network) -> Iterator[tuple[str, str, IPv4Network]]:
    """The subnets that are listed by their addresses."""
    for key, zone, subnet in all_subnets(network):
        if isinstance(subnet, IPv4Network):
            yield key, zone, subnet


def given(web: Group, frontend: Group, api: Group) -> Iterator[tuple[str, Servers]]:
    """The groups of servers that the file has, by section."""
    for section, group in zip(SERVER_TIERS, (web, frontend, api), strict=True):
        if group is not None:
            yield section, group


def tiers_are_complete(web: Group, frontend: Group, api: Group) -> bool:
    return tuple(section for section, _ in given(web, frontend, api)) in (("web",), ("frontend", "api"))


def span(window: str) -> tuple[int, int]:
    """When a daily or weekly window begins, and how long it lasts, in minutes."""
    begins, ends = (_minutes(clock) for clock in window.split("-"))
    return begins, (ends - begins) % (WEEK if window[0].isalpha() else DAY)


def _minutes(clock: str) -> int:
    """Since midnight, or since Monday where the day is given."""
    *day, hours, minutes = clock.split(":")
    return (_DAYS.index(day[0]) * DAY if day else 0) + int(hours) * 60 + int(minutes)
