"""What the servers of every topology stand on: network, keys, logs, names, data."""

from typing import Any, Protocol

from constructs import Construct

from modules import aws
from modules.data.aurora import AuroraCluster
from modules.data.backups import Backups, Elsewhere
from modules.data.database import Database, DatabaseInstance
from modules.data.encryption import FLEETS, SPOT, EncryptionKey
from modules.data.existing_database import ExistingDatabase
from modules.data.object_cache import ObjectCache
from modules.data.uploads import Uploads
from modules.edge.access_logs import AccessLogs
from modules.edge.domain import Domain
from modules.edge.mail import Mail
from modules.network.endpoints import Endpoints
from modules.network.existing_network import ExistingNetwork
from modules.network.firewall import Firewall
from modules.network.flow_logs import FlowLogs
from modules.network.network import Network
from modules.settings import Environment
from modules.terraform.configuration import default_tags, name_everywhere, provide_elsewhere


class Servers(Protocol):
    """A group of servers, of which its firewall is enough here."""

    firewall: Firewall


class Foundation(Construct):
    """The parts that do not depend on how many tiers a request passes.

    Attributes:
        network: the VPC and its tiers.
        key_arn: the key of the data at rest; None for the services' own.
        access_logs: where requests are written down, if they are.
        domain: the site's own names, if it has any.
        endpoints: AWS's services inside the VPC, where servers are private.
        database: WordPress's tables.
        uploads: the files that authors add.
        cache: what WordPress remembers between two requests, if it does.
        backups: the copies of it, if they are made.
        mail: how WordPress's letters leave, if they do.
    """

    def __init__(self, scope: Construct, id: str, settings: Environment, *, name: str) -> None:
        super().__init__(scope, id)
        self._name, self._settings = name, settings
        self._name_everywhere = name_everywhere(name, settings.region)
        self.network = self._new_or_existing_network()
        self.key_arn = self._encryption_key()
        self._packet_logs()
        self.access_logs = self._request_logs()
        self.domain = Domain(self, "domain", settings.https, name=name) if settings.https else None
        self.endpoints = self._private_endpoints()
        self.mail = self._outgoing_mail()
        self.database = self._protected_database()
        self.uploads = self._shared_uploads()
        self.cache = self._object_cache()
        self.backups = self._daily_copies()

    def admit(self, group: Servers) -> None:
        """Lets servers that run WordPress reach the data."""
        self.database.firewall.allow_from(group.firewall, Database.PORT)
        if self.uploads:
            self.uploads.firewall.allow_from(group.firewall, Uploads.PORT)
        if self.cache:
            self.cache.firewall.allow_from(group.firewall, ObjectCache.PORT)
        if self.mail and self.mail.port and self.mail.port not in (80, 443):
            for family, world in self.network.public.world.items():
                group.firewall.allow_to_cidr(f"mail{family}", world, self.mail.port)

    def key_elsewhere(
        self, id: str, region: str, provider: aws.AwsProvider, *, logs: bool = False, bounces: bool = False
    ) -> str | None:
        """A key for data that is kept in another region, where the site's own cannot be used; None for AWS's."""
        if self._settings.encryption.own_key:
            return EncryptionKey(
                self,
                id,
                name=self._name_everywhere,
                region=region,
                provider=provider,
                logs=logs,
                bounces=bounces,
            ).arn
        return None

    def _encryption_key(self) -> str | None:
        settings, encryption = self._settings, self._settings.encryption
        if not encryption.own_key:
            return encryption.key_arn
        fleets = [group.fleet for group in (settings.web, settings.frontend, settings.api) if group and group.fleet]
        makers_of_disks = [FLEETS] if fleets else []
        if any(fleet.spot_share for fleet in fleets):
            makers_of_disks.append(SPOT)
        return EncryptionKey(
            self,
            "data",
            name=self._name,
            region=settings.region,
            logs=True,
            alarms=bool(settings.monitoring),
            bounces=self._ses_region == settings.region,
            makers_of_disks=makers_of_disks,
        ).arn

    def _packet_logs(self) -> None:
        settings = self._settings.logs
        if settings.flow_logs != "none":
            FlowLogs(
                self,
                "flow_logs",
                name=self._name,
                vpc_id=self.network.public.vpc_id,
                traffic=settings.flow_logs,
                retention=settings.flow_logs_retention,
                key_arn=self.key_arn,
            )

    def _request_logs(self) -> AccessLogs | None:
        settings = self._settings.logs
        if not settings.access_logs:
            return None
        return AccessLogs(
            self,
            "access_logs",
            name=self._name,
            region=self._settings.region,
            retention=settings.access_logs_retention,
            cdn=self._name_everywhere if self._settings.cdn else None,
        )

    def _new_or_existing_network(self) -> Network | ExistingNetwork:
        settings, flow_logs = self._settings.network, self._settings.logs.flow_logs != "none"
        if settings.vpc_id:
            return ExistingNetwork(self, "network", settings)
        return Network(self, "network", settings, name=self._name, flow_logs=flow_logs)

    def _protected_database(self) -> Database | ExistingDatabase:
        settings = self._settings.database
        if settings.existing:
            return ExistingDatabase(self, "database", settings)
        common: dict[str, Any] = {"name": self._name, "tier": self.network.database, "key_arn": self.key_arn}
        if settings.aurora:
            return AuroraCluster(self, "database", settings, in_vault=bool(self._settings.backups), **common)
        return DatabaseInstance(self, "database", settings, **common)

    def _daily_copies(self) -> Backups | None:
        settings, database = self._settings.backups, self._settings.database
        if not settings:
            return None
        copies = None
        if settings.copy_to:
            tags = default_tags(self._name, self._settings)
            provider = provide_elsewhere(self, "copy", settings.copy_to, tags)
            copies = Elsewhere(
                self._name_everywhere, provider, self.key_elsewhere("data_copy", settings.copy_to, provider)
            )
        return Backups(
            self,
            "backups",
            settings,
            name=self._name,
            resources=[part.arn for part in (self.database, self.uploads) if part],
            avoids=(database.backup_window, database.maintenance_window),
            aurora=bool(database.aurora),
            copies=copies,
            key_arn=self.key_arn,
        )

    def _shared_uploads(self) -> Uploads | None:
        settings = self._settings.uploads
        if not settings.shared:
            return None
        return Uploads(self, "uploads", settings, name=self._name, tier=self.network.database, key_arn=self.key_arn)

    def _object_cache(self) -> ObjectCache | None:
        settings = self._settings.cache
        if not settings:
            return None
        return ObjectCache(self, "cache", settings, name=self._name, tier=self.network.database, key_arn=self.key_arn)

    @property
    def _ses_region(self) -> str | None:
        """Where SES sends from, if it does."""
        mail = self._settings.mail
        return (mail.region or self._settings.region) if mail and mail.by_ses else None

    def _outgoing_mail(self) -> Mail | None:
        settings, region = self._settings.mail, self._ses_region
        if not settings:
            return None
        name, provider, key_arn = self._name, None, self.key_arn
        if region and region != self._settings.region:
            name = self._name_everywhere
            provider = provide_elsewhere(self, "ses", region, default_tags(self._name, self._settings))
            key_arn = self.key_elsewhere("data_mail", region, provider, bounces=True)
        https, zone_id = self._settings.https, settings.zone_id
        if not zone_id and self.domain and https and https.zone:
            inside = settings.domain == https.zone or settings.domain.endswith(f".{https.zone}")
            zone_id = self.domain.zone_id if inside else None
        return Mail(
            self,
            "mail",
            settings,
            name=name,
            region=region or self._settings.region,
            zone_id=zone_id,
            elsewhere=provider,
            key_arn=key_arn,
        )

    def _private_endpoints(self) -> Endpoints | None:
        network = self.network
        private = [tier for tier in network.servers.values() if not tier.is_public]
        if not private or isinstance(network, ExistingNetwork):
            return None
        return Endpoints(
            self,
            "endpoints",
            name=self._name,
            region=self._settings.region,
            tiers=private,
            route_tables=network.private_route_tables,
            interfaces=self._settings.network.interface_endpoints,
            more_services=["email"] if self._ses_region == self._settings.region else [],
        )
