"""[load_balancer]: the site's one access point."""

from typing import Annotated, Literal

from pydantic import Field

from modules.settings.types import Section


class HealthCheck(Section):
    """How the load balancer finds a broken server. A server that stops answering is left out after
    `interval` x `unhealthy_threshold` seconds, and used again after `interval` x `healthy_threshold`."""

    interval: Annotated[int, Field(ge=5, le=300)] = 10
    """Seconds between two checks of one server."""

    timeout: Annotated[int, Field(ge=2, le=120)] = 5
    """Seconds until a check without an answer counts as failed. Shorter than `interval`."""

    healthy_threshold: Annotated[int, Field(ge=2, le=10)] = 2
    """Good checks in a row until a server gets requests."""

    unhealthy_threshold: Annotated[int, Field(ge=2, le=10)] = 2
    """Failed checks in a row until a server gets none."""


class LoadBalancer(Section):
    """The application load balancer."""

    idle_timeout: Annotated[int, Field(ge=1, le=4000)] = 60
    """Seconds that a connection may stay silent. AWS's own default."""

    deregistration_delay: Annotated[int, Field(ge=0, le=3600)] = 30
    """Seconds that a leaving server may use to finish its requests. WordPress pages are short; AWS's default
    of 300 would slow down every replacement."""

    stickiness: Annotated[int, Field(ge=0, le=604_800)] = 0
    """Seconds that a visitor stays on one server; 0 spreads every request. WordPress needs none here: the servers
    share the database, the salts and the uploads."""

    deletion_protection: bool = False
    """AWS refuses to delete the load balancer. Off, so that a trial can be destroyed; turn it on where the
    load balancer's name is in use."""

    desync: Literal["defensive", "strictest", "monitor"] = "defensive"
    """What happens to requests of which two programs may think differently where they end. "defensive", AWS's own
    default, takes those that are known to be harmless and closes the connection after the rest. "strictest" takes only
    what follows RFC 7230 to the letter, and so refuses old browsers, monitors and partners' programs that send, for
    example, a space or a character beyond ASCII in an address. "monitor" lets everything pass and counts it."""

    health_check: HealthCheck = HealthCheck()
