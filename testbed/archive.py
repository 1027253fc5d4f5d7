"""Real WordPress, from Debian's packages: the archive that wordpress.org would serve, which is out of reach here."""

import fcntl
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

SUITES = ("sid", "trixie", "bookworm")
"""Where to look, the newest WordPress first."""

OLDER = {"6.8": ("trixie",)}
"""Versions that a suite of its own has."""

LIMIT = 240
"""Seconds for apt: a mirror that says nothing is one that cannot be reached."""

MAILER = "libphp-phpmailer"
"""Debian's WordPress comes with an empty PHPMailer folder, and does not depend on the package that fills it."""

SHAPE = 2
"""Goes up with what is packed: an archive that an older bed has made is not of use."""

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def archive(version: str, locale: str) -> Path:
    """WordPress of this language in the user's cache, made on the first call (20 s, 60 MB of downloads).

    The version inside is one of OLDER, or what Debian has that is nearest: the newest.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pressform-wordpress"
    cache.mkdir(parents=True, exist_ok=True)
    made = cache / f"wordpress-{version}-{locale}.{SHAPE}.tar.gz"
    with open(cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            with tempfile.TemporaryDirectory(dir=cache) as scratch:
                _pack(_unpack(Path(scratch), OLDER.get(version, SUITES)), locale, Path(scratch, made.name))
                os.replace(Path(scratch, made.name), made)
    return made


def _unpack(work: Path, suites: Sequence[str]) -> Path:
    """Downloads and unpacks Debian's packages, with an apt state of its own. Installs nothing."""
    for folder in ("lists/partial", "cache/archives/partial", "packages", "root"):
        (work / folder).mkdir(parents=True)
    source = f"deb [signed-by={KEYRING}] {_mirror()}"
    for suite in suites:
        (work / "sources.list").write_text(f"{source} {suite} main\n")
        (work / "apt.conf").write_text(
            f'Dir::Etc::sourcelist "{work}/sources.list";\n'
            'Dir::Etc::sourceparts "/dev/null";\n'
            f'Dir::State::lists "{work}/lists";\n'
            f'Dir::Cache "{work}/cache";\n'
            'Acquire::Languages "none";\n'
            'APT::Sandbox::User "root";\n'
            'Acquire::http::Timeout "30";\n'
        )
        environment = {**os.environ, "APT_CONFIG": str(work / "apt.conf")}
        update = ["apt-get", "-qq", "update"]
        if subprocess.run(update, env=environment, check=False, timeout=LIMIT).returncode == 0:
            break
    else:
        raise RuntimeError("none of Debian's suites can be reached: " + ", ".join(suites))
    depends = subprocess.run(
        ["apt-cache", "depends", "--no-suggests", "wordpress"],
        env=environment, check=True, capture_output=True, text=True, timeout=LIMIT,
    ).stdout  # fmt: skip
    parts = re.findall(r"(?:Depends|Recommends): ((?:wordpress-theme|libjs|libphp|php-getid3)[\w-]*)", depends)
    subprocess.run(
        ["apt-get", "-qq", "download", "wordpress", "wordpress-l10n", MAILER, *sorted(set(parts))],
        env=environment, check=True, cwd=work / "packages", timeout=LIMIT,
    )  # fmt: skip
    for package in (work / "packages").iterdir():
        subprocess.run(["dpkg-deb", "-x", package, work / "root"], check=True)
    return work / "root"


def _mirror() -> str:
    """The Debian mirror that this machine's own apt uses."""
    targets = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(ORIGIN)|$(LABEL)|$(REPO_URI)", "Created-By: Packages"],
        check=True, capture_output=True, text=True,
    ).stdout.splitlines()  # fmt: skip
    for target in targets:
        if target.startswith("Debian|Debian|"):
            return target.rpartition("|")[2]
    raise RuntimeError("this machine's apt knows no Debian mirror: run apt-get update first")


def _pack(root: Path, locale: str, made: Path) -> None:
    source = root / "usr/share/wordpress"
    for debians_own in ("wp-config.php", ".htaccess"):
        (source / debians_own).unlink(missing_ok=True)
    # Debian links to libraries in packages of their own, by absolute path.
    for link in [path for path in root.rglob("*") if path.is_symlink()]:
        target = os.readlink(link)
        if target.startswith("/"):
            link.unlink()
            link.symlink_to(root / target.lstrip("/"))
    tree = made.parent / "wordpress"
    shutil.copytree(source, tree, ignore_dangling_symlinks=True)
    shutil.copytree(root / "var/lib/wordpress/wp-content", tree / "wp-content", dirs_exist_ok=True)
    for part in ("PHPMailer.php", "SMTP.php", "Exception.php"):
        (found,) = (root / "usr/share/php").rglob(part)
        shutil.copy(found, tree / "wp-includes/PHPMailer" / part)
    for language in (tree / "wp-content/languages").rglob("*"):
        if language.is_file() and not re.search(rf"(^|-){locale}[.-]", language.name):
            language.unlink()
    if locale != "en_US":
        with open(tree / "wp-includes/version.php", "a") as version:
            version.write(f"\n$wp_local_package = '{locale}';\n")
    with tarfile.open(made, "w:gz", compresslevel=1) as packed:
        packed.add(tree, "wordpress")
