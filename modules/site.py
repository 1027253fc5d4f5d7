"""The site as a whole: one Terraform stack that reads like the diagram."""

from typing import Any

from cdktf import TerraformStack
from constructs import Construct

from modules.edge.cdn import CLIENT_HEADER, Cdn
from modules.edge.load_balancer import LoadBalancer
from modules.edge.waf import Waf
from modules.foundation import Foundation
from modules.monitoring.monitoring import Monitoring
from modules.network.endpoints import Endpoints
from modules.network.network import WORLD, Tier
from modules.servers.application import LOAD_BALANCERS_WORD, Frontend, WordPress
from modules.servers.server_fleet import ServerFleet
from modules.servers.server_group import ServerGroup
from modules.servers.server_pair import ServerPair
from modules.settings import Environment
from modules.settings.cdn import EDGE_REGION
from modules.terraform.accepted import accept
from modules.terraform.configuration import configure, default_tags, provide_elsewhere
from modules.terraform.outputs import add_outputs


class WordPressSite(TerraformStack):
    """WordPress behind a load balancer, its parts in the order in which a request meets them."""

    def __init__(self, scope: Construct, name: str, settings: Environment) -> None:
        super().__init__(scope, name)
        self._name, self._settings = name, settings
        configure(self, name, settings)

        self._base = Foundation(self, "foundation", settings, name=name)
        self._waf: Waf | None = None
        self._cdn: Cdn | None = None

        if settings.web:
            self._two_tiers()
        else:
            self._three_tiers()

    def _two_tiers(self) -> None:
        """Internet, load balancer, web servers, database."""
        tier = self._base.network.web
        load_balancer = self._load_balancer("web", WordPress)
        wordpress = self._wordpress(
            tier, self._site_url(load_balancer), load_balancer, client_header=self._client_header
        )
        web = self._servers("web", tier, runs=wordpress, behind=load_balancer)
        self._base.admit(web)
        self._watch(load_balancer, web)
        self._outputs(load_balancer, wordpress, web=web)

    def _three_tiers(self) -> None:
        """Internet, load balancer, frontend servers, internal load balancer, API servers, database."""
        settings, network, name = self._settings, self._base.network, self._name
        load_balancer = self._load_balancer("frontend", Frontend)
        internal = LoadBalancer(
            self,
            "internal_load_balancer",
            settings.load_balancer,
            name=name,
            tier=network.api,
            leads_to="api",
            running=WordPress,
            internal=True,
            access_logs=self._base.access_logs,
        )
        proxy = Frontend(
            self,
            "proxy",
            settings.wordpress,
            name=name,
            region=settings.region,
            vpc_cidr=network.frontend.vpc_cidr,
            api_host=internal.dns_name,
            idle_timeout=load_balancer.idle_timeout,
            client_header=self._client_header,
            key_arn=self._base.key_arn,
        )
        frontend = self._servers("frontend", network.frontend, runs=proxy, behind=load_balancer)
        for port in internal.ports:
            internal.firewall.allow_from(frontend.firewall, port)
        wordpress = self._wordpress(network.api, self._site_url(load_balancer), internal)
        api = self._servers("api", network.api, runs=wordpress, behind=internal)
        self._base.admit(api)
        self._watch(load_balancer, frontend, internal, api)
        self._outputs(load_balancer, wordpress, frontend=frontend, api=api)

    def _load_balancer(self, leads_to: str, running: type[WordPress | Frontend]) -> LoadBalancer:
        """The site's own, open to the internet or to CloudFront alone."""
        https, network = self._settings.https, self._base.network
        load_balancer = LoadBalancer(
            self,
            "load_balancer",
            self._settings.load_balancer,
            name=self._name,
            tier=getattr(network, leads_to) if self._settings.cdn else network.public,
            leads_to=leads_to,
            running=running,
            internal=bool(self._settings.cdn),
            certificate_arn=self._base.domain and self._base.domain.certificate_arn,
            hsts_max_age=https.hsts_max_age if https else 0,
            access_logs=self._base.access_logs,
        )
        (self._open_by_cdn if self._settings.cdn else self._open)(load_balancer)
        return load_balancer

    def _open(self, load_balancer: LoadBalancer) -> None:
        """Lets visitors reach the load balancer itself."""
        if self._settings.waf:
            self._waf = Waf(self, "waf", self._settings.waf, name=self._name, key_arn=self._base.key_arn)
            self._waf.protect(load_balancer)
        why = "A firewall for requests is a setting, [waf]."
        accept(self, "aws_lb.load_balancer", "CKV2_AWS_28", why, unless=self._waf)
        for port in load_balancer.ports:
            load_balancer.firewall.allow_from_cidr("internet", WORLD, port)
            rule = f"aws_vpc_security_group_ingress_rule.load_balancer_from_internet_{port}"
            checks = "CKV_AWS_260 AwsSolutions-EC23" if port == 80 else "AwsSolutions-EC23"
            accept(self, rule, checks, "The site's one access point: visitors come from anywhere.")
        if self._base.domain:
            self._base.domain.lead_to(load_balancer)

    def _open_by_cdn(self, load_balancer: LoadBalancer) -> None:
        """Lets visitors reach CloudFront, and nobody but CloudFront the load balancer."""
        settings, domain = self._settings, self._base.domain
        edge = provide_elsewhere(self, "edge", EDGE_REGION, default_tags(self._name, settings))
        if settings.waf:
            key_arn = self._base.key_elsewhere("data_edge", EDGE_REGION, edge)
            self._waf = Waf(self, "waf", settings.waf, name=self._name, key_arn=key_arn, edge=edge)
        self._cdn = Cdn(
            self,
            "cdn",
            settings.cdn,
            name=self._name,
            names=domain.names,
            proofs=domain.proofs,
            origin=load_balancer,
            edge=edge,
            web_acl_arn=self._waf and self._waf.arn,
            access_logs=self._base.access_logs,
        )
        domain.lead_to(self._cdn)

    @property
    def _client_header(self) -> str:
        """What tells the first servers on the way who the visitor is."""
        return CLIENT_HEADER if self._cdn else LOAD_BALANCERS_WORD

    def _site_url(self, load_balancer: LoadBalancer) -> str:
        return self._base.domain.url if self._base.domain else f"http://{load_balancer.dns_name}"

    def _wordpress(
        self, tier: Tier, site_url: str, behind: LoadBalancer, client_header: str = LOAD_BALANCERS_WORD
    ) -> WordPress:
        return WordPress(
            self,
            "wordpress",
            self._settings.wordpress,
            name=self._name,
            region=self._settings.region,
            vpc_cidr=tier.vpc_cidr,
            site_url=site_url,
            idle_timeout=behind.idle_timeout,
            database=self._base.database,
            uploads=self._base.uploads,
            cache=self._base.cache,
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
            wait_for=self._base.endpoints.ready if self._base.endpoints else (),
            key_arn=self._base.key_arn,
            ssh=self._settings.ssh,
        )
        group.firewall.allow_from(behind.firewall, runs.PORT)
        if self._base.endpoints and self._base.endpoints.firewall:
            self._base.endpoints.firewall.allow_from(group.firewall, Endpoints.PORT)
        return group

    def _watch(self, *hops: LoadBalancer | ServerGroup) -> None:
        settings = self._settings.monitoring
        if not settings:
            return
        monitoring = Monitoring(
            self, "monitoring", settings, name=self._name, region=self._settings.region, key_arn=self._base.key_arn
        )
        base = self._base
        behind = (base.cache, base.database, base.uploads, base.backups, base.network)
        for part in (base.domain, self._waf, self._cdn, *hops, *behind):
            monitoring.watch(part)

    def _outputs(self, load_balancer: LoadBalancer, wordpress: WordPress, **groups: ServerGroup) -> None:
        outputs: dict[str, tuple[Any, str]] = {
            "site_url": (self._site_url(load_balancer), "The site's address"),
            **({"cdn_dns_name": (self._cdn.dns_name, "CloudFront's own name")} if self._cdn else {}),
            "load_balancer_dns_name": (load_balancer.dns_name, "The load balancer's own name"),
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
        add_outputs(self, outputs)
