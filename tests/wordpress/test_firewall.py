"""The firewall chain of the JSON, between real hosts: who reaches whom, and that nobody else does.

The review says the same of the plan.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest

from review.plan import Plan
from review.report import Report
from testbed import Site
from testbed.namespace import Namespace
from tests.once import Document, Planned

PORTS = (22, 80, 443, 2049, 3306)


class Probes:
    """Listeners on every port of interest on every host, so that what does not connect was stopped on the way."""

    def __init__(self, site: Site, hosts: dict[str, Namespace]):
        self.site = site
        self.hosts = hosts
        self.listeners = []
        for host in hosts.values():
            for port in PORTS:
                try:
                    self.listeners.append(host.listen(port))
                except OSError:
                    continue  # the real service is there

    def open(self) -> set[str]:
        pairs = [
            (source, target, port)
            for source in self.hosts
            for target in self.hosts
            for port in PORTS
            if source != target and not {source, target} <= {"client", "internet"}
        ]
        with ThreadPoolExecutor(100) as pool:
            reached = pool.map(lambda pair: self._reaches(*pair), pairs)
            return {
                f"{source} -> {target}:{port}" for (source, target, port), ok in zip(pairs, reached, strict=True) if ok
            }

    def _reaches(self, source: str, target: str, port: int) -> bool:
        try:
            self.hosts[source].connect(self.hosts[target].address, port, timeout=1.5).close()
        except OSError:
            return False
        return True

    def close(self) -> None:
        for listener in self.listeners:
            listener.close()


def hosts(site: Site) -> dict[str, Namespace]:
    return {
        "client": site.client,
        "internet": site.internet.host,
        **{name: balancer.host for name, balancer in site.balancers.items()},
        **site.every_server,
        "database": site.database,
        "uploads": site.uploads,
    }


@pytest.fixture
def probe(request: pytest.FixtureRequest):
    made = []

    def make(site: Site) -> Probes:
        made.append(Probes(site, hosts(site)))
        return made[0]

    yield make
    for probes in made:
        probes.close()


def internet_from(*servers: str) -> set[str]:
    """What a boot needs: packages and WordPress."""
    return {
        f"{server} -> {outside}:{port}"
        for server in servers
        for outside in ("client", "internet")
        for port in (80, 443)
    }


HOSTS = {
    "internet": ["client", "internet"],
    "load balancer": ["load_balancer"],
    "internal load balancer": ["internal_load_balancer"],
    "database": ["database"],
    "uploads": ["uploads"],
}
"""The hosts of what the review tells of, beside the servers."""


def by_review(plan: Document, **servers: Iterable[str]) -> set[str]:
    """Who reaches whom by the review of a plan, host by host.

    Args:
        servers: of each group the hosts.
    """
    hosts = HOSTS | {f"{group} servers": list(names) for group, names in servers.items()}
    return {
        f"{source} -> {target}:{port}"
        for flow in Report(Plan(plan), "", "").after.reach.flows
        for source, target in product(hosts.get(flow.source, ()), hosts.get(flow.target, ()))
        for port in PORTS
        if port in flow.ports
    }


HANDSON = {
    "client -> load_balancer:80",
    "internet -> load_balancer:80",
    "load_balancer -> webserver1:80",
    "load_balancer -> webserver2:80",
    "webserver1 -> database:3306",
    "webserver2 -> database:3306",
    "webserver1 -> uploads:2049",
    "webserver2 -> uploads:2049",
    # The load balancer is on the internet too.
    "webserver1 -> load_balancer:80",
    "webserver2 -> load_balancer:80",
    *internet_from("webserver1", "webserver2"),
}


def test_nobody_reaches_a_server_of_the_article_but_through_the_load_balancer(site: Site, probe, planned: Planned):
    assert probe(site).open() == HANDSON == by_review(planned("handson"), web=site.servers)


def test_a_rule_too_many_fails_that_check(site: Site, probe):
    """A test of the test."""
    (server, *_) = site.servers.values()
    server.configure(["nft", "-f", "-"], "insert rule inet groups input tcp dport 22 accept\n")
    try:
        more = probe(site).open() - HANDSON
    finally:
        site.network.protect(server)
    assert f"client -> {server.name}:22" in more


def test_each_tier_reaches_the_next_one_alone(three_tier: Site, probe, planned: Planned):
    site = three_tier
    web = list(site.servers)
    front = [name for name in site.every_server if name not in site.servers]
    expected = {f"{outside} -> load_balancer:{port}" for outside in ("client", "internet") for port in (80, 443)}
    expected |= {f"load_balancer -> {server}:80" for server in front}
    expected |= {f"{server} -> internal_load_balancer:80" for server in front}
    expected |= {f"internal_load_balancer -> {server}:80" for server in web}
    expected |= {f"{server} -> database:3306" for server in web} | {f"{server} -> uploads:2049" for server in web}
    expected |= internet_from(*web, *front)
    expected |= {f"{server} -> load_balancer:{port}" for server in (*web, *front) for port in (80, 443)}
    assert probe(site).open() == expected == by_review(planned("three-tier"), frontend=front, api=web)
