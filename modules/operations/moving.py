"""Moving: an existing site comes over, a site is taken out, one becomes the copy of another.

The work is done on one of the site's servers (modules/wordpress/web/moving/move.sh). What is here packs and unpacks,
and sends and fetches by way of the site's bucket.
"""

import gzip
import hashlib
import json
import re
import secrets
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from modules.operations.server import CURRENT, Ran, Refused, Say, Server

PART = 256 * 1024**2
"""Bytes of uploads in one archive; a larger file has one of its own."""

HOURS = 48 * 3600
"""Seconds that a server may take: AWS's own limit.
https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-command-ssm-plugin-reference.html"""

ADDRESS = re.compile(r"https?://[^/:@?#\s]+(:\d+)?(/[^?#\s]*)?", re.IGNORECASE)

LITTER = {".DS_Store", "Thumbs.db", ".htaccess", ".gitkeep", ".pressform-import"}
"""What is no upload."""

CODE = re.compile(r"\.(php\d?|phar|phtml|phps|pht)$", re.IGNORECASE)
"""What the servers run nowhere below uploads (modules/wordpress/web/wordpress.conf)."""


@dataclass(frozen=True)
class Import:
    """What is to come over.

    Attributes:
        dump: of its database, packed by gzip or not.
        uploads: its folder wp-content/uploads.
        addresses: where it has been; none for what the dump says.
        prefix: of its tables, where the dump holds more than one WordPress.
        skip_missing: goes without plugins and themes that the release lacks.
    """

    dump: Path | None = None
    uploads: Path | None = None
    addresses: tuple[str, ...] = ()
    prefix: str | None = None
    skip_missing: bool = False


def bring_in(server: Server, wanted: Import, say: Say) -> int:
    """Brings a site over. Can be run again, whatever stopped it.

    Args:
        server: one of the site that it becomes.
        say: takes a line for a person.

    Returns:
        The exit status.

    Raises:
        Refused: something that is to come over is not what it must be.
    """
    check(wanted)
    files = find_uploads(wanted.uploads, say) if wanted.uploads else []
    parts = list(_send_parts(server, wanted.uploads, files, say)) if wanted.uploads else []
    sha256 = _sha256(wanted.dump) if wanted.dump else None
    request = {
        "dump": wanted.dump.name if wanted.dump else None,
        "sha256": sha256,
        "size": wanted.dump.stat().st_size if wanted.dump else 0,
        "from": list(wanted.addresses),
        "prefix": wanted.prefix,
        "skip_missing": wanted.skip_missing,
        "parts": parts,
    }
    text = json.dumps(request)
    id = hashlib.sha256(text.encode()).hexdigest()[:16]
    folder = f"moving/{id}"
    dump = f"moving/dumps/{sha256}"
    if wanted.dump and not server.holds(dump):
        say(f"sending {wanted.dump}, {_size(wanted.dump.stat().st_size)}")
        server.upload(wanted.dump, dump)
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch, "request.json").write_text(text)
        server.upload(Path(scratch, "request.json"), f"{folder}/request.json")
    # What an earlier try has left would be taken for this one's.
    server.delete(f"{folder}/log")
    ran = _move(server, f"import {id}", say, log=f"{folder}/log")
    if ran.status == 0:
        for key in (dump, f"{folder}/request.json", f"{folder}/log", *(f"moving/parts/{part}.tar" for part in parts)):
            server.delete(key)
    else:
        say("Nothing is lost: mend what is said above, and run the same command again.")
    return ran.status


def check(wanted: Import) -> None:
    """Looks at what is to come over, without a server.

    Raises:
        Refused: something in it is not what it must be, or there is nothing.
    """
    for address in wanted.addresses:
        if not ADDRESS.fullmatch(address):
            raise Refused(f"FROM is {address!r}: it takes the site's old address with its scheme, https://old.example.")
    if not (wanted.dump or wanted.uploads):
        raise Refused("There is nothing to bring in: say DUMP=shop.sql.gz, or UPLOADS=uploads/, or both.")
    if wanted.dump:
        check_dump(wanted.dump)
    if wanted.uploads:
        find_uploads(wanted.uploads, lambda _: None)


def go_back(server: Server, say: Say) -> int:
    """What was there before the import is the site again. Returns the exit status."""
    return _move(server, "back", say).status


def forget(server: Server, say: Say) -> int:
    """What was there before the import is deleted. Returns the exit status."""
    return _move(server, "forget", say).status


def take_out(server: Server, dump: Path, uploads: Path | None, say: Say) -> str:
    """Fetches a site's content.

    Args:
        dump: the file to write, packed by gzip.
        uploads: the folder to write; None leaves the uploads where they are.

    Returns:
        The site's address.

    Raises:
        Refused: it would write over something, or the server has failed.
    """
    if dump.exists():
        raise Refused(f"{dump} exists: name another file, or delete it.")
    if not dump.parent.is_dir():
        raise Refused(f"DUMP: there is no folder {dump.parent}: make it first.")
    if uploads and uploads.exists() and (not uploads.is_dir() or any(uploads.iterdir())):
        raise Refused(f"UPLOADS: {uploads} is not an empty folder: name another, or delete it.")
    id = secrets.token_hex(8)
    ran = _move(server, f"export {id}{' uploads' if uploads else ''}", say, log=f"moving/{id}/log")
    if ran.status:
        raise Refused("The site has not been taken out: see above.")
    with tempfile.TemporaryDirectory(dir=dump.parent) as folder:
        scratch = Path(folder)
        server.download(f"moving/{id}/site.json", scratch / "site.json")
        about = json.loads((scratch / "site.json").read_text())
        server.download(f"moving/{id}/dump", scratch / "dump")
        keys = ["dump", "log", "site.json"]
        for number in range(1, about["parts"] + 1):
            keys.append(f"uploads.{number}.tar")
            server.download(f"moving/{id}/{keys[-1]}", scratch / "part.tar")
            with tarfile.open(scratch / "part.tar") as part:
                part.extractall(uploads or scratch, filter="data")
            say(f"{uploads}: part {number} of {about['parts']}")
        shutil.move(scratch / "dump", dump)
    for key in keys:
        server.delete(f"moving/{id}/{key}")
    say(f"{dump}: {_size(dump.stat().st_size)}")
    return str(about["url"])


def copy(source: Server, target: Server, say: Say, *, skip_missing: bool = False) -> int:
    """Makes one site the copy of another, by way of this machine. Returns the exit status.

    Raises:
        Refused: as `take_out` and `bring_in`.
    """
    with tempfile.TemporaryDirectory() as folder:
        dump, uploads = Path(folder, "dump.sql.gz"), Path(folder, "uploads")
        uploads.mkdir()
        url = take_out(source, dump, uploads, say)
        has_uploads = next(uploads.iterdir(), None)
        wanted = Import(dump, uploads if has_uploads else None, (url,), skip_missing=skip_missing)
        return bring_in(target, wanted, say)


def check_dump(dump: Path) -> None:
    """Whether it can be a dump, and is all there. What it holds is read on the server.

    Raises:
        Refused: it cannot, or is not.
    """
    if not dump.is_file():
        raise Refused(f"DUMP: there is no file {dump}.")
    with open(dump, "rb") as file:
        begin = file.read(512)
    if not begin:
        raise Refused(f"{dump} is empty: make the dump again.")
    if begin.startswith(b"\x1f\x8b"):
        begin = _check_gzip(dump)
    elif dump.suffix == ".gz":
        raise Refused(f"{dump} is not packed by gzip, as its name says: it begins with {begin[:16]!r}.")
    if begin.startswith((b"PK\x03\x04", b"BZh", b"\xfd7zXZ", b"Rar!", b"7z\xbc")):
        raise Refused(f"{dump} is an archive of another kind: unpack it, and name the .sql file in it.")
    if len(begin) > 262 and begin[257:262] == b"ustar":
        raise Refused(f"{dump} is a tar archive: unpack it, and name the .sql file in it.")
    if b"\0" in begin or begin.lstrip().startswith(b"<"):
        raise Refused(f"{dump} is no dump in SQL: it begins with {begin[:16]!r}.")


def _check_gzip(dump: Path) -> bytes:
    """Its first bytes, unpacked."""
    read = 0
    try:
        with gzip.open(dump) as unpacked:
            begin = unpacked.read(512)
            while chunk := unpacked.read(1 << 20):
                read += len(chunk)
    except EOFError as error:
        raise Refused(f"{dump} is cut off after {read:,} bytes, unpacked: make or fetch it again.") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise Refused(f"{dump} is damaged after {read:,} bytes, unpacked: fetch it again ({error}).") from error
    return begin


def find_uploads(folder: Path, say: Say) -> list[Path]:
    """The files that come over, by name.

    Raises:
        Refused: it is no folder of uploads.
    """
    if not folder.is_dir():
        raise Refused(f"UPLOADS: there is no folder {folder}. Unpack an archive first.")
    for inside in ("wp-content/uploads", "uploads"):
        if (folder / inside).is_dir():
            raise Refused(f"UPLOADS: {folder} is a folder above: name {folder / inside}.")
    found, code, links = [], 0, 0
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            links += 1
        elif CODE.search(path.name):
            code += 1
        elif path.is_file() and not LITTER & set(path.relative_to(folder).parts):
            found.append(path)
    if code:
        say(f"{code} PHP files in {folder} stay where they are: nothing in uploads is run here. Look at what they are.")
    if links:
        say(f"{links} links in {folder} stay where they are.")
    if not found:
        raise Refused(f"UPLOADS: {folder} holds no files.")
    return found


def _send_parts(server: Server, folder: Path, files: Sequence[Path], say: Say) -> Iterator[str]:
    """Packs the uploads and sends what the bucket has not yet; the names of the archives."""
    whole = sum(path.stat().st_size for path in files)
    sent = 0
    with tempfile.TemporaryDirectory() as scratch:
        packed = Path(scratch, "part.tar")
        for part in _parts(files):
            _pack(packed, folder, part)
            name = _sha256(packed)
            key = f"moving/parts/{name}.tar"
            if not server.holds(key):
                server.upload(packed, key)
            sent += sum(path.stat().st_size for path in part)
            say(f"sent {_size(sent)} of {_size(whole)} of uploads")
            yield name


def _parts(files: Sequence[Path]) -> Iterator[list[Path]]:
    part: list[Path] = []
    size = 0
    for path in files:
        of_file = path.stat().st_size
        if part and size + of_file > PART:
            yield part
            part, size = [], 0
        part.append(path)
        size += of_file
    yield part


def _pack(packed: Path, folder: Path, files: Sequence[Path]) -> None:
    """The same bytes for the same files, so that what has been sent is known by its name."""
    with tarfile.open(packed, "w", format=tarfile.PAX_FORMAT) as tar:
        for path in files:
            member = tarfile.TarInfo(path.relative_to(folder).as_posix())
            about = path.stat()
            member.size, member.mtime, member.mode = about.st_size, int(about.st_mtime), 0o644
            with open(path, "rb") as content:
                tar.addfile(member, content)


def _move(server: Server, words: str, say: Say, *, log: str | None = None) -> Ran:
    return server.run(f"bash {CURRENT}/move.sh {words}", seconds=HOURS, log=log, say=say)


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
