"""A VPC that somebody else keeps: read, never changed."""

from collections.abc import Mapping
from ipaddress import IPv4Network

from cdktf import Fn
from constructs import Construct

from modules import aws
from modules.network.network import Tier, short
from modules.settings.network import SERVER_TIERS
from modules.settings.network import Network as Settings
from modules.terraform.condition import Condition
from modules.terraform.local_value import local_value

HAS_NAMES = Condition(
    "self.enable_dns_support && self.enable_dns_hostnames",
    "network.vpc_id: the VPC ${self.id} has no DNS host names, by which servers find the shared uploads. Its keeper "
    "turns them on: aws ec2 modify-vpc-attribute --vpc-id ${self.id} --enable-dns-hostnames, and the same with "
    "--enable-dns-support.",
)
"""https://docs.aws.amazon.com/efs/latest/ug/mounting-fs-mount-cmd-dns-name.html"""

HAS_IPV6 = Condition(
    "try(length(self.ipv6_cidr_block), 0) > 0",
    "network.ipv6: the subnet ${self.id} has no IPv6 addresses. Its keeper gives it a block of the VPC's, aws ec2 "
    "associate-subnet-cidr-block --subnet-id ${self.id} --ipv6-cidr-block BLOCK, and its route table a way for ::/0. "
    "Or leave ipv6 out.",
)
"""https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-ip-address-type.html"""


class ExistingNetwork(Construct):
    """A VPC and its subnets by id, with Network's interface. Its routes, its gateways and what its private subnets
    reach outside are its keeper's business; Terraform reads that everything is there.

    Attributes:
        public: the tier of the load balancer.
        database: the tier of the database.
        servers: the tier of each group of servers: the public one where it has no private subnets of its own.
    """

    def __init__(self, scope: Construct, id: str, settings: Settings) -> None:
        super().__init__(scope, id)
        self._ipv6 = settings.ipv6
        self._vpc = aws.DataAwsVpc(self, "site", id=settings.vpc_id, lifecycle=HAS_NAMES.after)
        cidrs = local_value(self, "vpc_cidrs", "${data.aws_vpc.site.cidr_block_associations[*].cidr_block}")
        self._trusted = Fn.join(" ", cidrs.as_list)
        self.public = self._tier("public", settings.public)
        self.database = self._tier("database", settings.database)
        self.servers = {
            tier: self._tier(tier, subnets) if (subnets := getattr(settings, tier)) else self.public
            for tier in SERVER_TIERS
        }

    def _tier(self, tier: str, subnets: Mapping[str, IPv4Network | str]) -> Tier:
        ipv6 = self._ipv6 and tier != "database"
        found = {
            zone: aws.DataAwsSubnet(
                self,
                f"{tier}_{short(zone)}",
                id=str(subnet),
                vpc_id=self._vpc.id,
                availability_zone=zone,
                lifecycle=HAS_IPV6.after if ipv6 else None,
            ).id
            for zone, subnet in subnets.items()
        }
        vpc = self._vpc
        return Tier(vpc.id, vpc.cidr_block, self._trusted, found, tier == "public", ways_out=(), ipv6=ipv6)
