"""The whole site on this machine, made from an environment's JSON."""

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from testbed import state_manager
from testbed.archive import archive
from testbed.balancer import LoadBalancer
from testbed.cache import ObjectCache
from testbed.certificates import Authority
from testbed.cloudfront import Cdn
from testbed.environment import Balancer, Environment, Place
from testbed.internet import Internet, Names, is_public
from testbed.metadata import Metadata
from testbed.namespace import Host, Namespace, until
from testbed.network import OUTSIDE, Network
from testbed.ses import Ses
from testbed.visitor import Visitor

SPEED = 6
"""How much faster than on a real server timers are, and pauses before a restart."""

SALTS = [f"{use}_{kind}" for use in ("AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE") for kind in ("KEY", "SALT")]

AWKWARD = """ '"$\\`{}%#;&|<>あ"""
"""At the end of every secret here: what a script that quotes badly would stumble over."""

AnyHost = TypeVar("AnyHost", bound=Namespace)

MEMORY = Path("/dev/shm")

AUTHORITIES = "etc/ssl/certs/ca-certificates.crt"
TRUSTED = {
    AUTHORITIES: AUTHORITIES,
    "etc/pki/tls/certs/ca-bundle.crt": AUTHORITIES,
    "usr/lib/python3/dist-packages/awscli/botocore/cacert.pem": AUTHORITIES,
}
"""Where programs look for the authorities of the public web: this system's, Amazon Linux's, AWS's command line's. Each
with this machine's file of them."""


PREFIX = "pressform-bed-"


def fast_disk() -> Path:
    """In memory where there is room for a few servers' disks: they are tens of thousands of small files."""
    roomy = MEMORY.is_mount() and shutil.disk_usage(MEMORY).free > 3 * 1024**3
    return MEMORY if roomy else Path(tempfile.gettempdir())


def _clear_after_the_dead(disk: Path) -> None:
    """A bed's processes end with the one that started it, even when that is killed; its folder stays."""
    for folder in disk.glob(f"{PREFIX}*-*"):
        started_by = folder.name.removeprefix(PREFIX).partition("-")[0]
        if not Path("/proc", started_by).exists():
            shutil.rmtree(folder, ignore_errors=True)


class Site:
    """Database, file system, cache, load balancers and servers, as many as the JSON has. A context manager.

    `servers` are those that run WordPress, `every_server` has nginx in front of them too, where there is any.

    `change` may rewrite a group's settings, for a test that breaks something on purpose. `pace` is how many times as
    often as the JSON says the load balancers look at their targets.
    """

    def __init__(
        self, environment: Environment, change: Callable[[str], str] = lambda settings: settings, *, pace: int = 1
    ):
        self.environment = environment
        self.change = change
        self._pace = pace
        self._undo = contextlib.ExitStack()
        disk = fast_disk()
        _clear_after_the_dead(disk)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=disk))
        self._undo.callback(shutil.rmtree, self.folder, ignore_errors=True)
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Site":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._undo.close()

    # What it is made of.

    def _build(self) -> None:
        environment = self.environment
        for folder in ("secrets", "efs", "s3", "certificates", "rds-certificates", "cache"):
            (self.folder / folder).mkdir()
        self.authority = Authority(self.folder / "certificates")
        self.rds_authority = Authority(self.folder / "rds-certificates")
        self.network = Network(environment)
        self._undo.callback(self.network.router.down)

        # Everyone has an address before the first one has a firewall: rules name their peers.
        self.client = self._namespace("client")
        internet = self._namespace("internet")
        self.network.join(self.client, OUTSIDE)
        self.network.join(internet, OUTSIDE)
        mail = self._namespace("ses") if environment.mail_identities else None
        if mail:
            self.network.join(mail, OUTSIDE)
        edge = self._namespace("cdn") if environment.distribution else None
        if edge:
            self.network.join(edge, OUTSIDE)
            self.network.enlist(edge, edge.name)
        balancers = {plan.name: self._join(self._namespace(plan.name), plan) for plan in environment.balancers}
        self.uploads = self._join(self._namespace("uploads"), environment.uploads) if environment.uploads else None
        cache_plan = environment.cache
        cache = self._join(self._namespace("cache"), cache_plan) if cache_plan else None
        self.database = self._join(self._host("database"), environment.database)
        self.plans = {plan.name: plan for plan in environment.servers}
        self.every_server = {name: self._join(self._host(name), plan) for name, plan in self.plans.items()}
        self.servers = {
            name: host for name, host in self.every_server.items() if environment.runs_wordpress(self.plans[name])
        }

        for host in filter(None, (self.client, internet, mail, edge, *balancers.values(), self.uploads, cache)):
            host.up()
            self.network.plug(host)
        self.internet = Internet(internet, self.authority, self.rds_authority)
        self._undo.callback(self.internet.down)
        self.ses = None
        if mail:
            region = environment.setting("SES_REGION")
            self.ses = Ses(mail, self.authority, region, environment.mail_identities, environment.mail_senders)
            self._undo.callback(self.ses.down)
        self._publish_wordpress()
        names = Names(self.network.router, (self.network.resolver,), self.find)
        self._undo.callback(names.down)
        metadata = Metadata(self.network.router)
        self._undo.callback(metadata.down)
        if self.uploads:
            self._answer_on(self.uploads, 2049)
        self._make_secrets()
        self._create_database()
        self.cache = None
        if cache_plan and cache:
            self.cache = ObjectCache(cache_plan, cache, self.folder / "cache", self.authority)
            self.cache.start()
        certificate = self._certificate() if environment.url.startswith("https:") else None
        self.balancers = {
            plan.name: LoadBalancer(
                plan,
                balancers[plan.name],
                self._targets(plan),
                self.folder / f"balancer-{plan.name}",
                certificate,
                self._pace,
            )
            for plan in environment.balancers
        }
        self.cdn = None
        if environment.distribution and edge and certificate:
            (origin,) = self.balancers.values()
            self.cdn = Cdn(
                environment.distribution,
                edge,
                origin,
                self.folder / "cdn",
                environment.host_name,
                certificate,
                self.authority.certificate,
                self.invalidated,
            )
            self._undo.callback(self.cdn.down)

    def invalidated(self) -> list[str]:
        """The paths that servers have told CloudFront to forget."""
        return [path for server in self.servers.values() for path in server.journal("invalidations").splitlines()]

    def _namespace(self, name: str) -> Namespace:
        host = Namespace(name)
        self._undo.callback(host.down)
        return host

    def _host(self, name: str) -> Host:
        host = Host(name, self.folder / name, self.folder / "secrets", self.folder / "efs", self.folder / "s3", SPEED)
        self._undo.callback(host.down)
        return host

    def _join(self, host: AnyHost, place: Place) -> AnyHost:
        self.network.join(host, place.subnet, place.groups)
        return host

    def _publish_wordpress(self) -> None:
        self.archive_address = self.publish_wordpress(self.environment.setting("WORDPRESS_VERSION"))

    def publish_wordpress(self, version: str) -> str:
        """Puts a WordPress where wordpress.org has this version.

        Returns:
            Its address.
        """
        locale = self.environment.setting("LOCALE")
        place, suffix = ("", "") if locale == "en_US" else (f"{locale[:2]}.", f"-{locale}")
        address = f"{place}wordpress.org/wordpress-{version}{suffix}.tar.gz"
        self.internet.publish(archive(version, locale), address)
        self.internet.tell_version(version, "latest")
        return address

    def _answer_on(self, host: Namespace, port: int) -> None:
        listener = host.listen(port)

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    listener.accept()[0].close()

        threading.Thread(target=answer, daemon=True).start()
        self._undo.callback(listener.close)

    def _make_secrets(self) -> None:
        user = self.environment.database.user
        self.put_secret("database", {"username": user, "password": secrets.token_hex(8) + AWKWARD})
        self.put_secret("salts", {name: secrets.token_hex(16) + AWKWARD for name in SALTS})
        self.put_secret(
            "admin", {"username": "administrator", "password": "correct horse" + AWKWARD, "email": "a@example.com"}
        )

    def put_secret(self, name: str, value: dict[str, str]) -> None:
        (self.folder / "secrets" / name).write_text(json.dumps(value))

    def secret(self, name: str) -> dict[str, str]:
        return json.loads((self.folder / "secrets" / name).read_text())

    def _create_database(self) -> None:
        database = self.database
        database.up()
        self.network.plug(database)
        database.release()
        certificate, key = self.rds_authority.issue(self.environment.database.address)
        database.path("/etc/mysql/server.pem").write_bytes(certificate.read_bytes() + key.read_bytes())
        database.run("chmod", "644", "/etc/mysql/server.pem")
        create = ["mariadb-install-db", "--datadir=/srv/mysql", "--user=mysql", "--skip-test-db"]
        database.run(*create, "--auth-root-authentication-method=socket")
        self.start_database()
        self.query(f"CREATE DATABASE {self.environment.database.schema} CHARACTER SET utf8mb4", database="mysql")
        self.set_database_password(self.secret("database"))

    def start_database(self) -> None:
        parameters = self.environment.database.parameters
        self.database.run("install", "-d", "-o", "mysql", "/run/mysqld")
        self.database.serve(
            [
                *("mariadbd", "--no-defaults", "--user=mysql", "--datadir=/srv/mysql", "--skip-name-resolve"),
                *("--socket=/run/mysqld/mysqld.sock", "--bind-address=0.0.0.0"),
                *("--ssl-cert=/etc/mysql/server.pem", "--ssl-key=/etc/mysql/server.pem"),
                f"--require-secure-transport={parameters.get('require_secure_transport', '0')}",
            ],
            self.folder / "database.log",
        )
        until(lambda: self.database.run("mariadb-admin", "ping", check=False).returncode == 0, "the database's answer")

    def stop_database(self) -> None:
        self.database.run("pkill", "-KILL", "mariadbd", check=False)

    def query(self, sql: str, database: str | None = None) -> list[list[str]]:
        """As the database's own root, for what a test wants to know."""
        name = database or self.environment.database.schema
        rows = self.database.run("mariadb", "--skip-column-names", "--batch", name, input=sql, stdin=None).stdout
        return [row.split("\t") for row in rows.splitlines()]

    def set_database_password(self, secret: dict[str, str]) -> None:
        quoted = secret["password"].replace("\\", "\\\\").replace("'", "\\'")
        user = f"'{secret['username']}'@'%'"
        name = self.environment.database.schema
        self.query(
            f"CREATE OR REPLACE USER {user} IDENTIFIED BY '{quoted}'; GRANT ALL ON {name}.* TO {user}", database="mysql"
        )

    def _certificate(self) -> Path:
        certificate, key = self.authority.issue(self.environment.host_name)
        both = self.folder / "certificates/balancer.pem"
        both.write_bytes(certificate.read_bytes() + key.read_bytes())
        return both

    def _targets(self, plan: Balancer) -> dict[str, Host]:
        return {
            name: host for name, host in self.every_server.items() if self.plans[name].target_group == plan.target_group
        }

    @property
    def entrance(self) -> LoadBalancer | Cdn:
        """What visitors come to: CloudFront, or the public load balancer."""
        if self.cdn:
            return self.cdn
        (public,) = [plan.name for plan in self.environment.balancers if not plan.internal]
        return self.balancers[public]

    @property
    def balancer(self) -> LoadBalancer:
        """The load balancer in front of the WordPress servers; often the same."""
        (found,) = [balancer for balancer in self.balancers.values() if balancer.targets.keys() == self.servers.keys()]
        return found

    def find(self, name: str) -> str | None:
        """What the VPC's DNS server answers."""
        addresses = {
            self.environment.host_name: self.entrance.host.address,
            self.environment.database.address: self.database.address,
        }
        if self.cache and self.environment.cache:
            addresses[self.environment.cache.address] = self.cache.host.address
        for balancer, plan in zip(self.balancers.values(), self.environment.balancers, strict=True):
            addresses[self.environment.attribute("aws_lb", plan.name, "dns_name")] = balancer.host.address
        if self.uploads and name.endswith(".efs.amazonaws.com"):
            return self.uploads.address
        if self.ses and name == self.ses.name:
            return self.ses.host.address
        if is_public(name):
            return self.internet.host.address
        return addresses.get(name)

    # What tests do with it.

    @property
    def url(self) -> str:
        return self.environment.url

    def open(self) -> None:
        """Every server booted, at the same time, and the load balancers in front of them."""
        self.boot()
        self.wait_for_boot()
        for balancer in self.balancers.values():
            balancer.up()
        if self.cdn:
            self.cdn.up()

    def boot(self, *names: str, first: str = "") -> None:
        """Turns servers on, all of them if none is named. A new server boots with an empty disk, an old one reboots.

        `first` is a line of shell that runs before their user data does.
        """
        self.publish()
        for name in names or self.every_server:
            host = self.every_server[name]
            host.up()
            self.network.plug(host)
            self._equip(host)
            user_data = self.environment.value(self.plans[name].user_data)
            (host.aws / "user-data").write_text(user_data.replace("#!/bin/bash\n", f"#!/bin/bash\n{first}\n", 1))
            host.release()

    def publish(self) -> dict[str, str]:
        """What an apply uploads of the desired release, and its name for each group of servers."""
        self._upload("release.tar", self.environment.archive)
        releases = {}
        for group in self.environment.associations:
            text = self.environment.value(self.environment.settings(group))
            # A pinned archive is wordpress.org's own; the one here is made of Debian's packages.
            text = re.sub(r"^WORDPRESS_SHA256='.+'$", "WORDPRESS_SHA256=''", text, flags=re.MULTILINE)
            settings = self.change(text).encode()
            self._upload(f"settings/{group}", settings)
            releases[group] = hashlib.sha256(settings).hexdigest()[:16]
        return releases

    def _upload(self, key: str, content: bytes) -> None:
        """A further version, where the content is another: servers see it whole or not at all."""
        versions = self.folder / "s3" / key
        versions.mkdir(parents=True, exist_ok=True)
        count = len(list(versions.iterdir()))
        if not count or (versions / str(count)).read_bytes() != content:
            whole = self.folder / "uploading"
            whole.write_bytes(content)
            whole.rename(versions / str(count + 1))

    def roll_out(self) -> dict[str, state_manager.Answer]:
        """What an apply does: it uploads the desired release, and State Manager tells each group of servers."""
        releases = self.publish()
        with ThreadPoolExecutor() as pool:
            under_way = [
                pool.submit(state_manager.run, association, releases[group], self._tagged(*association.tag))
                for group, association in self.environment.associations.items()
            ]
        return {name: answer for group in under_way for name, answer in group.result().items()}

    def adopt(self, environment: Environment) -> None:
        """From now on this is what an apply uploads, what servers boot with, and what the firewalls let through. What
        stands stays where it is; servers that were not there before are not built."""
        self.environment = environment
        self.plans |= {plan.name: plan for plan in environment.servers if plan.name in self.plans}
        self.network.environment = environment
        hosts = [self.database, *self.every_server.values(), *(one.host for one in self.balancers.values())]
        hosts += [self.uploads] if self.uploads else []
        hosts += [self.cache.host] if self.cache else []
        for host in hosts:
            self.network.protect(host)

    def _tagged(self, key: str, value: str) -> dict[str, Host]:
        return {name: self.every_server[name] for name, plan in self.plans.items() if plan.tags.get(key) == value}

    def recover(self) -> None:
        """After a test that may have ended anywhere: everything is on again, and healthy."""
        self.recover_database()
        self.set_database_password(self.secret("database"))
        off = [name for name, host in self.every_server.items() if not host.path("/").exists()]
        if off:
            self.boot(*off)
        self.wait_for_boot()
        for balancer in self.balancers.values():
            balancer.wait_for("UP")

    def recover_database(self) -> None:
        """It is on again, if it was not."""
        if self.database.run("mariadb-admin", "ping", check=False).returncode:
            self.start_database()

    def _equip(self, host: Host) -> None:
        """What an image of Amazon Linux has: AWS's name server, and the authorities of the public web."""
        etc = host.folder / "disk/etc"
        (etc / "ssl/certs").mkdir(parents=True, exist_ok=True)
        (etc / "pki/ca-trust/source/anchors").mkdir(parents=True, exist_ok=True)
        cloud = host.folder / "disk/var/lib/cloud/data"
        cloud.mkdir(parents=True, exist_ok=True)
        (cloud / "instance-id").write_text(f"i-{host.name}\n")
        (etc / "resolv.conf").write_text(f"nameserver {self.network.resolver}\noptions timeout:10\n")
        (etc / "hosts").write_text(f"127.0.0.1 localhost {host.name}\n")
        for bundle, ours in TRUSTED.items():
            trusted = host.folder / "disk" / bundle
            if not trusted.exists():
                trusted.parent.mkdir(parents=True, exist_ok=True)
                trusted.write_text(Path("/", ours).read_text() + self.authority.certificate.read_text())

    def boot_log(self, name: str) -> list[str]:
        log = self.every_server[name].path("/var/log/pressform/boot.log")
        return log.read_text().splitlines() if log.exists() else []

    def release(self, server: Host) -> str:
        """The name of the one that it serves."""
        return server.path("/opt/pressform/current").readlink().name

    def restart_php(self, server: Host) -> None:
        """What it has read of its code is read anew."""
        server.run("systemctl", "restart", f"pressform-php@{self.release(server)}.service")

    def logged(self, text: str) -> list[str]:
        """The lines of the WordPress servers' access logs that have it. nginx writes one when it has answered."""
        logs = [server.path("/var/log/nginx/access.log") for server in self.servers.values()]
        return until(
            lambda: [line for log in logs for line in log.read_text().splitlines() if text in line],
            f"a line: {text}",
        )

    def wait_for_boot(self, *names: str) -> None:
        for name in names or self.every_server:
            until(
                partial(self._has_booted, self.every_server[name]),
                f"the boot of {name}; its log ends with {self.boot_log(name)[-3:]}",
            )

    def _has_booted(self, host: Host) -> bool:
        return host.run("systemctl", "is-active", "pressform.service", check=False).returncode == 0

    def visitor(self, server: str | None = None) -> Visitor:
        """Someone on the internet; or, to look at one server alone, someone in its load balancer's place."""
        if server is None:
            return Visitor(self.client, self.find, self.authority.certificate)
        (before,) = [balancer.host for balancer in self.balancers.values() if server in balancer.targets]
        return Visitor(before, self.find, self.authority.certificate, to=self.every_server[server].address)
