"""The article's site, running."""

import re
import subprocess

import pytest

from testbed import Site
from testbed.internet import STABLE_CHECK
from testbed.namespace import LIMIT, until
from tests.wordpress import checks


def test_two_servers_that_boot_at_once_make_one_installation(site: Site):
    checks.exactly_one_installation(site)
    last = [[line.split(" ", 1)[1] for line in site.boot_log(server)] for server in site.servers]
    assert all(log[-1] == "boot complete: serving" for log in last)
    said = [line for log in last for line in log if line.startswith("WordPress is installed")]
    assert sorted(said) == ["WordPress is installed", "WordPress is installed, by this server"]


def test_the_site_speaks_the_environments_language(site: Site):
    page = site.visitor().get(f"{site.url}/")
    assert f'<html lang="{site.environment.setting("LOCALE").replace("_", "-")}"' in page.text


def test_the_site_has_one_address(site: Site):
    checks.no_redirect_loop(site)
    checks.every_url_is_the_sites_own(site, site.visitor().get(f"{site.url}/"))


def test_a_request_by_a_servers_address_is_sent_to_the_sites(site: Site):
    (server, *_) = site.servers
    answer = site.visitor(server).get(f"{site.url}/some/page/", headers={"Host": site.servers[server].address})
    assert answer.status in (301, 404)
    assert site.servers[server].address not in answer.location + answer.text


def test_who_signs_in_at_one_server_is_known_at_all(site: Site):
    checks.signed_in_on_every_server(site)


def test_a_post_is_read_on_every_server(site: Site):
    visitor = checks.signed_in_on_every_server(site)
    address = checks.publish(site, visitor, "こんにちは 😀 It's")
    assert re.match(rf"{re.escape(site.url)}/\d{{4}}/\d\d/.+/$", address), "not a permalink"
    for server in site.servers:
        page = site.visitor(server).get(address)
        assert page.status == 200
        assert "こんにちは 😀 It&#8217;s" in page.text
        checks.every_url_is_the_sites_own(site, page)


def test_a_picture_is_seen_on_every_server(site: Site):
    checks.every_server_has_the_picture(site, checks.signed_in_on_every_server(site))


def test_the_health_page_asks_neither_wordpress_nor_the_database(site: Site):
    for server in site.servers:
        before = site.query("SHOW GLOBAL STATUS LIKE 'Connections'", database="mysql")
        answer = site.visitor(server).get(f"http://health{site.balancer.check.path}")
        after = site.query("SHOW GLOBAL STATUS LIKE 'Connections'", database="mysql")
        assert (answer.status, answer.text) == (200, "ok\n")
        assert int(after[0][1]) - int(before[0][1]) <= 2, "only the two questions of this test, or a timer's"


def test_without_an_object_cache_nothing_of_one_is_installed(site: Site):
    for server in site.servers.values():
        assert not server.path("/var/www/html/wp-content/object-cache.php").exists()
        assert server.run("rpm", "-q", "--quiet", "php8.4-pecl-redis6", check=False).returncode == 1


class TestHardening:
    def ask(self, site: Site, path: str) -> int:
        statuses = {site.visitor(server).get(f"{site.url}{path}").status for server in site.servers}
        (status,) = statuses
        return status

    @pytest.mark.parametrize("name", ["x.php", "x.PHP", "x.phtml", "x.phar", "x.php.jpg", "2026/11/x.php", "x.php/y"])
    def test_no_php_runs_from_uploads(self, site: Site, name: str):
        (server, *_) = site.servers.values()
        uploads = server.path("/var/www/uploads")
        path = uploads / name.removesuffix("/y")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("<?php echo 6 * 7;")
        assert self.ask(site, f"/wp-content/uploads/{name}") == 403

    @pytest.mark.parametrize(
        "path",
        [
            "/wp-config.php",
            "/wp-config-sample.php",
            "/.release",
            "/.git/config",
            "/wp-content/.env",
            "/readme.html",
            "/wp-admin/install.php",
            "/wp-content/db.php",
            "/wp-content/db-error.php",
            "/xmlrpc.php",
        ],
    )
    def test_what_is_nobodys_business_is_not_served(self, site: Site, path: str):
        assert self.ask(site, path) == 403

    @pytest.mark.parametrize(
        "path", ["/wp-includes/", "/wp-content/uploads/", "/wp-content/themes/twentytwentyfive/assets/", "/icons/"]
    )
    def test_no_folder_is_listed(self, site: Site, path: str):
        assert self.ask(site, path) in (403, 404)

    @pytest.mark.parametrize("path", ["/", "/wp-login.php", "/health.php", "/nothing-here", "/wp-config.php"])
    def test_no_header_tells_a_version(self, site: Site, path: str):
        headers = site.visitor().get(f"{site.url}{path}").headers
        assert headers["Server"] == "nginx"
        assert "X-Powered-By" not in headers
        assert "X-Pingback" not in headers

    def guess(self, site: Site, times: int, client: str, name: str = "administrator") -> list[int]:
        (server, *_) = site.servers
        form = {"log": name, "pwd": "wrong"}
        url = f"{site.url}/wp-login.php"
        return [site.visitor(server).post(url, form, headers={"X-Forwarded-For": client}).status for _ in range(times)]

    def test_guessing_a_password_is_stopped_and_a_neighbour_is_not(self, site: Site):
        # Twice as many as pass, should ten minutes end in between.
        statuses = self.guess(site, 21, "203.0.113.7")
        assert statuses[:5] == [200] * 5
        assert statuses[-1] == 429
        assert self.guess(site, 1, "203.0.113.8") == [200]

    def test_who_shares_an_address_with_a_guesser_is_not_shut_out(self, site: Site):
        office = {"X-Forwarded-For": "203.0.113.10", "Referer": f"{site.url}/"}
        assert self.guess(site, 21, "203.0.113.10", name="a-colleague")[-1] == 429
        (name, *_) = site.servers
        visitor, admin = site.visitor(name), site.secret("admin")
        answer = visitor.post(f"{site.url}/wp-login.php?action=postpass", {"post_password": "x"}, headers=office)
        assert answer.status == 302
        form = {"log": admin["username"], "pwd": admin["password"], "testcookie": "1"}
        visitor.get(f"{site.url}/wp-login.php", headers=office)
        assert visitor.post(f"{site.url}/wp-login.php", form, headers=office).status == 302

    def test_a_refusal_says_when_to_come_again(self, site: Site):
        self.guess(site, 21, "203.0.113.11", name="anyone")
        (server, *_) = site.servers
        form, headers = {"log": "anyone", "pwd": "x"}, {"X-Forwarded-For": "203.0.113.11"}
        answer = site.visitor(server).post(f"{site.url}/wp-login.php", form, headers=headers)
        assert (answer.status, answer.headers["Cache-Control"]) == (429, "no-store")
        assert 0 < int(answer.headers["Retry-After"]) <= 600

    def test_many_who_give_a_post_password_at_one_address_are_not_shut_out(self, site: Site):
        """What counted was each POST to the page that they share with those who sign in."""
        (server, *_) = site.servers
        url, headers = (
            f"{site.url}/wp-login.php?action=postpass",
            {"X-Forwarded-For": "203.0.113.12", "Referer": f"{site.url}/"},
        )
        answers = [site.visitor(server).post(url, {"post_password": "x"}, headers=headers) for _ in range(21)]
        assert {answer.status for answer in answers} == {302}

    def test_a_forged_client_address_does_not_count(self, site: Site):
        guesses = [self.guess(site, 1, f"192.0.2.{number}, 203.0.113.9") for number in range(21)]
        assert guesses[-1] == [429]

    def test_code_cannot_be_changed_in_the_admin_pages(self, site: Site):
        visitor = checks.signed_in_on_every_server(site)
        for page in (
            "theme-editor.php",
            "plugin-editor.php",
            "plugin-install.php",
            "update-core.php?action=do-core-upgrade",
        ):
            assert visitor.get(f"{site.url}/wp-admin/{page}").status in (403, 500), page

    def test_php_cannot_write_to_the_code(self, site: Site):
        for server in site.servers.values():
            for place in (
                "/var/www/html/x",
                "/var/www/html/wp-content/plugins/x",
                "/opt/pressform/current/wp-config.php",
                "/run/pressform/x",
            ):
                assert server.run("runuser", "-u", "apache", "--", "bash", "-c", f": >>{place}", check=False).returncode

    def test_no_secret_is_on_the_disk(self, site: Site):
        secrets = {**site.secret("database"), **site.secret("salts"), **site.secret("admin")}
        for public in ("username", "email"):
            del secrets[public]
        beginnings = [value[:12] for value in secrets.values()]
        for server in site.servers.values():
            search = ["grep", "-rlF", *(f"-e{beginning}" for beginning in beginnings), server.folder / "disk"]
            assert subprocess.run(search, capture_output=True, text=True, check=False).stdout == ""


class TestCron:
    PLUGIN = """<?php
        add_action('pressform_test', function () {
            file_put_contents('/var/www/uploads/ran', gethostname() . "\\n", FILE_APPEND);
        });
    """

    def test_what_is_due_runs_once_without_anyone_asking(self, site: Site):
        (server, *_) = site.servers.values()
        ran = server.path("/var/www/uploads/ran")
        for each in site.servers.values():
            plugin = each.path("/var/www/html/wp-content/mu-plugins/test.php")
            plugin.parent.mkdir(exist_ok=True)
            plugin.write_text(self.PLUGIN)
        due = "require '/var/www/html/wp-load.php'; wp_schedule_single_event(time() - 1, 'pressform_test');"
        server.run("runuser", "-u", "apache", "--", "php", "-r", due)
        until(ran.exists, "the timer")
        journals = [len(each.journal("pressform-cron.service")) for each in site.servers.values()]
        assert len(ran.read_text().splitlines()) == 1, journals

    def test_one_server_at_a_time(self, site: Site):
        (server, *_) = site.servers.values()
        holder = (
            "require '/opt/pressform/current/database.php'; $d = pressform_connect();"
            "var_dump(pressform_lock($d, 'cron', wait: 300, hold: 900)); fgets(STDIN);"
        )
        held = subprocess.Popen(
            [*server.enter(), "runuser", "-u", "apache", "--", "php", "-r", holder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert "true" in held.stdout.readline()
            for other in site.servers.values():
                ran = other.run("runuser", "-u", "apache", "--", "php", "/opt/pressform/current/cron.php")
                assert ran.stdout == "another server is at it\n"
        finally:
            held.communicate("\n", timeout=LIMIT)


class TestPageCheck:
    def last(self, site: Site, name: str) -> str:
        """What the check of every minute writes now."""
        server = site.servers[name]
        server.run("systemctl", "start", "pressform-check.service")
        return server.path("/var/log/pressform/page-check.log").read_text().splitlines()[-1]

    def test_a_page_that_wordpress_makes_is_asked_for_and_what_comes_is_written_down(self, site: Site):
        (name, *_) = site.servers
        group = site.environment.setting("LOG_GROUP")
        assert re.search(rf"Z {group} page-check well: status 200, \d{{4,}} bytes$", self.last(site, name))

    def test_a_theme_that_is_missing_is_found_though_the_server_is_healthy(self, site: Site):
        (name, *_) = site.servers
        theme = site.query("SELECT option_value FROM wp_options WHERE option_name = 'stylesheet'")[0][0]
        site.query("UPDATE wp_options SET option_value = 'gone' WHERE option_name IN ('stylesheet', 'template')")
        try:
            assert "page-check failed: status 200" in self.last(site, name)
            assert site.visitor(name).get(f"http://health{site.balancer.check.path}").status == 200
        finally:
            site.query(
                f"UPDATE wp_options SET option_value = '{theme}' WHERE option_name IN ('stylesheet', 'template')"
            )
        assert "page-check well" in self.last(site, name)


class TestVersionCheck:
    def told(self, site: Site) -> str:
        """What the check of twice a day writes now, without the time."""
        server = next(iter(site.servers.values()))
        server.run("systemctl", "start", "pressform-version.service")
        return server.path("/var/log/pressform/version-check.log").read_text().splitlines()[-1].split(" ", 1)[1]

    def test_what_wordpress_org_holds_of_the_version_is_written_down(self, site: Site):
        beginning = f"{site.environment.setting('LOG_GROUP')} version-check"
        version = site.environment.setting("WORDPRESS_VERSION")
        assert self.told(site) == f"{beginning} well: WordPress {version} is latest, and has no known hole"
        api = site.internet.files[STABLE_CHECK]
        try:
            site.internet.tell_version(version, "insecure")
            wanted = f"{beginning} failed: WordPress {version} is insecure, raise wordpress.version"
            assert self.told(site) == wanted
            for answer in (b"<html>Down for maintenance</html>", b"[]", b""):
                site.internet.files[STABLE_CHECK] = answer
                assert self.told(site) == f"{beginning} unknown: no answer from https://{STABLE_CHECK}", answer
            site.internet.files[STABLE_CHECK] = b'{"0.70": "insecure"}'
            assert self.told(site) == f"{beginning} unknown: https://{STABLE_CHECK} says nothing of WordPress {version}"
            del site.internet.files[STABLE_CHECK]
            assert self.told(site) == f"{beginning} unknown: no answer from https://{STABLE_CHECK}"
        finally:
            site.internet.tell_version(version, "latest")
        assert api == site.internet.files[STABLE_CHECK]


class TestReleases:
    FILES = r"""(?:href|src)=["']([^"']*/wp-[^"']+\.(?:css|js)[^"']*)["']"""

    def test_every_file_of_a_page_has_an_address_of_this_release(self, site: Site):
        visitor = checks.signed_in_on_every_server(site)
        for path, who in (("/", visitor), ("/wp-admin/", visitor), ("/wp-login.php", site.visitor())):
            page = who.get(f"{site.url}{path}").text
            files = re.findall(self.FILES, page) + re.findall(r"[^\"']*/load-(?:styles|scripts)\.php[^\"']*", page)
            assert files, path
            assert [file for file in files if not re.search(r"ver=[^&]*-r[0-9a-f]{8}($|&)", file)] == [], path

    def test_a_file_of_another_release_is_not_to_be_kept(self, site: Site):
        (server, *_) = site.servers
        page = site.visitor(server).get(f"{site.url}/wp-login.php").text
        for path in ("/wp-includes/css/buttons.min.css", "/wp-admin/load-styles.php"):
            release = re.search(r"-r[0-9a-f]{8}", page)[0]
            url = f"{site.url}{path}?load=dashicons&ver=7.1"
            assert "max-age=604800" in site.visitor(server).get(f"{url}{release}").headers["Cache-Control"]
            assert site.visitor(server).get(f"{url}-r00000000").headers["Cache-Control"] == "no-store"
