"""Load balancers and the servers behind them."""

from __future__ import annotations

from collections.abc import Iterator

from review.moment import Moment, Resource
from review.network import Network
from review.part import Kind, Member, Part, groups, spoken, spread

TEMPLATE = (
    "launch_template.id",
    "mixed_instances_policy.launch_template.launch_template_specification.launch_template_id",
)

Ways = dict[str, set[tuple[str, int]]]
"""For each Terraform address, the load balancers that lead there, each with the port."""


def parts(moment: Moment, network: Network) -> Iterator[Part]:
    """The load balancers, the public one first, and the groups of servers."""
    yield from _load_balancers(moment, network)
    ways = _ways(moment)
    yield from _pairs(moment, network, ways)
    for fleet in moment.of("aws_autoscaling_group"):
        yield _fleet(moment, network, fleet, frozenset(ways.get(fleet.address, ())))


def _load_balancers(moment: Moment, network: Network) -> Iterator[Part]:
    ports: dict[str, set[int]] = {}
    for listener in moment.of("aws_lb_listener"):
        for balancer in moment.related(listener, "load_balancer_arn", "aws_lb"):
            ports.setdefault(balancer.address, set()).add(listener.get("port"))
    origins = {
        balancer.address
        for origin in moment.of("aws_cloudfront_vpc_origin")
        for balancer in moment.related(origin, "vpc_origin_endpoint_config.arn", "aws_lb")
    }
    for balancer in sorted(moment.of("aws_lb"), key=lambda found: bool(found.get("internal"))):
        yield Part(
            name=spoken(balancer.name),
            kind=Kind.LOAD_BALANCER,
            resource=balancer,
            members=tuple(Member(balancer.name, balancer, (subnet,)) for subnet in network.of(balancer, "subnets")),
            groups=groups(moment, balancer, "security_groups"),
            ports=frozenset(ports.get(balancer.address, ())),
            is_public=not balancer.get("internal"),
            is_origin=balancer.address in origins,
        )


def _ways(moment: Moment) -> Ways:
    """From each load balancer by its listeners and target groups to servers and auto scaling groups."""
    related = moment.related
    to_targets: Ways = {}
    for listener in moment.of("aws_lb_listener"):
        for balancer in related(listener, "load_balancer_arn", "aws_lb"):
            for targets in related(listener, "default_action.target_group_arn", "aws_lb_target_group"):
                to_targets.setdefault(targets.address, set()).add((balancer.address, targets.get("port")))
    ways: Ways = {}
    for attachment in moment.of("aws_lb_target_group_attachment"):
        for server in related(attachment, "target_id", "aws_instance"):
            for targets in related(attachment, "target_group_arn", "aws_lb_target_group"):
                ways.setdefault(server.address, set()).update(to_targets.get(targets.address, ()))
    for fleet in moment.of("aws_autoscaling_group"):
        for targets in related(fleet, "target_group_arns", "aws_lb_target_group"):
            ways.setdefault(fleet.address, set()).update(to_targets.get(targets.address, ()))
    return ways


def _pairs(moment: Moment, network: Network, ways: Ways) -> Iterator[Part]:
    """Servers with names. Those behind the same security groups are one part."""
    by_groups: dict[frozenset[str], list[Resource]] = {}
    for instance in moment.of("aws_instance"):
        by_groups.setdefault(groups(moment, instance, "vpc_security_group_ids"), []).append(instance)
    for firewalls, instances in by_groups.items():
        members = tuple(
            Member(
                instance.get("tags.Name", instance.name),
                instance,
                tuple(network.of(instance, "subnet_id")),
                frozenset(ways.get(instance.address, ())),
            )
            for instance in instances
        )
        public = any(instance.get("associate_public_ip_address") for instance in instances)
        types = sorted({instance.get("instance_type", "") for instance in instances})
        yield _servers(members, firewalls, instances[0], public, ", ".join(types))


def _fleet(moment: Moment, network: Network, fleet: Resource, behind: frozenset[tuple[str, int]]) -> Part:
    """An auto scaling group, with its smallest size: what it has at any time."""
    template = next((found for path in TEMPLATE for found in moment.related(fleet, path, "aws_launch_template")), fleet)
    firewalls = groups(moment, template, "network_interfaces.security_groups", "vpc_security_group_ids")
    least, most = fleet.get("min_size", 0), fleet.get("max_size", 0)
    places = spread(least, network.of(fleet, "vpc_zone_identifier"))
    members = tuple(
        Member(f"{spoken(fleet.name)} server {i}", fleet, place, behind) for i, place in enumerate(places, start=1)
    )
    public = str(template.get("network_interfaces.associate_public_ip_address")).lower() == "true"
    return _servers(members, firewalls, fleet, public, f"{template.get('instance_type', '')}, {least} to {most}")


def _servers(
    members: tuple[Member, ...], firewalls: frozenset[str], resource: Resource, public: bool, detail: str
) -> Part:
    names = sorted(spoken(group.rpartition(".")[2]) for group in firewalls) or [spoken(resource.name)]
    return Part(
        name=f"{' + '.join(names)} servers",
        kind=Kind.SERVERS,
        resource=resource,
        members=members,
        groups=firewalls,
        ports=frozenset(port for member in members for _, port in member.behind),
        is_public=public,
        detail=detail,
    )
