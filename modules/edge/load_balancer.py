"""An application load balancer: the site's one access point, or the one between two tiers."""

from dataclasses import dataclass
from itertools import product
from typing import Any

from constructs import Construct

from modules import aws
from modules.edge.access_logs import AccessLogs
from modules.edge.waf import Waf
from modules.network.firewall import Firewall
from modules.network.network import Tier
from modules.settings.load_balancer import LoadBalancer as Settings
from modules.terraform.accepted import accept
from modules.terraform.account import in_this_account
from modules.terraform.metric_source import MetricSource, offer_metrics

HTTP, HTTPS = 80, 443

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
"""TLS 1.3 and 1.2, forward secrecy and authenticated encryption only.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html"""


@dataclass(frozen=True)
class Targets:
    """Where the servers of a load balancer register.

    Attributes:
        arn: the target group.
        port: the TCP port that its servers answer on.
        metric_label: the load balancer and the target group in CloudWatch's metrics.
        listener: what must exist before requests arrive.
    """

    arn: str
    port: int
    metric_label: str
    listener: aws.LbListener


class LoadBalancer(Construct):
    """Spreads requests over the healthy servers of one group. With a certificate, TLS ends here.

    Attributes:
        firewall: who may connect.
        ports: where it listens, the one that serves the site last.
        targets: where the servers register.
        arn: for what stands in front of it.
        named: what exists once AWS has given its name, which it gives once in a region and account.
        zones: where it stands.
        dns_name: the access point: its name in the DNS of AWS, which an alias record points to.
        zone_id: the hosted zone of that name.
        idle_timeout: seconds after which it closes a silent connection.
    """

    CLIENT_HEADER = "X-Forwarded-For"
    """The request header that it writes the visitor's address into."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        settings: Settings,
        *,
        name: str,
        tier: Tier,
        leads_to: str,
        port: int,
        health_path: str,
        internal: bool = False,
        certificate_arn: str | None = None,
        hsts_max_age: int = 0,
        access_logs: AccessLogs | None = None,
    ) -> None:
        """
        Args:
            id: `load_balancer` for the site's own; any other one ends so, and its name in AWS with what stands before.
            name: the site's load balancer's name, and the beginning of every other name.
            tier: the subnets that it stands in.
            leads_to: the group of servers behind it.
            port: the TCP port that these servers answer on.
            health_path: what the health check asks them for.
            internal: only the VPC reaches it.
            certificate_arn: the certificate of the site's names; None answers by HTTP alone.
            hsts_max_age: seconds of Strict-Transport-Security; 0 sends none.
            access_logs: where every request is written down.
        """
        super().__init__(scope, id)
        self._id, self._name = id, name
        words = id.replace("_", " ")
        self.firewall = Firewall(
            self, id, vpc_id=tier.vpc_id, name=f"{name}-{words.replace(' ', '-')}", description=f"The {words}"
        )
        balancer = aws.Lb(
            self,
            id,
            name=name if id == "load_balancer" else f"{name}-{id.removesuffix('_load_balancer')}",
            load_balancer_type="application",
            internal=internal,
            # What asks an internal one, servers of the VPC or CloudFront, does so by IPv4.
            ip_address_type="dualstack" if tier.ipv6 and not internal else None,
            security_groups=[self.firewall.security_group_id],
            subnets=tier.subnet_ids,
            idle_timeout=settings.idle_timeout,
            enable_http2=True,
            drop_invalid_header_fields=True,
            desync_mitigation_mode=settings.desync,
            enable_deletion_protection=settings.deletion_protection,
            access_logs={"bucket": access_logs.name, "prefix": id, "enabled": True} if access_logs else None,
            # AWS tries a write when logging is turned on.
            depends_on=[access_logs.ready] if access_logs else None,
            tags={"Name": f"{name}-{words.replace(' ', '-')}"},
        )
        why = "Protection is a setting, off so that a trial can be destroyed."
        accept(balancer, "CKV_AWS_150", why, unless=settings.deletion_protection)
        why = "Writing requests down is a setting, [logs]."
        accept(balancer, "CKV_AWS_91 AwsSolutions-ELB2", why, unless=access_logs)
        self.named = self._balancer = balancer
        self._world = tier.world
        self.arn, self.dns_name, self.zone_id = balancer.arn, balancer.dns_name, balancer.zone_id
        self.idle_timeout = settings.idle_timeout
        self.zones = list(tier.subnets)

        group = self._target_group(leads_to, settings, tier, port, health_path)
        forward = aws.LbListenerDefaultAction(type="forward", target_group_arn=group.arn)
        if certificate_arn is None:
            why = "Between two tiers, inside the VPC." if internal else "TLS takes a name of the site's own, [https]."
            accept(balancer, "CKV2_AWS_20", why)
            accept(group, "CKV_AWS_378", why)
            self.ports = [HTTP]
            listener = self._listener("http", balancer.arn, port=HTTP, protocol="HTTP", default_action=[forward])
            accept(listener, "CKV_AWS_2 CKV_AWS_103", why)
        else:
            self.ports = [HTTP, HTTPS]
            self._listener("http", balancer.arn, port=HTTP, protocol="HTTP", default_action=[_redirect()])
            listener = self._listener(
                "https",
                balancer.arn,
                port=HTTPS,
                protocol="HTTPS",
                certificate_arn=certificate_arn,
                ssl_policy=TLS_POLICY,
                routing_http_response_strict_transport_security_header_value=(
                    f"max-age={hsts_max_age}" if hsts_max_age else None
                ),
                default_action=[forward],
                lifecycle=(
                    in_this_account(self, "https.certificate_arn", certificate_arn).before
                    if certificate_arn.startswith("arn:")
                    else None
                ),
            )
        label = f"{balancer.arn_suffix}/{group.arn_suffix}"
        self.targets = Targets(arn=group.arn, port=port, metric_label=label, listener=listener)
        dimensions = {"LoadBalancer": balancer.arn_suffix, "TargetGroup": group.arn_suffix}
        offer_metrics(self, MetricSource("load_balancer", words.capitalize(), {id: dimensions}, hop=leads_to))

    def open_to_internet(self, waf: Waf | None) -> None:
        """Lets everybody connect.

        Args:
            waf: the firewall that looks at their requests, where there is one.
        """
        if waf:
            waf.protect(self)
        accept(self._balancer, "CKV2_AWS_28", "A firewall for requests is a setting, [waf].", unless=waf)
        for port, (family, world) in product(self.ports, self._world.items()):
            rule = self.firewall.allow_from_cidr(f"internet{family}", world, port)
            checks = "CKV_AWS_260 AwsSolutions-EC23" if port == HTTP else "AwsSolutions-EC23"
            accept(rule, checks, "The site's one access point: visitors come from anywhere.")

    def _target_group(self, id: str, settings: Settings, tier: Tier, port: int, health_path: str) -> aws.LbTargetGroup:
        check = settings.health_check
        return aws.LbTargetGroup(
            self,
            id,
            # Six characters are all that AWS takes; the successor of a replaced group must exist beside it.
            name_prefix=f"{id[:5]}-",
            vpc_id=tier.vpc_id,
            port=port,
            protocol="HTTP",
            target_type="instance",
            deregistration_delay=str(settings.deregistration_delay),
            health_check={
                "path": health_path,
                "matcher": "200",
                "interval": check.interval,
                "timeout": check.timeout,
                "healthy_threshold": check.healthy_threshold,
                "unhealthy_threshold": check.unhealthy_threshold,
            },
            stickiness={
                "type": "lb_cookie",
                "enabled": bool(settings.stickiness),
                "cookie_duration": settings.stickiness or None,
            },
            tags={"Name": f"{self._name}-{id}"},
            lifecycle={"create_before_destroy": True},
        )

    def _listener(self, suffix: str, balancer: str, **listener: Any) -> aws.LbListener:
        tags = {"Name": f"{self._name}-{suffix}"}
        return aws.LbListener(self, f"{self._id}_{suffix}", load_balancer_arn=balancer, tags=tags, **listener)


def _redirect() -> aws.LbListenerDefaultAction:
    """To HTTPS with host, path and query kept, which is what a redirect does where they are left out."""
    to = aws.LbListenerDefaultActionRedirect(port=str(HTTPS), protocol="HTTPS", status_code="HTTP_301")
    return aws.LbListenerDefaultAction(type="redirect", redirect=to)
