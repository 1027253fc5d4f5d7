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
UNITS = ("nginx", "php-fpm", "pressform-pages", "pressform-check.timer", "pressform-cron.timer")
PLACE = {"wp-config.php": "/var/www/wp-config.php"}
OURS = ("mu-plugins/pressform.php", "db.php", "object-cache.php", "db-error.php")
CODE = "/var/www/html/wp-content"


@contextmanager
def followed(site: Site, web_server: str) -> Iterator[None]:
    """Every server of the site as the guide has it, and then as it was.

    Args:
        site: Booted, with two tiers.
        web_server: A key of START.
    """
    site.query("SET GLOBAL require_secure_transport = OFF", database="mysql")
    kept = {name: host.path("/var/www/wp-config.php").read_text() for name, host in site.servers.items()}
    try:
        for host in site.servers.values():
            _start(site, host, web_server)
        yield
    finally:
        for name, host in site.servers.items():
            host.run("pkill", "-F", "/run/guide/php.pid", check=False)
            host.run("pkill", "-F", f"/run/guide/{web_server}.pid", check=False)
            host.run(
                "bash", "-c", f"cd {CODE} && for file in {' '.join(OURS)}; do mv $file.off $file; done", check=False
            )
            host.path("/var/www/wp-config.php").write_text(kept[name])
            until(lambda host=host: not host.run("ss", "-Hltn", "sport = :80").stdout, "the end of the web server")
            host.run("systemctl", "start", *UNITS)
        site.query("SET GLOBAL require_secure_transport = ON", database="mysql")


def _start(site: Site, host: Host, web_server: str) -> None:
    host.run("systemctl", "stop", *UNITS)
    host.run("bash", "-c", f"cd {CODE} && for file in {' '.join(OURS)}; do mv $file $file.off; done", check=False)
    host.run("mkdir", "-p", "/etc/guide", "/run/guide", "/var/cache/guide")
    secret = site.secret("database")
    values = {
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
        host.path(PLACE.get(file.name, f"/etc/guide/{file.name}")).write_text(text)
    version = host.run("php", "-r", "echo PHP_MAJOR_VERSION, '.', PHP_MINOR_VERSION;").stdout
    php = f"php-fpm{version} --fpm-config /etc/guide/php-fpm.conf --php-ini /etc/php/{version}/fpm/php.ini"
    for command in (f"env PHP_INI_SCAN_DIR=/etc/php/{version}/fpm/conf.d {php}", START[web_server]):
        host.run("bash", "-c", f"{command} >/var/log/guide.log 2>&1")
