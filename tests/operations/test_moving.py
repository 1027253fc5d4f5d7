"""What is looked at before a site's content leaves a person's machine."""

import gzip
import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from modules import PROJECT
from modules.operations.moving import Import, bring_in, check, find_uploads, take_out
from modules.operations.server import Refused

SQL = b"CREATE TABLE `wp_options` (id INT);\n"


def packed(text: bytes) -> bytes:
    return gzip.compress(text * 5000, mtime=0)


def tar() -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("shop.sql"))
    return made.getvalue()


BAD = {
    "nothing in it": ("shop.sql", b"", "is empty: make the dump again"),
    "not what its name says": ("shop.sql.gz", SQL, "is not packed by gzip, as its name says"),
    "cut off": ("shop.sql.gz", packed(SQL)[:-60], "is cut off after"),
    "damaged": ("shop.sql.gz", packed(SQL)[:-8] + b"\0" * 8, "unpacked: fetch it again (CRC"),
    "zip": ("shop.sql", b"PK\x03\x04...", "is an archive of another kind: unpack it"),
    "tar": ("shop.tar.gz", gzip.compress(tar()), "is a tar archive: unpack it"),
    "a page": ("shop.sql", b"\n<!doctype html>", "is no dump in SQL: it begins with"),
    "a picture": ("shop.sql", b"\x89PNG\r\n\x1a\n\0\0", "is no dump in SQL"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "told"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_a_dump_is_told(tmp_path: Path, name: str, content: bytes, told: str):
    dump = tmp_path / name
    dump.write_bytes(content)
    with pytest.raises(Refused) as refused:
        check(Import(dump))
    assert str(refused.value).startswith(str(dump))
    assert told in str(refused.value)


@pytest.mark.parametrize(("name", "content"), [("shop.sql", SQL), ("shop.sql.gz", packed(SQL))])
def test_a_dump_may_be_packed_or_not(tmp_path: Path, name: str, content: bytes):
    (tmp_path / name).write_bytes(content)
    check(Import(tmp_path / name))


def test_what_is_not_there_is_told(tmp_path: Path):
    with pytest.raises(Refused, match=r"DUMP: there is no file .*/shop\.sql"):
        check(Import(tmp_path / "shop.sql"))
    with pytest.raises(Refused, match=r"UPLOADS: there is no folder .*/uploads\. Unpack an archive first\."):
        check(Import(uploads=tmp_path / "uploads"))
    with pytest.raises(Refused, match="There is nothing to bring in"):
        bring_in(None, Import(), print)  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["old.example", "ftp://old.example", "https://", "https://old.example/?page=1"])
def test_the_old_address_has_a_scheme_and_a_name(address: str):
    with pytest.raises(Refused, match="it takes the site's old address with its scheme"):
        check(Import(addresses=("https://old.example/blog", "http://127.0.0.1:8080", address)))


def test_an_export_writes_over_nothing_and_says_so_before_it_begins(tmp_path: Path):
    (tmp_path / "cat.png").write_bytes(b"mine")
    for dump, uploads, told in [
        (tmp_path / "cat.png", None, r"cat\.png exists: name another file, or delete it"),
        (tmp_path / "out/shop.sql.gz", None, r"DUMP: there is no folder .*/out: make it first"),
        (tmp_path / "shop.sql.gz", tmp_path, r"UPLOADS: .* is not an empty folder: name another, or delete it"),
        (tmp_path / "shop.sql.gz", tmp_path / "cat.png", "UPLOADS: .* is not an empty folder"),
    ]:
        with pytest.raises(Refused, match=told):
            take_out(None, dump, uploads, print)  # type: ignore[arg-type]


@pytest.mark.slow
def test_wp_cli_gets_the_words_that_a_person_has_written():
    """Neither a shell nor make takes a part of them for its own."""
    words = """eval 'echo $wpdb->prefix, "$(HOME)";' # %"""
    ran = subprocess.run(
        ["make", "-s", "--old-file=setup", "wp", f"ARGS={words}", "RUN=echo"],
        cwd=PROJECT,
        text=True,
        capture_output=True,
        check=True,
    )
    assert ran.stdout == f"-m modules.operations wp handson {words}\n"


def test_a_folder_above_the_uploads_is_told(tmp_path: Path):
    (tmp_path / "wp-content/uploads").mkdir(parents=True)
    with pytest.raises(Refused, match=r"is a folder above: name .*/wp-content/uploads\.$"):
        check(Import(uploads=tmp_path))


def test_only_what_people_have_uploaded_comes_over(tmp_path: Path):
    for name in ("2024/05/cat.png", "2024/.DS_Store", "cache/index.php", ".htaccess"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link").symlink_to("/etc/passwd")
    said: list[str] = []
    assert [path.name for path in find_uploads(tmp_path, said.append)] == ["cat.png"]
    assert len(said) == 2
    assert said[0].startswith("1 PHP files in ")
    assert said[1].startswith("1 links in ")
