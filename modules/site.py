"""The site as a whole: one Terraform stack that reads like the diagram."""

from dataclasses import dataclass
from typing import Any

from cdktf import TerraformStack
from constructs import Construct

from modules.edge.cdn import Cdn
from modules.edge.load_balancer import LoadBalancer
from modules.edge.waf import Waf
from modules.foundation import Foundation
from modules.monitoring.monitoring import Monitoring
from modules.network.endpoints import Endpoints
from modules.network.network import Tier, nat_zones
from modules.servers.application import Frontend, Serving, WordPress
from modules.servers.quotas import warn_of_quotas
from modules.servers.releases import Releases
from modules.servers.server_fleet import ServerFleet
from modules.servers.server_group import ServerGroup
from modules.servers.server_pair import ServerPair
from modules.settings import Environment
from modules.settings.cdn import EDGE_REGION
from modules.settings.cdn import Cdn as CdnSettings
from modules.terraform.configuration import configure, default_tags, name_everywhere, provide_elsewhere
from modules.terraform.outputs import add_outputs


@dataclass(frozen=True)
class Entrance:
    """What visitors meet first.

    Attributes:
        url: the site's address.
        load_balancer: the site's own, the first of the parts inside the VPC.
        client_header: the request header that tells the first servers on the way who the visitor is.
        cdn: CloudFront, where it stands in front of the load balancer.
    """

    url: str
    load_balancer: LoadBalancer
    client_header: str
    cdn: Cdn | None = None


class WordPressSite(TerraformStack):
    """WordPress behind a load balancer, its parts in the order in which a request meets them."""

    def __init__(self, scope: Construct, name: str, settings: Environment, *, archive: str) -> None:
        """
        Args:
            archive: SHA-256 of the files that the servers run.
        """
        super().__init__(scope, name)
        self._name, self._settings, self._archive = name, settings, archive
        configure(self, name, settings)

        self._base = Foundation(self, "foundation", settings, name=name)
        self._releases = Releases(
            self, "releases", archive=archive, name=name, region=settings.region, key_arn=self._base.key_arn
        )
        if settings.web:
            self._two_tiers()
        else:
            self._three_tiers()
        self._monitoring()
        if settings.check_quotas:
            addresses = len(nat_zones(settings.network))
            warn_of_quotas(self, settings.groups, addresses=addresses, region=settings.region)

    def _two_tiers(self) -> None:
        """Internet, load balancer, web servers, database."""
        tier = self._base.network.servers["web"]
        entrance = self._entrance("web", WordPress)
        wordpress = self._wordpress(tier, entrance, entrance.load_balancer, client_header=entrance.client_header)
        web = self._servers("web", tier, runs=wordpress, behind=entrance.load_balancer)
        self._base.admit(web)
        self._outputs(entrance, wordpress, web=web)

    def _three_tiers(self) -> None:
        """Internet, load balancer, frontend servers, internal load balancer, API servers, database."""
        settings, tiers, name = self._settings, self._base.network.servers, self._name
        entrance = self._entrance("frontend", Frontend)
        internal = LoadBalancer(
            self,
            "internal_load_balancer",
            settings.load_balancer,
            name=name,
            tier=tiers["api"],
            leads_to="api",
            port=WordPress.PORT,
            health_path=WordPress.HEALTH_PATH,
            internal=True,
            access_logs=self._base.access_logs,
        )
        proxy = Frontend(
            self,
            "proxy",
            settings.wordpress,
            name=name,
            trusted=tiers["frontend"].trusted,
            serving=self._serving(entrance),
            api_host=internal.dns_name,
            idle_timeout=entrance.load_balancer.idle_timeout,
            client_header=entrance.client_header,
            key_arn=self._base.key_arn,
        )
        frontend = self._servers("frontend", tiers["frontend"], runs=proxy, behind=entrance.load_balancer)
        for port in internal.ports:
            internal.firewall.allow_from(frontend.firewall, port)
        wordpress = self._wordpress(tiers["api"], entrance, internal, client_header=LoadBalancer.CLIENT_HEADER)
        api = self._servers("api", tiers["api"], runs=wordpress, behind=internal)
        self._base.admit(api)
        self._outputs(entrance, wordpress, frontend=frontend, api=api)

    def _entrance(self, leads_to: str, runs: type[WordPress | Frontend]) -> Entrance:
        """What visitors meet first: the load balancer, or CloudFront in front of it."""
        https, network = self._settings.https, self._base.network
        load_balancer = LoadBalancer(
            self,
            "load_balancer",
            self._settings.load_balancer,
            name=self._name,
            tier=network.servers[leads_to] if self._settings.cdn else network.public,
            leads_to=leads_to,
            port=runs.PORT,
            health_path=runs.HEALTH_PATH,
            internal=bool(self._settings.cdn),
            certificate_arn=self._base.domain.certificate_arn if self._base.domain else None,
            hsts_max_age=https.hsts_max_age if https else 0,
            access_logs=self._base.access_logs,
        )
        url = self._base.domain.url if self._base.domain else f"http://{load_balancer.dns_name}"
        if self._settings.cdn:
            cdn = self._open_by_cdn(load_balancer, self._settings.cdn)
            return Entrance(url, load_balancer, Cdn.CLIENT_HEADER, cdn)
        self._open(load_balancer)
        return Entrance(url, load_balancer, LoadBalancer.CLIENT_HEADER)

    def _open(self, load_balancer: LoadBalancer) -> None:
        """Lets visitors reach the load balancer itself."""
        waf = None
        if self._settings.waf:
            waf = Waf(self, "waf", self._settings.waf, name=self._name, key_arn=self._base.key_arn)
        load_balancer.open_to_internet(waf)
        if self._base.domain:
            self._base.domain.lead_to(load_balancer)

    def _open_by_cdn(self, load_balancer: LoadBalancer, cdn_settings: CdnSettings) -> Cdn:
        """Lets visitors reach CloudFront, and nobody but CloudFront the load balancer."""
        settings, domain = self._settings, self._base.domain
        assert domain is not None  # the settings' rules ask for the site's names in front of CloudFront
        name = name_everywhere(self._name, settings.region)
        edge = provide_elsewhere(self, "edge", EDGE_REGION, default_tags(self._name, settings))
        waf = None
        if settings.waf:
            key_arn = self._base.key_elsewhere("data_edge", EDGE_REGION, edge, logs=True)
            waf = Waf(self, "waf", settings.waf, name=name, key_arn=key_arn, edge=edge)
        cdn = Cdn(
            self,
            "cdn",
            cdn_settings,
            name=name,
            names=domain.names,
            answers_to_names=domain.leads_here,
            proofs=domain.proofs,
            origin=load_balancer,
            page_cache=settings.page_cache,
            edge=edge,
            web_acl_arn=waf.arn if waf else None,
            access_logs=self._base.access_logs,
        )
        domain.lead_to(cdn)
        return cdn

    def _serving(self, entrance: Entrance) -> Serving:
        https = self._settings.https
        return Serving(
            self._archive,
            entrance.url,
            not https or https.redirect_names,
            self._settings.page_cache,
            self._settings.php.max_execution_time,
        )

    def _wordpress(self, tier: Tier, entrance: Entrance, behind: LoadBalancer, *, client_header: str) -> WordPress:
        return WordPress(
            self,
            "wordpress",
            self._settings.wordpress,
            php=self._settings.php,
            redirects=self._settings.redirects,
            name=self._name,
            trusted=tier.trusted,
            serving=self._serving(entrance),
            keeps_pages=behind is entrance.load_balancer,
            idle_timeout=behind.idle_timeout,
            database=self._base.database,
            uploads=self._base.uploads,
            cache=self._base.cache,
            mail=self._base.mail,
            cdn=entrance.cdn,
            client_header=client_header,
            key_arn=self._base.key_arn,
        )

    def _servers(self, id: str, tier: Tier, *, runs: WordPress | Frontend, behind: LoadBalancer) -> ServerGroup:
        """A group of servers, open to its load balancer alone."""
        settings = getattr(self._settings, id)
        group = (ServerFleet if settings.fleet else ServerPair)(
            self,
            id,
            settings,
            name=self._name,
            region=self._settings.region,
            tier=tier,
            runs=runs,
            targets=behind.targets,
            releases=self._releases,
            wait_for=self._base.endpoints.ready if self._base.endpoints else (),
            key_arn=self._base.key_arn,
            ssh=self._settings.ssh,
            tags=default_tags(self._name, self._settings),
        )
        group.firewall.allow_from(behind.firewall, runs.PORT)
        if self._base.endpoints and self._base.endpoints.firewall:
            self._base.endpoints.firewall.allow_from(group.firewall, Endpoints.PORT)
        return group

    def _monitoring(self) -> None:
        """The last part: it watches all others."""
        settings = self._settings.monitoring
        if settings:
            Monitoring(
                self, "monitoring", settings, name=self._name, region=self._settings.region, key_arn=self._base.key_arn
            )

    def _outputs(self, entrance: Entrance, wordpress: WordPress, **groups: ServerGroup) -> None:
        outputs: dict[str, tuple[Any, str]] = {
            "site_url": (entrance.url, "The site's address"),
            **({"cdn_dns_name": (entrance.cdn.dns_name, "CloudFront's own name")} if entrance.cdn else {}),
            "load_balancer_dns_name": (entrance.load_balancer.dns_name, "The load balancer's own name"),
            "admin_secret_arn": (
                wordpress.admin_secret_arn,
                "Where the first user's password is: aws secretsmanager get-secret-value --secret-id ARN",
            ),
            "database_endpoint": (
                self._base.database.address,
                "The database's host name, the same before and after a failover",
            ),
            "database_secret_arn": (self._base.database.secret.arn, "Where the database's user and password are"),
        }
        for group, servers in groups.items():
            outputs[f"{group}_servers"] = (servers.servers, "The servers, and the command that opens a shell on each")
        if self._base.domain and self._base.domain.name_servers:
            outputs["name_servers"] = (self._base.domain.name_servers, "What the domain's registrar must point to")
        if self._base.mail and self._base.mail.records:
            records = {what: vars(record) for what, record in self._base.mail.records.items()}
            outputs["mail_records"] = (
                records,
                "What the sender's domain needs, where it is kept",
            )
        if self._base.mail and self._base.mail.topic_arn:
            outputs["mail_topic_arn"] = (self._base.mail.topic_arn, "Where bounces and complaints of mail go")
        add_outputs(self, outputs)
