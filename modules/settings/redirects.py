"""[redirects]: addresses that the site once had."""

import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import Field

from modules.settings.types import Allowed

_NEVER = r"\x00-\x20\x7f-\xa0\u2000-\u200f\u2028-\u202f\u2060-\u206f\ufeff?#\"'\\{}$*<>|^`"
"""What no path has: what nobody sees, and what means something to nginx, to a shell or to who reads addresses."""

_PATH = rf"/([^{_NEVER}/][^{_NEVER}]{{0,250}})?"

RedirectFrom = Annotated[
    str,
    Field(pattern=rf"^{_PATH}(/\*)?$", max_length=300),
    Allowed('a path such as "/old", or "/old/*" for all below it'),
]
RedirectTo = Annotated[
    str,
    Field(
        pattern=rf"^(410|(30[12] )?(https?://[A-Za-z0-9.-]{{1,253}}(:[0-9]{{1,5}})?(/\*|{_PATH}(/\*)?)?|/\*|{_PATH}(/\*)?))$",
        max_length=400,
    ),
    Allowed('"/new" or a whole address, "302 /new" for a while only, "410" for a page that is gone'),
]
Redirects = Annotated[
    dict[RedirectFrom, RedirectTo],
    Field(max_length=500),
    Allowed("a table of old paths and where they lead"),
]


def parts(target: str) -> tuple[int, str]:
    """The status that a visitor is answered with, and where to."""
    if target == "410":
        return 410, ""
    found = re.fullmatch(r"(30[12]) (.*)", target)
    return (int(found[1]), found[2]) if found else (301, target)


def as_sent(address: str) -> str:
    """An address as visitors' browsers send it: what is not ASCII has percent signs."""
    return quote(address, safe="/%:@!&()+,;=~*")


def base(source: str) -> str:
    """An old path without what stands for all below it. A slash at its end says nothing."""
    return source.removesuffix("/*").rstrip("/")


def most_particular_first(redirects: Mapping[str, str]) -> list[str]:
    """The old paths, in the order in which the first that fits holds: a page before all that is below a path, and that
    before all that is below a path above it."""
    return sorted(redirects, key=lambda source: (source.endswith("/*"), -len(as_sent(base(source)))))


def as_nginx_reads_them(redirects: Mapping[str, str]) -> list[dict[str, Any]]:
    """In the order in which they hold, as addresses are sent."""
    made = []
    for source in most_particular_first(redirects):
        status, to = parts(redirects[source])
        made.append({"from": as_sent(source), "to": as_sent(to), "status": status})
    return made
