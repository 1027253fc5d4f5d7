"""CloudFront: https://docs.aws.amazon.com/cloudfront/latest/APIReference/Welcome.html"""

from __future__ import annotations

from typing import Any

from moto.cloudfront import urls
from moto.cloudfront.exceptions import CloudFrontException
from moto.cloudfront.models import (
    CloudFrontBackend,
    CloudFrontFunction,
    DefaultCacheBehaviour,
    Origin,
    ViewerCertificate,
    random_id,
)
from moto.cloudfront.responses import CloudFrontResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.ec2.models.security_groups import SecurityGroupRule

from sandbox.additions import ec2, in_place_of, put_property

KINDS = {"CachePolicy": "CachePolicyConfig", "ResponseHeadersPolicy": "ResponseHeadersPolicyConfig"}
KINDS |= {"VpcOrigin": "VpcOriginEndpointConfig"}
"""What moto has not at all: each has an id, a version (ETag), and what it was asked to be.
https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CachePolicy.html
https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ResponseHeadersPolicy.html
https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_VpcOrigin.html"""


def add(kind: str, config: str) -> None:
    """Create, Get, Update and Delete of a kind."""
    words = "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in kind)[1:]
    path = f"{{0}}/2020-05-31/{words}"
    urls.url_paths |= {f"{path}$": CloudFrontResponse.dispatch, f"{path}/(?P<id>[^/]+)$": CloudFrontResponse.dispatch}

    def create(response: CloudFrontResponse) -> ActionResult:
        id, now = ("vo_" if kind == "VpcOrigin" else "") + random_id(), utcnow()
        backend = response.backend
        item = {
            "Id": id,
            "Arn": f"arn:aws:cloudfront::{backend.account_id}:{kind.lower()}/{id}",
            "Status": "Deployed",
            "CreatedTime": now,
            "LastModifiedTime": now,
            config: response._get_param(config),
        }
        backend.tagger.tag_resource(item["Arn"], response._get_param("Tags.Items", []))
        items(backend)[id] = {kind: item, "ETag": random_id()}
        return ActionResult(items(backend)[id])

    def get(response: CloudFrontResponse) -> ActionResult:
        return ActionResult(named(response, kind))

    def update(response: CloudFrontResponse) -> ActionResult:
        item = named(response, kind)
        item[kind] |= {config: response._get_param(config), "LastModifiedTime": utcnow()}
        item["ETag"] = random_id()
        return ActionResult(item)

    def delete(response: CloudFrontResponse) -> EmptyResult | ActionResult:
        item = named(response, kind)
        id = item[kind]["Id"]
        if id in used(response.backend):
            in_use = "CannotDeleteEntityWhileInUse" if kind == "VpcOrigin" else f"{kind}InUse"
            raise CloudFrontException(in_use, f"{id} belongs to a distribution")
        del items(response.backend)[id]
        return ActionResult(item | {"ETag": random_id()}) if kind == "VpcOrigin" else EmptyResult()

    for action in (create, get, update, delete):
        setattr(CloudFrontResponse, f"{action.__name__}_{words.replace('-', '_')}", action)


for kind, config in KINDS.items():
    add(kind, config)


def items(backend: CloudFrontBackend) -> dict[str, dict[str, Any]]:
    """The backend's policies and VPC origins by their id."""
    return backend.__dict__.setdefault("items", {})


def named(response: CloudFrontResponse, kind: str) -> dict[str, Any]:
    item = items(response.backend).get(response._get_param("Id"), {})
    if kind not in item:
        code = "EntityNotFound" if kind == "VpcOrigin" else f"NoSuch{kind}"
        raise CloudFrontException(code, f"The specified {kind} does not exist.")
    return item


def used(backend: CloudFrontBackend) -> set[str | None]:
    """The ids that distributions name."""
    found: set[str | None] = set()
    for distribution in backend.distributions.values():
        config: Any = distribution.distribution_config
        for behavior in [config.DefaultCacheBehavior, *config.CacheBehaviors.get("Items", [])]:
            found |= {behavior.cache_policy_id, behavior.response_headers_policy_id}
        found |= {(origin.vpc_origin_config or {}).get("VpcOriginId") for origin in config.Origins["Items"]}
    return found


@in_place_of(Origin, "__init__")
def origin(original: Any, origin: Any, config: dict[str, Any]) -> None:
    """An origin in a VPC keeps which and how long CloudFront waits.

    https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_VpcOriginConfig.html
    """
    original(config)
    origin.vpc_origin_config = config.get("VpcOriginConfig")


@in_place_of(DefaultCacheBehaviour, "__init__")
def behavior(original: Any, behavior: Any, config: dict[str, Any]) -> None:
    """A behavior keeps its functions. One with a cache policy has no forwarded values beside it.

    https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DefaultCacheBehavior.html
    """
    original(config)
    behavior.function_associations = config.get("FunctionAssociations") or {"Quantity": 0}
    if behavior.cache_policy_id:
        behavior.forwarded_values = None


@in_place_of(ViewerCertificate, "__init__")
def certificate(original: Any, certificate: ViewerCertificate, config: dict[str, Any]) -> None:
    """With a certificate of one's own, CloudFront's default is not used.

    https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ViewerCertificate.html
    """
    original(config)
    if certificate.acm_certificate_arn:
        certificate.cloud_front_default_certificate = False
        certificate.certificate, certificate.certificate_source = certificate.acm_certificate_arn, "acm"


urls.url_paths["{0}/2020-05-31/function/(?P<function_name>[^/]+)/publish$"] = CloudFrontResponse.dispatch


@in_place_of(CloudFrontResponse, "publish_function")
def publish_function(_: Any, response: CloudFrontResponse) -> ActionResult:
    """Copies a function from the stage DEVELOPMENT to LIVE, where distributions take it from.

    https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_PublishFunction.html
    """
    function: Any = response.backend.get_function(response._get_param("Name"))
    function.live = {"code": function.code, "config": dict(function.config), "etag": function.etag}
    function.status = "UNASSOCIATED"
    return ActionResult({"FunctionSummary": function.function_summary})


@in_place_of(CloudFrontResponse, "update_function")
def update_function(_: Any, response: CloudFrontResponse) -> ActionResult:
    """The stage DEVELOPMENT gets another code; LIVE keeps its own.

    https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateFunction.html
    """
    function = response.backend.get_function(response._get_param("Name"))
    function.config, function.code = response._get_param("FunctionConfig"), response._get_param("FunctionCode")
    function.etag, function.last_modified_time = random_id(), utcnow()
    return ActionResult({"FunctionSummary": function.function_summary, "ETag": function.etag})


@in_place_of(CloudFrontResponse, "describe_function")
def describe_function(original: Any, response: CloudFrontResponse) -> ActionResult:
    """A function is not LIVE before it is published.

    https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_DescribeFunction.html
    """
    if response._get_param("Stage") != "LIVE":
        return original()
    function: CloudFrontFunction = response.backend.get_function(response._get_param("Name"))
    live = getattr(function, "live", None)
    if live is None:
        raise CloudFrontException("NoSuchFunctionExists", "The specified function does not exist.")
    summary = function.function_summary
    summary |= {"FunctionConfig": live["config"]}
    summary["FunctionMetadata"] |= {"Stage": "LIVE"}
    return ActionResult({"FunctionSummary": summary, "ETag": live["etag"]})


def names_of(config: Any) -> list[str]:
    """The names that visitors reach a distribution by, of its configuration."""
    return (config["Aliases"] if isinstance(config, dict) else config.Aliases).get("Items", [])


def refuse_names_of_another(backend: CloudFrontBackend, names: list[str], id: str | None = None) -> None:
    """A name leads to one distribution of all that there are.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/CNAMEs.html

    Args:
        names: those that a distribution is to have.
        id: the distribution's; None for a new one.
    """
    for other in backend.distributions.values():
        if other.distribution_id != id and set(names) & set(names_of(other.distribution_config)):
            raise CloudFrontException(
                "CNAMEAlreadyExists", "One or more of the CNAMEs you provided are already associated with a resource."
            )


@in_place_of(CloudFrontBackend, "create_distribution_with_tags")
def create_distribution(original: Any, backend: CloudFrontBackend, config: dict[str, Any], tags: Any) -> Any:
    """https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateDistribution.html"""
    refuse_names_of_another(backend, names_of({"Aliases": {}, **config}))
    return original(config, tags)


@in_place_of(CloudFrontBackend, "update_distribution")
def update_distribution(
    original: Any, backend: CloudFrontBackend, dist_config: dict[str, Any], _id: str, if_match: bool
) -> Any:
    """https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_UpdateDistribution.html"""
    refuse_names_of_another(backend, names_of({"Aliases": {}, **dist_config}), _id)
    return original(dist_config, _id, if_match)


urls.url_paths["{0}/2020-05-31/distribution/(?P<id>[^/]+)/associate-alias$"] = CloudFrontResponse.dispatch


@in_place_of(CloudFrontResponse, "associate_alias")
def associate_alias(_: Any, response: CloudFrontResponse) -> EmptyResult:
    """Moves a name from the distribution that has it to another one, in one step.

    https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_AssociateAlias.html
    """
    name, target = response._get_param("Alias"), response._get_param("TargetDistributionId")
    for id, distribution in response.backend.distributions.items():
        config: Any = distribution.distribution_config
        items = sorted({*names_of(config), name} if id == target else {*names_of(config)} - {name})
        config.Aliases = {"Quantity": len(items), **({"Items": items} if items else {})}
    return EmptyResult()


@in_place_of(SecurityGroupRule, "__init__")
def rule(original: Any, rule: Any, *arguments: Any, **named: Any) -> None:
    """A rule whose peer is a prefix list, as CloudFront's is, keeps its description as well.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
    """
    original(*arguments, **named)
    rule.prefix_list = (arguments[7] if len(arguments) > 7 else None) or {}


put_property(
    SecurityGroupRule,
    "description",
    lambda rule: getattr(rule, "prefix_list", {}).get("Description") or ec2.description(rule),
)
