"""The environment that a company would run: CloudFront's word on the visitor, and an object cache that the site is
faster with and never depends on."""

import json
import os
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from testbed import Site
from testbed.load import OWN_PAGE, Load, Result
from testbed.namespace import Host, until
from testbed.visitor import Answer, Visitor
from tests.wordpress import checks

pytestmark = pytest.mark.xdist_group("production-bed")

RATE = 2
"""Requests a second: a page that remembers nothing is hard work for a busy machine."""

HOUR = 3600

ALONE, TOGETHER = 15, 10
"""Queries of a front page: at least so many where it remembers nothing, and less than so many with the cache."""

PAGES_SAY = """<?php
add_action('wp_footer', fn () => printf('<!-- %d queries -->', get_num_queries()));
"""

SCRIPT = "<?php echo json_encode([$_SERVER['REQUEST_METHOD'], $_POST, $_COOKIE]);"
"""A plugin's own, beside its files."""


@pytest.fixture(scope="module")
def site(production: Site) -> Site:
    for server in production.servers.values():
        let_pages_say(server)
    return production


def let_pages_say(server: Host) -> None:
    server.path("/var/www/html/wp-content/mu-plugins/test.php").write_text(PAGES_SAY)


def front_page(site: Site, server: str) -> str:
    answer = site.visitor(server).get(f"{site.url}/", headers=OWN_PAGE)
    assert answer.status == 200
    return answer.text


def queries(site: Site, server: str) -> int:
    """How often a page asks the database."""
    return int(front_page(site, server).rpartition(" queries -->")[0].rpartition("<!-- ")[2])


def given_up(site: Site) -> int:
    """How often a page has found the cache broken."""
    logs = [server.path("/var/log/php-fpm/www-error.log") for server in site.servers.values()]
    return sum(log.read_text().count("goes on without the object cache: ") for log in logs if log.exists())


def date(files: list[Path], ahead: float) -> None:
    """As if these were written so many seconds from now."""
    moment = time.time() + ahead
    for file in files:
        if file.exists():
            os.utime(file, (moment, moment))


def some_more(load: Load, requests: int) -> None:
    wanted = len(load.results) + requests
    until(lambda: len(load.results) >= wanted, f"{requests} more requests")


def until_used(site: Site) -> None:
    """Every server is through with the pause after a failure, and has filled the cache again."""
    for name, server in site.servers.items():
        failed = server.path("/run/pressform/php/cache-failed")
        until(lambda name=name, failed=failed: front_page(site, name) and not failed.exists(), f"{name}'s cache")
    for name in site.servers:
        until(lambda name=name: queries(site, name) < TOGETHER, f"{name}'s use of it")


class TestEdge:
    def test_the_site_has_one_address(self, site: Site):
        assert site.visitor().get(f"http://{site.environment.host_name}/").location == f"{site.url}/"
        checks.no_redirect_loop(site)
        checks.every_url_is_the_sites_own(site, site.visitor().get(f"{site.url}/"))

    def test_nobody_reaches_the_load_balancer_but_cloudfront(self, site: Site):
        origin = site.balancer.host
        site.cdn.host.connect(origin.address, 443).close()
        for other in (site.client, *site.servers.values()):
            with pytest.raises(TimeoutError):
                other.connect(origin.address, 443, timeout=1)

    def test_the_client_is_who_cloudfront_says(self, site: Site):
        forged = {"True-Client-IP": "192.0.2.1", "X-Forwarded-For": "192.0.2.2"}
        assert site.visitor().get(f"{site.url}/?forged", headers=forged).status == 200
        assert [line.split()[0] for line in site.logged("?forged")] == [site.client.address]


class TestPagesAtTheEdge:
    """CloudFront's stand-in keeps by the rules of the distribution in the JSON."""

    def ask(self, site: Site, path: str, visitor: Visitor | None = None, **headers: str) -> Answer:
        return (visitor or site.visitor()).get(f"{site.url}{path}", headers=headers)

    def is_kept(self, answer: Answer) -> bool:
        return answer.headers["X-Cache"] == "Hit from cloudfront"

    def until_kept(self, site: Site, path: str) -> None:
        until(lambda: self.is_kept(self.ask(site, path)), f"{path} at the edge")

    def test_a_page_is_kept_for_all_who_have_no_name(self, site: Site):
        self.until_kept(site, "/?edge")
        author = checks.signed_in_on_every_server(site)
        own = [self.ask(site, "/?edge", author) for _ in range(2)]
        assert all("wp-admin-bar" in page.text and not self.is_kept(page) for page in own)
        for cookie in ("comment_author_0", "woocommerce_items_in_cart", "wp-postpass_0"):
            assert not any(self.is_kept(self.ask(site, "/?edge", Cookie=f"{cookie}=x")) for _ in range(2))
        self.until_kept(site, "/?edge")
        assert "wp-admin-bar" not in self.ask(site, "/?edge").text
        assert not self.is_kept(self.ask(site, "/?edge", **{"X-HTTP-Method-Override": "HEAD"}))

    def test_a_plugins_own_script_is_told_all_that_is_sent(self, site: Site):
        for server in site.servers.values():
            server.path("/var/www/html/wp-content/plugins/script.php").write_text(SCRIPT)
        address = f"{site.url}/wp-content/plugins/script.php"
        cookie = {"cart": "3"}
        asked = [site.visitor().get(address, headers={"Cookie": "cart=3"}) for _ in range(2)]
        assert [json.loads(answer.text) for answer in asked] == [["GET", [], cookie]] * 2
        assert not any(self.is_kept(answer) for answer in asked)
        sent = site.visitor().post(address, {"quantity": "2"}, headers={"Cookie": "cart=3"})
        assert json.loads(sent.text) == ["POST", {"quantity": "2"}, cookie]

    def test_the_sign_in_and_what_nothing_is_said_of_are_not(self, site: Site):
        # The API's answer depends on who asks for it from where, and says so.
        paths = (
            "/wp-login.php",
            "/wp-admin/",
            "/no-such-page/",
            "/wp-json/wp/v2/users/me",
            "/wp-json/",
            "/wp-cron.php",
        )
        for path in paths:
            answers = [self.ask(site, path) for _ in range(2)]
            assert not any(map(self.is_kept, answers)), path
            assert any(word in answers[0].headers["Cache-Control"] for word in ("private", "no-cache")), path

    def test_the_other_names_get_the_sites_address_and_not_its_pages(self, site: Site):
        self.until_kept(site, "/?names")
        other = self.ask(site, "/?names", Host="example.com")
        assert (other.status, other.location) == (301, f"{site.url}/?names")
        assert self.ask(site, "/?names").status == 200

    def test_a_change_is_seen_after_the_setting_of_seconds(self, site: Site):
        author = checks.signed_in_on_every_server(site)
        self.until_kept(site, "/")
        address = checks.publish(site, author, "Seen at the edge")
        assert "Seen at the edge" in site.visitor().get(address).text, "a new address was known as missing"
        until(lambda: "Seen at the edge" in self.ask(site, "/").text, "the new front page")
        assert self.ask(site, "/").headers["Cache-Control"] == "max-age=0, s-maxage=10, stale-if-error=600"

    def test_a_deleted_picture_is_gone_and_another_stays(self, site: Site):
        author = checks.signed_in_on_every_server(site)
        pictures = [checks.upload(site, author, checks.png(), name) for name in ("a.png", "b (1)@2x.png")]
        assert site.invalidated() == [], "of a new picture there is nothing to forget"
        for picture in pictures:
            until(lambda picture=picture: self.is_kept(site.visitor().get(picture)), "a picture at the edge")
        headers = checks.rest_headers(site, author)
        media = json.loads(author.get(f"{site.url}/wp-json/wp/v2/media?edge", headers=headers).body)
        (deleted,) = [one["id"] for one in media if one["source_url"] == pictures[1]]
        url = f"{site.url}/wp-json/wp/v2/media/{deleted}?force=true"
        assert author.ask("DELETE", url, headers=headers).status == 200
        until(lambda: site.visitor().get(pictures[1]).status == 404, "the end of the picture")
        assert site.invalidated() == [urlsplit(pictures[1]).path.removesuffix(".png") + "*"]
        assert self.is_kept(site.visitor().get(pictures[0]))

    def test_it_serves_what_it_has_while_every_server_is_down(self, site: Site):
        self.until_kept(site, "/?stale")
        for server in site.servers.values():
            server.run("systemctl", "stop", "nginx.service")
        try:
            until(lambda: self.ask(site, "/?never").status >= 500, "the end of the servers")
            until(lambda: self.ask(site, "/?stale").headers["Age"], "a page after its time")
            assert self.ask(site, "/?stale").status == 200
        finally:
            for server in site.servers.values():
                server.run("systemctl", "start", "nginx.service")
        until(lambda: self.ask(site, "/?again").status == 200, "the servers")
        site.balancer.wait_for("UP")


class TestCache:
    def test_nobody_reaches_it_but_the_servers(self, site: Site):
        for server in site.servers.values():
            server.connect(site.cache.host.address, 6379).close()
        for other in (site.client, site.balancer.host, site.cdn.host):
            with pytest.raises(TimeoutError):
                other.connect(site.cache.host.address, 6379, timeout=1)

    def test_what_one_server_has_read_the_other_need_not(self, site: Site):
        first, second = site.servers
        until_used(site)
        site.cache.ask("FLUSHALL")
        assert queries(site, first) >= ALONE
        assert int(site.cache.ask("DBSIZE")) > ALONE
        assert queries(site, second) < TOGETHER

    def test_servers_sign_in_by_the_role_and_have_its_commands_alone(self, site: Site):
        for server in site.servers:
            front_page(site, server)
        clients = [
            dict(word.partition("=")[::2] for word in line.split())
            for line in site.cache.ask("CLIENT", "LIST").splitlines()
        ]
        signed_in = {
            (client["addr"].partition(":")[0], client["user"]) for client in clients if client["cmd"] != "client|list"
        }
        assert signed_in == {(server.address, site.environment.cache.user) for server in site.servers.values()}
        assert site.cache.ask("ACL", "LOG") == ""

    def test_its_code_is_not_served(self, site: Site):
        for server in site.servers:
            for path in ("/wp-content/object-cache.php", "/wp-content//object-cache.php"):
                assert site.visitor(server).get(f"{site.url}{path}").status == 403

    def test_a_change_on_one_server_is_seen_on_the_other_at_once(self, site: Site):
        visitor = checks.signed_in_on_every_server(site)
        one, other = (site.visitor(server) for server in site.servers)
        one.cookies = other.cookies = visitor.cookies
        for number, writer in enumerate([one, other]):
            title = f"Change {number}"
            assert not any(title in front_page(site, server) for server in site.servers)
            checks.publish(site, writer, title)
            assert all(title in front_page(site, server) for server in site.servers)

    def test_servers_count_failed_sign_ins_together(self, site: Site):
        form, client = {"log": "somebody", "pwd": "wrong"}, {"True-Client-IP": "203.0.113.7"}

        def guess(server: str) -> int:
            return site.visitor(server).post(f"{site.url}/wp-login.php", form, headers=client).status

        until_used(site)
        first, second = site.servers
        assert [guess(first) for _ in range(21)][-1] == 429
        assert guess(second) == 429

    def test_credentials_reach_wordpress_through_cloudfront(self, site: Site):
        author = checks.signed_in_on_every_server(site)
        credentials = checks.application_password(site, author)
        url = f"{site.url}/wp-json/wp/v2/users/me?context=edit"
        assert site.visitor().get(url).status == 401
        assert site.visitor().get(url, headers=credentials).status == 200


class TestFailure:
    def test_it_dies_under_load_and_no_page_fails(self, site: Site):
        until_used(site)
        with Load(site, RATE) as load:
            some_more(load, 4)
            site.cache.stop()
            some_more(load, 24)
            site.cache.start()
            until_used(site)
        assert load.failures() == []

    def test_it_is_out_of_reach_for_a_while_and_nothing_stale_remains(self, site: Site):
        """It comes back with all that it held, and missed a change."""
        until_used(site)
        visitor = checks.signed_in_on_every_server(site)
        marks = [server.path("/run/pressform/php/cache-failed") for server in site.servers.values()]
        site.network.cut(site.cache.host)
        try:
            with Load(site, RATE) as first:
                until(lambda: all(mark.exists() for mark in marks), "every server's failure")

            def is_left_alone() -> bool:
                """Nobody waits for it. Who was under way when it went may, and marks it anew."""
                # The pause after it outlasts the test, however long the machine takes for a page.
                date(marks, HOUR)
                before = given_up(site)
                with Load(site, RATE) as load:
                    some_more(load, 12)
                failures.extend(load.failures())
                return given_up(site) == before

            failures: list[Result] = []
            until(is_left_alone, "pages that do not wait for it")
            checks.publish(site, visitor, "Meanwhile")
        finally:
            date(marks, 0)
            site.network.mend(site.cache.host)
        assert first.failures() == failures == []
        until_used(site)
        assert all("Meanwhile" in front_page(site, server) for server in site.servers)


def test_a_release_without_a_cache_takes_its_code_away(site: Site):
    name, *_ = site.servers
    server = site.servers[name]
    drop_in = server.path("/var/www/html/wp-content/object-cache.php")
    assert drop_in.exists()
    host = site.environment.cache.address
    site.change = lambda settings: settings.replace(f"CACHE_HOST='{host}'", "CACHE_HOST=''")
    server.down()
    site.boot(name)
    site.wait_for_boot(name)
    assert not server.path("/var/www/html/wp-content/object-cache.php").exists()
    let_pages_say(server)
    assert queries(site, name) >= ALONE
