"""[php]: what a request to WordPress may take."""

from typing import Annotated, Literal

from pydantic import Field

from modules.settings.types import Section

Extension = Literal[
    "bcmath", "dba", "enchant", "gmp", "igbinary", "ldap", "memcached", "msgpack", "odbc", "pgsql", "snmp", "soap",
    "sodium", "tidy",
]  # fmt: skip
"""https://docs.aws.amazon.com/linux/al2023/release-notes/relnotes.html"""

OF_PECL = {"igbinary", "memcached", "msgpack"}
"""What has another package's name: php8.4-pecl-NAME."""


class Php(Section):
    """PHP on the servers of WordPress. The size of uploads is `wordpress.upload_limit`."""

    memory_limit: Annotated[int, Field(ge=64, le=2048)] = 128
    """MiB that one request may take. A server runs as many at a time as have half of it each."""

    max_execution_time: Annotated[int, Field(ge=10, le=900)] = 60
    """Seconds that one request may take. PHP and the web servers keep to it; the load balancer waits for
    `load_balancer.idle_timeout`, and CloudFront for 60 seconds."""

    max_input_vars: Annotated[int, Field(ge=1000, le=100_000)] = 10_000
    """Fields that one form may have. A menu of a hundred entries has 1,200, and those beyond the limit are lost without
    a word."""

    extensions: Annotated[tuple[Extension, ...], Field(strict=False, max_length=14)] = ()
    """More of PHP's extensions, of those that Amazon Linux 2023 has. Always there: apcu, curl, dom, exif, fileinfo,
    gd, intl, mbstring, mysqli, opcache, openssl, pdo_mysql, redis where there is `[cache]`, simplexml, xml and zip."""

    @property
    def packages(self) -> list[str]:
        """Those of Amazon Linux that have the extensions."""
        return [f"php8.4-{'pecl-' if name in OF_PECL else ''}{name}" for name in self.extensions]
