"""CloudFront in front of the load balancer: the site's pages and files from a place near the visitor."""

from collections.abc import Sequence
from pathlib import Path

from cdktf import ITerraformDependable
from constructs import Construct

from modules import aws
from modules.aws.plain import Plain
from modules.edge.access_logs import AccessLogs
from modules.edge.load_balancer import LoadBalancer
from modules.edge.vpc_origin import VpcOrigin
from modules.settings.cdn import EDGE_REGION
from modules.settings.cdn import Cdn as Settings
from modules.settings.page_cache import PageCache
from modules.terraform.accepted import accept
from modules.terraform.account import in_this_account
from modules.terraform.metric_source import MetricSource, offer_metrics

FUNCTION = Path(__file__).with_name("cdn.js")
"""The function that sets Cdn.CLIENT_HEADER and VISITOR_HEADER."""

VISITOR_HEADER = "Pressform-Visitor"
"""The request header by which pages are kept, beside their address: the same for all who have no name."""

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
"""CachingDisabled, a policy of AWS's own, the same in every account.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html"""

ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
HOST_HEADER_ONLY = "bf0718e1-ba1e-49d1-88b1-f726733018ae"
"""AllViewer and HostHeaderOnly. Without the host, the load balancer's certificate would be one of another name.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html"""

ANSWERS_WITHIN = 60
"""Seconds that a page may take: what the servers give it, and the most that CloudFront waits without a higher quota."""

ERRORS = (403, 404, 500, 502, 503, 504)
"""Left alone, CloudFront keeps each for ten seconds, and a page that has just been published with it.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html"""

SCRIPTS = "*.php"
"""Plugins have scripts of their own beside their files: forms are sent to them, and they know their visitor."""
STATIC_PATHS = ("/wp-content/*", "/wp-includes/*")
READING = ["GET", "HEAD", "OPTIONS"]
EVERYTHING = [*READING, "PUT", "POST", "PATCH", "DELETE"]


class Cdn(Construct):
    """A distribution whose one origin is the site's internal load balancer. It costs by use, and buys pages that load
    fast far away and servers that send each picture once.

    What lies under STATIC_PATHS, scripts aside, is kept as long as the servers say (wordpress.conf: seven days), a copy
    for each query, so that a new version of a style is seen at once. A page is kept when the servers say so
    (pressform.php), for seconds and for those alone who have no name (cdn.js). All else, the sign-in and the
    administration with it, is passed on untouched and never kept. TLS ends here for the visitor, and begins again
    towards the load balancer, whose certificate has the same names.

    Attributes:
        id_in_aws: the distribution's id.
        arn: its ARN.
        page_seconds: how long it keeps a page; 0 keeps none.
        dns_name: its name in the DNS of AWS, which an alias record points to.
        zone_id: the hosted zone of that name.
    """

    CLIENT_HEADER = "True-Client-IP"
    """The request header with the visitor's address. CloudFront sets it (cdn.js), whatever the visitor has sent."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        settings: Settings,
        *,
        name: str,
        names: Sequence[str],
        proofs: Sequence[ITerraformDependable],
        origin: LoadBalancer,
        page_cache: PageCache,
        edge: aws.AwsProvider,
        answers_to_names: bool = True,
        web_acl_arn: str | None = None,
        access_logs: AccessLogs | None = None,
    ) -> None:
        """
        Args:
            name: the beginning of every name in AWS.
            names: the site's names, the main one first.
            proofs: the DNS records that prove to ACM that the names are ours; the same in every region.
            origin: an internal load balancer with a certificate of the names.
            page_cache: what the servers keep, and for whom: CloudFront keeps no more.
            edge: the provider for what CloudFront takes from us-east-1.
            answers_to_names: they lead here. A name leads to one distribution of all that there are.
            web_acl_arn: a firewall of the scope CLOUDFRONT, from us-east-1. One at the load balancer would take
                CloudFront for the visitor, and limit all of them together.
            access_logs: where every request is written down.
        """
        super().__init__(scope, id)
        certificate_arn = settings.certificate_arn or self._certificate(id, name, names, proofs, edge)
        way = VpcOrigin(self, id, name=name, to=origin)
        common = {
            "target_origin_id": "load_balancer",
            "viewer_protocol_policy": "redirect-to-https",
            "cached_methods": ["GET", "HEAD"],
            "compress": True,
            "response_headers_policy_id": self._security_headers(id, name),
        }
        self.page_seconds = settings.page_seconds if page_cache.enabled else 0
        pages = {
            "allowed_methods": EVERYTHING,
            "cache_policy_id": self._pages(id, name, page_cache) if self.page_seconds else CACHING_DISABLED,
            "origin_request_policy_id": ALL_VIEWER,
            "function_association": [
                {"event_type": "viewer-request", "function_arn": self._function(id, name, page_cache)}
            ],
            **common,
        }
        files = {
            "allowed_methods": READING,
            "cache_policy_id": self._static_files(id, name),
            "origin_request_policy_id": HOST_HEADER_ONLY,
            **common,
        }
        distribution = Plain(
            self,
            "aws_cloudfront_distribution",
            id,
            comment=name,
            enabled=True,
            aliases=list(names) if answers_to_names else None,
            price_class=f"PriceClass_{settings.price_class.title()}",
            http_version="http2and3",
            is_ipv6_enabled=True,
            web_acl_id=web_acl_arn,
            origin=[
                {
                    "origin_id": "load_balancer",
                    "domain_name": origin.dns_name,
                    "vpc_origin_config": {"vpc_origin_id": way.id, "origin_read_timeout": ANSWERS_WITHIN},
                }
            ],
            default_cache_behavior=pages,
            # CloudFront takes the first that matches.
            ordered_cache_behavior=[
                {"path_pattern": SCRIPTS, **pages},
                *({"path_pattern": path, **files} for path in STATIC_PATHS),
            ],
            custom_error_response=[{"error_code": code, "error_caching_min_ttl": 0} for code in ERRORS],
            restrictions={"geo_restriction": {"restriction_type": "none"}},
            viewer_certificate={
                "acm_certificate_arn": certificate_arn,
                "ssl_support_method": "sni-only",
                "minimum_protocol_version": "TLSv1.2_2021",
            },
            tags={"Name": name},
            lifecycle=(
                in_this_account(self, "cdn.certificate_arn", settings.certificate_arn).plainly_before
                if settings.certificate_arn
                else None
            ),
        )
        accept(distribution, "CKV_AWS_305", "WordPress answers / itself.")
        accept(distribution, "CKV_AWS_310", "There is one origin, which stands in two zones.")
        accept(distribution, "CKV_AWS_374 AwsSolutions-CFR1", "The readers are everywhere.")
        why = "The scanners know the old way of writing requests down; the new one is a setting, [logs]."
        accept(distribution, "CKV_AWS_86 AwsSolutions-CFR3", why)
        why = "A firewall for requests is a setting, [waf]."
        accept(distribution, "CKV_AWS_68 AwsSolutions-CFR2", why, unless=web_acl_arn)
        self.id_in_aws, self.arn = distribution.ref("id"), distribution.ref("arn")
        if access_logs:
            self._deliver_logs(id, name, self.arn, access_logs, edge)
        self.dns_name, self.zone_id = distribution.ref("domain_name"), distribution.ref("hosted_zone_id")
        dimensions = {"Region": "Global", "DistributionId": self.id_in_aws}
        offer_metrics(self, MetricSource("cdn", "CloudFront", {id: dimensions}, region=EDGE_REGION))

    def _certificate(
        self, id: str, name: str, names: Sequence[str], proofs: Sequence[ITerraformDependable], edge: aws.AwsProvider
    ) -> str:
        certificate = aws.AcmCertificate(
            self,
            id,
            provider=edge,
            domain_name=names[0],
            subject_alternative_names=list(names[1:]) or None,
            validation_method="DNS",
            tags={"Name": name},
            lifecycle={"create_before_destroy": True},
        )
        validation = aws.AcmCertificateValidation(
            self, id, provider=edge, certificate_arn=certificate.arn, depends_on=list(proofs)
        )
        return validation.certificate_arn

    def _deliver_logs(
        self, id: str, name: str, distribution_arn: str, access_logs: AccessLogs, edge: aws.AwsProvider
    ) -> None:
        """Without a path of our own: the provider says back another one than was asked for."""
        name = f"{name}-{id}"
        source = aws.CloudwatchLogDeliverySource(
            self, id, provider=edge, name=name, log_type="ACCESS_LOGS", resource_arn=distribution_arn
        )
        bucket = aws.CloudwatchLogDeliveryDestinationDeliveryDestinationConfiguration(
            destination_resource_arn=access_logs.arn
        )
        destination = aws.CloudwatchLogDeliveryDestination(
            self,
            id,
            provider=edge,
            name=name,
            output_format="w3c",
            delivery_destination_configuration=[bucket],
        )
        aws.CloudwatchLogDelivery(
            self,
            id,
            provider=edge,
            delivery_source_name=source.name,
            delivery_destination_arn=destination.arn,
            depends_on=[access_logs.ready],
        )

    def _function(self, id: str, name: str, page_cache: PageCache) -> str:
        code = FUNCTION.read_text(encoding="utf-8").replace("@OWN_COOKIES@", "|".join(page_cache.cookies))
        function = aws.CloudfrontFunction(
            self,
            id,
            name=f"{name}-visitor",
            comment=f"{name}: who the visitor is, and whether pages of their own are due",
            runtime="cloudfront-js-2.0",
            code=code,
            publish=True,
        )
        return function.arn

    def _pages(self, id: str, name: str, page_cache: PageCache) -> str:
        """A policy for pages: kept while the servers say so (pressform.php)."""
        return self._cache_policy(
            f"{id}_pages",
            name=f"{name}-pages",
            comment=f"{name}: pages for all who have no name, for seconds",
            # It bounds the time that an answer may be stale, too.
            max_ttl=max(self.page_seconds, 60 * page_cache.stale_minutes),
            # The site's other names are answered with another address.
            headers=("Host", VISITOR_HEADER),
        )

    def _static_files(self, id: str, name: str) -> str:
        """A policy for files: kept while the servers say so, a copy for each query, whoever asks."""
        return self._cache_policy(
            id,
            name=f"{name}-static-files",
            comment=f"{name}: a copy for each query, for as long as the servers say",
            max_ttl=31_536_000,
        )

    def _cache_policy(self, id: str, *, name: str, comment: str, max_ttl: int, headers: Sequence[str] = ()) -> str:
        """
        Args:
            max_ttl: the most seconds that the servers can ask for.
            headers: those of the request that have copies of their own, beside its query.
        """
        by_header = {"header_behavior": "whitelist", "headers": [{"items": list(headers)}]}
        policy = Plain(
            self,
            "aws_cloudfront_cache_policy",
            id,
            name=name,
            comment=comment,
            min_ttl=0,
            # What the servers say nothing of, PHP among the files too, is not kept.
            default_ttl=0,
            max_ttl=max_ttl,
            parameters_in_cache_key_and_forwarded_to_origin={
                "cookies_config": {"cookie_behavior": "none"},
                "headers_config": by_header if headers else {"header_behavior": "none"},
                "query_strings_config": {"query_string_behavior": "all"},
                "enable_accept_encoding_gzip": True,
                "enable_accept_encoding_brotli": True,
            },
        )
        return policy.ref("id")

    def _security_headers(self, id: str, name: str) -> str:
        """Not AWS's own policy: it promises HTTPS for a year, which is the setting `https.hsts_max_age` here."""
        policy = Plain(
            self,
            "aws_cloudfront_response_headers_policy",
            id,
            name=f"{name}-security-headers",
            comment=f"{name}: what browsers must not do with the site's pages",
            security_headers_config={
                "content_type_options": {"override": True},
                "frame_options": {"frame_option": "SAMEORIGIN", "override": False},
                "referrer_policy": {"referrer_policy": "strict-origin-when-cross-origin", "override": False},
            },
        )
        return policy.ref("id")
