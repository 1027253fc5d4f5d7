"""The owner's site: a folder with plugins, themes and constants, which goes out with each release.

    sites/shop/
      wp-content/plugins, themes, mu-plugins, languages, ...   laid over what WordPress brings
      config.php                                               constants and filters, before WordPress loads
      composer.json, composer.lock                             what Composer installs first (composer.py)

https://developer.wordpress.org/advanced-administration/server/file-permissions/ is what WordPress's own folders are.
"""

import os
import re
import shutil
import stat
import subprocess
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parents[2]

FILE_LIMIT = 20_000
SIZE_LIMIT = 500_000_000
"""Bytes. Each server fetches them with each release, and keeps the last two."""

TOP = ("wp-content", "config.php")
COMPOSER = ("composer.json", "composer.lock")

RESERVED = {
    "wp-content/uploads": "nothing: the uploads are one folder that all servers share, and no part of a release",
    "wp-content/advanced-cache.php": "nothing: [page_cache] keeps the pages, before WordPress is asked",
    "wp-content/object-cache.php": "nothing: [cache] brings its own",
    "wp-content/db.php": "nothing: ours keeps connections to the database open",
    "wp-content/db-error.php": "nothing: ours asks for a changed password of the database",
    "wp-content/sunrise.php": "nothing: it is for multisite, which is not offered",
    "wp-content/mu-plugins/pressform.php": "another name: ours is called so",
    "wp-content/mu-plugins/pressform-mail.php": "another name: ours is called so",
}
"""What is not the owner's, and what may be there instead."""

_KEY = "no such constant: it is generated, and kept in Secrets Manager"
_DATABASE = "no such constant: the database is that of [database]"
_ADDRESS = "no such constant: the site's address is that of [https]"
_LAYOUT = "no such constant: the folders are where WordPress has them"
_CHANGES = "no such constant: every change of the code is a release"
_MULTISITE = (
    "no such constant: multisite is not offered. Its sites have addresses, certificates and kept pages of their own, "
    "and all of this is for one address; give each site an environment"
)
_OURS = {
    r"(AUTH|SECURE_AUTH|LOGGED_IN|NONCE)_(KEY|SALT)": _KEY,
    r"DB_(USER|PASSWORD|HOST|NAME|CHARSET|COLLATE)|MYSQL_CLIENT_FLAGS": _DATABASE,
    r"WP_HOME|WP_SITEURL|FORCE_SSL_ADMIN": _ADDRESS,
    r"ABSPATH|WPINC|UPLOADS|WP_(CONTENT|PLUGIN|LANG|TEMP)_(DIR|URL)|WPMU_PLUGIN_(DIR|URL)": _LAYOUT,
    r"DISALLOW_FILE_MODS|AUTOMATIC_UPDATER_DISABLED|WP_AUTO_UPDATE_CORE|FS_METHOD": _CHANGES,
    r"DISABLE_WP_CRON|ALTERNATE_WP_CRON": "no such constant: a timer runs what WordPress has due",
    r"WP_CACHE": "no such constant: [page_cache] keeps the pages, before WordPress is asked",
    r"WP_ENVIRONMENT_TYPE": "environment_type, in [wordpress]",
    r"WP_INSTALLING": "no such constant: it is the installation's own",
    r"WP_ALLOW_MULTISITE|MULTISITE|SUBDOMAIN_INSTALL|(DOMAIN|PATH)_CURRENT_SITE|(SITE|BLOG)_ID_CURRENT_SITE|SUNRISE"
    r"|NOBLOGREDIRECT": _MULTISITE,
}

OF_WORDPRESS = {"themes": re.compile(r"twenty[a-z-]+"), "plugins": re.compile(r"akismet|hello(-dolly)?")}
"""Themes and plugins that one or the other release of WordPress comes with."""

_ARCHIVES = r"\.(zip|tar|t?gz|tgz|t?bz2|t?xz|zst|7z|rar|phar|wpress|jpa)$"
_DUMPS = r"\.(sql|dump)$"
_KEYS = r"(^id_(rsa|dsa|ecdsa|ed25519)|\.(p12|pfx|ppk|jks|keystore))$"
_SECRETS = r"^\.env(?!.*\.?(dist|example|sample|template)$)"
_CONFIGURATIONS = r"^wp-config\.(php|bak|old|orig|save|txt)(\W|$)"
_EDITORS = r"~$|^#.*#$|\.sw[a-p]$|^(Thumbs\.db|desktop\.ini|__MACOSX)$"

_PRIVATE_KEY = re.compile(rb"^\s*-----BEGIN ([A-Z]+ )*PRIVATE KEY( BLOCK)?-----", re.MULTILINE)
_PACKED = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")
_HEAD = 4096
"""Bytes of a file that are looked at."""

_MAY_BE_PACKED = {".docx", ".gz", ".jar", ".odt", ".pptx", ".svgz", ".woff", ".xlsx"}
"""Formats of their own that a packer's first bytes begin."""

_PARSE = Path(__file__).with_name("parse.php")


def ours(constant: str) -> str | None:
    """Why a constant is not the owner's to define, with what does it; None for one that is."""
    return next((reason for names, reason in _OURS.items() if re.fullmatch(names, constant)), None)


@dataclass(frozen=True)
class Refusal:
    """Why a folder cannot go out.

    Attributes:
        name: the file or folder, as people find it in the site's folder; empty for the folder itself.
        found: what is wrong with it.
        allowed: what would be right.
    """

    name: str
    found: str
    allowed: str


class CannotGoOut(Exception):
    """A folder that turns out to be refused when it is to be packed.

    Attributes:
        refusals: why.
    """

    def __init__(self, refusals: list[Refusal]) -> None:
        self.refusals = refusals
        super().__init__("; ".join(f"{refusal.name}: {refusal.found}" for refusal in refusals))


@dataclass(frozen=True)
class SiteFolder:
    """What a folder holds.

    Attributes:
        files: what goes out, by its name in the folder, in an order of its own.
        refusals: all that is wrong with it.
    """

    files: dict[str, Path]
    refusals: list[Refusal]

    def has(self, kind: str, name: str) -> bool:
        """Whether it brings this theme or plugin.

        Args:
            kind: themes or plugins.
        """
        place = f"wp-content/{kind}/{name}"
        return any(file == f"{place}.php" or file.startswith(f"{place}/") for file in self.files)


def place(site: str) -> Path:
    """Where a folder is that an environment file names: it does so from the project's."""
    return PROJECT / site


def has_composer(folder: Path) -> bool:
    """Whether Composer is to install something before the folder goes out."""
    return (folder / "composer.json").exists()


def read(folder: Path, *, installed: bool = False) -> SiteFolder:
    """Looks at all that is in the folder, and changes nothing.

    Args:
        installed: it is a copy in which Composer has been.
    """
    if not folder.is_dir():
        found = "a file" if folder.exists() else "no such folder"
        return SiteFolder({}, [Refusal("", found, "a folder with wp-content/ or config.php in it")])
    walk = _Walk(folder, has_composer(folder), installed)
    walk.into(folder, "")
    if walk.composer and not installed:
        walk.refusals += _without_composer(folder)
    files = dict(sorted(walk.files.items()))
    refusals = [*walk.refusals, *_of_all(files, walk.size)]
    for name, path in files.items():
        refusals += _of_one(name, path)
    if config := files.get("config.php"):
        refusals += _of_config(config)
    refusals += _unparsable(files)
    return SiteFolder(files, sorted(refusals, key=lambda refusal: refusal.name))


def left_out(folder: Path) -> str:
    """What stays behind of a folder, in words; empty where nothing does."""
    walk = _Walk(folder, has_composer(folder), installed=False)
    walk.into(folder, "")
    names = [f"{name} ({count} times)" if count > 1 else name for name, count in walk.left_out.items()]
    return f"left out: {', '.join(names)}" if names else ""


@dataclass
class _Walk:
    """On the way through a folder. Links inside of it are followed: what they lead to goes out in their place."""

    root: Path
    composer: bool
    installed: bool
    files: dict[str, Path] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    size: int = 0
    on_the_way: list[str] = field(default_factory=list)

    def into(self, folder: Path, prefix: str) -> None:
        self.on_the_way.append(os.path.realpath(folder))
        self._look_into(folder, prefix)
        self.on_the_way.pop()

    def _look_into(self, folder: Path, prefix: str) -> None:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            self.refusals.append(Refusal(prefix, f"unreadable: {error.strerror}", "a folder that you may read"))
            return
        for entry in entries:
            name, path = f"{prefix}{entry.name}", Path(entry.path)
            if name in COMPOSER and self.composer:
                continue
            if name == "vendor" and self.installed:
                self.into(path, f"{name}/")
            elif stays_behind := _stays_behind(entry.name, name, composer=self.composer):
                self.left_out[stays_behind] = self.left_out.get(stays_behind, 0) + 1
            elif refusal := _refused_name(name, entry.name) or self._wrong_link(path, name):
                self.refusals.append(refusal)
            elif entry.is_dir():
                self.into(path, f"{name}/")
            elif stat.S_ISREG((found := entry.stat()).st_mode):
                self.files[name] = path
                self.size += found.st_size
            else:
                self.refusals.append(Refusal(name, "neither a file nor a folder", "files and folders"))

    def _wrong_link(self, path: Path, name: str) -> Refusal | None:
        if not path.is_symlink():
            return None
        target, root = Path(os.path.realpath(path)), Path(os.path.realpath(self.root))
        if not target.exists():
            return Refusal(name, "a link that leads to nothing", "no link, or one to something in this folder")
        if str(target) in self.on_the_way:
            return Refusal(name, "a link that leads back to a folder around it", "what it leads to, copied")
        if root not in target.parents:
            leads_to = ascii(os.readlink(path))[1:-1]
            return Refusal(name, f"a link that leads outside, to {leads_to}", "what it leads to, copied")
        return None


def _without_composer(folder: Path) -> Iterator[Refusal]:
    if not (folder / "composer.lock").exists():
        allowed = "the lock, which `composer update` writes: every machine is to send out the same"
        yield Refusal("composer.json", "no composer.lock beside it", allowed)
    if not shutil.which("composer"):
        allowed = "Composer 2 on this machine: https://getcomposer.org/download"
        yield Refusal("composer.json", "Composer is not on PATH", allowed)


def _stays_behind(base: str, name: str, *, composer: bool) -> str | None:
    """What no site needs: of git, of editors, of systems, of build tools."""
    if composer and "/" not in name and name not in (*TOP, "web") and base != "auth.json":
        return base
    if base.startswith(".") and not re.search(_SECRETS, base.lower()):
        return base
    if base in ("node_modules", "__pycache__"):
        return base
    if re.search(_EDITORS, base):
        return "editors' files"
    return base if re.fullmatch(r"(readme|licen[cs]e)(\.\w+)?", name, re.IGNORECASE) else None


def _refused_name(name: str, base: str) -> Refusal | None:
    lower, top = base.lower(), name.partition("/")[0]
    if not name.isprintable() or "\\" in name:
        return Refusal(ascii(name)[1:-1], "a name that not every system can have", "letters, digits, - _ and .")
    if reason := RESERVED.get(name.lower()):
        return Refusal(name, "what is not the site folder's", reason)
    if re.search(_SECRETS, lower):
        return Refusal(name, "a file of secrets", "[wordpress.secrets], which names secrets in Secrets Manager")
    if re.search(_KEYS, lower):
        return Refusal(name, "a private key", "[wordpress.secrets], which names secrets in Secrets Manager")
    if re.search(_CONFIGURATIONS, lower):
        allowed = (
            "config.php with the constants that are yours: the database, the keys and the address come by themselves"
        )
        return Refusal(name, "WordPress's configuration", allowed)
    if re.search(_ARCHIVES, lower):
        return Refusal(name, "an archive", "what is in it, unpacked")
    if top in ("wp-admin", "wp-includes") or (top == name and re.fullmatch(r"(wp-\w[\w-]*|index|xmlrpc)\.php", top)):
        return Refusal(name, "a part of WordPress itself", "what is yours alone: [wordpress] version brings WordPress")
    if lower == "auth.json" and name == base:
        return Refusal(name, "a file of secrets", "the same in Composer's own folder, or in COMPOSER_AUTH")
    if name == "web":
        return Refusal(name, "Bedrock's layout", "wp-content/ and config.php: docs/site-folder.md tells the steps")
    if top not in TOP and not (top == "vendor" and name != base):
        allowed = f"{' and '.join(TOP)} alone: plugins are in wp-content/plugins, themes in wp-content/themes"
        return Refusal(name, "what no site folder has", allowed)
    return None


def _of_all(files: dict[str, Path], size: int) -> Iterator[Refusal]:
    if not files:
        yield Refusal("", "nothing that could go out", "wp-content/ or config.php, with something in it")
    if len(files) > FILE_LIMIT:
        yield Refusal("", f"{len(files):,} files", f"up to {FILE_LIMIT:,}: each server fetches them with each release")
    if size > SIZE_LIMIT:
        found = f"{size // 1_000_000:,} MB"
        yield Refusal("", found, f"up to {SIZE_LIMIT // 1_000_000} MB: each server fetches them with each release")
    seen: dict[str, str] = {}
    told: set[str] = set()
    for name in files:
        # Of each folder on the way, too.
        parts = name.split("/")
        for end in range(1, len(parts) + 1):
            place = "/".join(parts[:end])
            other = seen.setdefault(unicodedata.normalize("NFC", place).casefold(), place)
            if place in told:
                break
            if other != place:
                told.add(place)
                found = f"a name that is {other} but for upper and lower case"
                yield Refusal(place, found, "names that differ in more: on many systems these two are one")
                break


def _of_one(name: str, path: Path) -> Iterator[Refusal]:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        yield Refusal(name, f"unreadable: {error.strerror}", "a file that you may read")
        return
    if _PRIVATE_KEY.match(head) or (path.suffix.lower() in {".pem", ".key", ".crt"} and _PRIVATE_KEY.search(head)):
        yield Refusal(name, "a private key", "[wordpress.secrets], which names secrets in Secrets Manager")
    elif head.startswith(_PACKED) and path.suffix.lower() not in _MAY_BE_PACKED:
        yield Refusal(name, "an archive", "what is in it, unpacked")
    elif re.search(_DUMPS, name.lower()) and re.search(rb"\bdump\b|INSERT INTO", head, re.IGNORECASE):
        yield Refusal(name, "a dump of a database", "no such file: what is in the database is no part of a release")


def _of_config(path: Path) -> Iterator[Refusal]:
    """What config.php says that is not its to say, by line."""
    text = path.read_text("utf-8", errors="replace")
    if not re.match(r"<\?php(\s|$)", text, re.IGNORECASE):
        begins = "a byte order mark" if text.startswith("\ufeff") else "no <?php"
        yield Refusal(
            "config.php",
            f"line 1 begins with {begins}",
            "<?php as its first letters: what stands before it begins every page",
        )
    # Comments become spaces, so that the lines stay. A text may hold what begins one.
    token = r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|/\*.*?\*/|(?://|\#(?!\[))[^\n]*"""
    text = re.sub(token, lambda it: it[0] if it[0][0] in "'\"" else _spaces(it[0]), text, flags=re.DOTALL)
    for at, name in _defined(text):
        if reason := ours(name):
            yield Refusal("config.php", f"line {_line(text, at)} defines {name}", reason)
    for found in re.finditer(r"\$table_prefix\s*=(?!=)", text):
        yield Refusal(
            "config.php", f"line {_line(text, found.start())} sets $table_prefix", "table_prefix, in [wordpress]"
        )
    for found in re.finditer(r"wp-settings\.php", text):
        allowed = "nothing: WordPress is loaded after it"
        yield Refusal("config.php", f"line {_line(text, found.start())} loads WordPress", allowed)
    # PHP leaves out one end of a line after it.
    code = re.sub(token, lambda it: _spaces(it[0]), text, flags=re.DOTALL)
    for found in re.finditer(r"\?>\n?(?!$|\n?<\?php)", code, re.IGNORECASE):
        allowed = "no ?> at the end: what stands after it begins every page"
        yield Refusal("config.php", f"line {_line(text, found.start())} ends PHP before the file ends", allowed)


def _defined(text: str) -> Iterator[tuple[int, str]]:
    """The constants that a PHP file without comments defines, each with its place."""
    for found in re.finditer(r"""\bdefine\s*\(\s*["'](\w+)["']""", text, re.IGNORECASE):
        yield found.start(1), found[1]
    for statement in re.finditer(r"(?:^|[;}]|<\?php)\s*const\s+([^;]*)", text, re.MULTILINE | re.IGNORECASE):
        for found in re.finditer(r"(?:^|,)\s*(\w+)\s*=(?![=>])", statement[1]):
            yield statement.start(1) + found.start(1), found[1]


def _spaces(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _unparsable(files: dict[str, Path]) -> list[Refusal]:
    """The PHP files that PHP could not load, where this machine has one to ask."""
    scripts = {name: path for name, path in files.items() if path.suffix == ".php"}
    found = tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in scripts.values())
    names = {str(path): name for name, path in scripts.items()}
    allowed = "PHP that the servers' 8.4 can load"
    return [Refusal(names[path], problem, allowed) for path, problem in _ask_php(found)]


@cache
def _ask_php(scripts: tuple[tuple[str, int, int], ...]) -> tuple[tuple[str, str], ...]:
    """One process for all of them. The answer is kept for as long as they are as they were."""
    php = shutil.which("php")
    if not php or not scripts:
        return ()
    asked = "".join(f"{path}\0" for path, *_ in scripts)
    command = [php, "-d", "display_errors=stderr", str(_PARSE)]
    run = subprocess.run(command, input=os.fsencode(asked), capture_output=True, check=False)
    answers = os.fsdecode(run.stdout).split("\0")[:-1]
    return tuple(zip(answers[::2], answers[1::2], strict=True))
