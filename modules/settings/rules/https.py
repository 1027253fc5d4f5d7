"""[https]: the site's names, their hosted zone and their certificate."""

from collections.abc import Iterator

from modules.settings.https import Https
from modules.settings.problems import Problem, dotted, shown


def the_names_have_a_zone_or_a_certificate(https: Https | None) -> Iterator[Problem]:
    if https is None:
        return
    if https.zone and https.zone_id:
        yield Problem("https.zone_id", shown(https.zone_id), "only one of zone and zone_id")
    if not https.certificate_arn and not https.zone and not https.zone_id:
        allowed = "a hosted zone for it in https.zone or https.zone_id, or a certificate in https.certificate_arn"
        yield Problem("https.domain", shown(https.domain), allowed)
    elif https.create_zone and not https.zone:
        yield Problem("https.create_zone", "true", "false, or the new zone's name in https.zone")


def the_names_are_in_the_zone(https: Https | None) -> Iterator[Problem]:
    for key, name in _names(https):
        if https and https.zone and name != https.zone and not name.endswith(f".{https.zone}"):
            allowed = f"a name in https.zone: {https.zone} itself, or one that ends in .{https.zone}"
            yield Problem(key, shown(name), allowed)


def the_names_differ(https: Https | None) -> Iterator[Problem]:
    taken: dict[str, str] = {}
    for key, name in _names(https):
        other = taken.setdefault(name, key)
        if other != key:
            yield Problem(key, f"{shown(name)} again", f"each name once: {other} has it already")


def a_certificate_holds_the_domain(https: Https | None) -> Iterator[Problem]:
    """https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html"""
    if https and not https.certificate_arn and len(https.domain) > 64:
        allowed = "a name of up to 64 characters, as certificates demand of their first name; longer in more_names"
        yield Problem("https.domain", f"{shown(https.domain)}, longer than 64", allowed)


def the_certificate_is_in_the_region(region: str, https: Https | None) -> Iterator[Problem]:
    if https and https.certificate_arn and (found := https.certificate_arn.split(":")[3]) != region:
        allowed = f"one in {region}: a load balancer takes certificates of its own region only"
        yield Problem("https.certificate_arn", f"a certificate in {found}", allowed)


def _names(https: Https | None) -> Iterator[tuple[str, str]]:
    """Every name of the site with its key, the main one first."""
    if https is not None:
        yield "https.domain", https.domain
        for index, name in enumerate(https.more_names):
            yield dotted("https", "more_names", index), name
