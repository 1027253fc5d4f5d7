"""The object cache's drop-in, run for real: PHP, its redis extension, and a server that takes TLS and the user's own
commands alone. And the token that it signs in with, against AWS's own signer."""

import json
import re
import socket
import subprocess
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from http.server import ThreadingHTTPServer
from pathlib import Path
from unittest.mock import patch

import botocore.auth
import botocore.credentials
import botocore.session
import pytest
from botocore.signers import RequestSigner

from modules.data.object_cache import ACCESS
from modules.wordpress import FOLDER
from testbed.metadata import CREDENTIALS, Handler
from testbed.namespace import until
from tests.tools import do_without, find, require

pytestmark = pytest.mark.slow

NAME = "site-cache"
INSTALL = "apt-get install openssl php-apcu php-cli php-redis redis-server"

WORDPRESS = """
function get_current_blog_id() { return $GLOBALS['blog'] ?? 1; }
function is_multisite() { return isset($GLOBALS['blog']); }
function wp_suspend_cache_addition() { return $GLOBALS['suspended'] ?? false; }
"""
"""What the drop-in needs of WordPress."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Bed:
    """A server's files in a folder, and the cache beside it. Each `page` is a process that starts with nothing but what
    the cache holds, as on another server."""

    def __init__(self, folder: Path, metadata: str) -> None:
        self.folder, self.port = folder, free_port()
        self.php = require("php", INSTALL)
        server = find("valkey-server") or require("redis-server", INSTALL)
        self.server, self.command = server, f"{Path(server).name.removesuffix('-server')}-cli"
        if "redis" not in subprocess.run([self.php, "-m"], check=True, capture_output=True, text=True).stdout.split():
            do_without(f"PHP's redis extension is missing: {INSTALL}")
        (folder / "run/php").mkdir(parents=True)
        site = {"CACHE_HOST": "localhost", "CACHE_NAME": NAME, "REGION": "ap-northeast-1"}
        (folder / "site.json").write_text(json.dumps(site))
        moved = {
            "/run/pressform": str(folder / "run"),
            "http://169.254.169.254": metadata,
            "6379": str(self.port),
        }
        # As in a release's folder.
        for name in ("html/wp-content/object-cache.php", "cache-token.php"):
            text = (FOLDER / "cache" / Path(name).name).read_text()
            for real, here in moved.items():
                text = text.replace(real, here)
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        (folder / "wordpress.php").write_text(
            f"<?php {WORDPRESS} require '{folder}/html/wp-content/object-cache.php'; wp_cache_init();"
        )
        self.make_certificate()

    def make_certificate(self) -> None:
        made = ["-keyout", self.folder / "key.pem", "-out", self.folder / "certificate.pem"]
        for_whom = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        openssl = [require("openssl", INSTALL), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
        subprocess.run([*openssl, *for_whom, *made], check=True, capture_output=True)

    def start(self, sign_in: str = "nopass") -> None:
        """
        Args:
            sign_in: what the cache asks of WordPress's user; `nopass` takes any token.
        """
        tls = ["--tls-port", str(self.port), "--tls-auth-clients", "no"]
        for option, file in {"cert": "certificate", "key": "key", "ca-cert": "certificate"}.items():
            tls += [f"--tls-{option}-file", self.folder / f"{file}.pem"]
        users = ["--user", "default", "off", "--user", "admin", "on", ">admin", "~*", "+@all"]
        users += ["--user", NAME, sign_in, *ACCESS.split()]
        self.process = subprocess.Popen(
            [self.server, "--port", "0", "--bind", "127.0.0.1", "--save", "", *tls, *users],
            cwd=self.folder,
            stdout=(self.folder / "server.log").open("a"),
        )
        until(lambda: self.process.poll() is not None or self.admin("PING") == "PONG", "the cache")
        assert self.process.poll() is None, (self.folder / "server.log").read_text()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def admin(self, *words: str) -> str:
        tls = ["--tls", "--cacert", str(self.folder / "certificate.pem"), "--user", "admin", "--pass", "admin"]
        command = [self.command, "-h", "localhost", "-p", str(self.port), *tls, "--no-auth-warning", *words]
        return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()

    def uses(self, command: str) -> int:
        """How often the cache was asked so, since it started."""
        lines = [line for line in self.admin("INFO", "commandstats").splitlines() if f"cmdstat_{command}:" in line]
        return int(lines[0].partition("calls=")[2].partition(",")[0]) if lines else 0

    def connections(self) -> int:
        """How many there have been since it started, this question's own among them."""
        return int(re.search(r"total_connections_received:(\d+)", self.admin("INFO", "stats"))[1])

    @property
    def options(self) -> list[str]:
        trusted = f"openssl.cafile={self.folder}/certificate.pem"
        return [
            self.php,
            "-d",
            trusted,
            "-d",
            "display_errors=stderr",
            "-d",
            "error_reporting=-1",
            "-d",
            "log_errors=0",
        ]

    def page(self, code: str, before: str = "") -> object:
        """What PHP `code` returns, after WordPress has started. `log` holds what the page has complained about."""
        script = f"{before}; require '{self.folder}/wordpress.php'; echo json_encode((function () {{ {code} }})());"
        run = subprocess.run(
            [*self.options, "-d", "log_errors=1", "-r", script], capture_output=True, text=True, check=False
        )
        self.log = run.stderr
        assert run.returncode == 0, run.stdout + run.stderr
        return json.loads(run.stdout)

    def outage_lasts(self) -> None:
        """Lets the pause after a failure outlast the test."""
        self._failed("1 hour")

    def outage_ended(self) -> None:
        """Lets the pause after a failure pass."""
        self._failed("11 seconds ago")

    def _failed(self, when: str) -> None:
        subprocess.run(["touch", "-d", when, self.folder / "run/php/cache-failed"], check=True)


@pytest.fixture(scope="module")
def metadata() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, metadata: str) -> Iterator[Bed]:
    bed = Bed(tmp_path_factory.mktemp("cache"), metadata)
    bed.start()
    yield bed
    bed.stop()


@pytest.fixture
def bed(running: Bed) -> Iterator[Bed]:
    """An empty cache, which nobody has found broken in the end."""
    running.admin("FLUSHALL")
    yield running
    assert not (running.folder / "run/php/cache-failed").exists(), running.log


@pytest.fixture
def broken(tmp_path: Path, metadata: str) -> Iterator[Bed]:
    """A bed whose cache does not run yet."""
    bed = Bed(tmp_path, metadata)
    bed.process = None
    yield bed
    if bed.process:
        bed.stop()


VALUES = {
    "text": "'日本語 🗻'",
    "digits": "'0012'",
    "number": "-7",
    "big number": "PHP_INT_MAX",
    "fraction": "1.5",
    "yes": "true",
    "no": "false",
    "nothing": "null",
    "empty": "''",
    "list": "[1, 'a' => ['b' => null]]",
    "object": "(object) ['post_title' => 'Hello', 'ID' => 1]",
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_value_comes_back_on_another_server_as_what_it_was(bed: Bed, value: str):
    assert bed.page(f"return wp_cache_set('k', {value}, 'posts', 60);") is True
    read = "$v = wp_cache_get('k', 'posts', false, $found);"
    assert bed.page(f"{read} return [$found, $v == {value}, gettype($v) === gettype({value})];") == [True] * 3


def test_what_is_not_there_is_not_found(bed: Bed):
    assert bed.page("$v = wp_cache_get('k', 'posts', false, $found); return [$v, $found];") == [False, False]


def test_groups_do_not_mix_and_no_group_is_the_default_one(bed: Bed):
    bed.page("wp_cache_set('k', 1, 'a'); wp_cache_set('k', 2, 'b'); wp_cache_set('k', 3);")
    assert bed.page("return [wp_cache_get('k', 'a'), wp_cache_get('k', 'b'), wp_cache_get('k', 'default')];") == [
        1,
        2,
        3,
    ]


def test_add_stores_only_what_is_new_on_any_server(bed: Bed):
    assert bed.page("return [wp_cache_add('k', 1), wp_cache_add('k', 2), wp_cache_get('k')];") == [True, False, 1]
    assert bed.page("return [wp_cache_add('k', 3), wp_cache_get('k')];") == [False, 1]


def test_nothing_is_added_while_wordpress_suspends_it(bed: Bed):
    assert bed.page("$GLOBALS['suspended'] = true; return [wp_cache_add('k', 1), wp_cache_set('k', 2)];") == [
        False,
        True,
    ]


def test_replace_stores_only_what_is_there_already(bed: Bed):
    assert bed.page("return [wp_cache_replace('k', 1), wp_cache_get('k')];") == [False, False]
    bed.page("wp_cache_set('k', 1);")
    assert bed.page("return [wp_cache_replace('k', 2), wp_cache_get('k')];") == [True, 2]


def test_delete_tells_whether_there_was_anything(bed: Bed):
    bed.page("wp_cache_set('k', 1);")
    assert bed.page("return [wp_cache_delete('k'), wp_cache_delete('k'), wp_cache_get('k')];") == [True, False, False]


def test_numbers_are_counted_by_the_cache(bed: Bed):
    bed.page("wp_cache_set('k', 5, 'counts', 60);")
    counted = (
        "return [wp_cache_incr('k', 1, 'counts'), wp_cache_incr('k', 3, 'counts'), wp_cache_decr('k', 2, 'counts')];"
    )
    assert bed.page(counted) == [6, 9, 7]
    assert 0 < int(bed.admin("TTL", "counts:k")) <= 60
    assert bed.page("return [wp_cache_decr('k', 1, 'counts'), wp_cache_get('k', 'counts')];") == [6, 6]


def test_counting_follows_wordpress_at_the_edges(bed: Bed):
    """No value is not zero, text counts as zero, and nothing goes below zero."""
    bed.page("wp_cache_set('text', 'a'); wp_cache_set('digits', '4'); wp_cache_set('one', 1);")
    edges = (
        "return [wp_cache_incr('none'), wp_cache_incr('text', 2), wp_cache_incr('digits'), wp_cache_decr('one', 5)];"
    )
    assert bed.page(edges) == [False, 2, 5, 0]
    assert bed.page("return wp_cache_get('one');") == 0


def test_two_servers_that_count_lose_nothing(bed: Bed):
    bed.page("wp_cache_set('k', 0);")
    code = "for ($i = 0; $i < 200; $i++) wp_cache_incr('k');"
    threads = [threading.Thread(target=bed.page, args=(f"{code} return 1;",)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bed.page("return wp_cache_get('k');") == 600


def test_many_are_asked_for_in_one_question(bed: Bed):
    bed.page("foreach (range(1, 50) as $i) wp_cache_set($i, \"v$i\", 'posts');")
    before = bed.uses("mget")
    found = bed.page("return wp_cache_get_multiple(range(1, 51), 'posts');")
    assert found == {str(number): f"v{number}" for number in range(1, 51)} | {"51": False}
    assert bed.uses("mget") == before + 1


def test_a_page_asks_once_and_again_only_when_forced(bed: Bed):
    bed.page("wp_cache_set('k', 1);")
    before = bed.uses("mget")
    assert bed.page("return [wp_cache_get('k'), wp_cache_get('k'), wp_cache_get('k', '', true)];") == [1, 1, 1]
    assert bed.uses("mget") == before + 2


def test_what_a_page_knows_already_costs_the_same_however_much_it_is(bed: Bed):
    """In the same process, the best of several: 70 times as much when every look went through all that is known."""
    code = """
        $cost = function () {
            $best = PHP_INT_MAX;
            foreach (range(1, 20) as $_) {
                $start = hrtime(true);
                for ($i = 0; $i < 20; $i++) wp_cache_get('k');
                $best = min($best, hrtime(true) - $start);
            }
            return $best;
        };
        wp_cache_add_non_persistent_groups('many');
        wp_cache_set('k', 1);
        $few = $cost();
        foreach (range(1, 6000) as $i) wp_cache_set($i, 1, 'many');
        return $cost() / $few;
    """
    assert bed.page(code) < 10


def test_a_page_cannot_change_what_is_kept_through_an_object_it_holds(bed: Bed):
    change = "$o = (object) ['a' => 1]; wp_cache_set('k', $o); $o->a = 2; wp_cache_get('k')->a = 3;"
    assert bed.page(f"{change} return wp_cache_get('k')->a;") == 1


def test_everything_has_an_end_so_that_a_full_cache_can_drop_it(bed: Bed):
    bed.page("wp_cache_set('forever', 1); wp_cache_set('minute', 1, '', 60); wp_cache_set('years', 1, '', 99999999);")
    ends = [int(bed.admin("TTL", f"default:{key}")) for key in ("forever", "minute", "years")]
    assert ends == [pytest.approx(604800, abs=5), pytest.approx(60, abs=5), pytest.approx(604800, abs=5)]


def test_flush_empties_the_cache_for_all(bed: Bed):
    bed.page("wp_cache_set('k', 1);")
    assert bed.page("return [wp_cache_flush(), wp_cache_get('k')];") == [True, False]
    assert bed.admin("DBSIZE") == "0"


def test_a_groups_flush_leaves_the_others(bed: Bed):
    bed.page("foreach (range(1, 3000) as $i) wp_cache_set($i, 1, 'a*'); wp_cache_set('k', 2, 'ab');")
    assert bed.page("return [wp_cache_flush_group('a*'), wp_cache_get(7, 'a*'), wp_cache_get('k', 'ab')];") == [
        True,
        False,
        2,
    ]
    assert bed.admin("DBSIZE") == "1"


def test_the_pages_own_memory_can_be_emptied_alone(bed: Bed):
    assert bed.page("wp_cache_set('k', 1); wp_cache_flush_runtime(); return wp_cache_get('k');") == 1


def test_groups_for_one_page_never_reach_the_cache(bed: Bed):
    code = "wp_cache_add_non_persistent_groups(['counts', 'plugins']); wp_cache_set('k', 1, 'counts');"
    assert bed.page(f"{code} return wp_cache_get('k', 'counts');") == 1
    assert bed.admin("DBSIZE") == "0"


def test_sites_of_a_network_share_global_groups_alone(bed: Bed):
    network = "$blog = 1"
    code = "wp_cache_add_global_groups('users'); wp_cache_set('k', 1, 'users'); wp_cache_set('k', 1, 'posts');"
    read = "wp_cache_switch_to_blog(2); return [wp_cache_get('k', 'users'), wp_cache_get('k', 'posts')];"
    assert bed.page(code + read, before=network) == [1, False]


@pytest.mark.parametrize("key", ["''", "'  '", "null", "[]", "1.5"])
def test_a_key_that_is_none_is_refused(bed: Bed, key: str):
    assert bed.page(f"return [wp_cache_set({key}, 1), wp_cache_get({key}), wp_cache_delete({key})];") == [False] * 3


def test_wordpress_is_told_what_is_supported(bed: Bed):
    code = "return array_map('wp_cache_supports', ['get_multiple', 'flush_runtime', 'flush_group', 'add_multiple']);"
    assert bed.page(code) == [True, True, True, False]


def test_pages_of_a_server_share_a_connection_and_one_sign_in(bed: Bed):
    """In PHP's own server, whose process outlives a page as PHP-FPM's do."""
    (bed.folder / "index.php").write_text(
        "<?php require 'wordpress.php'; wp_cache_set('k', 1); wp_cache_flush_runtime(); echo wp_cache_get('k');"
    )
    port, before = free_port(), bed.uses("auth")
    web = subprocess.Popen(
        [*bed.options, "-d", "apc.enable_cli=1", "-S", f"127.0.0.1:{port}", "-t", bed.folder],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: answers(port), "PHP's server")
        pages = [urllib.request.urlopen(f"http://127.0.0.1:{port}/").read() for _ in range(5)]
        signed_in = bed.uses("auth") - before
        bed.admin("CLIENT", "KILL", "USER", NAME)  # as ElastiCache does after twelve hours
        pages.append(urllib.request.urlopen(f"http://127.0.0.1:{port}/").read())
    finally:
        web.terminate()
        web.wait()
    assert pages == [b"1"] * 6
    # The bed's own questions sign in as well: one for this count.
    assert signed_in == 1 + 1


def test_the_site_goes_on_without_the_cache(broken: Bed):
    """A page has its own memory, one line says so, and the next pages do not even try."""
    code = (
        "return [wp_cache_set('k', 1), wp_cache_get('k'), wp_cache_add('k', 2), wp_cache_incr('k'), wp_cache_flush()];"
    )
    assert broken.page(code) == [True, 1, False, 2, True]
    assert broken.log.count("\n") == 1
    assert "Pressform goes on without the object cache: " in broken.log
    broken.outage_lasts()
    assert broken.page("return wp_cache_get('k');") is False
    assert broken.log == ""


def test_a_cache_that_comes_back_is_used_and_emptied_first(broken: Bed):
    """What was changed meanwhile never reached it."""
    broken.start()
    broken.page("wp_cache_set('title', 'old');")
    failed = broken.folder / "run/php/cache-failed"
    broken.outage_lasts()
    broken.page("wp_cache_set('title', 'new');")
    broken.outage_ended()
    assert broken.page("return wp_cache_get('title');") is False
    assert not failed.exists()


def test_a_cache_that_dies_under_a_page_does_not_take_it_along(broken: Bed):
    broken.start()
    code = f"wp_cache_set('k', 1); posix_kill({broken.process.pid}, SIGKILL); usleep(100000); wp_cache_flush_runtime();"
    assert broken.page(f"{code} return [wp_cache_get('k'), wp_cache_set('k', 2), wp_cache_get('k')];") == [
        False,
        True,
        2,
    ]
    assert broken.log.count("\n") == 1


def test_a_cache_that_hangs_costs_one_page_seconds_and_the_next_nothing(broken: Bed):
    broken.start()
    assert broken.page("return wp_cache_set('k', 1);") is True
    broken.admin("CLIENT", "PAUSE", "3600000", "WRITE")
    assert broken.page("return [wp_cache_set('k', 2), wp_cache_get('k')];") == [True, 2]
    assert broken.uses("set") == 1, "the second was carried out: nothing has hung"
    broken.outage_lasts()
    asked = broken.connections()
    assert broken.page("return wp_cache_get('k');") is False
    assert broken.connections() == asked + 1  # its own


def test_a_refused_sign_in_is_an_outage(broken: Bed):
    broken.start(sign_in=">another-token")
    assert broken.page("return [wp_cache_set('k', 1), wp_cache_get('k')];") == [True, 1]
    assert broken.admin("DBSIZE") == "0"
    assert "Pressform goes on without the object cache" in broken.log


def test_a_cache_with_a_certificate_that_nobody_vouches_for_is_not_talked_to(broken: Bed):
    broken.start()
    broken.make_certificate()  # the one that PHP trusts from now on, and not the one that the cache has
    broken.page("return 1;")
    assert "Pressform goes on without the object cache" in broken.log


def test_the_user_has_no_other_commands(bed: Bed):
    code = f"$r = new Redis(); $r->connect('tls://localhost', {bed.port}, 1); $r->auth(['{NAME}', 'any']);"
    refused = "try { $r->rawCommand('KEYS', '*'); } catch (RedisException $error) { return $error->getMessage(); }"
    assert "NOPERM" in bed.page(code + refused)


def aws_token(now: datetime) -> str:
    """As AWS's own library signs it: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html"""
    given = (CREDENTIALS[key] for key in ("AccessKeyId", "SecretAccessKey", "Token"))
    credentials = botocore.credentials.Credentials(*given)
    session = botocore.session.get_session()
    signer = RequestSigner(
        botocore.model.ServiceId("elasticache"),
        "ap-northeast-1",
        "elasticache",
        "v4",
        credentials,
        session.get_component("event_emitter"),
    )
    query = urllib.parse.urlencode({"Action": "connect", "User": NAME})
    request = {"method": "GET", "url": f"https://{NAME}/?{query}", "body": {}, "headers": {}, "context": {}}
    with patch.object(botocore.auth, "get_current_datetime", lambda **_: now):
        url = signer.generate_presigned_url(request, "connect", expires_in=900, region_name="ap-northeast-1")
    return url.removeprefix("https://")


def test_the_token_is_what_aws_would_sign(bed: Bed):
    token = bed.page(
        f"require_once '{bed.folder}/cache-token.php';"
        f"$site = json_decode(file_get_contents('{bed.folder}/site.json'));"
        "return pressform_sign($site, pressform_credentials(), '20261130T235959Z');"
    )
    expected = aws_token(datetime(2026, 11, 30, 23, 59, 59))
    name, _, query = token.partition("/?")
    assert (name, urllib.parse.parse_qs(query)) == (NAME, urllib.parse.parse_qs(expected.partition("/?")[2]))


def test_no_credentials_are_an_outage_and_nobody_waits_long(broken: Bed, metadata: str):
    broken.start()
    source = broken.folder / "cache-token.php"
    source.write_text(source.read_text().replace(metadata, f"http://127.0.0.1:{free_port()}"))
    assert broken.page("return [wp_cache_set('k', 1), wp_cache_get('k')];") == [True, 1]
    assert "Pressform goes on without the object cache" in broken.log
