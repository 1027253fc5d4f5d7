"""[page_cache]: pages that are made once for all who have no name."""

from typing import Annotated

from pydantic import Field

from modules.settings.types import Allowed, Section

CookieName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-]{2,64}$"), Allowed("how a cookie's name begins: letters, digits, _ and -")
]


class PageCache(Section):
    """The first servers that a visitor meets keep WordPress's pages, and make each once for all anonymous visitors.
    Every change in WordPress (a post, a comment, a picture, a menu, a theme, a setting) is seen on all servers at once:
    it leaves everything that was kept behind. Whoever is signed in, has written a comment, given a password or filled
    a cart gets pages of their own, and so does a request with credentials. A plugin says of a page that it must not be
    kept as everywhere: `DONOTCACHEPAGE`, `nocache_headers()` or a cookie of its own; that what is kept has changed, by
    `do_action('pressform_pages_changed')`."""

    enabled: bool = True
    """Off, PHP makes every page for every visitor."""

    seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    """How long a page is kept. What WordPress does not know of, such as a change made in the database by hand, is seen
    after that time."""

    stale_minutes: Annotated[int, Field(ge=1, le=1440)] = 10
    """How long after its time a page is still served, while the servers or the database that would make it anew are
    down, and only then."""

    cookies: Annotated[tuple[CookieName, ...], Field(strict=False, min_length=1, max_length=50)] = (
        "comment_author_",
        "edd_",
        "PHPSESSID",
        "woocommerce_",
        "wp-postpass_",
        "wp_woocommerce_session_",
    )
    """What the names of cookies begin with whose owners get pages of their own: beside those here, WordPress's own for
    whoever is signed in. A plugin that shows each visitor something else by a cookie belongs here; name the others
    too."""
