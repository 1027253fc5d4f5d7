"""The end of a live site. It comes after the other tests of the environment, in the order of the files."""

from tests.applied.conftest import Live
from tests.site.sites import variation

OPENED = {section: {"deletion_protection": False} for section in ("load_balancer", "database")}
"""What a person changes before the end of a site that is protected."""

PROTECTED = ("aws_lb.load_balancer", "aws_rds_cluster.database")


def test_destroy_leaves_nothing_but_the_last_snapshot_of_what_matters(live: Live):
    root = live.root
    if live.environment == "production":
        root = live.sandbox.root_module("site", variation("production", OPENED).content)
        # They alone: a plan of all of production takes long.
        root.apply(*(f"-target={address}" for address in PROTECTED))
    root.destroy()
    assert "values" not in root.show(), "the state knows nothing any more"
    ec2 = live.client("ec2")
    assert not ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.0.0.0/21"]}])["Vpcs"]
    assert not ec2.describe_images(Owners=["self"])["Images"]
    states = {
        instance["State"]["Name"]
        for reservation in ec2.describe_instances()["Reservations"]
        for instance in reservation["Instances"]
    }
    assert states <= {"terminated"}
    rds = live.client("rds")
    assert not rds.describe_db_instances()["DBInstances"]
    assert not rds.describe_db_clusters()["DBClusters"]
    kept = 1 if live.environment == "production" else 0
    assert len(rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]) == kept
    assert not live.client("elbv2").describe_load_balancers()["LoadBalancers"]
    assert not live.client("efs").describe_file_systems()["FileSystems"]
    assert not live.client("logs").describe_log_groups()["logGroups"]
    assert not live.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    assert not live.client("elasticache").describe_replication_groups()["ReplicationGroups"]
    assert not live.client("cloudfront").list_distributions()["DistributionList"].get("Items")
    assert not live.client("s3").list_buckets()["Buckets"]
    assert not live.client("backup").list_backup_vaults()["BackupVaultList"]
    # A deleted secret waits out its recovery window, and is no longer listed.
    assert not live.client("secretsmanager").list_secrets()["SecretList"]
