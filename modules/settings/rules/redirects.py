"""[redirects]."""

import re
from collections.abc import Iterator

from modules.settings.problems import Problem, dotted, shown
from modules.settings.redirects import Redirects, parts

OURS = re.compile(
    r"/(\*|wp-(admin|json|includes)(/.*)?|wp-[\w-]+\.php|wp-content(/\*)?|(health|generation|xmlrpc|index)\.php)"
)
"""What the site itself needs to work."""


def redirects_leave_the_site_its_own_addresses(redirects: Redirects) -> Iterator[Problem]:
    for source in redirects:
        if OURS.fullmatch(source.rstrip("/").lower()) or source == "/":
            allowed = "an address that the site once had, not one that WordPress itself answers at"
            yield Problem(dotted("redirects", source), f"the path {shown(source)}", allowed)


def redirects_lead_on(redirects: Redirects) -> Iterator[Problem]:
    for source, target in redirects.items():
        _, to = parts(target)
        if target.endswith("/*") and not source.endswith("/*"):
            found = f"{shown(target)}, which takes along what is below, and {shown(source)} has nothing below"
            yield Problem(
                dotted("redirects", source), found, f"{shown(target[:-2])}, or {shown(source + '/*')} as its path"
            )
        elif loop := _loop(redirects, source, to):
            yield Problem(
                dotted("redirects", source),
                f"{shown(target)}, which leads back: {' -> '.join(loop)}",
                "a path that leads on",
            )


def _loop(redirects: Redirects, source: str, to: str) -> list[str] | None:
    """The way that a visitor goes in circles, if one would."""
    way = [source.removesuffix("/*")]
    while to.startswith("/"):
        path = to.removesuffix("/*").rstrip("/") or "/"
        way.append(path)
        if _matches(source, path):
            return way
        if len(way) > len(redirects) + 1:
            return None  # In circles further on, which is another redirect's problem.
        following = next((old for old in redirects if _matches(old, path)), None)
        if following is None:
            return None
        to = parts(redirects[following])[1]
    return None


def _matches(source: str, path: str) -> bool:
    base = source.removesuffix("/*").rstrip("/").lower()
    path = path.lower()
    return path == base or (source.endswith("/*") and path.startswith(f"{base}/"))
