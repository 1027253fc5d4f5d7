"""The environment file as a whole."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from modules.settings.backups import Backups
from modules.settings.cache import Cache
from modules.settings.cdn import Cdn
from modules.settings.database import Database
from modules.settings.encryption import Encryption
from modules.settings.https import Https
from modules.settings.load_balancer import LoadBalancer
from modules.settings.logs import Logs
from modules.settings.mail import Mail
from modules.settings.monitoring import Monitoring
from modules.settings.network import SERVER_TIERS, Network, Ssh
from modules.settings.page_cache import PageCache
from modules.settings.php import Php
from modules.settings.redirects import Redirects
from modules.settings.servers import Servers
from modules.settings.state import State
from modules.settings.types import Allowed, Label, Region, Section, TagKey, TagValue
from modules.settings.waf import Waf
from modules.settings.wordpress import Uploads, WordPress


class Environment(Section):
    """One file in environments/: one site, one Terraform stack. Two tiers have `[web]`, servers that run WordPress
    behind the load balancer. Three tiers have `[frontend]` and `[api]`: the load balancer leads to reverse proxies,
    and an internal load balancer to the servers that run WordPress."""

    region: Region = "ap-northeast-1"
    """The AWS region. The default is Tokyo, the article's. What differs from partition to partition is below."""

    project: Label = "wordpress"
    """Goes into the tag `Project` of every resource."""

    tags: Annotated[dict[TagKey, TagValue], Field(max_length=40), Allowed("a table of tag names and values")] = Field(
        default={}
    )
    """More tags for every resource."""

    check_quotas: bool = False
    """Asks AWS while planning for the account's quotas of vCPUs and of Elastic IPs, and warns where the site may need
    more. It stops nothing, not even where it may not ask. For a new account's first apply: Terraform asks again at each
    apply, and a plan that is to ask is never empty."""

    redirects: Redirects = Field(default={})
    """Addresses that the site once had, and where they lead: `"/old" = "/new"`. Who comes by an old one is sent there
    for good (301), with `"302 /new"` for a while, and with `"410"` is told that the page is gone. `"/old/*"` is all
    below a path, and `"/new/*"` takes what is below along. What stands behind a question mark comes along, too. Of two
    that fit, the longer path holds, and one page before all that is below."""

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
    page_cache: PageCache = PageCache()
    wordpress: WordPress = WordPress()
    php: Php = Php()
    uploads: Uploads = Uploads()
    mail: Mail | None = None
    logs: Logs = Logs()
    waf: Waf | None = None
    monitoring: Monitoring | None = None
    backups: Backups | None = None

    @model_validator(mode="before")
    @classmethod
    def _trap_the_mail_of_a_copy(cls, content: Any) -> Any:
        """What is no table is refused where it belongs."""
        match content:
            case {"mail": {**mail}, "wordpress": {"environment_type": str(kind)}} if kind != "production":
                return content | {"mail": {"trap": True, **mail}}
        return content

    @property
    def groups(self) -> dict[str, Servers]:
        """The groups of servers that the site has, by name."""
        return {name: group for name in SERVER_TIERS if (group := getattr(self, name))}
