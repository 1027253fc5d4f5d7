"""What the servers lean on: the database, the cache, the shared uploads, and AWS's services inside the VPC."""

from __future__ import annotations

from collections.abc import Iterator

from review.moment import Moment, Resource
from review.network import Network, Subnet
from review.part import Firewall, Kind, Member, Part, firewall, spread, whole

HTTPS, MYSQL, REDIS, NFS = 443, 3306, 6379, 2049

PORTS = {"postgres": 5432, "oracle": 1521, "sqlserver": 1433, "db2": 50000}

DUAL = "DUAL"
"""https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html"""

MULTI_AZ_CLUSTER = 3


def parts(moment: Moment, network: Network) -> Iterator[Part]:
    """Endpoints, caches, databases and file systems."""
    yield from _endpoints(moment, network)
    yield from _caches(moment, network)
    yield from _instances(moment, network)
    yield from _clusters(moment, network)
    yield from _file_systems(moment, network)


def _endpoints(moment: Moment, network: Network) -> Iterator[Part]:
    """Interface endpoints behind the same security groups are one part: each service stands in the same subnets."""
    interfaces = [end for end in moment.of("aws_vpc_endpoint") if end.get("vpc_endpoint_type") == "Interface"]
    if not interfaces:
        return
    first = interfaces[0]
    services = sorted(end.get("service_name", "").rpartition(".")[2] for end in interfaces)
    is_placed = network.is_sure_of(first, "subnet_ids")
    yield Part(
        name="AWS endpoints",
        kind=Kind.ENDPOINTS,
        resource=first,
        members=tuple(
            Member("AWS endpoints", first, (subnet,), is_placed=is_placed) for subnet in network.of(first, "subnet_ids")
        ),
        firewall=firewall(moment, first, "security_group_ids"),
        ports=frozenset({HTTPS}),
        detail=", ".join(services),
    )


def _caches(moment: Moment, network: Network) -> Iterator[Part]:
    for cache in moment.of("aws_elasticache_replication_group"):
        group = moment.related(cache, "subnet_group_name", "aws_elasticache_subnet_group")
        subnets = [subnet for found in group for subnet in network.of(found, "subnet_ids")]
        name = moment.names.part(cache)
        count = whole(cache.get("num_cache_clusters"), 1)
        nodes = spread(count, subnets) or [()] * count
        is_placed = bool(subnets) and all(network.is_sure_of(found, "subnet_ids") for found in group)
        yield Part(
            name=name,
            kind=Kind.CACHE,
            resource=cache,
            members=tuple(
                Member(f"{name} node {i}", cache, place, is_placed=is_placed) for i, place in enumerate(nodes, 1)
            ),
            firewall=firewall(moment, cache, "security_group_ids"),
            ports=frozenset({whole(cache.get("port"), REDIS)}),
            detail=cache.get("node_type", ""),
        )


def _instances(moment: Moment, network: Network) -> Iterator[Part]:
    for database in moment.of("aws_db_instance"):
        subnets, is_placed = _subnets_of_group(moment, network, database)
        walls = firewall(moment, database, "vpc_security_group_ids")
        if database.is_read:
            walls = Firewall(frozenset(database.all("vpc_security_groups")))
        replica = database.all("replicate_source_db") or database.is_unknown("replicate_source_db")
        is_replica = bool(replica) and (database.is_written("replicate_source_db") or not database.expressions)
        yield Part(
            name=moment.names.part(database),
            kind=Kind.DATABASE,
            resource=database,
            members=tuple(_primary_and_standby(database, subnets, is_placed)),
            firewall=walls,
            ports=frozenset({_port(database)}),
            is_public=_is_public(database),
            is_public_by_ipv6=_is_public(database) if database.get("network_type") == DUAL else False,
            is_needed=not is_replica,
            detail="read replica"
            if is_replica
            else database.get("instance_class", "kept elsewhere" if database.is_read else ""),
        )


def _port(database: Resource) -> int:
    """As it is written, or as its engine has it.

    https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    """
    engine = str(database.get("engine", ""))
    usual = next((port for name, port in PORTS.items() if name in engine), MYSQL)
    return whole(database.get("port"), usual)


def _is_public(database: Resource) -> bool | None:
    path = "publicly_accessible"
    if database.is_unknown(path) and database.is_written(path):
        return None
    return bool(database.get(path))


def _primary_and_standby(database: Resource, subnets: list[Subnet], is_placed: bool) -> Iterator[Member]:
    """AWS chooses the zones, and Terraform knows the primary's once the database exists.

    A standby is always in another zone than the primary.
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZSingleStandby.html
    """
    zone = database.get("availability_zone")
    here = [subnet for subnet in subnets if subnet.zone == zone]
    is_unsure = database.is_unknown("multi_az") and database.is_written("multi_az")
    if not database.get("multi_az") and not is_unsure:
        yield Member("primary", database, tuple(here or subnets), is_placed=is_placed)
        return
    if is_unsure and not here:
        # A primary without a standby may be in any of the zones.
        is_placed = False
    here = here or subnets[:1]
    yield Member("primary", database, tuple(here), is_placed=is_placed)
    others = tuple(subnet for subnet in subnets if subnet not in here) or tuple(here)
    yield Member("standby", database, others, is_placed=is_placed, is_certain=not is_unsure)


def _clusters(moment: Moment, network: Network) -> Iterator[Part]:
    for cluster in moment.of("aws_rds_cluster"):
        subnets, is_placed = _subnets_of_group(moment, network, cluster)
        named = [
            (instance, moment.related(instance, "cluster_identifier", "aws_rds_cluster"))
            for instance in moment.of("aws_rds_cluster_instance")
        ]
        instances = [(instance, related.is_certain) for instance, related in named if cluster in related.found]
        is_own = bool(cluster.get("db_cluster_instance_class"))
        if is_own:
            # A Multi-AZ cluster is a writer and two readers, each in a zone of its own.
            # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/multi-az-db-clusters-concepts.html
            instances = [(cluster, True)] * MULTI_AZ_CLUSTER
        places = spread(len(instances), subnets) or [()] * len(instances)
        is_replica = bool(cluster.all("replication_source_identifier"))
        said = [_is_public(instance) for instance, _ in instances]
        public = True if True in said else None if None in said else False
        yield Part(
            name=moment.names.part(cluster),
            kind=Kind.DATABASE,
            resource=cluster,
            members=tuple(
                Member(f"instance {i}", instance, place, is_placed=is_placed, is_certain=is_certain)
                for i, ((instance, is_certain), place) in enumerate(zip(instances, places, strict=False), start=1)
            ),
            firewall=firewall(moment, cluster, "vpc_security_group_ids"),
            ports=frozenset({_port(cluster)}),
            is_public=public,
            is_public_by_ipv6=public if cluster.get("network_type") == DUAL else False,
            is_needed=not is_replica,
            detail="Multi-AZ cluster" if is_own else "Aurora",
        )


def _subnets_of_group(moment: Moment, network: Network, database: Resource) -> tuple[list[Subnet], bool]:
    """Where AWS may put a database, and whether that is all."""
    named = moment.related(database, "db_subnet_group_name", "aws_db_subnet_group")
    subnets = {its.address: its for group in named for its in network.of(group, "subnet_ids")}
    is_placed = bool(named) and named.is_certain and all(network.is_sure_of(group, "subnet_ids") for group in named)
    return sorted(subnets.values(), key=lambda subnet: subnet.zone), is_placed or database.is_read


def _file_systems(moment: Moment, network: Network) -> Iterator[Part]:
    named = [
        (target, moment.related(target, "file_system_id", "aws_efs_file_system"))
        for target in moment.of("aws_efs_mount_target")
    ]
    for files in moment.of("aws_efs_file_system"):
        targets = [(target, related.is_certain) for target, related in named if files in related.found]
        walls = Firewall()
        for target, _ in targets:
            walls |= firewall(moment, target, "security_groups")
        yield Part(
            name=moment.names.part(files),
            kind=Kind.UPLOADS,
            resource=files,
            members=tuple(
                Member(
                    "mount target",
                    target,
                    tuple(network.of(target, "subnet_id")),
                    is_placed=network.is_sure_of(target, "subnet_id"),
                    is_certain=is_certain,
                )
                for target, is_certain in targets
            ),
            firewall=walls,
            ports=frozenset({NFS}),
            detail="EFS",
        )
