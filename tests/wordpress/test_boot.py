"""A server's boot when something is wrong, or was interrupted: nothing half-done is served, the log's last line says
why, and the server comes up by itself once it can."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from testbed import Environment, Site
from testbed.namespace import Host, until
from tests.wordpress import checks


@pytest.fixture(scope="module")
def infrastructure(environment: Environment) -> Iterator[Site]:
    with Site(environment) as site:
        yield site


@pytest.fixture
def site(infrastructure: Site) -> Iterator[Site]:
    """Servers that are off, with new disks, and an empty database."""
    site = infrastructure
    name = site.environment.one("aws_db_instance")["db_name"]
    site.query(f"DROP DATABASE {name}; CREATE DATABASE {name} CHARACTER SET utf8mb4", database="mysql")
    yield site
    site.change = lambda settings: settings
    for server in site.servers.values():
        server.down()
        server.wipe()


@pytest.fixture
def server(site: Site) -> Host:
    return next(iter(site.servers.values()))


def is_closed(site: Site, server: Host) -> bool:
    """Nobody answers on the web server's port."""
    try:
        site.balancer.host.connect(server.address, 80, timeout=2).close()
    except OSError:
        return True
    return False


def until_failed(site: Site, server: Host) -> str:
    """The log's last line, once a run of the boot has ended badly."""

    def failed() -> str | None:
        if site.servers[server.name].pid and not is_closed(site, server):
            pytest.fail("it serves")
        for line in site.boot_log(server.name):
            if "FAILED: " in line:
                return line.partition("FAILED: ")[2]
        return None

    return until(failed, f"a failed boot of {server.name}; its log: {site.boot_log(server.name)}")


@contextmanager
def replaced(files: dict, name: str, content: object) -> Iterator[None]:
    before = files[name]
    files[name] = content
    yield
    files[name] = before


def is_well(site: Site, server: Host) -> None:
    site.wait_for_boot(server.name)
    assert site.visitor(server.name).get(f"{site.url}/").status == 200
    checks.exactly_one_installation(site)


def test_a_wrong_checksum(site: Site, server: Host):
    with replaced(site.internet.files, f"{site.archive_address}.sha1", b"0" * 40):
        site.boot(server.name)
        reason = until_failed(site, server)
        assert reason == f"wrong checksum: https://{site.archive_address} is not what was published"
        assert not list(server.path("/opt/pressform").glob("wordpress/*"))
    is_well(site, server)


def test_an_archive_cut_short(site: Site, server: Host):
    whole = site.internet.files[site.archive_address].read_bytes()
    with replaced(site.internet.files, site.archive_address, whole[: len(whole) // 2]):
        site.boot(server.name)
        assert until_failed(site, server).startswith("wrong checksum: ")
    is_well(site, server)


def test_another_checksum_than_the_environment_asks_for(site: Site, server: Host):
    site.change = lambda settings: settings.replace("WORDPRESS_SHA256=''", f"WORDPRESS_SHA256='{'0' * 64}'")
    site.boot(server.name)
    assert until_failed(site, server) == f"wrong checksum: https://{site.archive_address} is not {'0' * 64}"


def test_a_full_disk(site: Site, server: Host):
    site.boot(server.name, first="mkdir -p /opt/pressform && mount -t tmpfs -o size=100m tmpfs /opt/pressform")
    assert re.fullmatch(
        r"disk full: \d+ MB free in /opt/pressform, unpacking WordPress needs 300 MB", until_failed(site, server)
    )
    server.run("mount", "-o", "remount,size=600m", "/opt/pressform")
    is_well(site, server)


@pytest.mark.parametrize("name", ["database", "admin"])
def test_a_missing_secret(site: Site, server: Host, name: str):
    value = site.secret(name)
    (site.folder / "secrets" / name).unlink()
    try:
        site.boot(server.name)
        arn = site.environment.attribute("aws_secretsmanager_secret", name, "arn")
        assert until_failed(site, server) == f"cannot read the secret {arn}"
    finally:
        site.put_secret(name, value)
    is_well(site, server)


def test_a_secret_without_what_is_needed(site: Site, server: Host):
    value = site.secret("salts")
    site.put_secret("salts", {name: salt for name, salt in value.items() if name != "NONCE_SALT"})
    try:
        site.boot(server.name)
        until_failed(site, server)
        arn = site.environment.attribute("aws_secretsmanager_secret", "salts", "arn")
        assert f'secret {arn} has no "NONCE_SALT"' in "\n".join(site.boot_log(server.name))
    finally:
        site.put_secret("salts", value)


def test_no_network(site: Site, server: Host):
    site.network.cut(site.internet.host)
    try:
        site.boot(server.name)
        assert until_failed(site, server).startswith("cannot install the packages: ")
    finally:
        site.network.mend(site.internet.host)
    is_well(site, server)


def test_no_shared_uploads(site: Site, server: Host):
    """Better no server than one that keeps the pictures to itself."""
    site.network.cut(site.uploads)
    try:
        site.boot(server.name)
        assert until_failed(site, server) == "cannot mount fs-uploads on /var/www/uploads"
    finally:
        site.network.mend(site.uploads)
    is_well(site, server)


def log_has(text: str) -> Callable[[Site, Host], bool]:
    return lambda site, server: any(text in line for line in site.boot_log(server.name))


def is_unpacking(site: Site, server: Host) -> bool:
    """Or is just through with it: who is not quick enough takes the image then."""
    disk = server.path("/opt/pressform")
    return any(list(disk.glob(f"{folder}/wp-admin")) for folder in ("unpacking/code", "wordpress/*"))


@pytest.mark.parametrize(
    "reached",
    [
        pytest.param(lambda site, server: server.path("/opt/pressform/bootstrap.sh").exists(), id="user data"),
        pytest.param(is_unpacking, id="unpacking"),
        pytest.param(log_has("installing WordPress"), id="installation"),
        pytest.param(log_has("boot complete"), id="complete"),
    ],
)
def test_an_image_taken_at_any_moment_makes_good_servers(site: Site, reached: Callable[[Site, Host], bool]):
    """AWS stops a server to take its image: the origin and its copy both go on from there."""
    origin, copy = site.servers.values()
    site.boot(origin.name)
    until(lambda: reached(site, origin), "the moment")
    origin.down()
    copy.take_disk_of(origin)
    site.boot()
    site.wait_for_boot()
    for server in (origin, copy):
        assert site.visitor(server.name).get(f"{site.url}/").status == 200
    checks.exactly_one_installation(site)


def test_a_copy_is_not_healthy_before_its_own_boot_is_through(site: Site):
    origin, copy = site.servers.values()
    site.boot(origin.name)
    site.wait_for_boot(origin.name)
    origin.down()
    copy.take_disk_of(origin)
    (site.folder / "secrets" / "database").rename(site.folder / "withheld")
    try:
        site.boot(copy.name)
        until_failed_after = len(site.boot_log(copy.name))
        until(
            lambda: any("FAILED" in line for line in site.boot_log(copy.name)[until_failed_after:]),
            "a failed boot",
        )
        assert is_closed(site, copy)
    finally:
        (site.folder / "withheld").rename(site.folder / "secrets" / "database")
    is_well(site, copy)
