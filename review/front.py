"""Load balancers and the servers behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from review.moment import Moment, Related, Resource
from review.network import Network, Subnet
from review.part import Firewall, Kind, Member, Part, firewall, spread, whole

TEMPLATE = (
    "launch_template.id",
    "launch_template.name",
    "mixed_instances_policy.launch_template.launch_template_specification.launch_template_id",
    "mixed_instances_policy.launch_template.launch_template_specification.launch_template_name",
)

BALANCERS = ("aws_lb", "aws_elb")
TARGETS = "aws_lb_target_group"
SERVERS = ("aws_instance", "aws_autoscaling_group")

INTERFACES = ("primary_network_interface.network_interface_id", "network_interface.network_interface_id")
"""Where an instance names the network interface that it starts with."""

FORWARDS = ("target_group_arn", "forward.target_group.arn")
"""Where an action names the target groups that it sends requests to."""


@dataclass
class Ways:
    """For each server or auto scaling group, the load balancers that lead there, each with the port.

    Attributes:
        certain: by Terraform address.
        possible: those that may lead there.
        vague: the load balancers of which not everything that they send requests to is known.
    """

    certain: dict[str, set[tuple[str, int]]] = field(default_factory=dict)
    possible: dict[str, set[tuple[str, int]]] = field(default_factory=dict)
    vague: set[str] = field(default_factory=set)

    def add(self, server: str, ways: set[tuple[str, int]], is_certain: bool) -> None:
        (self.certain if is_certain else self.possible).setdefault(server, set()).update(ways)


def parts(moment: Moment, network: Network) -> Iterator[Part]:
    """The load balancers, the public one first, and the groups of servers."""
    ways = _ways(moment)
    yield from _load_balancers(moment, network, ways)
    yield from _pairs(moment, network, ways)
    for fleet in moment.of("aws_autoscaling_group"):
        yield _fleet(moment, network, fleet, ways)


def _load_balancers(moment: Moment, network: Network, ways: Ways) -> Iterator[Part]:
    ports: dict[str, set[int]] = {}
    for listener in moment.of("aws_lb_listener"):
        for balancer in moment.related(listener, "load_balancer_arn", "aws_lb"):
            ports.setdefault(balancer.address, set()).add(whole(listener.get("port"), -1))
    for balancer in moment.of("aws_elb"):
        ports.setdefault(balancer.address, set()).update(whole(p, -1) for p in balancer.all("listener.lb_port"))
    origins = {
        balancer.address
        for origin in moment.of("aws_cloudfront_vpc_origin")
        for balancer in moment.related(origin, "vpc_origin_endpoint_config.arn", "aws_lb")
    }
    for balancer in sorted(moment.of(*BALANCERS), key=lambda found: bool(found.get("internal"))):
        paths = [path for path in ("subnets", "subnet_mapping.subnet_id") if network.of(balancer, path)]
        path = paths[0] if paths else "subnets"
        subnets = {subnet.address: subnet for path in paths[:1] for subnet in network.of(balancer, path)}
        name = moment.names.part(balancer)
        is_network = balancer.get("load_balancer_type") in ("network", "gateway")
        is_placed = network.is_sure_of(balancer, path)
        members = [Member(name, balancer, (subnet,), is_placed=is_placed) for subnet in subnets.values()]
        yield Part(
            name=name,
            kind=Kind.LOAD_BALANCER,
            resource=balancer,
            members=tuple(members) or (Member(name, balancer, (), is_placed=False),),
            firewall=_of_network_balancer(moment, balancer)
            if is_network
            else firewall(moment, balancer, "security_groups"),
            ports=frozenset(ports.get(balancer.address, ())) - {-1},
            is_public=(is_public := _is_internet_facing(balancer)),
            is_public_by_ipv6=is_public if str(balancer.get("ip_address_type")).startswith("dualstack") else False,
            is_origin=balancer.address in origins,
            detail="Network Load Balancer" if is_network else "",
            sends_on=balancer.address not in ways.vague,
            has_more_ports=-1 in ports.get(balancer.address, ()),
        )


def _is_internet_facing(balancer: Resource) -> bool | None:
    is_unknown = balancer.is_unknown("internal") and balancer.is_written("internal")
    return None if is_unknown else not balancer.get("internal")


def _of_network_balancer(moment: Moment, balancer: Resource) -> Firewall:
    """It may stand without any security group: then it answers everybody.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html
    """
    named = moment.related(balancer, "security_groups", "aws_security_group")
    if not named and not named.outside and named.is_certain:
        return Firewall(is_open=True)
    return firewall(moment, balancer, "security_groups")


def _ways(moment: Moment) -> Ways:
    """From each load balancer by its listeners, their rules and target groups to servers and auto scaling groups."""
    related, ways = moment.related, Ways()
    to_targets = _to_target_groups(moment, ways)
    attached: set[str] = set()

    def lead(holder: Resource, target_path: str, group_path: str) -> None:
        groups = related(holder, group_path, TARGETS)
        servers = related(holder, target_path, *SERVERS) if target_path else Related((holder,))
        attached.update(group.address for group in groups)
        own = _port_of_its_own(holder)
        for group in groups:
            balancers = to_targets.get(group.address, set())
            if own is not None:
                balancers = {(balancer, own) for balancer, _ in balancers}
            for server in servers:
                ways.add(server.address, balancers, groups.is_certain and servers.is_certain)
            if not servers or not servers.is_certain:
                # What it sends requests to is no server that this plan holds, or any.
                ways.vague |= {balancer for balancer, _ in balancers}
        if not groups.is_certain:
            ways.vague |= {balancer for found in to_targets.values() for balancer, _ in found}

    for attachment in moment.of("aws_lb_target_group_attachment"):
        lead(attachment, "target_id", "target_group_arn")
    for attachment in moment.of("aws_autoscaling_attachment"):
        for path in ("lb_target_group_arn", "alb_target_group_arn"):
            lead(attachment, "autoscaling_group_name", path)
        for balancer in related(attachment, "elb", "aws_elb"):
            for fleet in related(attachment, "autoscaling_group_name", *SERVERS):
                ways.add(fleet.address, _classic(balancer), is_certain=True)
    for attachment in moment.of("aws_autoscaling_traffic_source_attachment"):
        lead(attachment, "autoscaling_group_name", "traffic_source.identifier")
    for fleet in moment.of("aws_autoscaling_group"):
        lead(fleet, "", "target_group_arns")
        lead(fleet, "", "traffic_source.identifier")
        for balancer in related(fleet, "load_balancers", "aws_elb"):
            ways.add(fleet.address, _classic(balancer), is_certain=True)
    for balancer in moment.of("aws_elb"):
        named = related(balancer, "instances", "aws_instance")
        for server in named:
            ways.add(server.address, _classic(balancer), named.is_certain)
        if not named.is_certain:
            ways.vague.add(balancer.address)
    for attachment in moment.of("aws_elb_attachment"):
        for balancer in related(attachment, "elb", "aws_elb"):
            for server in related(attachment, "instance", "aws_instance"):
                ways.add(server.address, _classic(balancer), is_certain=True)
    # Something that is not in the plan may register itself: containers, functions, a deployment.
    for group, balancers in to_targets.items():
        if group not in attached:
            ways.vague |= {balancer for balancer, _ in balancers}
    return ways


def _port_of_its_own(attachment: Resource) -> int | None:
    """Where an attachment sends requests to, if not to the target group's port; 0 where that is not known."""
    if attachment.is_unknown("port") and attachment.is_written("port"):
        return 0
    return whole(attachment.get("port"), 0) or None


def _to_target_groups(moment: Moment, ways: Ways) -> dict[str, set[tuple[str, int]]]:
    """For each target group, the load balancers that send requests to it, each with the port of the targets."""
    to_targets: dict[str, set[tuple[str, int]]] = {}
    for listener in moment.of("aws_lb_listener"):
        balancers = moment.related(listener, "load_balancer_arn", "aws_lb")
        rules = [
            rule
            for rule in moment.of("aws_lb_listener_rule")
            if listener in moment.related(rule, "listener_arn", "aws_lb_listener").found
        ]
        actions = [(listener, "default_action"), *((rule, "action") for rule in rules)]
        for holder, action in actions:
            for path in FORWARDS:
                groups = moment.related(holder, f"{action}.{path}", TARGETS)
                is_told = groups.is_certain or not holder.is_written(f"{action}.{path}")
                for balancer in balancers:
                    if groups.outside or not is_told:
                        ways.vague.add(balancer.address)
                    for targets in groups:
                        port = whole(targets.get("port"), 0)
                        to_targets.setdefault(targets.address, set()).add((balancer.address, port))
    return to_targets


def _classic(balancer: Resource) -> set[tuple[str, int]]:
    return {(balancer.address, whole(port, 0)) for port in balancer.all("listener.instance_port")}


def _pairs(moment: Moment, network: Network, ways: Ways) -> Iterator[Part]:
    """Servers with names. Those behind the same security groups are one part."""
    by_groups: dict[Firewall, list[tuple[Member, bool | None, bool | None]]] = {}
    elastic, is_elastic_certain = _with_elastic_addresses(moment)
    added = _added_groups(moment)
    for instance in moment.of("aws_instance"):
        subnets, is_placed = _place(moment, network, instance)
        walls = _firewall_of(moment, instance)
        if instance.address in added:
            walls |= added[instance.address]
        member = Member(
            moment.names.server(instance),
            instance,
            tuple(subnets),
            frozenset(ways.certain.get(instance.address, ())),
            frozenset(ways.possible.get(instance.address, ())),
            is_placed,
        )
        public = _is_public(instance, subnets, elastic)
        if public is False and not is_elastic_certain:
            public = None
        by_groups.setdefault(walls, []).append((member, public, _has_ipv6(instance, subnets)))
    for walls, found in by_groups.items():
        members = tuple(member for member, _, _ in found)
        said = [(is_public, by_ipv6) for _, is_public, by_ipv6 in found]
        public, by_ipv6 = (True if True in its else None if None in its else False for its in zip(*said, strict=True))
        types = sorted({member.resource.get("instance_type", "") for member in members})
        yield _servers(moment, members, walls, members[0].resource, (public, by_ipv6), ", ".join(types))


def _firewall_of(moment: Moment, instance: Resource) -> Firewall:
    """By the instance itself, or by the interface that it is given."""
    walls = Firewall()
    interfaces = _interfaces(moment, instance)
    for interface in interfaces:
        walls |= firewall(moment, interface, "security_groups")
    if interfaces:
        return walls
    # The older attribute takes names as well, and AWS tells the ids of both in the newer one.
    is_told = bool(instance.all("vpc_security_group_ids")) or instance.is_written("vpc_security_group_ids")
    path = "vpc_security_group_ids" if is_told or not instance.is_written("security_groups") else "security_groups"
    return firewall(moment, instance, path)


def _interfaces(moment: Moment, instance: Resource) -> list[Resource]:
    """The network interfaces that an instance is given, where they are resources of their own."""
    paths = [path for path in INTERFACES if instance.values.get(path.partition(".")[0])]
    return [found for path in paths for found in moment.related(instance, path, "aws_network_interface")]


def _place(moment: Moment, network: Network, instance: Resource) -> tuple[list[Subnet], bool]:
    if subnets := network.of(instance, "subnet_id"):
        return subnets, network.is_sure_of(instance, "subnet_id")
    for interface in _interfaces(moment, instance):
        if subnets := network.of(interface, "subnet_id"):
            return subnets, network.is_sure_of(interface, "subnet_id")
    return [], False


def _added_groups(moment: Moment) -> dict[str, Firewall]:
    """What `aws_network_interface_sg_attachment` adds to an instance."""
    added: dict[str, Firewall] = {}
    for attachment in moment.of("aws_network_interface_sg_attachment"):
        for instance in moment.related(attachment, "network_interface_id", "aws_instance"):
            more = firewall(moment, attachment, "security_group_id")
            added[instance.address] = added.get(instance.address, Firewall()) | more
    return added


def _with_elastic_addresses(moment: Moment) -> tuple[set[str], bool]:
    """The instances that get an Elastic IP address, and whether these are all."""
    found: set[str] = set()
    is_certain = True
    holders = [(eip, path) for eip in moment.of("aws_eip") for path in ("instance", "network_interface")]
    associations = moment.of("aws_eip_association")
    holders += [(its, path) for its in associations for path in ("instance_id", "network_interface_id")]
    for holder, path in holders:
        named = moment.related(holder, path, "aws_instance", "aws_network_interface")
        is_certain &= named.is_certain
        for its in named:
            found |= {its.address} if its.type == "aws_instance" else _with_interface(moment, its)
    return found, is_certain


def _with_interface(moment: Moment, interface: Resource) -> set[str]:
    """The instances that are given a network interface."""
    found = [instance for instance in moment.of("aws_instance") if interface in _interfaces(moment, instance)]
    for attachment in moment.of("aws_network_interface_attachment"):
        if interface in moment.related(attachment, "network_interface_id", interface.type).found:
            found += moment.related(attachment, "instance_id", "aws_instance")
    found += moment.related(interface, "attachment.instance", "aws_instance")
    return {instance.address for instance in found}


def _is_public(instance: Resource, subnets: list[Subnet], elastic: set[str]) -> bool | None:
    """Whether it has an IPv4 address on the internet. Where nobody says so, its subnet decides."""
    if instance.address in elastic:
        return True
    path = "associate_public_ip_address"
    if instance.get(path) is not None:
        return bool(instance.get(path))
    if instance.is_unknown(path) and instance.is_written(path):
        return None
    if not subnets:
        return None
    return any(subnet.gives_ipv4 for subnet in subnets)


def _has_ipv6(holder: Resource, subnets: list[Subnet], path: str = "") -> bool | None:
    """Whether an instance has an IPv6 address, or those of a launch template. Where nobody says so, the subnet decides.

    Args:
        path: the block that says it, with a dot behind it.
    """
    written = [f"{path}ipv6_addresses", f"{path}ipv6_address_count"]
    if holder.all(written[0]):
        return True
    # The 0 of a template is no answer.
    if (count := holder.get(written[1])) not in (None, "") and (whole(count, 0) > 0 or not path):
        return whole(count, 0) > 0
    if any(holder.is_unknown(its) and holder.is_written(its) for its in written) or not subnets:
        return None
    return any(subnet.gives_ipv6 for subnet in subnets)


def _fleet(moment: Moment, network: Network, fleet: Resource, ways: Ways) -> Part:
    """An auto scaling group, with its smallest size: what it has at any time.

    One that may shrink to nothing, or whose size is not known, has servers that may be there.
    """
    named = [moment.related(fleet, path, "aws_launch_template") for path in TEMPLATE]
    named.append(moment.related(fleet, "launch_configuration", "aws_launch_configuration"))
    template = next((found.first for found in named if found.first), None)
    if template is None:
        walls, public, by_ipv6 = Firewall(is_certain=False), None, None
        kind = ""
    else:
        walls = _firewall_of_template(moment, template)
        addresses = "network_interfaces.associate_public_ip_address"
        if template.type == "aws_launch_configuration":
            addresses = "associate_public_ip_address"
        written = template.get(addresses)
        subnets = network.of(fleet, "vpc_zone_identifier")
        if written in (None, ""):
            public = any(subnet.gives_ipv4 for subnet in subnets) if subnets else None
        else:
            public = str(written).lower() == "true"
        block = "" if template.type == "aws_launch_configuration" else "network_interfaces."
        by_ipv6 = _has_ipv6(template, subnets, block)
        kind = template.get("instance_type", "")
    least, most = whole(fleet.get("min_size"), 0), whole(fleet.get("max_size"), 0)
    is_sure_of_most = fleet.get("max_size") is not None
    count = least or (0 if most == 0 and is_sure_of_most else max(whole(fleet.get("desired_capacity"), 1), 1))
    places = spread(count, network.of(fleet, "vpc_zone_identifier"))
    is_placed = network.is_sure_of(fleet, "vpc_zone_identifier")
    if count and not places:
        places = [()] * count
    members = tuple(
        Member(
            f"{spoken_fleet(moment, fleet)} server {i}",
            fleet,
            place,
            frozenset(ways.certain.get(fleet.address, ())),
            frozenset(ways.possible.get(fleet.address, ())),
            is_placed,
            is_certain=least > 0,
        )
        for i, place in enumerate(places, start=1)
    )
    return _servers(moment, members, walls, fleet, (public, by_ipv6), f"{kind}, {least} to {most}")


def spoken_fleet(moment: Moment, fleet: Resource) -> str:
    """What to call an auto scaling group."""
    return moment.names.part(fleet)


def _firewall_of_template(moment: Moment, template: Resource) -> Firewall:
    paths = ("network_interfaces.security_groups", "vpc_security_group_ids", "security_groups")
    used = [path for path in paths if template.all(path) or template.is_written(path)]
    return firewall(moment, template, *(used or ["vpc_security_group_ids"]))


def _servers(
    moment: Moment,
    members: tuple[Member, ...],
    walls: Firewall,
    resource: Resource,
    public: tuple[bool | None, bool | None],
    detail: str,
) -> Part:
    names = sorted(moment.names.group(group) for group in walls.groups) or [moment.names.part(resource)]
    behind = {way for member in members for way in (*member.behind, *member.perhaps_behind)}
    return Part(
        name=f"{' + '.join(names)} servers",
        kind=Kind.SERVERS,
        resource=resource,
        members=members,
        firewall=walls,
        ports=frozenset(port for _, port in behind),
        has_more_ports=any(port == 0 for _, port in behind),
        is_public=public[0],
        is_public_by_ipv6=public[1],
        detail=detail,
    )
