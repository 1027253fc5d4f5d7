"""The page cache, in the topologies that have one: what it keeps, what it must not, and that it tells the truth."""

import contextlib
import json
from collections.abc import Iterator

import pytest

from testbed import Site
from testbed.namespace import until
from testbed.visitor import Visitor
from tests.wordpress import checks

PLUGIN = """<?php
add_action('template_redirect', function () {
    match ($_GET['answer'] ?? '') {
        'cookie' => setcookie('basket', '1'),
        'private' => header('Cache-Control: private'),
        'no-store' => header('Cache-Control: no-store'),
        'past' => header('Expires: Thu, 01 Jan 1970 00:00:00 GMT'),
        'told-late' => add_action('wp_footer', fn () => define('DONOTCACHEPAGE', true)),
        'fields' => exit((string) count($_POST)),
        default => null,
    };
});
add_filter('pressform_page_seconds', fn ($seconds) => isset($_GET['brief']) ? 1 : $seconds);
"""


@contextlib.contextmanager
def changed(site: Site, names: list[str], file: str, old: str, new: str) -> Iterator[None]:
    """The servers with another line in a file of nginx's: the wrong way, for a control."""
    paths = [site.every_server[name].path(f"/etc/nginx/pressform/{file}") for name in names]
    before = [path.read_text() for path in paths]
    assert all(old in text for text in before)
    try:
        for path, text in zip(paths, before, strict=True):
            path.write_text(text.replace(old, new))
        for name in names:
            site.every_server[name].run("systemctl", "restart", "nginx.service")
        yield
    finally:
        for path, text in zip(paths, before, strict=True):
            path.write_text(text)
        for name in names:
            site.every_server[name].run("systemctl", "restart", "nginx.service")


class Pages:
    """What holds in every topology. `bed` is the running site."""

    @pytest.fixture(autouse=True)
    def plugin(self, bed: Site) -> Iterator[None]:
        files = [server.path("/var/www/html/wp-content/mu-plugins/pages-test.php") for server in bed.servers.values()]
        for file in files:
            file.write_text(PLUGIN)
        yield
        for file in files:
            file.unlink()

    @pytest.fixture
    def keepers(self, bed: Site) -> list[str]:
        """The servers that visitors meet first."""
        return [name for name in bed.every_server if name in bed.entrance.targets]

    @pytest.fixture
    def keeper(self, keepers: list[str]) -> str:
        return keepers[0]

    @pytest.fixture
    def author(self, bed: Site) -> Visitor:
        author = bed.visitor()
        checks.sign_in(bed, author)
        return author

    def ask(self, bed: Site, keeper: str, path: str, **headers: str) -> tuple[int, str]:
        answer = bed.visitor(keeper).get(f"{bed.url}{path}", headers=headers)
        return answer.status, answer.headers["X-Cache-Status"]

    def text(self, bed: Site, keeper: str, address: str) -> str:
        return bed.visitor(keeper).get(address).text

    def change(self, bed: Site, author: Visitor, path: str, **fields: object) -> dict[str, object]:
        """Through the REST API, as the editor does."""
        headers = {"Content-Type": "application/json", **checks.rest_headers(bed, author)}
        answer = author.post(f"{bed.url}/wp-json/wp/v2/{path}", json.dumps(fields).encode(), headers=headers)
        assert answer.status in (200, 201), answer.text
        return json.loads(answer.body)

    # What is kept.

    @pytest.fixture(autouse=True)
    def through_with_its_start(self, bed: Site, keeper: str) -> None:
        """A new site's first visitor makes WordPress write, which is a change."""
        until(lambda: self.ask(bed, keeper, "/?started") == (200, "HIT"), "a page that is kept")

    @pytest.mark.parametrize("path", ["/?kept", "/feed/?kept", "/wp-json/wp/v2/posts?kept"])
    def test_a_page_is_kept_for_whoever_has_no_name(self, bed: Site, keeper: str, path: str):
        assert self.ask(bed, keeper, path) == (200, "MISS")
        assert self.ask(bed, keeper, path) == (200, "HIT")

    @pytest.mark.parametrize(
        ("path", "said"),
        [
            ("/?plain", "private, max-age=0"),
            ("/?answer=cookie", "private, no-store"),
            ("/?answer=no-store", "no-store"),
            ("/wp-includes/css/dist/block-library/style.min.css", "max-age=604800"),
        ],
    )
    def test_nothing_on_the_way_to_the_visitor_keeps_what_it_was_not_told_to(
        self, bed: Site, keeper: str, path: str, said: str
    ):
        for _ in range(2):
            assert bed.visitor(keeper).get(f"{bed.url}{path}").headers["Cache-Control"] == said

    @pytest.mark.parametrize(
        "cookie",
        [
            "wordpress_logged_in_0",
            "wordpress_sec_0",
            "wp-postpass_0",
            "comment_author_0",
            "woocommerce_items_in_cart",
            "wp_woocommerce_session_0",
            "PHPSESSID",
            "edd_items_in_cart",
        ],
    )
    def test_whoever_has_a_name_or_a_cart_gets_a_page_of_their_own(self, bed: Site, keeper: str, cookie: str):
        path = f"/?{cookie}"
        assert self.ask(bed, keeper, path, Cookie=f"{cookie}=x") == (200, "BYPASS")
        assert self.ask(bed, keeper, path) == (200, "MISS"), "that page was kept for others"
        assert self.ask(bed, keeper, path, Cookie=f"a=b; {cookie}=x") == (200, "BYPASS")
        assert self.ask(bed, keeper, path, Cookie=f"not_{cookie}=x; wordpress_test_cookie=x") == (200, "HIT")

    @pytest.mark.parametrize("answer", ["cookie", "private", "no-store", "past", "told-late"])
    def test_an_answer_that_says_so_is_not_kept(self, bed: Site, keeper: str, answer: str):
        for _ in range(2):
            assert self.ask(bed, keeper, f"/?answer={answer}") == (200, "MISS")

    def test_an_answer_to_a_request_with_credentials_is_not_kept(self, bed: Site, keeper: str):
        assert self.ask(bed, keeper, "/?credentials", Authorization="Bearer x") == (200, "BYPASS")
        assert self.ask(bed, keeper, "/?credentials") == (200, "MISS")

    def test_a_signed_in_page_is_not_kept(self, bed: Site, keepers: list[str], author: Visitor):
        assert "wp-admin-bar" in author.get(f"{bed.url}/?own").text
        assert not any("wp-admin-bar" in self.text(bed, keeper, f"{bed.url}/?own") for keeper in keepers)

    @pytest.mark.parametrize("path", ["/wp-login.php", "/wp-admin/admin-ajax.php?action=x", "/nothing-here"])
    def test_what_wordpress_does_not_offer_is_not_kept(self, bed: Site, keeper: str, path: str):
        for _ in range(2):
            assert self.ask(bed, keeper, path)[1] in ("MISS", "BYPASS")

    def test_a_request_for_the_head_alone_is_not_the_page(self, bed: Site, keeper: str):
        visitor = bed.visitor(keeper)
        assert visitor.ask("HEAD", f"{bed.url}/?head").body == b""
        assert visitor.get(f"{bed.url}/?head").text.rstrip().endswith("</html>")

    def test_a_page_is_kept_as_it_is_and_compressed(self, bed: Site, keeper: str):
        visitor = bed.visitor(keeper)
        url = f"{bed.url}/?compressed"
        for accepted, sent in (("br, gzip", "gzip"), ("gzip", "gzip"), ("identity", None)):
            answer = visitor.get(url, headers={"Accept-Encoding": accepted})
            assert (answer.headers["Content-Encoding"], answer.headers["Vary"]) == (sent, "Accept-Encoding")
            assert (b"</html>" in answer.body) == (sent is None)
        assert self.ask(bed, keeper, "/?compressed", **{"Accept-Encoding": "gzip, deflate"}) == (200, "HIT")

    def poison(self, bed: Site, keeper: str, path: str) -> str:
        """What the next visitor gets."""
        address = f"{bed.url}/wp-json/wp/v2/{path}"
        bed.visitor(keeper).get(address, headers={"X-HTTP-Method-Override": "HEAD"})
        return self.text(bed, keeper, address)

    def test_who_asks_by_another_method_in_a_header_poisons_nothing(self, bed: Site, keeper: str):
        assert "title" in self.poison(bed, keeper, "posts?override")

    def test_another_port_in_a_request_poisons_nothing(self, bed: Site, keeper: str):
        url = f"{bed.url}/?ported"
        assert bed.visitor(keeper).get(url, headers={"Host": f"{bed.environment.host_name}:81"}).status == 301
        assert bed.visitor(keeper).get(url).status == 200

    def test_without_the_header_among_what_bypasses_it_does(self, bed: Site, keeper: str):
        """A test of the test."""
        with changed(bed, [keeper], "pages.conf", "$http_x_http_method_override", ""):
            assert "title" not in self.poison(bed, keeper, "posts?overridden")

    # That it is true.

    def test_every_change_is_seen_by_everybody_at_once(self, bed: Site, keepers: list[str], author: Visitor):
        def seen(address: str, word: str) -> set[bool]:
            return {word in self.text(bed, keeper, address) for keeper in keepers}

        front = f"{bed.url}/"
        assert seen(front, "At once") == {False}
        post = self.change(bed, author, "posts", title="At once", content="First words.", status="publish")
        page, number = post["link"], post["id"]
        assert seen(front, "At once") == {True}

        assert seen(page, "First words.") == {True}
        self.change(bed, author, f"posts/{number}", content="Second words.")
        assert seen(page, "Second words.") == {True}

        comment = self.change(bed, author, "comments", post=number, content="A remark.")
        assert seen(page, "A remark.") == {True}
        self.change(bed, author, f"comments/{comment['id']}", status="hold")
        assert seen(page, "A remark.") == {False}

        self.change(bed, author, "settings", description="Another motto")
        assert seen(f"{bed.url}/feed/", "Another motto") == {True}

        self.change(bed, author, f"posts/{number}", status="draft")
        assert {bed.visitor(keeper).get(page).status for keeper in keepers} == {404}
        assert seen(front, "At once") == {False}

    def test_a_deleted_picture_is_gone_at_once(self, bed: Site, keepers: list[str], author: Visitor):
        address = checks.upload(bed, author, checks.png(31))
        assert {bed.visitor(keeper).get(address).status for keeper in keepers} == {200}
        (number,) = bed.query("SELECT MAX(ID) FROM wp_posts WHERE post_type = 'attachment'")[0]
        url = f"{bed.url}/wp-json/wp/v2/media/{number}?force=true"
        assert author.ask("DELETE", url, headers=checks.rest_headers(bed, author)).status == 200
        assert {bed.visitor(keeper).get(address).status for keeper in keepers} == {404}

    def test_what_nobody_could_have_seen_leaves_the_pages_where_they_are(self, bed: Site, keeper: str, author: Visitor):
        self.ask(bed, keeper, "/?unmoved")
        self.change(bed, author, "posts", title="A draft", status="draft")
        assert self.ask(bed, keeper, "/?unmoved") == (200, "HIT")

    def test_a_server_that_does_not_follow_shows_what_was(self, bed: Site, keepers: list[str], author: Visitor):
        """A test of the test."""
        deaf, *others = keepers
        address = f"{bed.url}/?deaf"
        self.text(bed, deaf, address)
        bed.every_server[deaf].run("systemctl", "stop", "pressform-pages.service")
        try:
            self.change(bed, author, "posts", title="Unheard", status="publish")
            assert "Unheard" not in self.text(bed, deaf, address)
            assert all("Unheard" in self.text(bed, other, address) for other in others)
        finally:
            bed.every_server[deaf].run("systemctl", "start", "pressform-pages.service")
        until(lambda: "Unheard" in self.text(bed, deaf, address), "the server's return")

    def test_what_is_older_than_its_time_is_asked_for(self, bed: Site, keeper: str, author: Visitor):
        """Changed in the database by hand, so that nobody hears of it."""
        post = self.change(bed, author, "posts", title="By hand", content="Old words.", status="publish")
        address = f"{post['link']}?brief"
        assert "Old words." in self.text(bed, keeper, address)
        bed.query(f"UPDATE wp_posts SET post_status = 'draft' WHERE ID = {post['id']}")
        if bed.cache:
            bed.cache.ask("FLUSHALL")
        until(lambda: bed.visitor(keeper).get(address).status == 404, "the page's end")
        assert bed.visitor(keeper).get(address).status == 404

    def test_a_stale_page_is_better_than_none_for_a_while(self, bed: Site, keeper: str):
        server = bed.every_server[keeper]
        assert self.ask(bed, keeper, "/?brief=stale")[0] == 200
        bed.stop_database()
        try:
            until(lambda: self.ask(bed, keeper, "/?brief=stale") == (200, "STALE"), "a stale page")
            assert bed.visitor(keeper).get(f"http://health{bed.entrance.check.path}").status == 200
            assert self.ask(bed, keeper, "/?never-seen")[0] == 503
            minutes = 2 + int(bed.environment.setting("STALE_MINUTES"))
            server.run("find", "/var/cache/nginx", "-type", "f", "-exec", "touch", "-d", f"-{minutes} min", "{}", "+")
            server.run("systemctl", "restart", "pressform-pages.service")
            until(lambda: self.ask(bed, keeper, "/?brief=stale")[0] == 503, "the end of it")
        finally:
            bed.start_database()
        until(lambda: self.ask(bed, keeper, "/?stale") == (200, "HIT"), "a fresh page")

    # How the site is reached.

    def test_another_name_of_the_site_leads_to_its_address(self, bed: Site, keeper: str):
        other = {"Host": "other.example"}
        answer = bed.visitor(keeper).get(f"{bed.url}/a/page/?b=1&c=%20", headers=other)
        assert (answer.status, answer.location) == (301, f"{bed.url}/a/page/?b=1&c=%20")

    def test_it_shows_the_site_where_the_owner_wants_that(self, bed: Site, keeper: str):
        with changed(bed, [keeper], "pages.conf", "default 1;\n}\n# Only", "default 0;\n}\n# Only"):
            answer = bed.visitor(keeper).get(f"{bed.url}/feed/", headers={"Host": "other.example"})
            assert answer.status == 200

    @pytest.mark.parametrize("name", ["health", "wp-config-explained", "readme-first", "license-plates", "xmlrpc-php"])
    def test_a_page_may_have_a_name_that_begins_like_a_file_that_is_not_served(
        self, bed: Site, keeper: str, author: Visitor, name: str
    ):
        page = self.change(bed, author, "pages", title=f"Title of {name}", slug=name, status="publish")
        assert page["link"] == f"{bed.url}/{name}/"
        for path in (f"/{name}/", f"/{name}"):
            answer = bed.visitor(keeper).get(f"{bed.url}{path}", follow=1)
            assert (answer.status, answer.url) == (200, page["link"])
            assert f"Title of {name}" in answer.text

    def test_files_that_say_what_runs_here_are_not_served(self, bed: Site, keeper: str):
        for server in bed.servers.values():
            server.path("/var/www/html/license.txt").write_text("GPL")
        assert bed.visitor(keeper).get(f"{bed.url}/license.txt").status == 403
        assert bed.visitor(keeper).get(f"{bed.url}/license-plates.txt").status == 404

    def test_the_largest_upload_passes_every_hop_and_a_larger_one_is_refused_at_the_first(
        self, bed: Site, author: Visitor
    ):
        limit = int(bed.environment.setting("UPLOAD_LIMIT")) << 20
        headers = {"Content-Type": "image/png", "Content-Disposition": 'attachment; filename="large.png"'}
        headers |= checks.rest_headers(bed, author)
        url = f"{bed.url}/wp-json/wp/v2/media"
        assert author.post(url, checks.png().ljust(limit, b"\0"), headers=headers).status == 201
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            assert author.post(url, b"x" * (limit + (2 << 20)), headers=headers).status == 413

    def test_a_large_menu_is_saved_whole(self, bed: Site):
        form = {f"field-{number}": "x" for number in range(6000)}
        assert bed.visitor().post(f"{bed.url}/?answer=fields", form).text == "6000"


class TestTwoTiers(Pages):
    @pytest.fixture
    def bed(self, site: Site) -> Site:
        return site


class TestThreeTiers(Pages):
    @pytest.fixture
    def bed(self, three_tier: Site) -> Site:
        return three_tier

    def test_an_application_password_signs_a_request_in(self, bed: Site, author: Visitor):
        url = f"{bed.url}/wp-json/wp/v2/users/me?context=edit"
        headers = checks.application_password(bed, author)
        assert bed.visitor().get(url).status == 401
        assert bed.visitor().get(url, headers=headers).status == 200
        # A test of the test: so it was while PHP did not hear of it.
        hidden = ("fastcgi_param HTTP_PROXY", 'fastcgi_param HTTP_AUTHORIZATION "";\nfastcgi_param HTTP_PROXY')
        with changed(bed, list(bed.servers), "wordpress.conf", *hidden):
            assert bed.visitor().get(url, headers=headers).status == 401
