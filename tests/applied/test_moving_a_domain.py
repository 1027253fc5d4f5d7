"""A domain goes from one site to another as docs/operations.md says, at no moment without a site. Of both sites the
parts are applied that know its names: CloudFront's distribution and the records."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import RootModule, Sandbox, TerraformFailed
from tests.applied.conftest import REGION, actions
from tests.once import heard, require_terraform
from tests.operations.page import aws, sections
from tests.site.sites import variation

pytestmark = pytest.mark.xdist_group("restore")

NAME = "www.example.com"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
ORIGIN = {
    "http_port": 80,
    "https_port": 443,
    "origin_protocol_policy": "https-only",
    "origin_ssl_protocols": ["TLSv1.2"],
}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    require_terraform()
    with heard(tmp_path_factory.mktemp("domain")) as sandbox:
        yield sandbox


def site(sandbox: Sandbox, name: str, https: dict[str, Any]) -> RootModule:
    settings = {"domain": NAME, "more_names": None, "zone": "example.com", **https}
    content = variation("production", {"https": settings, "backups": None}, name).content
    records = {
        id: record for id, record in content["resource"]["aws_route53_record"].items() if re.search("_(a|aaaa)$", id)
    }
    distribution = content["resource"]["aws_cloudfront_distribution"]["cdn"]
    for argument in ("ordered_cache_behavior", "web_acl_id"):
        del distribution[argument]
    for argument in (
        "cache_policy_id",
        "response_headers_policy_id",
        "function_association",
        "origin_request_policy_id",
    ):
        del distribution["default_cache_behavior"][argument]
    distribution["default_cache_behavior"]["forwarded_values"] = {"query_string": True, "cookies": {"forward": "all"}}
    distribution["origin"] = [
        {"origin_id": "load_balancer", "domain_name": "lb.example.com", "custom_origin_config": ORIGIN}
    ]
    distribution["viewer_certificate"]["acm_certificate_arn"] = CERTIFICATE
    resources = {"aws_cloudfront_distribution": {"cdn": distribution}}
    if records:
        resources["aws_route53_record"] = records
    return sandbox.root_module(
        name,
        json.loads(
            json.dumps(
                {
                    "terraform": content["terraform"],
                    "provider": content["provider"],
                    "data": {"aws_route53_zone": content["data"]["aws_route53_zone"]},
                    "resource": resources,
                }
            )
        ),
    )


def leads_to(sandbox: Sandbox) -> tuple[set[str], str]:
    """Where the records lead, and the comment of the distribution that has the name."""
    route53, cloudfront = sandbox.client("route53", REGION), sandbox.client("cloudfront", REGION)
    (zone,) = route53.list_hosted_zones()["HostedZones"]
    records = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    targets = {it["AliasTarget"]["DNSName"].rstrip(".") for it in records if it["Name"] == f"{NAME}."}
    (named,) = [
        it
        for it in cloudfront.list_distributions()["DistributionList"]["Items"]
        if NAME in it["Aliases"].get("Items", [])
    ]
    return targets, named["Comment"]


def test_a_domain_moves_without_a_gap(sandbox: Sandbox):
    page = sections()["Move a domain to another site"]
    waiting, taking, leaving = (edit["https"] for edit in page.edits)
    old = site(sandbox, "shop", {})
    old.init()
    old.apply()
    before = leads_to(sandbox)
    assert before[1] == "shop-ap-northeast-1"

    # Without the steps, the second site is refused.
    new = site(sandbox, "shop2", {})
    new.init()
    with pytest.raises(TerraformFailed, match="CNAMEAlreadyExists"):
        new.apply()

    new = site(sandbox, "shop2", waiting)
    new.apply()
    assert leads_to(sandbox) == before
    forget = page.command("state rm", "_a ").split(" state rm ")[1].split()
    old.forget(*forget)
    assert leads_to(sandbox) == before

    def ask(*words: str, **stands_for: str) -> Any:
        return aws(lambda service: sandbox.client(service, REGION), page.command(*words), stands_for)

    (target,) = [id for id, _, names in ask("list-distributions") if not names]
    ask("associate-alias", ID=target)
    assert leads_to(sandbox) == (before[0], "shop2-ap-northeast-1")

    new = site(sandbox, "shop2", taking)
    new.apply()
    after = leads_to(sandbox)
    assert len(after[0]) == 1
    assert not after[0] & before[0]
    assert actions(new.plan()) == {}
    old = site(sandbox, "shop", leaving)
    assert actions(old.plan()) == {}
    old.destroy()
    assert leads_to(sandbox) == after
