"""ElastiCache: https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/Welcome.html"""

from __future__ import annotations

import inspect
import re
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.exceptions import CacheSubnetGroupNotFound, ElastiCacheException, ReplicationGroupNotFound
from moto.elasticache.models import CacheCluster, ElastiCacheBackend, ReplicationGroup, User
from moto.elasticache.responses import ElastiCacheResponse

from sandbox.additions import in_place_of


class UserGroupNotFound(ElastiCacheException):
    code = "UserGroupNotFound"


@in_place_of(ElastiCacheBackend, "create_replication_group")
def create_replication_group(original: Any, backend: ElastiCacheBackend, **asked: Any) -> ReplicationGroup:
    """The nodes of a group are cache clusters, which DescribeCacheClusters lists like any other.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateReplicationGroup.html
    """
    # A group of so many clusters has one replica less; moto makes none of them.
    asked["replicas_per_node_group"] = asked["replicas_per_node_group"] or (asked["num_cache_clusters"] or 1) - 1
    group = original(**asked)
    known: dict[str, Any] = {name: asked.get(name) for name in inspect.signature(CacheCluster).parameters}
    for member in group.member_clusters:
        node: Any = CacheCluster(
            **known
            | {
                "account_id": backend.account_id,
                "region_name": backend.region_name,
                "cache_cluster_id": member,
                "num_cache_nodes": 1,
                "log_delivery_configurations": [],
            }
        )
        # moto's constructor keeps them for the engine "redis" alone.
        node.replication_group_id, node.num_cache_nodes = group.replication_group_id, 1
        node.at_rest_encryption_enabled = asked["at_rest_encryption_enabled"]
        node.transit_encryption_mode = asked["transit_encryption_mode"]
        node.security_groups = [{"SecurityGroupId": id, "Status": "active"} for id in asked["security_group_ids"] or []]
        backend.cache_clusters[member] = node
    return group


@in_place_of(ElastiCacheResponse, "modify_replication_group")
def modify_replication_group(original: Any, response: ElastiCacheResponse) -> ActionResult:
    """What is changed for a group is changed for its nodes; here at once.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyReplicationGroup.html
    """
    result, backend = original(), response.elasticache_backend
    changed = {
        "cache_node_type": response._get_param("CacheNodeType"),
        "engine_version": response._get_param("EngineVersion"),
        "preferred_maintenance_window": response._get_param("PreferredMaintenanceWindow"),
    }
    for node in backend.replication_groups[response._get_param("ReplicationGroupId")].member_clusters:
        vars(backend.cache_clusters[node]).update({name: value for name, value in changed.items() if value})
    return result


@in_place_of(ElastiCacheBackend, "delete_replication_group")
def delete_replication_group(_: Any, backend: ElastiCacheBackend, replication_group_id: str, **_more: Any) -> Any:
    """The group goes, and its nodes with it.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DeleteReplicationGroup.html
    """
    if replication_group_id not in backend.replication_groups:
        raise ReplicationGroupNotFound(replication_group_id)
    group = backend.replication_groups.pop(replication_group_id)
    for member in group.member_clusters:
        del backend.cache_clusters[member]
    group.status = "deleting"
    return group


@in_place_of(ElastiCacheResponse, "delete_cache_subnet_group")
def delete_cache_subnet_group(_: Any, response: ElastiCacheResponse) -> EmptyResult:
    """https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DeleteCacheSubnetGroup.html"""
    name, groups = response._get_param("CacheSubnetGroupName"), response.elasticache_backend.cache_subnet_groups
    if name not in groups:
        raise CacheSubnetGroupNotFound(name)
    del groups[name]
    return EmptyResult()


@in_place_of(ElastiCacheResponse, "create_user")
def create_user(original: Any, response: ElastiCacheResponse) -> ActionResult:
    """A user that signs in by IAM has its id for a name.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html#auth-iam-limits
    """
    by_iam = response._get_param("AuthenticationMode", {}).get("Type") == "iam"
    if by_iam and response._get_param("UserId") != response._get_param("UserName"):
        raise ElastiCacheException("InvalidParameterCombination", "User Id and User name must be same for type: iam")
    return original()


@in_place_of(ElastiCacheResponse, "create_user_group")
def create_user_group(_: Any, response: ElastiCacheResponse) -> ActionResult:
    """Users who exist already, of the same engine or of Redis, which alone wants one that is named `default`.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateUserGroup.html
    """
    backend, id = response.elasticache_backend, response._get_param("UserGroupId")
    users = [member(backend, user) for user in response._get_param("UserIds", [])]
    engine = response._get_param("Engine").lower()
    if engine == "redis" and "default" not in [user.name for user in users]:
        raise ElastiCacheException("DefaultUserRequired", "User group must contain a user with the name default")
    group = {
        "UserGroupId": id,
        "Status": "active",
        "Engine": engine,
        "UserIds": [user.id for user in users],
        "MinimumEngineVersion": "7.2",
        "ReplicationGroups": [],
        "ARN": f"arn:aws:elasticache:{backend.region_name}:{backend.account_id}:usergroup:{id}",
    }
    for user in users:
        user.user_group_ids.append(id)
    backend.tagging_service.tag_resource(group["ARN"], response._get_param("Tags", []))
    user_groups(backend)[id] = group
    return ActionResult(group)


@in_place_of(ElastiCacheResponse, "describe_user_groups")
def describe_user_groups(_: Any, response: ElastiCacheResponse) -> ActionResult:
    """One group, or all.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeUserGroups.html
    """
    if response._get_param("UserGroupId"):
        return ActionResult({"UserGroups": [named_group(response)]})
    return ActionResult({"UserGroups": list(user_groups(response.elasticache_backend).values())})


@in_place_of(ElastiCacheResponse, "delete_user_group")
def delete_user_group(_: Any, response: ElastiCacheResponse) -> ActionResult:
    """https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DeleteUserGroup.html"""
    backend, group = response.elasticache_backend, named_group(response)
    del user_groups(backend)[group["UserGroupId"]]
    for user in group["UserIds"]:
        backend.users[user].user_group_ids.remove(group["UserGroupId"])
    return ActionResult(group | {"Status": "deleting"})


@in_place_of(ElastiCacheBackend, "__init__")
def know_user_groups(original: Any, backend: ElastiCacheBackend, region_name: str, account_id: str) -> None:
    """Their tags are listed like everybody's.

    https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Tagging-Resources.html
    """
    original(region_name, account_id)
    backend.arn_regex = re.compile(backend.arn_regex.pattern.replace("|user)", "|user|usergroup)"))


def user_groups(backend: ElastiCacheBackend) -> dict[str, dict[str, Any]]:
    """The backend's user groups by their id."""
    return backend.__dict__.setdefault("user_groups", {})


def named_group(response: ElastiCacheResponse) -> dict[str, Any]:
    id = response._get_param("UserGroupId")
    try:
        return user_groups(response.elasticache_backend)[id]
    except KeyError:
        raise UserGroupNotFound(f"User group {id} not found.") from None


def member(backend: ElastiCacheBackend, user: str) -> User:
    (found,) = backend.describe_users(user)
    return found
