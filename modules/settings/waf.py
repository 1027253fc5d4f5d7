"""[waf]: the web application firewall in front of the site."""

from typing import Annotated, Literal

from pydantic import Field

from modules.settings.types import Section


class Waf(Section):
    """Left out, there is none. With it, AWS's managed rules for common attacks, known bad inputs, SQL injection, PHP
    and WordPress, and a rate limit on signing in. CloudWatch keeps what they find for a year, in the log group
    `aws-waf-logs-` and the environment's name. About 13 USD a month and 0.60 USD for a million requests."""

    mode: Literal["count", "block"] = "count"
    """`count` lets everything through and counts what would be blocked: watch it for a week, then `block`."""

    anonymous: Literal["count", "block"] = "count"
    """What hides where it comes from: Tor, proxies, and the servers of hosting companies. `count` lets it through
    whatever the mode, because readers with a VPN are among it; `block` refuses it where the mode is `block` too."""

    login_limit: Annotated[int, Field(ge=10, le=10_000)] = 100
    """Requests to wp-login.php that one address may make in five minutes."""
