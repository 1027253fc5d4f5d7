"""The article's site when something fails, or changes, under its visitors' eyes."""

import hashlib
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from testbed import Site
from testbed.load import OWN_PAGE, Load
from testbed.namespace import Host, until
from testbed.site import AWKWARD

PICK_UP = 60
"""Seconds that a server waits at most before it uses a rotated password, by its own count."""

PAUSE = 5
"""Seconds that it waits at a time."""


@pytest.fixture
def site(opened: Site) -> Iterator[Site]:
    yield opened
    opened.recover()


NO_ANSWER = {0, 500, 502, 503, 504}


def errors(counted: dict[str, str]) -> int:
    """Requests that a target cost, of what HAProxy counted: no connection, or no whole answer."""
    return int(counted["econ"]) + int(counted["eresp"])


def some_more(load: Load, requests: int = 12) -> None:
    wanted = len(load.results) + requests
    until(lambda: len(load.results) >= wanted, f"{requests} more requests")


def test_a_killed_server_costs_the_requests_of_the_health_checks_window_and_is_used_again(site: Site):
    name, *_ = site.servers
    victim = site.servers[name]
    with Load(site) as load:
        some_more(load)
        before = site.balancer.statistics()
        killed = time.monotonic()
        victim.down()
        site.balancer.wait_for("DOWN", name)
        noticed = time.monotonic()
        some_more(load)
    after = site.balancer.statistics()
    failed_checks = int(after[name]["chkfail"]) - int(before[name]["chkfail"])
    assert failed_checks == site.balancer.check.unhealthy_threshold
    assert {failure.status for failure in load.failures()} <= NO_ANSWER
    # One that was under way when the server died began before.
    assert all(failure.over > killed and failure.at < noticed for failure in load.failures())
    lost = {server: errors(after[server]) - errors(before[server]) for server in after}
    assert lost == dict.fromkeys(after, 0) | {name: len(load.failures())}, "only the dead server costs requests"

    site.boot(name)
    site.wait_for_boot(name)
    site.balancer.wait_for("UP", name)
    answered = victim.path("/var/log/nginx/access.log")
    size = answered.stat().st_size
    with Load(site) as load:
        some_more(load)
    assert load.failures() == []
    assert answered.stat().st_size > size


def test_a_restarted_database_leaves_the_servers_registered(site: Site):
    check = site.balancer.check
    with Load(site) as load:
        some_more(load)
        site.stop_database()
        until(load.failures, "a failed page")
        # Longer than it takes to lose a server.
        last = time.monotonic() + check.interval * (check.unhealthy_threshold + 1)
        while time.monotonic() < last:
            assert set(site.balancer.state().values()) == {"UP"}
            time.sleep(1)
        page = site.visitor().get(f"{site.url}/", headers=OWN_PAGE)
        site.start_database()
        until(lambda: site.visitor().get(f"{site.url}/", headers=OWN_PAGE).status == 200, "a page after the restart")
        well_again = time.monotonic()
        some_more(load)
    assert (page.status, page.headers["Retry-After"], page.headers["Cache-Control"]) == (503, "10", "no-store")
    assert {failure.status for failure in load.failures()} <= NO_ANSWER
    assert load.failures(since=well_again) == []


def test_a_database_that_is_gone_without_a_word_is_given_up_before_the_page_is(site: Site):
    # Each PHP keeps its connection, and a host that lost its power ends none.
    visitor = site.visitor()
    assert visitor.get(f"{site.url}/", headers=OWN_PAGE).status == 200
    site.network.cut(site.database)
    page = visitor.get(f"{site.url}/", headers=OWN_PAGE)
    assert (page.status, page.headers["Retry-After"]) == (503, "10"), "PHP was ended while it waited"
    site.network.mend(site.database)
    until(lambda: visitor.get(f"{site.url}/", headers=OWN_PAGE).status == 200, "a page")


def waited(host: Host) -> float:
    """Seconds that a host's scripts have slept, as they asked for."""
    return sum(map(float, host.journal("sleep").split()))


class TestRotatedPassword:
    def rotate(self, site: Site) -> dict[str, str]:
        return {**site.secret("database"), "password": secrets.token_hex(8) + AWKWARD}

    def test_in_the_database_before_the_secret(self, site: Site):
        rotated = self.rotate(site)
        with Load(site) as load:
            some_more(load)
            site.set_database_password(rotated)
            until(load.failures, "a failed page")
            site.put_secret("database", rotated)
            self.until_used(site, rotated)
            used = time.monotonic()
            some_more(load)
        assert load.failures(since=used) == []

    def test_in_the_secret_before_the_database(self, site: Site):
        rotated = self.rotate(site)
        with Load(site) as load:
            some_more(load)
            site.put_secret("database", rotated)
            for server in site.servers.values():
                server.path("/run/pressform/php/database-refused").touch()
            offered = [server.path("/run/pressform/offered.json") for server in site.servers.values()]
            until(
                lambda: all(rotated["password"][:16] in offer.read_text() for offer in offered if offer.exists()),
                "a look at the secret",
            )
            some_more(load)
            assert load.failures() == [], "a password that the database does not take yet was used"
            site.set_database_password(rotated)
            self.until_used(site, rotated)
            used = time.monotonic()
            some_more(load)
        assert load.failures(since=used) == []

    def until_used(self, site: Site, secret: dict[str, str]) -> None:
        before = {name: waited(server) for name, server in site.servers.items()}
        files = [server.path("/run/pressform/database.json") for server in site.servers.values()]
        until(lambda: all(secret["password"][:16] in file.read_text() for file in files), "the new password")
        # The next pause may have begun already.
        assert all(waited(server) - before[name] <= PICK_UP + PAUSE for name, server in site.servers.items())


class TestAnotherBoot:
    """Changes nothing: by the script again, and by a reboot."""

    def state(self, site: Site, host: Host) -> dict[str, object]:
        disk = host.folder / "disk"
        moving = {"var/log", "var/cache", "aws", "bed", "tmp", "run", "etc/resolv.conf", "etc/hosts"}
        files = {
            path.relative_to(disk).as_posix(): (path.stat().st_mode, path.stat().st_uid, digest(path))
            for path in disk.rglob("*")
            if path.is_file() and not path.is_symlink() and not any(path.is_relative_to(disk / part) for part in moving)
        }
        tables = "wp_users, wp_usermeta, wp_posts, wp_postmeta, wp_terms, pressform_install"
        return {"files": files, "rows": site.query(f"CHECKSUM TABLE {tables}")}

    def test_by_the_script_under_load(self, site: Site):
        name, *_ = site.servers
        host = site.servers[name]
        before = self.state(site, host)
        with Load(site) as load:
            some_more(load)
            host.run("systemctl", "restart", "pressform.service")
            some_more(load)
        assert load.failures() == []
        assert self.state(site, host) == before
        assert site.boot_log(name)[-1].endswith("boot complete: serving")

    def test_by_a_reboot(self, site: Site):
        name, *_ = site.servers
        host = site.servers[name]
        before = self.state(site, host)
        host.down()
        site.boot(name)
        site.wait_for_boot(name)
        assert self.state(site, host) == before


def digest(path: Path) -> str:
    return hashlib.sha1(path.read_bytes()).hexdigest()
