"""[php]."""

from collections.abc import Iterator

from modules.settings.cdn import Cdn
from modules.settings.load_balancer import LoadBalancer
from modules.settings.php import Php
from modules.settings.problems import Problem, dotted, shown

CLOUDFRONT_WAITS = 60
"""Seconds. https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"""


def everyone_on_the_way_waits_for_php(php: Php, load_balancer: LoadBalancer, cdn: Cdn | None) -> Iterator[Problem]:
    if php.max_execution_time > load_balancer.idle_timeout:
        allowed = f"up to load_balancer.idle_timeout, {load_balancer.idle_timeout} seconds: it would hang up"
        yield Problem("php.max_execution_time", str(php.max_execution_time), allowed)
    elif cdn and php.max_execution_time > CLOUDFRONT_WAITS:
        allowed = f"up to {CLOUDFRONT_WAITS} with [cdn]: CloudFront waits no longer"
        yield Problem("php.max_execution_time", str(php.max_execution_time), allowed)


def extensions_are_named_once(php: Php) -> Iterator[Problem]:
    for index, name in enumerate(php.extensions):
        if name in php.extensions[:index]:
            yield Problem(dotted("php", "extensions", index), f"{shown(name)} again", "each extension once")
