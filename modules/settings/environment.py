"""The environment file as a whole."""

from typing import Annotated

from pydantic import Field

from .backups import Backups
from .cache import Cache
from .cdn import Cdn
from .database import Database
from .encryption import Encryption
from .https import Https
from .load_balancer import LoadBalancer
from .logs import Logs
from .monitoring import Monitoring
from .network import Network, Ssh
from .servers import Servers
from .state import State
from .types import Allowed, Label, Region, Section, TagKey, TagValue
from .waf import Waf
from .wordpress import Uploads, WordPress


class Environment(Section):
    """One file in environments/: one site, one Terraform stack. Two tiers have `[web]`, servers that run WordPress
    behind the load balancer. Three tiers have `[frontend]` and `[api]`: the load balancer leads to reverse proxies,
    and an internal load balancer to the servers that run WordPress."""

    region: Region = "ap-northeast-1"
    """The AWS region. The default is Tokyo, the article's."""

    project: Label = "wordpress"
    """Goes into the tag `Project` of every resource."""

    tags: Annotated[dict[TagKey, TagValue], Field(max_length=40), Allowed("a table of tag names and values")] = Field(
        default={}
    )
    """More tags for every resource."""

    state: State = State()
    encryption: Encryption = Encryption()
    network: Network
    ssh: Ssh | None = None
    load_balancer: LoadBalancer = LoadBalancer()
    https: Https | None = None
    cdn: Cdn | None = None
    web: Servers | None = None
    frontend: Servers | None = None
    api: Servers | None = None
    database: Database = Database()
    cache: Cache | None = None
    wordpress: WordPress = WordPress()
    uploads: Uploads = Uploads()
    logs: Logs = Logs()
    waf: Waf | None = None
    monitoring: Monitoring | None = None
    backups: Backups | None = None
