"""[web], [frontend] and [api]."""

from collections.abc import Iterator

from modules.settings.network import SERVER_TIERS, Network
from modules.settings.problems import Problem, count, dotted, shown
from modules.settings.rules.parts import Group, given, tiers_are_complete
from modules.settings.servers import architecture
from modules.settings.wordpress import Uploads


def the_tiers_are_two_or_three(web: Group, frontend: Group, api: Group) -> Iterator[Problem]:
    if not tiers_are_complete(web, frontend, api):
        sections = [f"[{section}]" for section, _ in given(web, frontend, api)]
        yield Problem(
            "",
            " and ".join(sections) or "no group of servers",
            "[web] for two tiers, or [frontend] and [api] for three",
        )


def every_group_has_its_subnets(network: Network, web: Group, frontend: Group, api: Group) -> Iterator[Problem]:
    if not tiers_are_complete(web, frontend, api):
        return
    for section, group in zip(SERVER_TIERS, (web, frontend, api), strict=True):
        subnets = getattr(network, section)
        if group is None and subnets:
            yield Problem(f"network.{section}", "subnets", f"no such table, or servers for it in [{section}]")
        if group is not None and not subnets and section != "web":
            yield Problem(f"network.{section}", "nothing: it is missing", f"a subnet for [{section}] in each zone")


def servers_are_named_or_a_fleet(web: Group, frontend: Group, api: Group) -> Iterator[Problem]:
    for section, group in given(web, frontend, api):
        if bool(group.servers) == bool(group.fleet):
            found = f"both [{section}.servers] and [{section}.fleet]" if group.fleet else "neither servers nor a fleet"
            yield Problem(section, found, f"one of [{section}.servers] and [{section}.fleet]")
        elif group.fleet and group.copy_first_server:
            yield Problem(f"{section}.copy_first_server", "true", "false with a fleet: its servers have no first one")


def servers_stand_in_two_zones_that_have_a_subnet(
    network: Network, web: Group, frontend: Group, api: Group
) -> Iterator[Problem]:
    for section, group in given(web, frontend, api):
        tier = section if getattr(network, section) else "public"
        zones = getattr(network, tier)
        for name, zone in group.servers.items():
            if zone not in zones:
                yield Problem(f"{section}.servers.{name}", shown(zone), f"a zone of network.{tier}: {', '.join(zones)}")
        if group.servers and len(set(group.servers.values())) == 1:
            yield Problem(
                f"{section}.servers",
                f"{count(len(group.servers), 'server')} in 1 zone",
                "servers in two zones or more, so that the site survives the loss of one",
            )


def server_names_differ(web: Group, frontend: Group, api: Group) -> Iterator[Problem]:
    taken: dict[str, str] = {}
    for section, group in given(web, frontend, api):
        for name in group.servers:
            key = f"{section}.servers.{name}"
            other = taken.setdefault(name.lower(), key)
            if other != key:
                yield Problem(
                    key, f"the name of {other}", "a name of its own, different in more than upper and lower case"
                )


def uploads_are_in_every_zone_of_their_servers(
    network: Network, uploads: Uploads, web: Group, api: Group
) -> Iterator[Problem]:
    group, tier = (api, "api") if api else (web, "web" if network.web else "public")
    if not uploads.shared or group is None:
        return
    zones = group.servers.values() if group.servers else getattr(network, tier)
    for zone in dict.fromkeys(zones):
        if zone in getattr(network, tier) and zone not in network.database:
            yield Problem(
                "network.database",
                f"no subnet in {zone}, where servers stand",
                "a subnet in each zone that has servers: the shared uploads are mounted there",
            )


def fleets_have_room(web: Group, frontend: Group, api: Group) -> Iterator[Problem]:
    for section, group in given(web, frontend, api):
        fleet = group.fleet
        if not fleet:
            continue
        if fleet.min > fleet.max:
            yield Problem(f"{section}.fleet.min", str(fleet.min), f"not more than max, {fleet.max}")
        elif not fleet.min <= fleet.desired <= fleet.max:
            allowed = f"a number from min to max, which are {fleet.min} and {fleet.max}"
            yield Problem(f"{section}.fleet.desired", str(fleet.desired), allowed)


def processors_match(web: Group, frontend: Group, api: Group) -> Iterator[Problem]:
    for section, group in given(web, frontend, api):
        processor = architecture(group.instance_type)
        if group.image_id and processor != group.image_architecture:
            yield Problem(
                f"{section}.image_architecture",
                shown(group.image_architecture),
                f"{shown(processor)}, the processor of instance_type {group.instance_type}",
            )
        for index, other in enumerate(group.fleet.more_instance_types if group.fleet else ()):
            if architecture(other) != processor:
                yield Problem(
                    dotted(section, "fleet", "more_instance_types", index),
                    shown(other),
                    f"a type with the processor of {group.instance_type}, {processor}: one image serves them all",
                )


def instance_types_differ(web: Group, frontend: Group, api: Group) -> Iterator[Problem]:
    for section, group in given(web, frontend, api):
        types = [group.instance_type, *(group.fleet.more_instance_types if group.fleet else ())]
        for index, other in enumerate(types[1:]):
            if other in types[: index + 1]:
                key = dotted(section, "fleet", "more_instance_types", index)
                yield Problem(key, f"{shown(other)} again", "each type once, instance_type included")
