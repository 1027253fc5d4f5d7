"""[redirects]."""

import re
from collections.abc import Iterator, Sequence

from modules.settings.https import Https
from modules.settings.problems import Problem, dotted, shown
from modules.settings.redirects import Redirects, as_sent, base, most_particular_first, parts

OURS = re.compile(
    r"(/(wp-(admin|json|includes)(/.*)?|wp-[\w-]+\.php|wp-content|(health|generation|xmlrpc|index)\.php))?"
)
"""What the site itself needs to work, with a path or all below it."""


def redirects_leave_the_site_its_own_addresses(redirects: Redirects) -> Iterator[Problem]:
    for source in redirects:
        if OURS.fullmatch(base(source).lower()):
            allowed = "an address that the site once had, not one that WordPress itself answers at"
            yield Problem(dotted("redirects", source), f"the path {shown(source)}", allowed)


def redirects_lead_on(redirects: Redirects, https: Https | None) -> Iterator[Problem]:
    names = [https.domain, *https.more_names] if https else []
    for source, target in redirects.items():
        if target.endswith("/*") and not source.endswith("/*"):
            found = f"{shown(target)}, which takes along what is below, and {shown(source)} has nothing below"
            yield Problem(
                dotted("redirects", source), found, f"{shown(target[:-2])}, or {shown(source + '/*')} as its path"
            )
        elif loop := _loop(redirects, source, names):
            yield Problem(
                dotted("redirects", source),
                f"{shown(target)}, which leads back: {' -> '.join(loop)}",
                "a path that leads on",
            )


def _loop(redirects: Redirects, source: str, names: Sequence[str]) -> list[str] | None:
    """The way that a visitor goes in circles, if one would.

    Args:
        names: the site's own: who is sent to one of them stays here.
    """
    order = most_particular_first(redirects)
    # Of all that is below, the path itself, and "*" for a page that no other redirect names.
    for start in dict.fromkeys([base(source), source]):
        way, old = [start], source
        while len(way) <= len(redirects) + 1:
            path = _here(_led(redirects, old, way[-1]), names)
            if path is None:
                break
            way.append(path)
            following = next((other for other in order if _matches(other, path)), None)
            if following == source:
                return way
            if following is None:
                break
            old = following
    return None  # Or in circles further on, which is another redirect's problem.


def _led(redirects: Redirects, source: str, path: str) -> str:
    """Where a redirect leads from a path that it fits."""
    _, to = parts(redirects[source])
    below = as_sent(path)[len(as_sent(base(source))) :].lstrip("/")
    return f"{to[:-1]}{below}" if to.endswith("/*") else to


def _here(target: str, names: Sequence[str]) -> str | None:
    """The path of an address on this site; None for one of another."""
    whole = re.fullmatch(r"https?://([^/:]+)(?::80|:443)?(/.*)?", target, re.IGNORECASE)
    if whole and whole[1].lower() in names:
        target = whole[2] or "/"
    return (target.rstrip("/") or "/") if target.startswith("/") else None


def _matches(source: str, path: str) -> bool:
    old, path = as_sent(base(source)).lower(), as_sent(path).lower()
    return path == old or (source.endswith("/*") and path.startswith(f"{old}/"))
