"""Releases of a live site: what a roll-out costs its visitors, and what becomes of a bad one."""

import json
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from modules import PROJECT
from modules.wordpress import archive, files, site_folder
from rehearsal.change import compare
from rehearsal.content import fill
from rehearsal.load import Visitors
from rehearsal.play import new_lines, read_logs, take
from rehearsal.record import Request, Step
from testbed import Environment, Site
from testbed.load import Load
from testbed.namespace import Host, until
from testbed.state_manager import Answer
from tests.wordpress import checks
from tests.wordpress.releases import release

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("releases")]


@pytest.fixture
def site(opened: Site, environment: Environment) -> Iterator[Site]:
    """On its first release."""
    opened.environment = environment
    assert statuses(opened.roll_out()) == ["Success"] * len(opened.every_server)
    yield opened
    opened.environment = environment


def text(name: str) -> str:
    return files()[name].read_text()


def statuses(answers: dict[str, Answer]) -> list[str]:
    return [answer.status for answer in answers.values()]


def serving(site: Site) -> list[str]:
    """The release that each server serves."""
    return [site.release(host) for host in site.every_server.values()]


GOOD = {
    "a setting of nginx": {"settings": {"IDLE_TIMEOUT": "55"}},
    "a setting of PHP": {"settings": {"UPLOAD_LIMIT": "48"}},
    "a script": {"files": {"web/cron.php": text("web/cron.php") + "\n"}},
}


@pytest.mark.parametrize("change", GOOD.values(), ids=GOOD.keys())
def test_a_release_rolls_out_without_a_lost_request(site: Site, change: dict):
    before = set(serving(site))
    visitor = checks.signed_in_on_every_server(site)
    with Load(site, rate=20) as load:
        site.environment = release(site.environment, **change)
        answers = site.roll_out()
    assert statuses(answers) == ["Success"] * len(site.every_server), answers
    assert load.results
    assert load.failures() == []
    (after,) = set(serving(site))
    assert after not in before
    assert visitor.get(f"{site.url}/wp-admin/profile.php").status == 200
    checks.exactly_one_installation(site)


def test_the_same_release_again_changes_nothing(site: Site):
    answers = site.roll_out()
    for answer in answers.values():
        assert re.search(r"release [0-9a-f]{16} is served already\n$", answer.output)


BROKEN = {
    "nginx's configuration": ({"common/nginx.conf": text("common/nginx.conf") + "nonsense\n"}, "nginx refuses its"),
    "a page that hangs": ({"web/pressform.php": "<?php sleep(100);"}, "/: no answer within 20 seconds"),
    "an empty page": (
        {"web/pressform.php": "<?php if (!is_admin()) exit;"},
        "/: an answer that ends early: status 200",
    ),
    "PHP's configuration": ({"web/php-fpm.conf": "[www\n"}, "PHP does not start: "),
    "a step that fails": ({"web/steps.sh": "false\n"}, "FAILED: "),
}


@pytest.mark.parametrize(("files", "reason"), BROKEN.values(), ids=BROKEN.keys())
def test_a_bad_release_ends_at_the_first_server_and_is_undone_there(site: Site, files: dict, reason: str):
    before = serving(site)
    with Load(site, rate=10) as load:
        site.environment = release(site.environment, files=files)
        first, *others = site.roll_out().values()
    assert first.status == "Failed"
    *_, last = first.output.splitlines()
    assert "FAILED: " in last
    assert reason in last
    assert [answer.status for answer in others] == ["Skipped"] * len(others)
    assert load.failures() == []
    assert serving(site) == before


def test_an_archive_that_is_not_the_one_that_was_planned(site: Site):
    before = serving(site)
    good = release(site.environment, settings={"UPLOAD_LIMIT": "49"})
    site.environment = Environment(good.stack, good.archive[: len(good.archive) // 2])
    first, *_ = site.roll_out().values()
    assert first.status == "Failed"
    assert "FAILED: wrong checksum: release.tar in the bucket bucket-releases is not" in first.output
    assert serving(site) == before


def test_a_new_server_takes_the_last_good_release_where_the_desired_one_fails(site: Site):
    before = serving(site)
    name, *_ = site.every_server
    server = site.every_server[name]
    site.environment = release(site.environment, files={"web/pressform.php": "<?php if ("})
    site.publish()
    server.down()
    server.wipe()
    site.boot(name)
    site.wait_for_boot(name)
    assert serving(site) == before
    assert site.boot_log(name)[-1].endswith("the last good release, and not the desired one")


def test_a_server_that_is_rebooted_serves_without_bucket_or_internet(site: Site):
    before = serving(site)
    name, *_ = site.every_server
    server = site.every_server[name]
    bucket, withheld = site.folder / "s3", site.folder / "withheld"
    withheld.mkdir()
    for key in list(bucket.iterdir()):
        key.rename(withheld / key.name)
    site.network.cut(site.internet.host)
    try:
        server.down()
        server.up()
        site.network.plug(server)
        server.release()
        site.wait_for_boot(name)
    finally:
        site.network.mend(site.internet.host)
        for key in list(withheld.iterdir()):
            key.rename(bucket / key.name)
        withheld.rmdir()
    assert serving(site) == before
    assert site.visitor(name).get(f"{site.url}/").status == 200


STEPS = [
    *("fetching release", "installing packages", "configuring nginx", "configuring PHP", "reading the secrets"),
    *("starting PHP", "looking at the pages", "upgrading the database", "serving", "release {} is served"),
]


@pytest.mark.parametrize("step", STEPS)
def test_a_release_that_is_killed_is_completed_by_the_next_run(site: Site, step: str):
    """Whoever kills it is not quick: it dies there, or a little later."""
    site.environment = release(site.environment, settings={"IDLE_TIMEOUT": str(50 + STEPS.index(step))})
    (wanted,) = site.publish().values()
    name, *_ = site.every_server
    server, seen = site.every_server[name], len(site.boot_log(name))
    command = [*server.enter(), "/opt/pressform/bootstrap.sh", wanted]
    with Load(site, rate=4) as load:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as dying:
            until(lambda: any(step.format(wanted) in line for line in site.boot_log(name)[seen:]), f"the step: {step}")
            server.run("pkill", "-KILL", "-f", "/(bootstrap|release)[.]sh", check=False)
        assert dying.wait() is not None
        answers = site.roll_out()
    assert statuses(answers) == ["Success"] * len(site.every_server), answers
    assert set(serving(site)) == {wanted}
    assert load.failures() == []


OLD, NEW = "6.8", "7.1"
"""Two real WordPresses, of which the newer one has other tables."""


@pytest.fixture(scope="class")
def older(environment: Environment) -> Iterator[Site]:
    with Site(release(environment, settings={"WORDPRESS_VERSION": OLD})) as site:
        site.publish_wordpress(NEW)
        site.open()
        yield site


def version_of_tables(site: Site) -> int:
    ((version,),) = site.query("SELECT option_value FROM wp_options WHERE option_name = 'db_version'")
    return int(version)


class TestAnotherWordPress:
    """From one major version to the next, and back."""

    def test_the_database_follows_once_and_nobody_notices(self, older: Site):
        before = version_of_tables(older)
        visitor = checks.signed_in_on_every_server(older)
        checks.publish(older, visitor, "Before")
        with Load(older, rate=20) as load:
            older.environment = release(older.environment, settings={"WORDPRESS_VERSION": NEW})
            answers = older.roll_out()
        assert statuses(answers) == ["Success", "Success"], answers
        assert load.failures() == []
        assert version_of_tables(older) > before
        first, second = (answer.output for answer in answers.values())
        assert f"the database went from version {before} to {version_of_tables(older)}" in first
        assert "as this WordPress needs it or newer" in second
        assert visitor.get(f"{older.url}/wp-admin/profile.php").status == 200
        checks.publish(older, visitor, "After")

    def test_back_to_the_older_one_the_tables_stay_and_nobody_is_sent_to_upgrade_them(self, older: Site):
        ahead = version_of_tables(older)
        older.environment = release(older.environment, settings={"WORDPRESS_VERSION": OLD})
        assert statuses(older.roll_out()) == ["Success", "Success"]
        assert version_of_tables(older) == ahead
        visitor = checks.signed_in_on_every_server(older)
        assert visitor.get(f"{older.url}/wp-admin/").status == 200
        assert visitor.get(f"{older.url}/wp-admin/upgrade.php?step=1").status == 403
        assert version_of_tables(older) == ahead
        page = older.visitor().get(f"{older.url}/").text
        assert "Before" in page
        assert "After" in page


SHOW = """<?php
if (isset($_GET['show'])) {
    header('Content-Type: application/json');
    exit(json_encode([
        'constants' => [EXAMPLE_NUMBER, EXAMPLE_TEXT, EXAMPLE_SECRET, DB_NAME, $GLOBALS['table_prefix']],
        'ini' => array_map(ini_get(...), ['memory_limit', 'max_execution_time', 'max_input_vars']),
        'type' => wp_get_environment_type(),
    ]));
}
"""
SECRET = """it's "$1" \\n あ, said to nobody"""
ENDS_IN_ARN = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:owner"


def owners(environment: Environment, *, without: str = "none", **settings: str) -> Environment:
    """A release with the example's folder, and a plugin that shows what it was told."""
    folder = site_folder.read(PROJECT / "sites/example").files
    files = {f"site/{name}": path.read_text() for name, path in folder.items() if not name.startswith(without)}
    files |= {
        "site/wp-content/mu-plugins/show.php": SHOW,
        "site/wp-content/plugins/akismet/akismet.php": "<?php // ours",
    }
    told = {
        "CONSTANTS": json.dumps({"EXAMPLE_NUMBER": 5, "EXAMPLE_TEXT": "a $b", "DB_NAME": "another"}),
        "SECRETS": f"EXAMPLE_SECRET={ENDS_IN_ARN}",
        **settings,
    }
    return release(environment, files=files, settings=told)


class TestTheOwnersFolder:
    """In two tiers; tests/wordpress/test_three_tier.py has it in three."""

    @pytest.fixture
    def site(self, site: Site) -> Iterator[Site]:
        (site.folder / "secrets/owner").write_text(SECRET)
        activate(site, "example", "example-hours/example-hours.php")
        yield site
        activate(site, "twentytwentyfive")

    def test_it_is_served_with_what_the_environment_file_says(self, site: Site):
        redirects = [
            {"from": "/old", "to": "/new", "status": 301},
            {"from": "/shop/*", "to": "https://shop.example/*", "status": 302},
            {"from": "/%E5%8F%A4%E3%81%84", "to": "/", "status": 301},
            {"from": "/blog/left", "to": "", "status": 410},
            {"from": "/blog/*", "to": "/*", "status": 301},
            {"from": "/trail/", "to": "/new", "status": 301},
            {"from": "/gone.html", "to": "", "status": 410},
        ]
        site.environment = owners(
            site.environment,
            REDIRECTS=json.dumps(redirects),
            ENVIRONMENT_TYPE="staging",
            MEMORY_LIMIT="192",
            INPUT_LIMIT="20000",
            REQUEST_TIME="45",
            PHP_PACKAGES="php8.4-soap php8.4-pecl-memcached",
        )
        answers = site.roll_out()
        assert statuses(answers) == ["Success"] * len(site.every_server), answers
        for name, server in site.servers.items():
            visitor = site.visitor(name)
            page = visitor.get(f"{site.url}/").text
            assert "Open (JST): Monday to Friday, 10:00 to 18:00" in page
            assert 'name="generator"' not in page
            assert re.search(r"<meta name='robots' content='[^']*noindex", page)
            assert ">staging</div>" in page
            (style,) = re.findall(r"themes/example/style\.css\?ver=1\.0-r[0-9a-f]{8}", page)
            answer = visitor.get(f"{site.url}/wp-content/{style}")
            assert (answer.status, answer.headers["Content-Type"]) == (200, "text/css")
            assert answer.headers["Cache-Control"] == "max-age=604800"
            again = visitor.get(f"{site.url}/wp-content/themes/example/style.css")
            assert again.headers["Cache-Control"] == "max-age=600"

            told = json.loads(visitor.get(f"{site.url}/?show").text)
            assert told["constants"] == [5, "a $b", SECRET, site.environment.database.schema, "wp_"]
            assert told["ini"] == ["192M", "45", "20000"]
            assert told["type"] == "staging"

            where = {
                "/old": (301, "/new"),
                "/OLD/?a=1": (301, "/new?a=1"),
                "/shop/a/b%0d%0aX: y?c": (302, "https://shop.example/a/b%0d%0aX: y?c"),
                "/shop": (302, "https://shop.example/"),
                "/blog//evil.example": (301, "/evil.example"),
                "/%e5%8f%a4%e3%81%84": (301, "/"),
                "/trail": (301, "/new"),
            }
            for path, (status, to) in where.items():
                answer = visitor.get(f"{site.url}{path.replace(' ', '%20')}")
                assert (answer.status, answer.location) == (status, to.replace(" ", "%20"))
            assert visitor.get(f"{site.url}/gone.html").status == 410
            assert visitor.get(f"{site.url}/blog/left").status == 410, "the first that fits holds"
            assert visitor.get(f"{site.url}/older").status == 404
            assert visitor.get(f"{site.url}/blog/\\evil.example").status == 404

            # A plugin takes the place of the one of its name, and the rest of WordPress stays.
            plugins = server.path("/opt/pressform/current/html/wp-content/plugins")
            assert sorted(path.name for path in (plugins / "akismet").iterdir()) == ["akismet.php"]
            assert server.path("/opt/pressform/current/html/wp-content/themes/twentytwentyfive/style.css").exists()
            # In memory alone, and of the releases that are there.
            constants = server.path("/run/pressform/constants")
            assert {path.stem for path in constants.iterdir()} <= set(releases_on(server))
            found = server.run("grep", "-rlF", "said to nobody", "/opt/pressform", "/var/log", check=False).stdout
            assert found.splitlines() == []

    def test_a_release_that_lacks_the_active_theme_stops_at_the_first_server(self, site: Site):
        before = serving(site)
        for without, missing in {
            "wp-content/themes": "the theme example",
            "wp-content/plugins": "the plugin example-hours/example-hours.php",
        }.items():
            site.environment = owners(site.environment, IDLE_TIMEOUT="57")
            assert statuses(site.roll_out()) == ["Success"] * len(site.every_server)
            before = serving(site)
            site.environment = owners(Environment(site.environment.stack, archive()), without=without)
            first, *others = site.roll_out().values()
            assert first.status == "Failed"
            assert f"it lacks what is active in WordPress: {missing}. Bring it back" in first.output.splitlines()[-1]
            assert [answer.status for answer in others] == ["Skipped"] * len(others)
            assert serving(site) == before

    def test_another_prefix_would_be_another_site_and_is_refused(self, site: Site):
        before = serving(site)
        site.environment = owners(site.environment, TABLE_PREFIX="shop_")
        first, *_ = site.roll_out().values()
        assert first.status == "Failed"
        assert "the database has no tables that begin with shop_" in first.output.splitlines()[-1]
        assert serving(site) == before

    def test_a_secret_that_cannot_be_read_stops_the_release(self, site: Site):
        before = serving(site)
        site.environment = owners(site.environment, SECRETS=f"EXAMPLE_SECRET={ENDS_IN_ARN}-none")
        first, *_ = site.roll_out().values()
        assert first.status == "Failed"
        assert f"cannot read a secret of [wordpress.secrets]: EXAMPLE_SECRET={ENDS_IN_ARN}-none" in first.output
        assert serving(site) == before


class TestRehearsed:
    """The same under the load of a rehearsal, which leaves its content on the site."""

    def rehearse(self, site: Site, rate: float, **change: Any) -> tuple[list[Step], tuple[Request, ...]]:
        head = release(site.environment, **change)
        with Visitors(site, rate, fill(site, generate=rate > 4)) as visitors:
            visitors.some_more(4)
            steps = list(take(site, head, compare(site.environment, head)))
            visitors.some_more(4)
        return steps, visitors.requests

    def test_every_request_of_readers_and_an_editor_is_written_down(self, site: Site):
        steps, requests = self.rehearse(site, 8, settings={"UPLOAD_LIMIT": "47"})
        taken = [(step.name, step.server, step.failed) for step in steps]
        assert taken == [("release", name, False) for name in site.every_server]
        assert [request for request in requests if request.is_lost] == []
        assert {request.actor for request in requests} == {"reader", "editor", "upload"}
        assert len({request.path for request in requests if request.actor == "reader"}) > 8
        uploaded = {request.path for request in requests if (request.actor, request.method) == ("upload", "GET")}
        assert uploaded
        assert all(path.endswith(".png") for path in uploaded)

    def test_a_parse_error_is_told_with_its_line(self, site: Site):
        before, logs = serving(site), read_logs(site)
        # On a line where none of the other tests' errors was.
        steps, requests = self.rehearse(site, 4, files={"web/pressform.php": "<?php\n\nif ("})
        first, *others = steps
        assert (first.name, first.failed) == ("release", True)
        assert first.told.splitlines()[-1].endswith("/: status 500")
        assert [step.name for step in others] == ["release skipped"] * len(others)
        assert [request for request in requests if request.is_lost] == []
        assert serving(site) == before
        (line,) = new_lines(logs, read_logs(site))
        assert line.server == first.server
        assert "PHP Parse error:  Unclosed '(' on line 3 in" in line.line
        assert "mu-plugins/pressform.php" in line.line


def activate(site: Site, theme: str, plugin: str = "") -> None:
    """As somebody does in WordPress."""
    active = f'a:1:{{i:0;s:{len(plugin)}:"{plugin}";}}' if plugin else "a:0:{}"
    site.query(f"UPDATE wp_options SET option_value = '{theme}' WHERE option_name = 'stylesheet'")
    site.query(f"UPDATE wp_options SET option_value = '{active}' WHERE option_name = 'active_plugins'")


def releases_on(server: Host) -> list[str]:
    return [path.name for path in server.path("/opt/pressform/releases").iterdir()]
