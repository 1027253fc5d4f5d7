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


def as_nginx_reads_them(redirects: Mapping[str, str]) -> list[dict[str, Any]]:
    """Addresses as visitors' browsers send them: what is not ASCII has percent signs."""
    made = []
    for source, target in redirects.items():
        status, to = parts(target)
        safe = "/%:@!&()+,;=~*"
        made.append({"from": quote(source, safe=safe), "to": quote(to, safe=safe), "status": status})
    return made
