"""The setups of the field's usual guides, on the servers of a booted site: what Pressform is measured beside.

A guide has the same PHP, WordPress, database and load balancer; a web server, PHP pool and wp-config.php of its own;
none of Pressform's PHP; no TLS to the database.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testbed import Site
from testbed.namespace import Host, until

GUIDES = Path(__file__).parent / "guides"
START = {
    "apache": "apache2 -f /etc/guide/apache.conf -k start",
    "nginx": "nginx -c /etc/guide/nginx.conf",
}
PROGRAMS = {"apache": "apache2", "nginx": "nginx"}
UNITS = ("nginx.service", "pressform-pages.service", "pressform-check.timer", "pressform-cron.timer")
CODE = "/srv/guide"


@contextmanager
def followed(site: Site, web_server: str) -> Iterator[None]:
    """Every server of the site as the guide has it, and then as it was.

    Args:
        site: Booted, with two tiers.
        web_server: A key of START.
    """
    site.query("SET GLOBAL require_secure_transport = OFF", database="mysql")
    try:
        for host in site.servers.values():
            _start(site, host, web_server)
        yield
    finally:
        for host in site.servers.values():
            # Not asked to end: each has its own idea of what it still owes to whom.
            for name in (["-x", PROGRAMS[web_server]], ["-f", "/etc/guide/php-fpm.conf"], ["-f", "pool guide"]):
                host.run("pkill", "-KILL", *name, check=False)
            until(lambda host=host: not host.run("ss", "-Hltn", "sport = :80").stdout, "the end of the web server")
            host.run("systemctl", "start", *UNITS)
        site.query("SET GLOBAL require_secure_transport = ON", database="mysql")


def _start(site: Site, host: Host, web_server: str) -> None:
    host.run("systemctl", "stop", *UNITS)
    host.run("mkdir", "-p", "/etc/guide", "/run/guide", "/var/cache/guide")
    host.run("bash", "-c", f"rm -rf {CODE} && cp -a /opt/pressform/wordpress/*/ {CODE}")
    # What the load balancer asks for.
    host.path(f"{CODE}{site.environment.setting('HEALTH_PATH')}").write_text("ok\n")
    secret = site.secret("database")
    values = {
        "CODE": CODE,
        "DATABASE_NAME": site.environment.database.schema,
        "DATABASE_HOST": site.environment.database.address,
        "USER": secret["username"],
        "PASSWORD": secret["password"].replace("\\", "\\\\").replace("'", "\\'"),
        "SITE_URL": site.url,
    }
    for file in GUIDES.iterdir():
        text = file.read_text()
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        host.path(f"{CODE if file.name == 'wp-config.php' else '/etc/guide'}/{file.name}").write_text(text)
    version = host.run("php", "-r", "echo PHP_MAJOR_VERSION, '.', PHP_MINOR_VERSION;").stdout
    php = f"php-fpm{version} --fpm-config /etc/guide/php-fpm.conf --php-ini /etc/php/{version}/fpm/php.ini"
    for command in (f"env PHP_INI_SCAN_DIR=/etc/php/{version}/fpm/conf.d {php}", START[web_server]):
        host.run("bash", "-c", f"{command} >/var/log/guide.log 2>&1")
