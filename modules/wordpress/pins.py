"""Which archives of WordPress are known by their SHA-256.

wordpress.org publishes no more than a SHA-1 and an MD5 beside an archive, on the server that has the archive: who can
change one can change the other. The SHA-256 in versions.json is of the archive as it was when `make wordpress-versions`
fetched it, and is reviewed with the rest of the code; a server takes no other archive for it. Where wordpress.org has
built a language's archive anew, a person takes the old line out.
"""

import json
from pathlib import Path

PINS = Path(__file__).parent / "versions.json"

Pins = dict[str, dict[str, str]]
"""SHA-256 by locale and version."""


def archive_address(version: str, locale: str) -> str:
    """Where wordpress.org has it, without the scheme: as web/steps.sh asks for it."""
    if locale == "en_US":
        return f"wordpress.org/wordpress-{version}.tar.gz"
    return f"{locale[:2]}.wordpress.org/wordpress-{version}-{locale}.tar.gz"


def pinned_sha256(version: str, locale: str) -> str | None:
    """What a server's archive must have; None where the table has not this one."""
    return read_pins(PINS).get(locale, {}).get(version)


def read_pins(place: Path) -> Pins:
    """The table; an empty one where there is none."""
    return json.loads(place.read_text()) if place.exists() else {}


def write_pins(pins: Pins, place: Path) -> None:
    """The same bytes for the same pins: sorted, versions as numbers."""
    in_order = {
        locale: {version: pins[locale][version] for version in sorted(pins[locale], key=as_numbers)}
        for locale in sorted(pins)
    }
    place.write_text(json.dumps(in_order, indent=2) + "\n")


def as_numbers(version: str) -> tuple[int, ...]:
    """What versions are compared by: 6.10 comes after 6.9."""
    return tuple(map(int, version.split(".")))
