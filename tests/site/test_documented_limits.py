"""What AWS documents of a value and no plan checks: each limit a row, looked for in every site."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import pytest

from tests.site.sites import SETTINGS, SHIPPED, Site, variation

SITES = [*SHIPPED, *sorted(path.stem for path in SETTINGS.glob("complete-*.toml"))]

Resource = Mapping[str, Any]


class Limit(NamedTuple):
    """What a type's resources must be like.

    Attributes:
        kinds: the Terraform types.
        broken: says what is wrong with a resource, if anything.
        source: where AWS says so.
    """

    kinds: tuple[str, ...]
    broken: Callable[[Resource], str | None]
    source: str


def matching(argument: str, pattern: str) -> Callable[[Resource], str | None]:
    """The argument, where it is given, is text of this form."""

    def broken(resource: Resource) -> str | None:
        value = resource.get(argument)
        return None if value is None or re.fullmatch(pattern, value) else f"{argument} = {value!r}"

    return broken


SWITCHES = {
    "aurora-mysql": {"require_secure_transport": {"ON", "OFF"}},
    "mysql": {"require_secure_transport": {"0", "1"}},
}


def switches(group: Resource) -> str | None:
    engine = re.sub(r"[0-9.]+$", "", group["family"])
    for parameter in group["parameter"]:
        allowed = SWITCHES[engine].get(parameter["name"])
        if allowed and parameter["value"] not in allowed:
            return f"{parameter['name']} = {parameter['value']}"
    return None


LIMITS = {
    "text of a firewall": Limit(
        ("aws_security_group", "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"),
        matching("description", r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}"),
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html",
    ),
    "text of a database's group": Limit(
        ("aws_db_subnet_group", "aws_db_parameter_group", "aws_rds_cluster_parameter_group"),
        matching("description", r"[\x20-\x7e]{1,255}"),
        "https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html",
    ),
    "switches of a database": Limit(
        ("aws_db_parameter_group", "aws_rds_cluster_parameter_group"),
        switches,
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Security.html",
    ),
    "endpoints that every region has": Limit(
        ("aws_vpc_endpoint",),
        matching("service_name", r"(?!.*\.ec2messages$).*"),
        "https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-setting-up-messageAPIs.html",
    ),
}


def beyond(site: Site) -> Iterator[str]:
    """What is beyond a limit."""
    for name, limit in LIMITS.items():
        for kind in limit.kinds:
            for id, resource in site.all(kind).items():
                if found := limit.broken(resource):
                    yield f"{kind}.{id}, {name}: {found}; see {limit.source}"


@pytest.mark.parametrize("name", SITES)
def test_no_site_is_beyond_a_documented_limit(name: str):
    assert list(beyond(variation(name, {}))) == []


@pytest.mark.parametrize(
    ("kind", "resource"),
    [
        ("aws_security_group", {"description": "AWS's services"}),
        ("aws_vpc_security_group_ingress_rule", {"description": "x" * 256}),
        ("aws_db_subnet_group", {"description": "サイト"}),
        (
            "aws_db_parameter_group",
            {"family": "mysql8.4", "parameter": [{"name": "require_secure_transport", "value": "ON"}]},
        ),
        (
            "aws_rds_cluster_parameter_group",
            {"family": "aurora-mysql8.0", "parameter": [{"name": "require_secure_transport", "value": "1"}]},
        ),
        ("aws_vpc_endpoint", {"service_name": "com.amazonaws.ap-southeast-5.ec2messages"}),
    ],
)
def test_what_aws_would_refuse_is_found(kind: str, resource: Resource):
    [found] = beyond(Site({"resource": {kind: {"it": resource}}}))
    assert found.startswith(f"{kind}.it, ")
