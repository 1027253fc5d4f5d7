"""The VPC: its subnets tier by tier, and the routes that make a tier public or private."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from cdktf import Fn, ITerraformDependable
from constructs import Construct

from modules import aws
from modules.settings.network import SERVER_TIERS, ipv6_number
from modules.settings.network import Network as Settings
from modules.terraform.accepted import accept
from modules.terraform.metric_source import MetricSource, offer_metrics

WORLD, WORLD_IPV6 = "0.0.0.0/0", "::/0"


def short(zone: str) -> str:
    """A zone as people say it: `1a` for `ap-northeast-1a`."""
    return zone.rpartition("-")[2]


@dataclass(frozen=True)
class Tier:
    """Subnets of one purpose, one in each zone.

    Attributes:
        vpc_id: the VPC that they are part of.
        vpc_cidr: its first addresses.
        trusted: all of its addresses, separated by spaces.
        subnets: the subnets' ids by zone.
        is_public: servers get public addresses, and need them to reach the internet.
        ways_out: what must exist before a server reaches the internet.
        ipv6: what stands in it has IPv6 addresses, too.
    """

    vpc_id: str
    vpc_cidr: str
    trusted: str
    subnets: Mapping[str, str]
    is_public: bool
    ways_out: tuple[ITerraformDependable, ...]
    ipv6: bool

    @property
    def subnet_ids(self) -> list[str]:
        return list(self.subnets.values())

    @property
    def world(self) -> dict[str, str]:
        """All addresses of the internet that it speaks to, each with what ends the names of rules that mean them."""
        return {"": WORLD} | ({"_ipv6": WORLD_IPV6} if self.ipv6 else {})


def nat_zones(settings: Settings) -> list[str]:
    """Where NAT gateways stand, each with an Elastic IP. An existing VPC has its keeper's."""
    private = sorted({zone for tier in SERVER_TIERS for zone in getattr(settings, tier)})
    zones = {"none": [], "one": list(settings.public)[:1], "per-zone": private}[settings.nat]
    return [] if settings.vpc_id else zones


class Network(Construct):
    """One VPC with a public tier and private tiers.

    Attributes:
        public: subnets with a route to the internet.
        servers: the subnets of each group of servers; without private ones of its own, the public ones.
        database: subnets without a route to anywhere outside.
        private_route_tables: the route tables of private servers, by zone.
    """

    def __init__(self, scope: Construct, id: str, settings: Settings, *, name: str, flow_logs: bool = False) -> None:
        """
        Args:
            name: the VPC's, and the beginning of every other name.
            flow_logs: its packets are written down.
        """
        super().__init__(scope, id)
        self._name, self._cidr, self._ipv6 = name, settings.cidr, settings.ipv6
        self._vpc = aws.Vpc(
            self,
            "site",
            cidr_block=str(self._cidr),
            assign_generated_ipv6_cidr_block=settings.ipv6 or None,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": name},
        )
        why = "Writing packets down is a setting, [logs]."
        accept(self._vpc, "CKV2_AWS_11 AwsSolutions-VPC7", why, unless=flow_logs)
        # AWS gives every VPC a group that lets its members talk to each other; without rules, nobody leans on it.
        aws.DefaultSecurityGroup(self, "unused", vpc_id=self._vpc.id, tags={"Name": f"{name}-unused"})

        public = self._route_table("public")
        gateway = aws.InternetGateway(self, "site", vpc_id=self._vpc.id, tags={"Name": name})
        internet = [
            aws.Route(
                self, "public_internet", route_table_id=public.id, destination_cidr_block=WORLD, gateway_id=gateway.id
            )
        ]
        if self._ipv6:
            internet.append(self._ipv6_route("public", public.id, gateway_id=gateway.id))
        self.public = self._tier("public", settings.public, dict.fromkeys(settings.public, public.id), internet)

        private = {tier: getattr(settings, tier) for tier in SERVER_TIERS}
        zones = sorted({zone for subnets in private.values() for zone in subnets})
        self.private_route_tables = {zone: self._route_table(f"servers_{short(zone)}").id for zone in zones}
        ways_out = self._nat_routes(settings) + self._egress_only_routes()
        self.servers = {
            tier: self._tier(tier, subnets, self.private_route_tables, ways_out) if subnets else self.public
            for tier, subnets in private.items()
        }

        isolated = self._route_table("private")
        tables = dict.fromkeys(settings.database, isolated.id)
        self.database = self._tier("database", settings.database, tables, ipv6=False)

    def _nat_routes(self, settings: Settings) -> list[ITerraformDependable]:
        """A default route for each zone's private servers: to the NAT gateway of their own zone, where it has one."""
        zones = nat_zones(settings)
        gateways = {zone: self._nat_gateway(zone) for zone in zones}
        nat = {f"nat_{short(zone)}": {"NatGatewayId": gateway} for zone, gateway in gateways.items()}
        if nat:
            offer_metrics(self, MetricSource("nat", "Way out to the internet", nat))
        return [
            aws.Route(
                self,
                f"servers_{short(zone)}_internet",
                route_table_id=route_table,
                destination_cidr_block=WORLD,
                nat_gateway_id=gateways.get(zone, gateways[zones[0]]),
            )
            for zone, route_table in self.private_route_tables.items()
            if gateways
        ]

    def _egress_only_routes(self) -> list[ITerraformDependable]:
        """The IPv6 default route of each zone's private servers. The gateway stands in no zone, and admits nobody.
        https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html"""
        if not self._ipv6 or not self.private_route_tables:
            return []
        gateway = aws.EgressOnlyInternetGateway(self, "site", vpc_id=self._vpc.id, tags={"Name": self._name})
        return [
            self._ipv6_route(f"servers_{short(zone)}", route_table, egress_only_gateway_id=gateway.id)
            for zone, route_table in self.private_route_tables.items()
        ]

    def _ipv6_route(self, whose: str, route_table: str, **gateway: Any) -> aws.Route:
        id = f"{whose}_internet_ipv6"
        return aws.Route(self, id, route_table_id=route_table, destination_ipv6_cidr_block=WORLD_IPV6, **gateway)

    def _nat_gateway(self, zone: str) -> str:
        id = f"nat_{short(zone)}"
        tags = {"Name": f"{self._name}-nat-{short(zone)}"}
        address = aws.Eip(self, id, domain="vpc", tags=tags)
        gateway = aws.NatGateway(
            self,
            id,
            subnet_id=self.public.subnets[zone],
            allocation_id=address.id,
            tags=tags,
            # A gateway in a subnet without a route out would be created, and fail.
            depends_on=list(self.public.ways_out),
        )
        return gateway.id

    def _route_table(self, id: str) -> aws.RouteTable:
        tags = {"Name": f"{self._name}-{id.replace('_', '-')}"}
        return aws.RouteTable(self, id, vpc_id=self._vpc.id, tags=tags)

    def _tier(
        self,
        tier: str,
        zones: Mapping[str, IPv4Network | str],
        route_tables: Mapping[str, str],
        ways_out: Iterable[ITerraformDependable] = (),
        *,
        ipv6: bool = True,
    ) -> Tier:
        subnets, associations = {}, []
        ipv6 = ipv6 and self._ipv6
        for zone, cidr in zones.items():
            id = f"{tier}_{short(zone)}"
            subnet = aws.Subnet(
                self,
                id,
                vpc_id=self._vpc.id,
                availability_zone=zone,
                cidr_block=str(cidr),
                **(self._ipv6_addresses(cidr) if ipv6 else {}),
                tags={"Name": f"{self._name}-{tier}-{short(zone)}", "Tier": tier},
            )
            subnets[zone] = subnet.id
            associations.append(
                aws.RouteTableAssociation(self, id, subnet_id=subnet.id, route_table_id=route_tables[zone])
            )
        whole = str(self._cidr)
        return Tier(self._vpc.id, whole, whole, subnets, tier == "public", (*ways_out, *associations), ipv6)

    def _ipv6_addresses(self, cidr: IPv4Network | str) -> dict[str, Any]:
        """Arguments of a subnet. What starts in it is given an address by the subnet, not by its own template: that
        would be another template, and a new server for each that runs."""
        assert isinstance(cidr, IPv4Network)  # the settings' rules ask for it in a new VPC
        number = ipv6_number(self._cidr, cidr)
        block = Fn.cidrsubnet(self._vpc.ipv6_cidr_block, 8, number)
        return {"ipv6_cidr_block": block, "assign_ipv6_address_on_creation": True}
