"""A site comes over, from an older WordPress elsewhere, and goes out again: on real servers and a real database."""

import gzip
import hashlib
import random
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modules import PROJECT
from modules.operations import moving, shell
from modules.operations.moving import Import
from modules.operations.server import Refused
from modules.wordpress import FOLDER
from testbed import Environment, Site
from testbed.archive import archive
from testbed.server import BedServer
from tests.wordpress import checks
from tests.wordpress.releases import release

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("moving")]

OLD_URL = "https://www.old.example"

NAMES = "SET NAMES utf8mb4;"
"""The client would ask for letters of three bytes."""


@pytest.fixture(scope="module")
def dump(opened: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a WordPress 6.8, by mariadb-dump."""
    server = next(iter(opened.servers.values()))
    unpacked = server.path("/tmp/old")
    unpacked.mkdir()
    subprocess.run(["tar", "-xzf", archive("6.8", "ja"), "-C", unpacked, "--strip-components=1"], check=True)
    server.path("/tmp/old_site.php").write_bytes(Path(__file__).with_name("old_site.php").read_bytes())
    opened.query(
        "CREATE DATABASE elsewhere CHARACTER SET utf8mb4; GRANT ALL ON elsewhere.* TO elsewhere@'%' IDENTIFIED BY 'x'",
        database="mysql",
    )
    server.run("php", "/tmp/old_site.php", "/tmp/old", opened.environment.database.address, "elsewhere", "x")
    text = opened.database.run("mariadb-dump", "--default-character-set=utf8mb4", "elsewhere").stdout
    dump = tmp_path_factory.mktemp("old") / "shop.sql.gz"
    dump.write_bytes(gzip.compress(text.encode()))
    return dump


@pytest.fixture(scope="module")
def uploads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("uploads")
    (folder / "2024/05").mkdir(parents=True)
    (folder / "2024/05/cat.png").write_bytes(checks.png())
    (folder / "2024/05/猫 😀.png").write_bytes(checks.png(16))
    (folder / "2024/05/shell.php").write_text("<?php")
    return folder


@pytest.fixture
def site(opened: Site) -> Iterator[Site]:
    """As it was installed."""
    yield opened
    if opened.query("SHOW TABLES LIKE 'pressform_old_options'"):
        assert moving.go_back(BedServer.of(opened), print) == 0
    checks.exactly_one_installation(opened)


def bring_in(site: Site, wanted: Import, look: Callable[[str], None] = lambda _: None) -> tuple[int, str]:
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        look(line)

    status = moving.bring_in(BedServer.of(site), wanted, say)
    return status, "\n".join(said)


def option(site: Site, name: str) -> str:
    ((value,),) = site.query(f"SELECT option_value FROM wp_options WHERE option_name = '{name}'")
    return value


def has_come_over(site: Site) -> None:
    """All of its content, with the site's own address wherever the old one was."""
    url = site.url
    encoded = url.replace(":", "%3A").replace("/", "%2F")
    json = url.replace("/", "\\/")
    host = url.partition("//")[2]
    ((content,),) = site.query(f"{NAMES} SELECT post_content FROM wp_posts WHERE post_name = 'cats'")
    assert content.replace("\\\\", "\\") == (
        f'<!-- wp:image {{"url":"{json}\\/wp-content\\/uploads\\/2024\\/05\\/cat.png"}} -->'
        f'<img src="{url}/wp-content/uploads/2024/05/cat.png"><!-- /wp:image -->'
        f'<a href="{url}/about/">é日本😀</a> <a href="//{host}/x">x</a> '
        f'<a href="https://share.example/?u={encoded}%2Fa">share</a> <a href="https://old.example.org/">not ours</a> '
        "Write to owner@old.example."
    )
    deep = f'a:1:{{s:1:"u";s:{len(url) + 6}:"{url}/deep/";}}'
    text = f"日本😀 {url}/é"
    assert site.query(f"{NAMES} SELECT meta_value FROM wp_postmeta WHERE meta_key = 'nested'") == [
        [
            f'a:2:{{i:0;s:{len(text.encode())}:"{text}";i:1;a:3:{{s:5:"inner";s:{len(deep)}:"{deep}";s:1:"n";d:1.5;s:2:"no";N;}}}}'
        ]
    ]
    assert option(site, "stranger") == f'O:15:"Vendor\\\\Settings":1:{{s:4:"home";s:{len(url)}:"{url}";}}'
    assert [option(site, name) for name in ("home", "siteurl", "upload_path")] == [url, url, ""]
    assert site.query(f"{NAMES} SELECT line FROM wp_journal ORDER BY line") == [["café"], [f"came from {url}/"]]
    assert site.query("SELECT COUNT(*) FROM wp_options WHERE option_name LIKE '%transient_soon'") == [["0"]]
    ((version,),) = site.query("SELECT option_value FROM pressform_old_options WHERE option_name = 'db_version'")
    assert option(site, "db_version") == version
    assert site.query("SHOW TABLES LIKE 'other_app'") == []
    assert site.query("SHOW TABLES LIKE 'pressform_new_%'") == []
    for server in site.servers:
        page = site.visitor(server).get(f"{url}/cats/")
        assert page.status == 200
        assert "é日本😀" in page.text
        assert not re.search(r"//(www\.)?old\.example\b(?!\.)", site.visitor(server).get(f"{url}/").text)
        assert site.visitor(server).get(f"{url}/wp-content/uploads/2024/05/cat.png").body == checks.png()
    assert "The old shop" in site.visitor().get(f"{url}/").text


def test_a_site_comes_over_and_the_one_that_was_there_is_kept_until_it_may_go(site: Site, dump: Path, uploads: Path):
    meanwhile: dict[str, int] = {}

    def look(line: str) -> None:
        """At what a visitor of another server gets who would write."""
        meanwhile[line] = site.visitor(list(site.servers)[-1]).get(f"{site.url}/wp-login.php").status

    assert "The old shop" not in site.visitor().get(f"{site.url}/").text
    status, said = bring_in(site, Import(dump, uploads, (OLD_URL,)), look)
    assert status == 0, said
    has_come_over(site)
    assert (meanwhile["uploads: part 1 of 1"], meanwhile["loading the dump"]) == (200, 503)
    assert meanwhile["replacing the old address by " + site.url] == 503
    assert "1 PHP files in " in said
    assert "left out: the view shop7_newest (line " in said
    assert "left out, for they are not of this site: the tables other_app" in said
    assert "upload_path was /home/shop/www/wp-content/uploads" in said
    assert "such as mail addresses, which stay: options: 1, posts: 1, users: 1" in said
    visitor = site.visitor()
    visitor.get(f"{site.url}/wp-login.php")
    form = {"log": "owner", "pwd": "old password", "testcookie": "1"}
    assert visitor.post(f"{site.url}/wp-login.php", form).status == 302
    assert visitor.get(f"{site.url}/wp-admin/users.php").status == 200
    # Nothing is done twice, and nothing that is kept is lost to another import.
    assert bring_in(site, Import(dump, uploads, (OLD_URL,)))[1].endswith("has been brought in already")
    other = dump.with_name("other.sql.gz")
    other.write_bytes(gzip.compress(gzip.decompress(dump.read_bytes()).replace(b"The old shop", b"Another one.")))
    status, said = bring_in(site, Import(other))
    assert status == 1
    assert "FORGET=1 deletes it, BACK=1 makes it the site again" in said
    has_come_over(site)
    # What was there is the site again, and nothing else.
    assert moving.go_back(BedServer.of(site), print) == 0
    checks.exactly_one_installation(site)
    assert "The old shop" not in site.visitor().get(f"{site.url}/").text
    checks.signed_in_on_every_server(site)


KILLED_AT = ["uploads: part 1", "loading the dump", "replacing", "upgrading", "exchanging"]


@pytest.mark.parametrize("step", KILLED_AT)
def test_an_import_that_is_killed_is_completed_by_the_next_one(site: Site, dump: Path, uploads: Path, step: str):
    """Whoever kills it is not quick: it dies there, or a little later. Visitors see the one site or the other."""
    server = next(iter(site.servers.values()))
    delay = random.Random(step).uniform(0, 0.4)
    killer = None

    def kill(line: str) -> None:
        nonlocal killer
        if step in line and not killer:
            program = f"sleep {delay}; pkill -KILL -f '/current/move[.]sh|import[a-z-]*[.]php'"
            killer = subprocess.Popen([*server.enter(), "bash", "-c", program])

    moving.bring_in(BedServer.of(site), Import(dump, uploads, (OLD_URL,)), kill)
    assert killer
    killer.wait()
    ((posts,),) = site.query("SELECT COUNT(*) FROM wp_posts WHERE post_name IN ('cats', 'privacy-policy')")
    assert posts in ("1", "2")
    status, said = bring_in(site, Import(dump, uploads, (OLD_URL,)))
    assert status == 0, said
    has_come_over(site)


def test_what_goes_out_comes_in_again(site: Site, dump: Path, uploads: Path, tmp_path: Path):
    """Another database's bytes and letters, too. The uploads that were there are there again in the end."""
    host = next(iter(site.servers.values()))
    host.run("install", "-d", "-o", "apache", "/var/www/uploads/2024", "/var/www/uploads/2024/05")
    here = host.path("/var/www/uploads/2024/05/cat.png")
    here.write_bytes(b"another cat")
    here.with_name("link").symlink_to("/etc/passwd")
    site.query("CREATE TABLE wp_bytes (id INT PRIMARY KEY, what BLOB, at TIMESTAMP, half DOUBLE AS (id / 2))")
    site.query("INSERT INTO wp_bytes (id, what, at) VALUES (3, 0x00ff27225c0a, '2026-11-28 12:00:00'), (4, '', NULL)")
    server = BedServer.of(site)
    try:
        out, files = tmp_path / "out.sql.gz", tmp_path / "uploads"
        files.mkdir()
        assert moving.take_out(server, out, files, print) == site.url
        assert (files / "2024/05/cat.png").read_bytes() == b"another cat"
        assert not (files / "2024/05/link").is_symlink()
        full = "trap '' XFSZ; ulimit -f 1; mkdir -p /tmp/full && php /opt/pressform/current/export.php /tmp/full"
        ran = host.run("bash", "-c", full, check=False)
        assert (ran.returncode, "is this server's disk full?" in ran.stdout) == (1, True)
        with pytest.raises(Refused, match=r"out\.sql\.gz exists: name another file, or delete it"):
            moving.take_out(server, out, None, print)
        tables = ("wp_posts", "wp_users", "wp_bytes")
        before = {table: site.query(f"CHECKSUM TABLE {table}") for table in tables}
        status, said = bring_in(site, Import(out, uploads))
        assert status == 0, said
        assert here.read_bytes() == checks.png()
        assert {table: site.query(f"CHECKSUM TABLE {table}") for table in tables} == before
        assert site.query("SELECT half FROM wp_bytes ORDER BY id") == [["1.5"], ["2"]]
        here.unlink()
        assert bring_in(site, Import(uploads=uploads))[0] == 0
        assert here.read_bytes() == checks.png()
        assert moving.go_back(server, print) == 0
        assert here.read_bytes() == b"another cat"
        # What was stopped before its end is brought to it, and nothing else is done with what it has left.
        kept = host.path("/var/www/uploads/.pressform-import/before/2024/05/cat.png")
        host.run("runuser", "-u", "apache", "--", "mkdir", "-p", "/var/www/uploads/.pressform-import/before/2024/05")
        kept.write_bytes(b"the first cat")
        site.query("REPLACE INTO pressform_import VALUES (1, '', 'going back', '[]')")
        for refused in (bring_in(site, Import(uploads=uploads))[0], moving.forget(server, print)):
            assert refused == 1
        assert moving.go_back(server, print) == 0
        assert here.read_bytes() == b"the first cat"
        site.query("CREATE TABLE pressform_old_posts (id INT)")
        site.query("REPLACE INTO pressform_import VALUES (1, '', 'forgetting', '[]')")
        assert moving.go_back(server, print) == 1
        assert moving.forget(server, print) == 0
        assert site.query("SHOW TABLES LIKE 'pressform_old%'") == []
    finally:
        here.with_name("link").unlink()
        site.query("DROP TABLE IF EXISTS wp_bytes")


def sql(dump: Path) -> str:
    return gzip.decompress(dump.read_bytes()).decode()


def replace(old: str, new: str) -> Callable[[str], str]:
    """Once, where it stands first."""
    return lambda text: re.sub(old, lambda _: new, text, count=1)


def add(more: str) -> Callable[[str], str]:
    return lambda text: text + more


SHOP = """'active_plugins','a:1:{i:0;s:13:\\"shop/shop.php\\";}'"""
NO_PLUGINS = "'active_plugins','a:0:{}'"

BAD: dict[str, tuple[Callable[[str], str], dict, str]] = {
    "another thing": (
        lambda text: "CREATE TABLE `notes` (id INT);\n",
        {},
        "no WordPress is in it. It takes the tables options, posts, users and others, with one prefix; found are:",
    ),
    "another prefix": (add(""), {"prefix": "wp_"}, 'no WordPress with the prefix "wp_" is in it: it has shop7_'),
    "two prefixes": (
        lambda text: "".join(one + one.replace("shop7_", "blog_") for one in statements(text)),
        {},
        "more than one WordPress is in it: say which by PREFIX=, one of shop7_, blog_",
    ),
    "a network": (
        lambda text: text.replace("`other_app`", "`shop7_blogs`") + "CREATE TABLE shop7_site (id INT);\n",
        {},
        "it is of a multisite network, and this is a single site",
    ),
    "two databases": (
        lambda text: f"CREATE DATABASE `a`;\nUSE `a`;\n{text}\nUSE `b`;\n",
        {},
        "after the database a comes another, b: make a dump of the site's database alone",
    ),
    "cut off": (
        lambda text: text[: text.rindex("INSERT INTO") + 40],
        {},
        "ends in the middle of the statement that begins here",
    ),
    "cut off between statements": (
        lambda text: text[: text.rindex("DROP TABLE")],
        {},
        'ends without its last line, "-- Dump completed": it has been cut off',
    ),
    "no structure": (add("INSERT INTO shop7_more VALUES (1);"), {}, "the table shop7_more is not made by the dump"),
    "twice": (lambda text: text + text, {}, "the table other_app is there already, from line "),
    "a stranger's statement": (add("DELETE FROM shop7_posts;"), {}, '"DELETE FROM shop7_posts" is no statement'),
    "no SQL for this database": (
        replace(r"`option_id` bigint", "`option_id` biggest"),
        {},
        "the database refuses it: ",
    ),
    "other letters": (
        replace("The old shop", "caf\udce9"),
        {},
        "its text is not in utf8mb4, as the dump says: Incorrect string value",
    ),
    "a newer WordPress": (
        replace(r"'db_version','\d+'", "'db_version','999999'"),
        {},
        "its tables are of version 999999, and WordPress 7.",
    ),
    "another address": (
        add(""),
        {"addresses": ("https://shop.example",)},
        "it is of the site https://www.old.example, and FROM says https://shop.example: name old.example in FROM too",
    ),
    "a plugin that is not here": (
        replace(NO_PLUGINS, SHOP),
        {},
        "this release lacks the plugin shop, which the site uses",
    ),
}


def statements(text: str) -> Iterator[str]:
    """What makes the site's tables."""
    yield from re.findall(r"^CREATE TABLE `shop7_.*?;\n", text, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("change", "options", "told"), BAD.values(), ids=BAD.keys())
def test_a_dump_that_cannot_come_over_is_told_by_its_line_and_changes_nothing(
    site: Site, dump: Path, tmp_path: Path, change: Callable[[str], str], options: dict, told: str
):
    bad = tmp_path / "bad.sql"
    bad.write_bytes(change(sql(dump)).encode(errors="surrogateescape"))
    status, said = bring_in(site, Import(bad, **options))
    assert status == 1
    last, advice = said.splitlines()[-2:]
    assert last.startswith("bad.sql: ")
    assert told in last
    assert advice.startswith("Nothing is lost: ")
    assert site.query("SHOW TABLES LIKE 'pressform_new%'") == []
    assert site.visitor().get(f"{site.url}/wp-login.php").status == 200


def test_a_plugin_and_a_theme_that_are_not_here_may_stay_behind(site: Site, dump: Path, tmp_path: Path):
    without = tmp_path / "without.sql"
    text = replace(NO_PLUGINS, SHOP)(sql(dump))
    without.write_text(re.sub(r"'(template|stylesheet)','\w+'", r"'\1','house'", text))
    status, said = bring_in(site, Import(without, skip_missing=True))
    assert status == 0, said
    assert "the site goes without the plugin shop, the theme house, which this release lacks" in said
    assert option(site, "active_plugins") == "a:0:{}"
    assert "The old shop" in site.visitor().get(f"{site.url}/").text


WP_CLI = """<?php
require getcwd() . '/wp-load.php';
fwrite(STDERR, implode(' ', array_slice($argv, 1)) . "\\n");
echo get_option('blogname'), ' ', posix_getpwuid(posix_geteuid())['name'], "\\n";
exit(3);
"""
"""Stands in for the phar, which has WordPress loaded and ends with a status, too."""


def test_wp_cli_comes_with_a_release_if_it_can_and_runs_as_phps_own_user(
    site: Site, environment: Environment, tmp_path: Path
):
    """Where it could not be downloaded, the boot went on."""
    server, said = BedServer.of(site), []
    name, *_ = site.servers
    assert any(line.endswith("it cannot be downloaded, or is not what was published") for line in site.boot_log(name))
    assert shell.wp(server, "option get blogname", said.append) == 1
    assert said == [
        'no WP-CLI on this server: it could not be downloaded when the release came (see the log, "no WP-CLI")'
    ]

    phar = tmp_path / "wp-cli.phar"
    phar.write_text(WP_CLI)
    site.internet.publish(phar, "github.com/wp-cli/wp-cli/releases/download/v2.12.0/wp-cli-2.12.0.phar")
    steps = (FOLDER / "web/steps.sh").read_text()
    ours = re.sub(r"(?<=wp_cli_sha512=)\w+", hashlib.sha512(phar.read_bytes()).hexdigest(), steps)
    site.environment = release(environment, files={"web/steps.sh": ours})
    answers = site.roll_out()
    assert {answer.status for answer in answers.values()} == {"Success"}, answers
    said.clear()
    assert shell.wp(server, "post list --title='a b'", said.append) == 3
    title = option(site, "blogname")
    assert sorted(said) == sorted(["--no-color post list --title=a b", f"{title} apache"])


def test_the_walkthroughs_commands_do_what_it_says(site: Site, dump: Path, uploads: Path, tmp_path: Path):
    """Those for AWS, too: HERE=1 leads them to this bed."""
    text = (PROJECT / "docs/moving-in.md").read_text()
    commands = [line.partition(" #")[0] for line in re.findall(r"^make (?!site).*", text, re.MULTILINE)]
    assert [command.split()[1] for command in commands] == ["wp", "export", "import", "import", "import"]
    BedServer.make_known(site, "moving-in")
    statuses = []
    for written in commands:
        command = re.sub(r"ENV=\w+( HERE=1)?", "ENV=moving-in HERE=1", written)
        for file, real in {"copy.sql.gz": tmp_path / "copy.sql.gz", "shop.sql.gz": dump, "uploads/": uploads}.items():
            command = command.replace(f"={file}", f"={real}")
        ran = subprocess.run(
            ["bash", "-c", command.replace("make", "make --old-file=setup", 1)],
            cwd=PROJECT,
            text=True,
            capture_output=True,
            check=False,
        )
        statuses.append(ran.returncode)
        if "DUMP=" in command:
            assert ran.returncode == 0, ran.stdout + ran.stderr
    # No phar is here, and make ends with 2 where a command has failed.
    assert statuses == [2, 0, 0, 0, 0]
    assert "CREATE TABLE `wp_posts`" in sql(tmp_path / "copy.sql.gz")
