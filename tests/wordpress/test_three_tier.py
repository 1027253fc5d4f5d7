"""Topology 2 of the article, running: a public load balancer with TLS, nginx, an internal load balancer, WordPress."""

import re

import pytest

from testbed import Site
from testbed.namespace import Host, until
from tests.wordpress import checks


@pytest.fixture
def site(three_tier: Site) -> Site:
    return three_tier


@pytest.fixture
def frontend(site: Site) -> str:
    return next(name for name in site.every_server if name not in site.servers)


def cached(site: Site, frontend: str, path: str, **headers: str) -> tuple[int, str]:
    answer = site.visitor(frontend).get(f"{site.url}{path}", headers=headers)
    return answer.status, answer.headers["X-Cache-Status"]


def all_web_servers(site: Site, verb: str) -> None:
    for server in site.servers.values():
        server.run("systemctl", verb, "nginx.service")


class TestTls:
    def test_who_comes_without_it_is_sent_to_it(self, site: Site):
        answer = site.visitor().get(f"http://{site.environment.host_name}/a/page?b=1")
        assert (answer.status, answer.location) == (301, f"{site.url}/a/page?b=1")

    def test_the_site_has_one_address(self, site: Site):
        assert site.url.startswith("https://")
        checks.no_redirect_loop(site)
        checks.every_url_is_the_sites_own(site, site.visitor().get(f"{site.url}/"))

    def test_who_signs_in_at_one_server_is_known_at_all_and_by_secure_cookies_alone(self, site: Site):
        visitor = checks.signed_in_on_every_server(site)
        signed_in = [cookie for name, cookie in visitor.cookies.items() if name.startswith("wordpress_sec_")]
        assert signed_in
        assert all(cookie["secure"] and cookie["httponly"] for cookie in signed_in)

    def test_a_post_and_a_picture_go_through_every_tier(self, site: Site):
        visitor = checks.signed_in_on_every_server(site)
        assert site.visitor().get(checks.publish(site, visitor, "TLS")).status == 200
        checks.every_server_has_the_picture(site, visitor)


class TestCache:
    def test_a_stale_page_is_better_than_none_and_the_frontend_stays(self, site: Site, frontend: str):
        assert cached(site, frontend, "/?down")[0] == 200
        all_web_servers(site, "stop")
        try:
            until(lambda: cached(site, frontend, "/?down") == (200, "STALE"), "a stale page")
            assert site.visitor(frontend).get(f"http://health{site.entrance.check.path}").status == 200
            assert cached(site, frontend, "/?never-seen")[0] in (502, 503, 504)
        finally:
            all_web_servers(site, "start")
        site.balancer.wait_for("UP")
        until(lambda: cached(site, frontend, "/?down") == (200, "HIT"), "a fresh page")


def test_the_owners_files_are_there_for_everyone_who_comes(site: Site):
    """The theme and the plugin that the environment file names are active since the first installation."""
    page = site.visitor().get(f"{site.url}/").text
    assert "Open (JST): Monday to Friday, 10:00 to 18:00" in page
    assert 'name="generator"' not in page
    (style,) = re.findall(rf"{site.url}/wp-content/themes/example/style\.css\?ver=1\.0-r[0-9a-f]{{8}}", page)
    answer = site.visitor().get(style)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/css")
    assert "Theme Name: Example" in answer.text
    for name, server in site.every_server.items():
        folder = server.path(f"/opt/pressform/releases/{site.release(server)}/site")
        assert folder.exists() == (name in site.servers)


class TestForgedHeaders:
    def test_the_client_is_who_the_load_balancer_says(self, site: Site, frontend: str):
        visitor = site.visitor()
        visitor.get(
            f"{site.url}/wp-login.php?forged", headers={"X-Forwarded-For": "192.0.2.1", "X-Real-IP": "192.0.2.2"}
        )
        assert [line.split()[0] for line in site.logged("?forged")] == [site.client.address]

    @pytest.mark.parametrize(
        "forged",
        [
            {"X-Forwarded-Host": "evil.example"},
            {"X-Forwarded-Proto": "http"},
            {"X-Forwarded-Server": "evil.example", "X-Forwarded-Port": "8080"},
            {"Proxy": "http://evil.example"},
        ],
        ids="+".join,
    )
    def test_no_page_is_made_of_them(self, site: Site, forged: dict[str, str]):
        path = f"/?{'-'.join(forged)}"
        for headers in (forged, {}):
            page = site.visitor().get(f"{site.url}{path}", headers=headers)
            assert page.status == 200
            assert "evil.example" not in page.text
            checks.every_url_is_the_sites_own(site, page)

    def test_no_header_tells_a_version(self, site: Site):
        headers = site.visitor().get(f"{site.url}/").headers
        assert headers["Server"] == "nginx"
        assert "X-Powered-By" not in headers


def test_without_https_told_to_wordpress_the_check_for_loops_fails(site: Site):
    """A test of the test."""
    told = "$_SERVER['HTTPS'] = 'on';"

    def rewrite(server: Host, old: str, new: str) -> None:
        configuration = server.path("/opt/pressform/current/wp-config.php")
        text = configuration.read_text()
        assert old in text
        configuration.write_text(text.replace(old, new))
        site.restart_php(server)

    for server in site.servers.values():
        rewrite(server, told, "/* not told */")
    try:
        with pytest.raises(AssertionError):
            checks.no_redirect_loop(site)
    finally:
        for server in site.servers.values():
            rewrite(server, "/* not told */", told)
