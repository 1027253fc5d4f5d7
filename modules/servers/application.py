"""What the servers run: their settings, their secrets, and what they may do in AWS."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from cdktf import ITerraformDependable
from constructs import Construct

from modules import aws
from modules.aws.plain import Plain
from modules.data.database import Database
from modules.data.existing_database import ExistingDatabase
from modules.data.object_cache import ObjectCache
from modules.data.secret import GeneratedSecret
from modules.data.uploads import Uploads
from modules.edge.cdn import Cdn
from modules.edge.mail import Mail
from modules.settings.page_cache import PageCache
from modules.settings.php import Php
from modules.settings.redirects import Redirects, as_nginx_reads_them
from modules.settings.wordpress import WordPress as Settings
from modules.terraform.log_group import log_group
from modules.terraform.metric_source import MetricSource, offer_metrics
from modules.terraform.policy import Permission
from modules.wordpress import release_settings
from modules.wordpress.pins import pinned_sha256

SALTS = [f"{purpose}_{kind}" for kind in ("KEY", "SALT") for purpose in ("AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE")]
"""https://developer.wordpress.org/advanced-administration/security/hardening/"""


@dataclass(frozen=True)
class Serving:
    """What all servers of a site must agree on.

    Attributes:
        archive: SHA-256 of the files that they run.
        site_url: the site's one address.
        redirect_names: whoever comes by another name is sent there.
        page_cache: how pages are kept.
        request_time: seconds that WordPress may take for one request.
    """

    archive: str
    site_url: str
    redirect_names: bool
    page_cache: PageCache
    request_time: int

    def boot_settings(self, software: Settings) -> dict[str, str]:
        """What it is in a release."""
        pages = self.page_cache
        return {
            "SITE_URL": self.site_url,
            "REDIRECT": str(int(self.redirect_names)),
            "PAGE_TIME": str(pages.seconds if pages.enabled else 0),
            "STALE_MINUTES": str(pages.stale_minutes),
            "OWN_COOKIES": "|".join(pages.cookies),
            "UPLOAD_LIMIT": str(software.upload_limit),
            "REQUEST_TIME": str(self.request_time),
        }


class Application(Protocol):
    """What a group of servers needs to know about its software.

    Attributes:
        settings: what its servers read beside the release's files, as lines of a Terraform template.
        permissions: what its servers may do, beside Session Manager.
        wait_for: what must exist before a server boots.
        moves_sites: it takes in and gives out a site's content, by way of the releases' bucket.
    """

    moves_sites: bool
    settings: list[str]
    permissions: list[Permission]
    wait_for: list[ITerraformDependable]


class WordPress(Construct):
    """WordPress on nginx and PHP, an Application.

    Attributes:
        admin_secret_arn: the first user's password.
    """

    PORT = 80
    HEALTH_PATH = "/health.php"
    moves_sites = True

    def __init__(
        self,
        scope: Construct,
        id: str,
        settings: Settings,
        *,
        php: Php,
        redirects: Redirects,
        name: str,
        trusted: str,
        serving: Serving,
        keeps_pages: bool,
        idle_timeout: int,
        database: Database | ExistingDatabase,
        uploads: Uploads | None,
        cache: ObjectCache | None = None,
        mail: Mail | None = None,
        cdn: Cdn | None = None,
        client_header: str,
        key_arn: str | None = None,
    ) -> None:
        """
        Args:
            redirects: addresses that the site once had, and where they lead.
            name: the beginning of every name in AWS.
            serving: what it has in common with a tier in front.
            keeps_pages: visitors meet these servers first, and not a tier of frontends.
            idle_timeout: seconds after which the load balancer closes a silent connection.
            trusted: the addresses of the load balancer, separated by spaces: their word on the visitor is taken.
            uploads: the shared file system; None keeps uploads on each server's disk.
            cache: what all servers remember together; None asks the database each time.
            mail: how letters leave; None for not at all.
            cdn: what keeps pages and pictures in front of the load balancer, and is told of those that are gone.
            client_header: the request header with the visitor's address.
            key_arn: the key of secrets and logs; None for AWS's own.
        """
        super().__init__(scope, id)
        salts = GeneratedSecret(
            self,
            "salts",
            name=f"{name}-salts",
            description=f"{name}: what WordPress signs cookies with, the same on every server",
            generated=dict.fromkeys(SALTS, 64),
            key_arn=key_arn,
        )
        admin = GeneratedSecret(
            self,
            "admin",
            name=f"{name}-admin",
            description=f"{name}: WordPress's first user",
            plain={"username": settings.admin_user, "email": settings.admin_email},
            generated={"password": 24},
            key_arn=key_arn,
        )
        self.admin_secret_arn = admin.arn
        secrets = [database.secret, salts, admin]
        may_read = (*(secret.arn for secret in secrets), *dict.fromkeys(settings.secrets.values()))
        logs = log_group(self, id, name=f"/{name}/{id}", retention=settings.log_retention, key_arn=key_arn)

        self._offer_checks(id, logs)
        self.permissions = [
            Permission("ReadSecrets", ("secretsmanager:GetSecretValue",), may_read),
            *([Permission("UseKey", ("kms:Decrypt",), (key_arn,))] if key_arn else []),
            *database.secret.permissions,
            _may_write(logs),
        ]
        self.wait_for: list[ITerraformDependable] = [ready for secret in secrets for ready in secret.ready]
        if uploads:
            self.permissions.append(uploads.permission)
            self.wait_for += uploads.mount_targets
        if cache:
            self.permissions.append(cache.permission)
        if mail:
            self.permissions += mail.permissions
            self._offer_mail(id, logs)
        if cdn:
            self.permissions.append(Permission("TellCloudFront", ("cloudfront:CreateInvalidation",), (cdn.arn,)))
        self.settings = release_settings(
            "web",
            {
                "HEALTH_PATH": self.HEALTH_PATH,
                "IDLE_TIMEOUT": str(idle_timeout),
                "SYSTEM_UPDATES": _switch(settings.system_updates),
                "TITLE": settings.title,
                "LOCALE": settings.locale,
                "THEME": settings.theme or "",
                "PLUGINS": " ".join(settings.plugins),
                "ENVIRONMENT_TYPE": settings.environment_type,
                "CONSTANTS": json.dumps(settings.constants, sort_keys=True),
                "SECRETS": " ".join(f"{name}={arn}" for name, arn in sorted(settings.secrets.items())),
                "REDIRECTS": json.dumps(as_nginx_reads_them(redirects)),
                "MEMORY_LIMIT": str(php.memory_limit),
                "INPUT_LIMIT": str(php.max_input_vars),
                "PHP_PACKAGES": " ".join(php.packages),
                "WORDPRESS_VERSION": settings.version,
                "WORDPRESS_SHA256": settings.archive_sha256 or pinned_sha256(settings.version, settings.locale) or "",
                "DATABASE_NAME": database.name,
                "TABLE_PREFIX": settings.table_prefix,
                "XMLRPC": _switch(settings.xmlrpc),
                "TRUSTED_PROXIES": trusted,
                "CLIENT_HEADER": client_header,
                "LOG_GROUP": logs.name,
                **serving.boot_settings(settings),
                # The web server behind the page cache (web/steps.sh).
                "BEHIND": "127.0.0.1:8080" if keeps_pages else "",
                "DATABASE_HOST": database.address,
                "DATABASE_SECRET": database.secret.arn,
                "SALTS_SECRET": salts.arn,
                "ADMIN_SECRET": admin.arn,
                "UPLOADS_FILE_SYSTEM": uploads.file_system_id if uploads else "",
                "UPLOADS_ACCESS_POINT": uploads.access_point_id if uploads else "",
                "CACHE_HOST": cache.address if cache else "",
                "CACHE_NAME": cache.name if cache else "",
                **(mail.boot_settings if mail else Mail.NOTHING),
                "EDGE_TIME": str(cdn.page_seconds if cdn else 0),
                "DISTRIBUTION": cdn.id_in_aws if cdn else "",
            },
            serving.archive,
        )

    def _offer_checks(self, id: str, logs: aws.CloudwatchLogGroup) -> None:
        """The servers write what their checks found (web/checks/check-page.sh, check-version.sh), the group's name in
        front."""
        self._count(
            f"{id}_checks",
            logs,
            name="checks",
            pattern='[at, group = "/*", check = "*-check", result = "failed*", ...]',
            metric="CheckFailed",
            dimensions={"LogGroup": "$group", "Check": "$check"},
        )
        for kind, title, check in (("pages", "Pages", "page-check"), ("version", "WordPress", "version-check")):
            offer_metrics(self, MetricSource(kind, title, {kind: {"LogGroup": logs.name, "Check": check}}))

    def _offer_mail(self, id: str, logs: aws.CloudwatchLogGroup) -> None:
        """As above: each mail's fate is a line (web/mail/send-mail.sh and give-up-mail.sh)."""
        for fate, metric in {"sent": "MailSent", "deferred": "MailDeferred", "given-up": "MailGivenUp"}.items():
            self._count(
                f"{id}_mail_{fate.replace('-', '_')}",
                logs,
                name=f"mail-{fate}",
                pattern=f'[at, group, kind = "mail", fate = "{fate}*", ...]',
                metric=metric,
                dimensions={"LogGroup": "$group"},
            )
        offer_metrics(self, MetricSource("mail", "Mail", {"mail_queue": {"LogGroup": logs.name}}))

    def _count(
        self,
        id: str,
        logs: aws.CloudwatchLogGroup,
        *,
        name: str,
        pattern: str,
        metric: str,
        dimensions: Mapping[str, str],
    ) -> None:
        """Makes a metric of the lines that a pattern finds.
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html

        Args:
            dimensions: the metric's, each with the word of the pattern that has its value.
        """
        Plain(
            self,
            "aws_cloudwatch_log_metric_filter",
            id,
            name=name,
            log_group_name=logs.name,
            pattern=pattern,
            metric_transformation={
                "namespace": "Pressform",
                "name": metric,
                "value": "1",
                "dimensions": dict(dimensions),
            },
        )


def _switch(on: bool) -> str:
    return "on" if on else "off"


class Frontend(Construct):
    """A reverse proxy with the page cache, nginx, in front of the API tier: an Application."""

    PORT = 80
    HEALTH_PATH = WordPress.HEALTH_PATH
    """As WordPress's: no page of the site can have a name that ends so."""
    moves_sites = False

    def __init__(
        self,
        scope: Construct,
        id: str,
        settings: Settings,
        *,
        name: str,
        trusted: str,
        serving: Serving,
        api_host: str,
        idle_timeout: int,
        client_header: str,
        key_arn: str | None = None,
    ) -> None:
        """
        Args:
            name: the beginning of every name in AWS.
            trusted: the addresses of the load balancer, separated by spaces: their word on the visitor is taken.
            serving: what it has in common with the servers behind.
            api_host: the internal load balancer's name.
            idle_timeout: seconds after which the load balancer closes a silent connection.
            client_header: the request header with the visitor's address.
            key_arn: the key of the logs; None for CloudWatch's own.
        """
        super().__init__(scope, id)
        logs = log_group(self, id, name=f"/{name}/{id}", retention=settings.log_retention, key_arn=key_arn)
        self.permissions = [_may_write(logs)]
        self.wait_for: list[ITerraformDependable] = []
        self.settings = release_settings(
            "frontend",
            {
                "HEALTH_PATH": self.HEALTH_PATH,
                "IDLE_TIMEOUT": str(idle_timeout),
                "SYSTEM_UPDATES": _switch(settings.system_updates),
                "TRUSTED_PROXIES": trusted,
                "CLIENT_HEADER": client_header,
                "LOG_GROUP": logs.name,
                **serving.boot_settings(settings),
                "BEHIND": api_host,
            },
            serving.archive,
        )


def _may_write(logs: aws.CloudwatchLogGroup) -> Permission:
    actions = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")
    return Permission("WriteLogs", actions, (f"{logs.arn}:*",))
