"""[network]: the VPC, its subnets and their zones."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from modules.settings.network import SERVER_TIERS, Network, ipv6_number
from modules.settings.problems import Problem, shown
from modules.settings.rules.parts import Group, all_subnets, given, new_subnets, tiers_are_complete

PRIVATE = [IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
"""https://www.rfc-editor.org/rfc/rfc1918#section-3"""


def the_vpc_has_a_size_that_aws_offers(network: Network) -> Iterator[Problem]:
    """https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html"""
    if not 16 <= network.cidr.prefixlen <= 28:
        yield Problem("network.cidr", shown(str(network.cidr)), "a VPC of /16 to /28")
    elif not any(network.cidr.subnet_of(private) for private in PRIVATE):
        allowed = f"private addresses, inside {', '.join(map(str, PRIVATE[:-1]))} or {PRIVATE[-1]}"
        yield Problem("network.cidr", shown(str(network.cidr)), allowed)


def subnets_lie_inside_the_vpc(network: Network) -> Iterator[Problem]:
    if network.cidr.prefixlen > 28:
        return
    outside = {key: cidr for key, _, cidr in new_subnets(network) if not cidr.subnet_of(network.cidr)}
    if len(outside) > 1 and len(outside) == len(list(new_subnets(network))):
        found = f"{shown(str(network.cidr))}, and every subnet is outside of it"
        yield Problem("network.cidr", found, "a network that the subnets are part of")
        return
    for key, cidr in outside.items():
        yield Problem(key, shown(str(cidr)), f"addresses inside network.cidr, {network.cidr}")


def subnets_have_a_size_that_aws_offers(network: Network) -> Iterator[Problem]:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer"""
    for key, _, cidr in new_subnets(network):
        if cidr.prefixlen > 28:
            yield Problem(key, shown(str(cidr)), "a subnet of /16 to /28")
        elif cidr.prefixlen > 27 and key.split(".")[1] in ("public", "api"):
            yield Problem(key, shown(str(cidr)), "a subnet of /16 to /27: a load balancer stands in it")


def subnets_do_not_overlap(network: Network) -> Iterator[Problem]:
    seen: dict[str, IPv4Network] = {}
    for key, _, cidr in new_subnets(network):
        other = next((other for other in seen if cidr.overlaps(seen[other])), None)
        if other:
            allowed = f"addresses of its own: {other} has {seen[other]} already"
            if key.split(".")[1] != other.split(".")[1]:
                allowed += ", and each tier stands in subnets of its own"
            yield Problem(key, shown(str(cidr)), allowed)
        seen[key] = cidr


def subnets_have_ipv6_networks_of_their_own(network: Network) -> Iterator[Problem]:
    if not network.ipv6 or network.cidr.prefixlen > 28:
        return
    seen: dict[int, str] = {}
    for key, _, cidr in new_subnets(network):
        if key.split(".")[1] == "database" or not cidr.subnet_of(network.cidr):
            continue
        other = seen.setdefault(ipv6_number(network.cidr, cidr), key)
        if other != key:
            size = network.cidr.prefixlen + 8
            found = f"{shown(str(cidr))}, beside ipv6 = true"
            yield Problem(key, found, f"addresses in another /{size} than {other}: each has one IPv6 network")


def zones_belong_to_the_region(
    region: str, network: Network, web: Group, frontend: Group, api: Group
) -> Iterator[Problem]:
    zones = {key: zone for key, zone, _ in all_subnets(network)}
    for section, group in given(web, frontend, api):
        zones |= {f"{section}.servers.{name}": zone for name, zone in getattr(group, "servers", {}).items()}
    regions = {zone[:-1] for zone in zones.values()}
    if len(regions) == 1 and region not in regions and len(zones) > 1:
        allowed = "the region of the zones; left out, it is ap-northeast-1"
        yield Problem("region", f"{shown(region)}, and every zone is in {regions.pop()}", allowed)
        return
    for key, zone in zones.items():
        if zone[:-1] != region:
            yield Problem(key, f"the zone {shown(zone)}", f"a zone of the region {region}, such as {region}a")


def server_subnets_are_in_two_zones(network: Network) -> Iterator[Problem]:
    for tier in SERVER_TIERS:
        if len(getattr(network, tier)) == 1:
            yield Problem(f"network.{tier}", "1 subnet", "none, or one in each of two zones or more")


def public_subnets_are_in_every_zone_that_needs_them(network: Network) -> Iterator[Problem]:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html#availability-zones"""
    needed = {zone: "its NAT gateway stands there" for zone in network.api if network.nat == "per-zone"}
    for tier in (network.web, network.frontend):
        needed |= dict.fromkeys(tier, "the load balancer reaches only the zones that it stands in")
    for zone, why in needed.items():
        if zone not in network.public:
            yield Problem("network.public", f"no subnet in {zone}, where servers stand", f"one there too: {why}")


def a_way_out_belongs_to_private_servers(
    network: Network, web: Group, frontend: Group, api: Group
) -> Iterator[Problem]:
    if (
        network.vpc_id
        or any(getattr(network, tier) for tier in SERVER_TIERS)
        or not tiers_are_complete(web, frontend, api)
    ):
        return
    if network.nat != "none":
        allowed = '"none" where no server is private: public servers need no NAT'
        yield Problem("network.nat", shown(network.nat), allowed)
    if network.interface_endpoints:
        yield Problem("network.interface_endpoints", "true", "false where no server is private")


def private_servers_have_a_way_out(network: Network, web: Group, frontend: Group, api: Group) -> Iterator[Problem]:
    for section, group in given(web, frontend, api):
        if network.vpc_id is not None or not getattr(network, section) or network.nat != "none":
            continue
        if group.image_id is None:
            allowed = (
                f'"one" or "per-zone": the private servers of [{section}] fetch packages and WordPress when they boot; '
                "or an image_id that has everything"
            )
            if network.ipv6:
                allowed += ". ipv6 is not enough: AWS's own interfaces and wordpress.org are asked by IPv4"
            yield Problem("network.nat", '"none"', allowed)
            return
        if not network.interface_endpoints:
            allowed = f"true, or a NAT: the private servers of [{section}] read their secrets from AWS when they boot"
            yield Problem("network.interface_endpoints", 'false, beside nat = "none"', allowed)
            return


def subnets_are_new_or_exist_like_their_vpc(network: Network) -> Iterator[Problem]:
    for key, _, subnet in all_subnets(network):
        if network.vpc_id is None and isinstance(subnet, str):
            yield Problem(key, shown(subnet), "its addresses, or the VPC that it is part of in network.vpc_id")
        elif network.vpc_id is not None and not isinstance(subnet, str):
            yield Problem(
                key, shown(str(subnet)), f"the id of a subnet of {network.vpc_id}: an existing VPC gets no new ones"
            )


def existing_subnets_are_given_once(network: Network) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for key, _, subnet in all_subnets(network):
        if isinstance(subnet, str) and seen.setdefault(subnet, key) != key:
            yield Problem(key, shown(subnet), f"a subnet of its own: {seen[subnet]} has this one already")


def an_existing_vpc_has_its_own_ways_out(network: Network) -> Iterator[Problem]:
    if network.vpc_id is None:
        return
    if network.nat != "none":
        yield Problem("network.nat", shown(network.nat), '"none" in an existing VPC: its routes are not changed')
    if network.interface_endpoints:
        yield Problem("network.interface_endpoints", "true", "false in an existing VPC: it is not changed")
