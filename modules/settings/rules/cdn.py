"""[cdn]."""

from collections.abc import Iterator

from modules.settings.cdn import EDGE_REGION, Cdn
from modules.settings.https import Https
from modules.settings.problems import Problem


def the_cdn_has_a_name(https: Https | None, cdn: Cdn | None) -> Iterator[Problem]:
    if cdn and not https:
        yield Problem("cdn", "a table without [https]", "[https] beside it, with the site's own name")


def the_cdn_has_a_certificate(https: Https | None, cdn: Cdn | None) -> Iterator[Problem]:
    if not cdn or not https:
        return
    if https.certificate_arn and not cdn.certificate_arn:
        allowed = f"another one of the same names from {EDGE_REGION}, where CloudFront takes its certificates from"
        yield Problem("cdn.certificate_arn", "nothing, beside https.certificate_arn", allowed)
    elif cdn.certificate_arn and (found := cdn.certificate_arn.split(":")[3]) != EDGE_REGION:
        yield Problem("cdn.certificate_arn", f"a certificate in {found}", f"one in {EDGE_REGION}")
