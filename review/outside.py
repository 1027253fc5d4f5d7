"""What a site leans on outside its VPC: its names, CloudFront, firewalls for requests, mail, releases and backups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from review.moment import Moment, Related, Resource
from review.site import Site

DISTRIBUTION, BUCKET = "aws_cloudfront_distribution", "aws_s3_bucket"

BALANCERS = ("aws_lb", "aws_elb")

IDENTITIES = {
    "aws_sesv2_email_identity": "email_identity",
    "aws_ses_domain_identity": "domain",
    "aws_ses_email_identity": "email",
}
"""Whose name mail is sent in, with the attribute that holds it."""

SAVED = ("aws_rds_cluster", "aws_db_instance", "aws_efs_file_system")


class Service(Enum):
    """What it is, by the name that people know it by."""

    DNS = "DNS"
    CLOUDFRONT = "CloudFront"
    WAF = "WAF"
    RELEASES = "releases"
    MAIL = "mail"
    BACKUPS = "backups"


@dataclass(frozen=True)
class Outer:
    """A resource outside the VPC.

    Attributes:
        names: the domains, addresses or parts that it is for.
        region: where it is; empty where that is not known or it is everywhere.
        behind: what it passes requests on to, by Terraform address.
        is_certain: whether the plan tells what that is.
    """

    service: Service
    resource: Resource
    names: tuple[str, ...] = ()
    region: str = ""
    behind: frozenset[str] = frozenset()
    is_certain: bool = True


def outside(site: Site) -> list[Outer]:
    """What belongs to a site with a load balancer, in the order in which a request meets it."""
    moment = site.moment
    if not moment.of(*BALANCERS):
        return []
    distributions = list(_distributions(moment))
    return [
        *_records(moment, distributions),
        *distributions,
        *_firewalls(moment, distributions),
        *_releases(moment),
        *_mail(moment),
        *_vaults(moment),
    ]


def _distributions(moment: Moment) -> Iterator[Outer]:
    """Those in front of a load balancer, and those of which that is not known."""
    for distribution in moment.of(DISTRIBUTION):
        origins = _by_host(moment, distribution, "origin.domain_name", *BALANCERS, BUCKET)
        behind = {found.address for found in origins if found.type in BALANCERS}
        path = "origin.vpc_origin_config.vpc_origin_id"
        for origin in moment.related(distribution, path, "aws_cloudfront_vpc_origin"):
            behind |= {found.address for found in moment.related(origin, "vpc_origin_endpoint_config.arn", *BALANCERS)}
        # The name of a bucket says that it is one: https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
        is_told = origins.is_certain and all(".s3" in host for host in origins.outside)
        if behind or not is_told:
            names = tuple(sorted(name for name in distribution.all("aliases") if isinstance(name, str)))
            yield Outer(Service.CLOUDFRONT, distribution, names, "", frozenset(behind), bool(behind))


def _records(moment: Moment, distributions: list[Outer]) -> Iterator[Outer]:
    """The names that lead to the site."""
    fronts = {found.address for found in moment.of(*BALANCERS)} | {outer.resource.address for outer in distributions}
    for record in moment.of("aws_route53_record"):
        if record.get("type") not in ("A", "AAAA", "CNAME"):
            continue
        behind = {
            found.address
            for path in ("alias.name", "records")
            for found in _by_host(moment, record, path, *BALANCERS, DISTRIBUTION)
        } & fronts
        if behind:
            yield Outer(Service.DNS, record, (str(record.get("name", "")),), "", frozenset(behind))


def _firewalls(moment: Moment, distributions: list[Outer]) -> Iterator[Outer]:
    guarded: dict[str, set[str]] = {}
    for outer in distributions:
        for acl in moment.related(outer.resource, "web_acl_id", "aws_wafv2_web_acl"):
            guarded.setdefault(acl.address, set()).add(outer.resource.address)
    for association in moment.of("aws_wafv2_web_acl_association"):
        for acl in moment.related(association, "web_acl_arn", "aws_wafv2_web_acl"):
            balancers = moment.related(association, "resource_arn", *BALANCERS)
            guarded.setdefault(acl.address, set()).update(found.address for found in balancers)
    for acl in moment.of("aws_wafv2_web_acl"):
        if behind := guarded.get(acl.address):
            yield Outer(Service.WAF, acl, behind=frozenset(behind))


def _releases(moment: Moment) -> Iterator[Outer]:
    """The bucket that servers fetch their release from."""
    for item in moment.of("aws_s3_object"):
        if item.name == "release":
            for bucket in moment.related(item, "bucket", BUCKET):
                yield Outer(Service.RELEASES, bucket, ("S3",), _region(moment, bucket))


def _mail(moment: Moment) -> Iterator[Outer]:
    for kind, attribute in IDENTITIES.items():
        for identity in moment.of(kind):
            yield Outer(Service.MAIL, identity, (str(identity.get(attribute, "")),), _region(moment, identity))


def _vaults(moment: Moment) -> Iterator[Outer]:
    """The vaults, with the parts of the site that are saved into them."""
    saved: dict[str, set[str]] = {}
    for plan in moment.of("aws_backup_plan"):
        parts = {
            moment.names.part(found)
            for selection in moment.of("aws_backup_selection")
            if plan in moment.related(selection, "plan_id", "aws_backup_plan").found
            for found in moment.related(selection, "resources", *SAVED)
        }
        for path in ("rule.target_vault_name", "rule.copy_action.destination_vault_arn"):
            for vault in moment.related(plan, path, "aws_backup_vault"):
                saved.setdefault(vault.address, set()).update(parts)
    for vault in moment.of("aws_backup_vault"):
        names = tuple(sorted(saved.get(vault.address, ())))
        yield Outer(Service.BACKUPS, vault, names, _region(moment, vault))


def _by_host(moment: Moment, resource: Resource, path: str, *types: str) -> Related:
    """What an attribute names by its host name, as well as by reference."""
    named = moment.related(resource, path, *types)
    if not named.outside:
        return named
    hosts = {str(found.get("dns_name") or found.get("domain_name") or "").lower(): found for found in moment.of(*types)}
    # Route 53's console writes another name of the same load balancer.
    outside = {host: host.lower().rstrip(".").removeprefix("dualstack.") for host in named.outside}
    found = tuple(hosts[known] for known in outside.values() if known and known in hosts)
    left = tuple(host for host, known in outside.items() if known not in hosts)
    return Related(named.found + found, left, named.is_certain)


def _region(moment: Moment, resource: Resource) -> str:
    """By the resource itself, by its ARN, or by the provider that makes it."""
    arn = str(resource.get("arn") or "").split(":")
    return str(resource.get("region") or (arn[3] if len(arn) > 5 else "") or moment.region(resource))
