"""ElastiCache and CloudFront as the additions to moto complete them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox import Sandbox

pytestmark = pytest.mark.xdist_group("cache-and-cdn")


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def cache(sandbox: Sandbox) -> Any:
    return sandbox.client("elasticache", "ap-northeast-1")


@pytest.fixture
def cloudfront(sandbox: Sandbox) -> Any:
    return sandbox.client("cloudfront", "us-east-1")


def iam_user(id: str, name: str) -> dict[str, Any]:
    mode = {"Type": "iam"}
    return {
        "UserId": id,
        "UserName": name,
        "Engine": "valkey",
        "AccessString": "on ~* +@all",
        "AuthenticationMode": mode,
    }


def test_a_user_for_iam_is_named_like_its_id(cache: Any) -> None:
    with pytest.raises(ClientError, match="InvalidParameterCombination"):
        cache.create_user(**iam_user("one", "another"))


def test_a_user_group_knows_its_users_and_they_know_it(cache: Any) -> None:
    user = cache.create_user(**iam_user("member", "member"))
    group = cache.create_user_group(UserGroupId="group", Engine="valkey", UserIds=["member"])
    assert group["Status"] == "active"
    assert cache.describe_users(UserId="member")["Users"][0]["UserGroupIds"] == ["group"]
    assert cache.list_tags_for_resource(ResourceName=group["ARN"])["TagList"] == []
    assert cache.list_tags_for_resource(ResourceName=user["ARN"])["TagList"] == []
    cache.delete_user_group(UserGroupId="group")
    with pytest.raises(ClientError, match="UserGroupNotFound"):
        cache.describe_user_groups(UserGroupId="group")


def test_a_user_group_of_redis_wants_a_default_user_and_none_takes_a_stranger(cache: Any) -> None:
    cache.create_user(**iam_user("lonely", "lonely"))
    with pytest.raises(ClientError, match="DefaultUserRequired"):
        cache.create_user_group(UserGroupId="redis", Engine="redis", UserIds=["lonely"])
    with pytest.raises(ClientError, match="UserNotFound"):
        cache.create_user_group(UserGroupId="strange", Engine="valkey", UserIds=["nobody"])


def test_a_replication_group_has_nodes_that_follow_it_and_go_with_it(cache: Any) -> None:
    cache.create_replication_group(
        ReplicationGroupId="site",
        ReplicationGroupDescription="two nodes",
        Engine="valkey",
        EngineVersion="8.1",
        CacheNodeType="cache.t4g.micro",
        NumCacheClusters=2,
        SecurityGroupIds=["sg-1"],
    )
    cache.modify_replication_group(ReplicationGroupId="site", CacheNodeType="cache.t4g.small")
    nodes = cache.describe_cache_clusters()["CacheClusters"]
    assert [node["CacheClusterId"] for node in nodes] == ["site-001", "site-002"]
    for node in nodes:
        assert (node["EngineVersion"], node["CacheNodeType"]) == ("8.1", "cache.t4g.small")
        assert node["SecurityGroups"] == [{"SecurityGroupId": "sg-1", "Status": "active"}]
    cache.delete_replication_group(ReplicationGroupId="site")
    assert cache.describe_cache_clusters()["CacheClusters"] == []
    with pytest.raises(ClientError, match="ReplicationGroupNotFound"):
        cache.describe_replication_groups(ReplicationGroupId="site")


def test_a_policy_in_use_stays(cloudfront: Any) -> None:
    config = {"Name": "files", "MinTTL": 0}
    policy = cloudfront.create_cache_policy(CachePolicyConfig=config)
    id = policy["CachePolicy"]["Id"]
    origin = {"Id": "o", "DomainName": "site.test", "VpcOriginConfig": {"VpcOriginId": "vo_1"}}
    behavior = {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "CachePolicyId": id}
    distribution = cloudfront.create_distribution(
        DistributionConfig={
            "CallerReference": "1",
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": behavior,
        }
    )
    with pytest.raises(ClientError, match="CachePolicyInUse"):
        cloudfront.delete_cache_policy(Id=id, IfMatch=policy["ETag"])
    kept = distribution["Distribution"]["DistributionConfig"]
    assert kept["Origins"]["Items"][0]["VpcOriginConfig"]["VpcOriginId"] == "vo_1"
    assert "ForwardedValues" not in kept["DefaultCacheBehavior"]
    cloudfront.delete_distribution(Id=distribution["Distribution"]["Id"], IfMatch=distribution["ETag"])
    cloudfront.delete_cache_policy(Id=id, IfMatch=policy["ETag"])
    with pytest.raises(ClientError, match="NoSuchCachePolicy"):
        cloudfront.get_cache_policy(Id=id)


def test_a_function_is_live_once_it_is_published_and_as_it_was_then(cloudfront: Any) -> None:
    config = {"Comment": "", "Runtime": "cloudfront-js-2.0"}
    made = cloudfront.create_function(Name="f", FunctionConfig=config, FunctionCode=b"one")
    with pytest.raises(ClientError, match="NoSuchFunctionExists"):
        cloudfront.describe_function(Name="f", Stage="LIVE")
    cloudfront.publish_function(Name="f", IfMatch=made["ETag"])
    newer = cloudfront.update_function(Name="f", IfMatch=made["ETag"], FunctionConfig=config, FunctionCode=b"two")
    assert cloudfront.describe_function(Name="f", Stage="LIVE")["ETag"] == made["ETag"] != newer["ETag"]
