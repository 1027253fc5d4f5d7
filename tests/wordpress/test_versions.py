"""What wordpress.org says of versions: archives that are pinned by their SHA-256, and warnings of known holes."""

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from modules import wordpress_versions
from modules.settings import load_all
from modules.wordpress import pins
from tests.settings.files import ENVIRONMENTS
from tests.site.sites import variation

JA, EN = "ja.wordpress.org/wordpress-7.1-ja.tar.gz", "wordpress.org/wordpress-7.1.2.tar.gz"


class WordPressOrg:
    """On this machine, by HTTP.

    Attributes:
        origin: what stands before its addresses.
        files: what it answers, by address.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        files = self.files

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = files.get(self.path[1:])
                self.send_response(404 if body is None else 200)
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.origin = f"http://127.0.0.1:{self.server.server_port}/"

    def publish(self, address: str, archive: bytes) -> None:
        self.files |= {address: archive, f"{address}.sha1": hashlib.sha1(archive).hexdigest().encode()}


@pytest.fixture
def wordpress_org() -> Iterator[WordPressOrg]:
    publisher = WordPressOrg()
    yield publisher
    publisher.server.shutdown()
    publisher.server.server_close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three environments: 7.1 in Japanese, 7.1.2 in English, and one with a checksum of its own."""
    handson = (ENVIRONMENTS / "handson.toml").read_text()
    for name, settings in {
        "shop": 'locale = "ja"\nversion = "7.1"',
        "blog": 'locale = "en_US"\nversion = "7.1.2"',
        "news": f'version = "6.9"\narchive_sha256 = "{"0a" * 32}"',
    }.items():
        (tmp_path / f"{name}.toml").write_text(handson.replace('locale = "ja"', settings))
    return tmp_path


@pytest.mark.slow
class TestPins:
    def test_what_the_environments_name_is_pinned_sorted_and_stays(self, wordpress_org, folder, capsys):
        wordpress_org.publish(JA, b"Japanese")
        wordpress_org.publish(EN, b"English")
        table = folder / "versions.json"
        pins.write_pins({"ja": {"6.10": "c" * 64, "6.9": "b" * 64}}, table)

        assert wordpress_versions.pin(load_all(folder), table, wordpress_org.origin) == 0

        wanted = {"en_US": {"7.1.2": hashlib.sha256(b"English").hexdigest()}}
        wanted["ja"] = {"6.9": "b" * 64, "6.10": "c" * 64, "7.1": hashlib.sha256(b"Japanese").hexdigest()}
        assert table.read_text() == json.dumps(wanted, indent=2) + "\n"
        # Another archive of the same name, its checksum beside it: what a pin is for.
        wordpress_org.publish(JA, b"Changed")
        assert wordpress_versions.pin(load_all(folder), table, wordpress_org.origin) == 0
        assert pins.read_pins(table) == wanted
        assert capsys.readouterr().out.endswith("7.1.2 en_US: pinned already\n7.1 ja: pinned already\n")

    def test_what_is_not_what_was_published_is_not_pinned_and_the_rest_is(self, wordpress_org, folder, capsys):
        wordpress_org.publish(JA, b"Japanese")
        wordpress_org.files[JA] = b"Japan"
        wordpress_org.publish(EN, b"English")
        table = folder / "versions.json"

        assert wordpress_versions.pin(load_all(folder), table, wordpress_org.origin) == 1

        assert pins.read_pins(table) == {"en_US": {"7.1.2": hashlib.sha256(b"English").hexdigest()}}
        found, published = (hashlib.sha1(text).hexdigest() for text in (b"Japan", b"Japanese"))
        told = f"7.1 ja: not pinned: {wordpress_org.origin}{JA} has the SHA-1 {found}, published is {published}\n"
        assert capsys.readouterr().err == told

    def test_what_is_not_there_is_said_by_its_address(self, wordpress_org, folder, capsys):
        table = folder / "versions.json"
        assert wordpress_versions.pin(load_all(folder), table, wordpress_org.origin) == 1
        assert f"7.1 ja: not pinned: {wordpress_org.origin}{JA}: HTTP Error 404" in capsys.readouterr().err
        assert not table.exists()


@pytest.mark.slow
class TestWarnings:
    def test_a_version_with_known_holes_is_a_warning_that_names_the_way_out(self, wordpress_org, folder):
        statuses = {"6.9": "insecure", "7.1": "insecure", "7.1.2": "outdated", "7.1.10": "outdated", "7.2": "latest"}
        wordpress_org.files[wordpress_versions.STABLE_CHECK] = json.dumps(statuses).encode()
        old, current = wordpress_versions.warnings(folder, wordpress_org.origin)
        assert old.startswith(f"::warning file={folder}/news.toml,title=WordPress 6.9 has known holes::")
        assert "Raise wordpress.version to 7.2," in old, "its branch has none"
        assert current.startswith(f"::warning file={folder}/shop.toml,title=WordPress 7.1 has known holes::")
        assert "Raise wordpress.version to 7.1.10," in current

    @pytest.mark.parametrize("answer", [None, b"<html>", b"[]", b"\xff"])
    def test_silence_and_nonsense_are_a_line_and_no_warning(self, wordpress_org, folder, answer):
        if answer is not None:
            wordpress_org.files[wordpress_versions.STABLE_CHECK] = answer
        (line,) = wordpress_versions.warnings(folder, wordpress_org.origin)
        address = wordpress_org.origin + wordpress_versions.STABLE_CHECK
        assert line.startswith(f"Whether a WordPress has known holes is unknown: {address}")

    def test_nobody_at_home_is_a_line_and_so_is_a_file_that_cannot_be_read(self, wordpress_org, folder):
        wordpress_org.server.server_close()
        (folder / "wrong.toml").write_text("=")
        wrong, silent = wordpress_versions.warnings(folder, wordpress_org.origin)
        assert wrong == "wrong.toml: not looked at, for it cannot be read"
        assert silent.startswith("Whether a WordPress has known holes is unknown: ")


@pytest.mark.parametrize(
    ("settings", "checksum"),
    [
        ({"version": "7.1.2", "locale": "ja"}, "c" * 64),
        ({"version": "7.1.2", "locale": "de_DE"}, ""),
        ({"version": "7.1.2", "locale": "ja", "archive_sha256": "0a" * 32}, "0a" * 32),
    ],
    ids=["pinned", "another language", "one's own"],
)
def test_servers_take_the_pinned_archive_and_no_other(monkeypatch, tmp_path, settings, checksum):
    pins.write_pins({"ja": {"7.1.2": "c" * 64}}, tmp_path / "versions.json")
    monkeypatch.setattr(pins, "PINS", tmp_path / "versions.json")
    lines = variation("handson", {"wordpress": settings}).settings("web")
    assert f"WORDPRESS_SHA256='{checksum}'" in lines


def test_the_table_is_as_its_command_writes_it(tmp_path):
    table = pins.read_pins(pins.PINS)
    pins.write_pins(table, tmp_path / "versions.json")
    assert pins.PINS.read_text() == (tmp_path / "versions.json").read_text()
    for digest in (digest for versions in table.values() for digest in versions.values()):
        assert len(bytes.fromhex(digest)) == 32
