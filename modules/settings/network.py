"""[network] and [ssh]: where the site's parts stand, and who may reach the servers' shell."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal

from pydantic import Field

from modules.settings.types import Allowed, AnyCidr, Cidr, PublicKey, Section, Subnet, VpcId, Zone

Subnets = Annotated[
    dict[Zone, Subnet], Allowed('a table of one subnet per zone, such as ap-northeast-1a = "10.0.0.0/24"')
]

WORLD = IPv4Network("0.0.0.0/0")

WORLD_IPV6 = IPv6Network("::/0")

SERVER_TIERS = ("web", "frontend", "api")
"""The groups of servers that a site may have, each with a tier of the network: `web` alone, or the other two."""


class Network(Section):
    """The VPC and its subnets. Every subnet is listed with its zone and its addresses: addresses that
    were counted up instead would move, and so replace, live subnets when a zone is added."""

    cidr: Cidr = IPv4Network("10.0.0.0/21")
    """The VPC's addresses, /16 to /28. The default is the article's."""

    vpc_id: VpcId | None = None
    """A VPC that exists already. It is read and never changed: its subnets are listed below by id instead of by
    addresses, and its routes, NAT and endpoints are its keeper's. Left out, a new VPC is made."""

    public: Subnets = Field(min_length=2)
    """Subnets with a route to the internet: the load balancer's, and the web servers' where `web` is left out."""

    web: Subnets = Field(default={})
    """Private subnets of the web servers. Left out, they stand in the public subnets, as in the article's hands-on."""

    frontend: Subnets = Field(default={})
    """Private subnets of the frontend servers, where the site has three tiers."""

    api: Subnets = Field(default={})
    """Private subnets of the internal load balancer and the API servers, where the site has three tiers."""

    database: Subnets = Field(min_length=2)
    """Private subnets of the database and of the shared uploads, in two zones or more, so that a standby can stand
    in another one."""

    nat: Literal["none", "one", "per-zone"] = "none"
    """How servers in private subnets reach the internet for packages and WordPress. `per-zone` has a NAT gateway in
    each zone: a lost zone costs the others nothing. `one` has a single NAT gateway, in the first public subnet listed,
    at half the price or less: when its zone is lost, running servers go on answering, but new ones cannot boot
    anywhere. `none` costs nothing and gives no way out: only an image that has everything can boot then, and reads its
    secrets by `interface_endpoints`."""

    interface_endpoints: bool = False
    """Servers in private subnets reach Session Manager, their secrets and their logs inside the VPC, by interface
    endpoints, so that a lost NAT costs them none of these. Off, they go through NAT. About 8 USD a month for each of
    the four endpoints and zone; SES's is a fifth where `[mail]` sends by the region's own."""

    ipv6: bool = False
    """The site speaks IPv6, too. Visitors reach the load balancer by either protocol; CloudFront, with `[cdn]`, takes
    both in any case, and asks the load balancer by IPv4. Servers have addresses of both kinds and reach the internet by
    both, those in private subnets by an egress-only gateway, which lets nobody in and costs nothing by the hour. They
    still need `nat`: they ask AWS's services and wordpress.org by IPv4, and so does the load balancer ask them, and
    they the database, the cache, the uploads and the endpoints.

    Amazon gives the VPC a block of 256 networks. Which one is a subnet's are the eight bits of its IPv4 addresses that
    follow those of `cidr`: its own for good, whatever zones come and go. An existing VPC must have its blocks and its
    routes already; the plan looks for the blocks.

    Turned on for a live site, it replaces nothing: a server that runs gets its IPv6 address when it is replaced. It
    stays on: AWS takes no block from a subnet where something has an address of it."""


def ipv6_number(vpc: IPv4Network, subnet: IPv4Network) -> int:
    """Which of the 256 networks in the VPC's IPv6 block is a subnet's: the eight bits behind the VPC's prefix.

    The block is a /56 and a subnet's a /64, always.
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#vpc-sizing-ipv6
    """
    offset = int(subnet.network_address) - int(vpc.network_address)
    return offset >> max(24 - vpc.prefixlen, 0)


class Ssh(Section):
    """Left out, nobody reaches a server by SSH: Session Manager needs no open port and no key."""

    public_key: PublicKey
    """The key pair's public half. The private half never leaves the person who made it."""

    allowed_cidrs: Annotated[tuple[AnyCidr, ...], Field(strict=False, min_length=1)]
    """The addresses that may connect to port 22; those of IPv6 with `network.ipv6`. The whole internet is refused."""
