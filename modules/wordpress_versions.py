"""What wordpress.org says of the versions that the environment files name.

`make wordpress-versions` pins their archives: it fetches those that modules/wordpress/versions.json has not, holds them
against the published SHA-1, and writes down their SHA-256. A pin that is there is never replaced.

`python -m modules.wordpress_versions --warn` prints a warning, for GitHub's page of a run, for each version with known
holes. It stops nothing.
"""

import argparse
import hashlib
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from modules.settings import Environment, InvalidEnvironment, load, load_all
from modules.wordpress.pins import PINS, archive_address, as_numbers, read_pins, write_pins

STABLE_CHECK = "api.wordpress.org/core/stable-check/1.0/"
"""Every version that there ever was, with latest, outdated or insecure."""

TIMEOUT = 30
"""Seconds of silence."""

VERSION = re.compile(r"[0-9]{1,2}(\.[0-9]{1,2}){1,2}")


class NotPublished(Exception):
    """wordpress.org has not what was asked for, or not whole: the reason."""


def main() -> int:
    """Returns:
    The exit status: 0, 1 where an archive could not be pinned, 2 where an environment file cannot be read.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--warn", action="store_true", help="say which versions have known holes, and pin nothing")
    folder = Path("environments")
    if parser.parse_args().warn:
        for line in warnings(folder):
            print(line)
        return 0
    try:
        environments = load_all(folder)
    except ExceptionGroup as refused:
        print(*refused.exceptions, sep="\n", file=sys.stderr)
        return 2
    return pin(environments, PINS)


def pin(environments: Mapping[str, Environment], place: Path, origin: str = "https://") -> int:
    """Adds the archives of these environments to the table, and says of each what came of it.

    Args:
        place: the table.
        origin: what stands before wordpress.org's addresses.

    Returns:
        The exit status: 1 where one could not be pinned.
    """
    pins, status = read_pins(place), 0
    software = [each.wordpress for each in environments.values()]
    # An environment with a checksum of its own needs no pin.
    wanted = {(each.locale, as_numbers(each.version), each.version) for each in software if not each.archive_sha256}
    for locale, _, version in sorted(wanted):
        if version in pins.setdefault(locale, {}):
            print(f"{version} {locale}: pinned already")
            continue
        try:
            pins[locale][version] = _verified_sha256(origin + archive_address(version, locale))
        except NotPublished as error:
            print(f"{version} {locale}: not pinned: {error}", file=sys.stderr)
            status = 1
            continue
        # One by one: what was fetched stays fetched, whatever becomes of the next.
        write_pins({locale: versions for locale, versions in pins.items() if versions}, place)
        print(f"{version} {locale}: {pins[locale][version]}")
    return status


def warnings(folder: Path, origin: str = "https://") -> Iterator[str]:
    """Lines for GitHub: a warning for each version with known holes that an environment file names.
    https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#setting-a-warning-message

    Args:
        folder: of the environment files. Which of them are wrong is for others to say.
        origin: what stands before wordpress.org's addresses.
    """
    files = defaultdict(list)
    for path in sorted(folder.glob("*.toml")):
        try:
            files[load(path).wordpress.version].append(path)
        except InvalidEnvironment:
            yield f"{path.name}: not looked at, for it cannot be read"
    try:
        statuses = _statuses(origin)
    except NotPublished as error:
        yield f"Whether a WordPress has known holes is unknown: {error}"
        return
    for version in sorted(files, key=as_numbers):
        if statuses.get(version) == "insecure":
            first, *more = files[version]
            named = first.stem + (f" and {len(more)} more" if more else "")
            yield (
                f"::warning file={first},title=WordPress {version} has known holes::It is that of {named}. "
                f"Raise wordpress.version to {_safe(version, statuses)}, and run `make wordpress-versions`."
            )


def _statuses(origin: str) -> dict[str, str]:
    address = origin + STABLE_CHECK
    try:
        answer = json.loads(b"".join(_chunks(address)))
    except ValueError:
        raise NotPublished(f"{address} answers with something else than JSON") from None
    if not isinstance(answer, dict):
        raise NotPublished(f"{address} answers with something else than a table of versions")
    return {version: str(status) for version, status in answer.items() if VERSION.fullmatch(version)}


def _safe(version: str, statuses: Mapping[str, str]) -> str:
    """The newest without known holes: of the same branch if there is one, which changes least."""
    safe = [as_numbers(each) for each, status in statuses.items() if status != "insecure"]
    branch = [each for each in safe if each[:2] == as_numbers(version)[:2]]
    return ".".join(map(str, max(branch or safe, default=("a newer one",))))


def _verified_sha256(url: str) -> str:
    sha1, sha256 = hashlib.sha1(usedforsecurity=False), hashlib.sha256()
    for chunk in _chunks(url):
        sha1.update(chunk)
        sha256.update(chunk)
    published = b"".join(_chunks(f"{url}.sha1")).decode(errors="replace").split()
    if published[:1] != [sha1.hexdigest()]:
        raise NotPublished(f"{url} has the SHA-1 {sha1.hexdigest()}, published is {' '.join(published[:1]) or 'none'}")
    return sha256.hexdigest()


def _chunks(url: str) -> Iterator[bytes]:
    try:
        with urlopen(url, timeout=TIMEOUT) as response:
            while chunk := response.read(1 << 20):
                yield chunk
    except HTTPError as error:
        raise NotPublished(f"{url}: {error}") from None
    except (OSError, HTTPException) as error:
        raise NotPublished(f"{url}: {getattr(error, 'reason', error)}") from None


if __name__ == "__main__":
    sys.exit(main())
