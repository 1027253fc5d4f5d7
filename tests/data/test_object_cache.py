"""The object cache: two zones, TLS, sign-in by role, and nobody else."""

import re

import pytest
from pydantic import ValidationError

from modules.data import object_cache
from modules.data.object_cache import ObjectCache
from modules.network.firewall import Firewall
from modules.settings.cache import Cache
from modules.wordpress import FOLDER
from tests.site.parts import stack_of
from tests.site.sites import Site


def cache(**settings: object) -> Site:
    def build(stack, network):
        part = ObjectCache(stack, "cache", Cache(**settings), name="test", tier=network.database)
        servers = Firewall(
            stack, "web", vpc_id=network.servers["web"].vpc_id, name="test-web", description="The web servers"
        )
        part.firewall.allow_from(servers, ObjectCache.PORT)

    return stack_of(build)


def test_the_cache_is_valkey_in_two_zones_with_automatic_failover():
    group = cache()["aws_elasticache_replication_group.cache"]
    assert (group["engine"], group["engine_version"]) == ("valkey", "8.1")
    assert group["num_cache_clusters"] == 2
    assert group["automatic_failover_enabled"] is True
    assert group["multi_az_enabled"] is True
    subnets = cache()["aws_elasticache_subnet_group.cache"]["subnet_ids"]
    assert subnets == ["${aws_subnet.database_1a.id}", "${aws_subnet.database_1c.id}"]


def test_the_cache_is_encrypted_at_rest_and_takes_tls_alone():
    group = cache()["aws_elasticache_replication_group.cache"]
    assert group["at_rest_encryption_enabled"] == "true"
    assert group["transit_encryption_enabled"] is True
    assert group["transit_encryption_mode"] == "required"


def test_servers_sign_in_by_their_role_and_no_secret_exists():
    site = cache()
    user = site["aws_elasticache_user.cache"]
    assert user["authentication_mode"] == {"type": "iam"}
    # ElastiCache refuses a user for IAM whose name is not its id.
    assert user["user_id"] == user["user_name"] == "test-cache"
    assert site["aws_elasticache_user_group.cache"]["user_ids"] == ["${aws_elasticache_user.cache.user_id}"]
    group = site["aws_elasticache_replication_group.cache"]
    assert group["user_group_ids"] == ["${aws_elasticache_user_group.cache.user_group_id}"]
    assert not re.search("auth_token|password", site.text)


def test_a_server_may_connect_to_this_cache_as_this_user():
    found = []
    stack_of(
        lambda stack, network: found.append(
            ObjectCache(stack, "cache", Cache(), name="test", tier=network.database).permission
        )
    )
    [permission] = found
    assert permission.actions == ("elasticache:Connect",)
    assert len(permission.resources) == 2
    assert "*" not in "".join(permission.resources)


def test_only_the_servers_reach_the_cache():
    assert cache().allowed() == {("web", "cache", "tcp/6379")}


def test_the_user_may_do_what_the_drop_in_asks_for_and_no_more():
    drop_in = (FOLDER / "cache/object-cache.php").read_text()
    asked = {name.lower() for name in re.findall(r"\$redis->(\w+)\(", drop_in)}
    commands = asked - {"pconnect", "setoption", "auth"}
    allowed = {word[1:] for word in object_cache.ACCESS.split() if word.startswith("+")}
    # The extension turns steps of one, and steps down, into commands of their own.
    assert allowed == commands | {"incr", "decr", "decrby"}


def test_size_and_window_are_settings():
    settings = {"node_type": "cache.r7g.large", "replicas": 2, "maintenance_window": "mon:01:00-mon:02:00"}
    group = cache(**settings)["aws_elasticache_replication_group.cache"]
    assert group["node_type"] == "cache.r7g.large"
    assert group["num_cache_clusters"] == 3
    assert group["maintenance_window"] == "mon:01:00-mon:02:00"


@pytest.mark.parametrize("wrong", [{"node_type": "db.t4g.small"}, {"replicas": 0}, {"engine_version": "7.2"}])
def test_a_cache_that_does_not_survive_a_zone_or_does_not_exist_is_refused(wrong):
    with pytest.raises(ValidationError):
        Cache(**wrong)
