"""[cache]: what WordPress remembers between two requests."""

from typing import Annotated, Literal

from pydantic import Field

from modules.settings.types import Allowed, Section, WeeklyWindow

NodeType = Annotated[
    str,
    Field(pattern=r"^cache\.[a-z]{1,3}[0-9]{1,2}[a-z]{0,5}\.[a-z0-9]{1,12}$"),
    Allowed('an ElastiCache node type, such as "cache.t4g.micro"'),
]


class Cache(Section):
    """Left out, WordPress asks the database for everything on every page. With it, all servers share a cache in memory
    (ElastiCache for Valkey): a page takes a handful of queries instead of dozens. About 30 USD a month for two of the
    smallest nodes in Tokyo. The site goes on without it when it fails."""

    engine_version: Literal["8.0", "8.1"] = "8.1"
    """Valkey's release. AWS installs its patches by itself; it can be raised, not lowered."""

    node_type: NodeType = "cache.t4g.micro"
    """The ElastiCache node type. The smallest has half a GiB, plenty for one WordPress."""

    replicas: Annotated[int, Field(ge=1, le=5)] = 1
    """Copies in other zones, of which one takes over within seconds. One at least, so that the loss of a zone does
    not send every page to the database at once."""

    maintenance_window: WeeklyWindow = "sun:18:00-sun:19:00"
    """When AWS installs patches, in UTC, 60 minutes or more. The default is 3 in the morning in Tokyo."""
