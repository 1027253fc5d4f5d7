"""A site comes over, from an older WordPress elsewhere, and goes out again: on real servers and a real database."""

import gzip
import random
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from modules.operations import moving
from modules.operations.moving import Import
from testbed import Site
from testbed.archive import archive
from testbed.server import BedServer
from tests.wordpress import checks

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
        assert moving.go_back(BedServer(opened), print) == 0
    checks.exactly_one_installation(opened)


def bring_in(site: Site, wanted: Import) -> tuple[int, str]:
    said: list[str] = []
    status = moving.bring_in(BedServer(site), wanted, said.append)
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
    assert "The old shop" not in site.visitor().get(f"{site.url}/").text
    status, said = bring_in(site, Import(dump, uploads, (OLD_URL,)))
    assert status == 0, said
    has_come_over(site)
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
    assert moving.go_back(BedServer(site), print) == 0
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

    moving.bring_in(BedServer(site), Import(dump, uploads, (OLD_URL,)), kill)
    assert killer
    killer.wait()
    ((posts,),) = site.query("SELECT COUNT(*) FROM wp_posts WHERE post_name IN ('cats', 'privacy-policy')")
    assert posts in ("1", "2")
    status, said = bring_in(site, Import(dump, uploads, (OLD_URL,)))
    assert status == 0, said
    has_come_over(site)
