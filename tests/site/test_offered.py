"""Instance types by region, as cfn-lint gathers them from AWS: https://github.com/aws-cloudformation/cfn-lint"""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import cfnlint
import pytest
from jsonschema import Draft7Validator

from modules.settings.cache import Cache
from modules.settings.database import Database
from modules.settings.reference import page
from modules.settings.servers import Servers
from tests.site.sites import SHIPPED, Site, variation

EXTENSIONS = Path(cfnlint.__file__).parent / "data/schemas/extensions"

SOURCES = {
    "server": "aws_ec2_instance/instancetype_enum.json",
    "database": "aws_rds_dbinstance/dbinstanceclass_enum.json",
    "cache": "aws_elasticache_cachecluster/cachenodetype_enum.json",
}

COMPLETE = ("complete-pair", "complete-tiers", "complete-existing")


@cache
def regions(what: str) -> dict[str, Any]:
    """A JSON schema for each region."""
    schemas = json.loads((EXTENSIONS / SOURCES[what]).read_text())
    return {region: schema for region, schema in schemas.items() if region not in ("all", "description")}


def offered(what: str, type_: str, region: str, engine: str = "mysql") -> bool:
    """Whether AWS has a type there."""
    about = {"DBInstanceClass": type_, "Engine": engine, "LicenseModel": "general-public-license"}
    return Draft7Validator(regions(what)[region]).is_valid(about if what == "database" else type_)


def asked(site: Site) -> Iterator[tuple[str, str, str]]:
    """What a site wants, each with the engine of a database."""
    for kind in ("aws_instance", "aws_launch_template"):
        yield from (("server", one["instance_type"], "") for one in site.all(kind).values())
    for fleet in site.all("aws_autoscaling_group").values():
        template = fleet.get("mixed_instances_policy", {}).get("launch_template", {})
        yield from (("server", one["instance_type"], "") for one in template.get("override", ()))
    for kind in ("aws_db_instance", "aws_rds_cluster_instance"):
        yield from (("database", one["instance_class"], one["engine"]) for one in site.all(kind).values())
    for one in site.all("aws_elasticache_replication_group").values():
        yield "cache", one["node_type"], ""


@pytest.mark.parametrize("base", [*SHIPPED, *COMPLETE])
def test_every_type_is_offered_where_the_site_is(base: str):
    site = variation(base, {})
    region = site.content["provider"]["aws"][0]["region"]
    wanted = list(asked(site))
    assert wanted
    assert [one for one in wanted if not offered(one[0], one[1], region, one[2])] == []


def test_a_type_that_a_region_lacks_is_found():
    site = variation("handson", {"web": {"instance_type": "p3dn.24xlarge", "image_id": "ami-01234567"}})
    (found,) = {type_ for what, type_, engine in asked(site) if not offered(what, type_, "ap-northeast-3", engine)}
    assert found == "p3dn.24xlarge"
    assert not offered("database", "db.t2.micro", "ap-northeast-3")
    assert not offered("cache", "cache.t4g.micro", "me-south-1")


DEFAULTS = {
    "server": (Servers, "instance_type"),
    "database": (Database, "instance_class"),
    "cache": (Cache, "node_type"),
}


def test_the_reference_names_every_region_that_lacks_a_default():
    assert len(regions("server")) > 35
    lacking = {
        (region, section.model_fields[key].default)
        for what, (section, key) in DEFAULTS.items()
        for region in regions(what)
        if not offered(what, section.model_fields[key].default, region)
    }
    assert lacking == {
        ("ca-west-1", "db.t4g.small"),
        ("me-central-1", "cache.t4g.micro"),
        ("me-south-1", "cache.t4g.micro"),
    }
    (line,) = [line for line in page().splitlines() if line.startswith("| `aws` |")]
    for region, type_ in lacking:
        assert f"`{region}`" in line
        assert f"`{type_}`" in line
