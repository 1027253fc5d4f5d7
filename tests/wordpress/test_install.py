"""The first installation: whatever happens to it, there is one in the end."""

import re
import subprocess
from collections.abc import Iterator
from itertools import islice

import pytest

from testbed import Environment, Site
from testbed.namespace import LIMIT, Host, until
from tests.wordpress import checks

AS_PHP = ["runuser", "-u", "apache", "--"]
INSTALL = ["php", "/opt/pressform/current/install.php"]


@pytest.fixture(scope="module")
def booted(environment: Environment) -> Iterator[Site]:
    with Site(environment) as site:
        site.boot()
        site.wait_for_boot()
        yield site


@pytest.fixture
def site(booted: Site) -> Site:
    """Two servers that are all set, and an empty database."""
    empty_database(booted)
    for server in booted.servers.values():
        admin = server.path("/run/pressform/admin.json")
        admin.write_text((booted.folder / "secrets/admin").read_text())
    return booted


def install(host: Host, *before: str) -> subprocess.CompletedProcess:
    return host.run(*AS_PHP, *before, *INSTALL, check=False)


def start_install(host: Host) -> subprocess.Popen:
    return subprocess.Popen(
        [*host.enter(), *AS_PHP, *INSTALL], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def install_on_all_at_once(site: Site) -> list[str]:
    """The last line of each."""
    running = [start_install(server) for server in site.servers.values()]
    return [(process.communicate(timeout=LIMIT)[0].splitlines() or [""])[-1] for process in running]


def statements(host: Host) -> int:
    """How many times an undisturbed installation writes to anything, the database before all."""
    traced = install(host, "strace", "-f", "-c", "-e", "trace=write", "-o", "/tmp/count")
    assert traced.returncode == 0, traced.stderr
    (summary,) = [line.split() for line in host.path("/tmp/count").read_text().splitlines() if line.endswith(" write")]
    _, _, _, calls, *_ = summary
    return int(calls)


def cut_short_at(write: int) -> list[str]:
    """Kills what follows on the command line when it is about to write for so many times."""
    return ["strace", "-f", "-o", "/dev/null", "-e", "trace=write", "-e", f"inject=write:signal=KILL:when={write}"]


def empty_database(site: Site) -> None:
    name = site.environment.one("aws_db_instance")["db_name"]
    site.query(f"DROP DATABASE {name}; CREATE DATABASE {name} CHARACTER SET utf8mb4", database="mysql")


def repaired_after(site: Site, write: int) -> bool:
    """Whether an installation was cut short at this write, and then repaired by another server; else it had ended."""
    first, second, *_ = site.servers.values()
    empty_database(site)
    if install(first, *cut_short_at(write)).returncode == 0:
        return False
    repaired = install(second)
    assert repaired.returncode == 0, f"after write {write}: {repaired.stdout}"
    checks.exactly_one_installation(site)
    return True


def test_it_is_repaired_wherever_it_was_cut_short(site: Site):
    count = statements(next(iter(site.servers.values())))
    assert count > 100
    # The beginning and the end one by one, where the marker changes; between them, a dozen.
    for write in (*range(1, 9), *range(9, count - 20, count // 12)):
        assert repaired_after(site, write), f"was not cut short at write {write}"
    # No two installations write equally often.
    ends = (write for write in range(count + 4, count - 20, -1) if repaired_after(site, write))
    assert len(list(islice(ends, 6))) == 6


def test_it_is_repaired_by_the_next_boot(site: Site):
    first, *_ = site.servers.values()
    install(first, *cut_short_at(300))
    assert site.query("SELECT state FROM pressform_install") == [["started"]]
    # It was its first boot.
    first.run("rm", "/opt/pressform/good", "/opt/pressform/current", "/run/pressform/ready")
    first.run("systemctl", "restart", "pressform.service")
    checks.exactly_one_installation(site)
    assert any("cleared" in line and "cut short" in line for line in site.boot_log(first.name))


def test_servers_at_the_same_time_make_one(site: Site):
    for _ in range(3):
        empty_database(site)
        assert sorted(install_on_all_at_once(site)) == [
            "WordPress is installed",
            "WordPress is installed, by this server",
        ]
        checks.exactly_one_installation(site)


def test_a_server_that_died_with_the_lock_does_not_keep_it(site: Site):
    first, second, *_ = site.servers.values()
    code = first.path("/opt/pressform/current/install.php")
    whole = code.read_text()
    stuck = re.sub(r"INSTALL_TIME = \d+", "INSTALL_TIME = 5", whole).replace("    install();\n", "    sleep(600);\n")
    code.write_text(stuck)
    dying = start_install(first)
    try:
        tables = "SELECT 1 FROM information_schema.tables WHERE table_name = 'pressform_install'"
        until(lambda: site.query(tables), "the beginning of an installation")
        site.network.cut(first)
        answer = install(second)
        assert (answer.returncode, answer.stdout) == (0, "WordPress is installed, by this server\n")
    finally:
        dying.kill()
        first.run("pkill", "-KILL", "-f", "install.php", check=False)
        site.network.mend(first)
        code.write_text(whole)
    checks.exactly_one_installation(site)


def test_without_the_lock_the_check_for_one_installation_fails(site: Site):
    """A test of the test."""
    code = "/opt/pressform/current/database.php"
    whole = {server: server.path(code).read_text() for server in site.servers.values()}
    for server, text in whole.items():
        server.path(code).write_text(
            text.replace("return (int) pressform_ask($database, 'SELECT GET_LOCK", "return true; (")
        )
        assert server.path(code).read_text() != text
    try:
        for _ in range(10):
            empty_database(site)
            answers = install_on_all_at_once(site)
            try:
                assert sorted(answers) == ["WordPress is installed", "WordPress is installed, by this server"]
                checks.exactly_one_installation(site)
            except (AssertionError, subprocess.CalledProcessError):
                return
        pytest.fail("ten races without a lock, and none was lost")
    finally:
        for server, text in whole.items():
            server.path(code).write_text(text)


def test_tables_of_another_origin_are_left_alone(site: Site):
    first, *_ = site.servers.values()
    site.query("CREATE TABLE wp_options (option_id INT); INSERT INTO wp_options VALUES (7)")
    answer = install(first)
    assert (answer.returncode, answer.stdout) == (
        0,
        "WordPress is installed: the tables of another origin are left as they are\n",
    )
    assert site.query("SELECT * FROM wp_options") == [["7"]]


def test_a_database_that_is_not_there_yet_is_waited_for(site: Site):
    first, *_ = site.servers.values()
    site.stop_database()
    waiting = start_install(first)
    try:
        assert re.match(r"waiting for the database at database\.rds\.amazonaws\.com: ", waiting.stdout.readline())
    finally:
        site.start_database()
    assert waiting.communicate(timeout=LIMIT)[0].splitlines()[-1] == "WordPress is installed, by this server"


def test_the_wait_for_the_database_has_an_end(site: Site):
    first, *_ = site.servers.values()
    code = first.path("/opt/pressform/current/install.php")
    whole = code.read_text()
    code.write_text(re.sub(r"DATABASE_WAIT = \d+", "DATABASE_WAIT = 3", whole))
    site.stop_database()
    try:
        answer = install(first)
    finally:
        code.write_text(whole)
        site.start_database()
    assert answer.returncode == 1
    assert answer.stdout.startswith("no database at database.rds.amazonaws.com within 3 seconds: ")


def test_a_refused_password_ends_it_at_once(site: Site):
    first, *_ = site.servers.values()
    secret = first.path("/run/pressform/database.json")
    good = secret.read_text()
    secret.write_text(good.replace('"password": "', '"password": "x'))
    try:
        answer = install(first)
    finally:
        secret.write_text(good)
    assert answer.returncode == 1
    assert answer.stdout.startswith("the database database.rds.amazonaws.com refuses us: Access denied for user ")
