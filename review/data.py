"""What the servers lean on: the database, the cache, the shared uploads, and AWS's services inside the VPC."""

from __future__ import annotations

from collections.abc import Iterator

from review.moment import Moment, Resource
from review.network import Network, Subnet
from review.part import Kind, Member, Part, groups, spoken, spread

HTTPS, MYSQL, REDIS, NFS = 443, 3306, 6379, 2049


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
    yield Part(
        name="AWS endpoints",
        kind=Kind.ENDPOINTS,
        resource=first,
        members=tuple(Member("AWS endpoints", first, (subnet,)) for subnet in network.of(first, "subnet_ids")),
        groups=groups(moment, first, "security_group_ids"),
        ports=frozenset({HTTPS}),
        detail=", ".join(services),
    )


def _caches(moment: Moment, network: Network) -> Iterator[Part]:
    for cache in moment.of("aws_elasticache_replication_group"):
        group = moment.related(cache, "subnet_group_name", "aws_elasticache_subnet_group")
        subnets = [subnet for found in group for subnet in network.of(found, "subnet_ids")]
        nodes = spread(cache.get("num_cache_clusters", 1), subnets)
        yield Part(
            name=spoken(cache.name),
            kind=Kind.CACHE,
            resource=cache,
            members=tuple(Member(f"{spoken(cache.name)} node {i}", cache, place) for i, place in enumerate(nodes, 1)),
            groups=groups(moment, cache, "security_group_ids"),
            ports=frozenset({cache.get("port", REDIS)}),
            detail=cache.get("node_type", ""),
        )


def _instances(moment: Moment, network: Network) -> Iterator[Part]:
    for database in moment.of("aws_db_instance"):
        subnets = _subnets_of_group(moment, network, database)
        yield Part(
            name=spoken(database.name),
            kind=Kind.DATABASE,
            resource=database,
            members=tuple(_primary_and_standby(database, subnets)),
            groups=groups(moment, database, "vpc_security_group_ids")
            or frozenset(database.get("vpc_security_groups", ())),
            ports=frozenset({database.get("port", MYSQL)}),
            is_public=bool(database.get("publicly_accessible")),
            detail=database.get("instance_class", "kept elsewhere" if database.is_read else ""),
        )


def _primary_and_standby(database: Resource, subnets: list[Subnet]) -> Iterator[Member]:
    """AWS chooses the zones, and Terraform knows the primary's once the database exists.

    A standby is always in another zone than the primary.
    https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZSingleStandby.html
    """
    zone = database.get("availability_zone")
    here = [subnet for subnet in subnets if subnet.zone == zone]
    if not database.get("multi_az"):
        yield Member("primary", database, tuple(here or subnets))
        return
    here = here or subnets[:1]
    yield Member("primary", database, tuple(here))
    yield Member("standby", database, tuple(subnet for subnet in subnets if subnet not in here) or tuple(here))


def _clusters(moment: Moment, network: Network) -> Iterator[Part]:
    for cluster in moment.of("aws_rds_cluster"):
        instances = [
            instance
            for instance in moment.of("aws_rds_cluster_instance")
            if cluster in moment.related(instance, "cluster_identifier", "aws_rds_cluster")
        ]
        places = spread(len(instances), _subnets_of_group(moment, network, cluster))
        yield Part(
            name=spoken(cluster.name),
            kind=Kind.DATABASE,
            resource=cluster,
            members=tuple(
                Member(f"instance {i}", instance, place)
                for i, (instance, place) in enumerate(zip(instances, places, strict=False), start=1)
            ),
            groups=groups(moment, cluster, "vpc_security_group_ids"),
            ports=frozenset({cluster.get("port", MYSQL)}),
            is_public=any(instance.get("publicly_accessible") for instance in instances),
            detail="Aurora",
        )


def _subnets_of_group(moment: Moment, network: Network, database: Resource) -> list[Subnet]:
    named = moment.related(database, "db_subnet_group_name", "aws_db_subnet_group")
    return [subnet for group in named for subnet in network.of(group, "subnet_ids")]


def _file_systems(moment: Moment, network: Network) -> Iterator[Part]:
    for files in moment.of("aws_efs_file_system"):
        targets = [
            target
            for target in moment.of("aws_efs_mount_target")
            if files in moment.related(target, "file_system_id", "aws_efs_file_system")
        ]
        yield Part(
            name=spoken(files.name),
            kind=Kind.UPLOADS,
            resource=files,
            members=tuple(Member("mount target", target, tuple(network.of(target, "subnet_id"))) for target in targets),
            groups=frozenset().union(*(groups(moment, target, "security_groups") for target in targets)),
            ports=frozenset({NFS}),
            detail="EFS",
        )
