"""WordPress's memory between two requests, shared by all servers: ElastiCache for Valkey."""

from constructs import Construct

from modules import aws
from modules.network.firewall import Firewall
from modules.network.network import Tier
from modules.settings.cache import Cache as Settings
from modules.terraform.accepted import OWN_KEY, accept
from modules.terraform.metric_source import MetricSource, offer_metrics
from modules.terraform.policy import Permission

ACCESS = "on ~* -@all +ping +mget +set +incr +incrby +decr +decrby +unlink +scan +flushdb"
"""What WordPress may do there: the commands of wordpress/cache/object-cache.php.
https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html"""


class ObjectCache(Construct):
    """A primary and replicas in other zones, one of which takes over by itself. It costs about 30 USD a month for two
    of the smallest nodes, and buys pages that ask the database a handful of times instead of dozens.

    Servers sign in with their role (IAM authentication), so there is no password at all. The two other ways would put
    one into Terraform's state: `auth_token`, and a user's `passwords`; neither is write-only in both majors of the
    provider.
    https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html

    Attributes:
        firewall: who may connect.
        name: the cache's in ElastiCache, and its user's: IAM authentication wants one that has its id for a name.
        address: the primary's host name. It stays the same when a replica takes over.
        permission: what a server needs to sign in.
    """

    PORT = 6379

    def __init__(
        self, scope: Construct, id: str, settings: Settings, *, name: str, tier: Tier, key_arn: str | None = None
    ) -> None:
        """
        Args:
            name: the beginning of every name in AWS.
            tier: the subnets that it stands in, two zones at least.
            key_arn: the key of its data; None for AWS's own.
        """
        super().__init__(scope, id)
        self.name = f"{name}-cache"
        tags = {"Name": self.name}
        self.firewall = Firewall(self, id, vpc_id=tier.vpc_id, name=self.name, description="The object cache")
        subnets = aws.ElasticacheSubnetGroup(
            self,
            id,
            name=self.name,
            description=f"{name}: the object cache's subnets",
            subnet_ids=tier.subnet_ids,
            tags=tags,
        )
        user = aws.ElasticacheUser(
            self,
            id,
            user_id=self.name,
            user_name=self.name,
            engine="valkey",
            access_string=ACCESS,
            authentication_mode={"type": "iam"},
            tags=tags,
        )
        # Valkey's groups need no user "default", so nobody else can sign in.
        users = aws.ElasticacheUserGroup(
            self, id, user_group_id=self.name, engine="valkey", user_ids=[user.user_id], tags=tags
        )
        group = aws.ElasticacheReplicationGroup(
            self,
            id,
            replication_group_id=self.name,
            description=f"{name}: what WordPress remembers between two requests",
            engine="valkey",
            engine_version=settings.engine_version,
            node_type=settings.node_type,
            num_cache_clusters=1 + settings.replicas,
            automatic_failover_enabled=True,
            multi_az_enabled=True,
            port=self.PORT,
            subnet_group_name=subnets.name,
            security_group_ids=[self.firewall.security_group_id],
            user_group_ids=[users.user_group_id],
            transit_encryption_enabled=True,
            transit_encryption_mode="required",
            at_rest_encryption_enabled="true",
            kms_key_id=key_arn,
            maintenance_window=settings.maintenance_window,
            auto_minor_version_upgrade="true",
            # What is lost is read from the database again: neither backups nor a quiet hour for changes are needed.
            snapshot_retention_limit=0,
            apply_immediately=True,
            tags=tags,
        )
        accept(group, "CKV_AWS_191", OWN_KEY, unless=key_arn)
        accept(group, "AwsSolutions-AEC3", 'Both are on; the scanner does not read "true" here.')
        accept(group, "AwsSolutions-AEC6", "Servers sign in with their role, which is no password.")
        self.address = group.primary_endpoint_address
        self.permission = Permission("ConnectToCache", ("elasticache:Connect",), (group.arn, user.arn))
        nodes = {f"{id}_{number}": f"{self.name}-{number:03}" for number in range(1, 2 + settings.replicas)}
        members = {key: {"CacheClusterId": node} for key, node in nodes.items()}
        offer_metrics(self, MetricSource("cache", "Object cache", members))
