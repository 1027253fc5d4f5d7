"""A bed each for the tests that leave their site as they found it."""

from collections.abc import Iterator

import pytest

from testbed import Environment, Site
from tests.once import planned
from tests.tools import require_bed

__all__ = ["planned"]


@pytest.fixture(scope="session")
def environment() -> Environment:
    require_bed()
    return Environment.of("handson")


@pytest.fixture(scope="session")
def site(environment: Environment) -> Iterator[Site]:
    """The article's site, its servers booted at the same time against an empty database."""
    with Site(environment) as site:
        site.open()
        yield site


@pytest.fixture(scope="module")
def opened(environment: Environment) -> Iterator[Site]:
    """The same for a module alone, which disturbs it."""
    with Site(environment) as site:
        site.open()
        yield site


@pytest.fixture(scope="session")
def three_tier() -> Iterator[Site]:
    """Topology 2: TLS, nginx, an internal load balancer, WordPress."""
    require_bed()
    with Site(Environment.of("three-tier")) as site:
        site.open()
        yield site


@pytest.fixture(scope="session")
def production() -> Iterator[Site]:
    """What a company would run: CloudFront, a private fleet, an object cache, mail."""
    require_bed()
    with Site(Environment.of("production")) as site:
        site.open()
        yield site
