"""What production has beyond the other environments, as AWS would show it after an apply."""

import json

import pytest

from tests.applied.conftest import Live, on

pytestmark = on("production")

EDGE = "us-east-1"


@pytest.fixture
def distribution(live: Live) -> dict:
    (one,) = live.client("cloudfront").list_distributions()["DistributionList"]["Items"]
    return live.client("cloudfront").get_distribution_config(Id=one["Id"])["DistributionConfig"]


def test_visitors_meet_cloudfront_and_its_firewall_first(live: Live, distribution: dict):
    assert set(distribution["Aliases"]["Items"]) == {"www.example.com", "example.com"}
    waf = live.sandbox.client("wafv2", EDGE)
    (acl,) = waf.list_web_acls(Scope="CLOUDFRONT")["WebACLs"]
    assert distribution["WebACLId"] == acl["ARN"]
    assert live.client("wafv2").list_web_acls(Scope="REGIONAL")["WebACLs"] == []
    certificate = distribution["ViewerCertificate"]["ACMCertificateArn"]
    assert certificate.split(":")[3] == EDGE
    assert distribution["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"


def test_nobody_gets_around_cloudfront(live: Live):
    (balancer,) = live.client("elbv2").describe_load_balancers()["LoadBalancers"]
    assert balancer["Scheme"] == "internal"


def test_the_names_lead_to_cloudfront(live: Live):
    route53 = live.client("route53")
    (zone,) = route53.list_hosted_zones()["HostedZones"]
    records = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    aliases = {(it["Name"], it["Type"]): it["AliasTarget"]["DNSName"] for it in records if "AliasTarget" in it}
    assert aliases.keys() == {(name, kind) for name in ("www.example.com.", "example.com.") for kind in ("A", "AAAA")}
    assert all(target.rstrip(".").endswith(".cloudfront.net") for target in aliases.values())


def test_the_cache_is_encrypted_and_stands_in_two_zones(live: Live):
    (group,) = live.client("elasticache").describe_replication_groups()["ReplicationGroups"]
    assert (group["MultiAZ"], group["AutomaticFailover"]) == ("enabled", "enabled")
    assert group["TransitEncryptionEnabled"] is True
    assert group["AtRestEncryptionEnabled"] is True
    assert len(group["MemberClusters"]) == 2


def test_what_matters_cannot_be_deleted_by_mistake(live: Live):
    (cluster,) = live.client("rds").describe_db_clusters()["DBClusters"]
    assert cluster["DeletionProtection"] is True
    balancing = live.client("elbv2")
    (balancer,) = balancing.describe_load_balancers()["LoadBalancers"]
    attributes = balancing.describe_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"])["Attributes"]
    assert {"Key": "deletion_protection.enabled", "Value": "true"} in attributes


def test_all_data_has_the_sites_own_key(live: Live):
    kms = live.client("kms")
    key = kms.describe_key(KeyId="alias/production-data")["KeyMetadata"]
    assert kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"] is True
    (cluster,) = live.client("rds").describe_db_clusters()["DBClusters"]
    (uploads,) = live.client("efs").describe_file_systems()["FileSystems"]
    secrets = live.client("secretsmanager").list_secrets()["SecretList"]
    groups = live.client("logs").describe_log_groups()["logGroups"]
    vaults = live.client("backup").list_backup_vaults()["BackupVaultList"]
    keys = {cluster["KmsKeyId"], uploads["KmsKeyId"], *(it["KmsKeyId"] for it in secrets)}
    keys |= {it["kmsKeyId"] for it in groups} | {it["EncryptionKeyArn"] for it in vaults}
    assert keys == {key["Arn"]}


@pytest.mark.parametrize(("region", "alias"), [("us-east-1", "data-edge"), ("ap-northeast-3", "data-copy")])
def test_data_in_another_region_has_a_key_there(live: Live, region: str, alias: str):
    alias = f"alias/production-ap-northeast-1-{alias}"
    key = live.sandbox.client("kms", region).describe_key(KeyId=alias)["KeyMetadata"]["Arn"]
    groups = live.sandbox.client("logs", region).describe_log_groups()["logGroups"]
    vaults = live.sandbox.client("backup", region).list_backup_vaults()["BackupVaultList"]
    assert {it["kmsKeyId"] for it in groups} | {it["EncryptionKeyArn"] for it in vaults} == {key}


def test_the_databases_logs_are_kept_for_a_year(live: Live):
    groups = live.client("logs").describe_log_groups(logGroupNamePrefix="/aws/rds/cluster/production-database/")
    kept = {it["logGroupName"].rpartition("/")[2]: it["retentionInDays"] for it in groups["logGroups"]}
    assert kept == {"audit": 365, "error": 365, "slowquery": 365}


def test_requests_and_refused_packets_are_written_down(live: Live):
    s3 = live.client("s3")
    (bucket,) = (one for one in s3.list_buckets()["Buckets"] if "-access-logs" in one["Name"])
    assert set(s3.get_public_access_block(Bucket=bucket["Name"])["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket["Name"])["Rules"]
    assert rule["Expiration"]["Days"] == 365
    deliveries = live.sandbox.client("logs", EDGE)
    (source,) = deliveries.describe_delivery_sources()["deliverySources"]
    (visited,) = live.client("cloudfront").list_distributions()["DistributionList"]["Items"]
    assert (source["logType"], source["resourceArns"]) == ("ACCESS_LOGS", [visited["ARN"]])
    (destination,) = deliveries.describe_delivery_destinations()["deliveryDestinations"]
    written = destination["deliveryDestinationConfiguration"]["destinationResourceArn"]
    assert written == f"arn:aws:s3:::{bucket['Name']}"
    (delivery,) = deliveries.describe_deliveries()["deliveries"]
    assert (delivery["deliverySourceName"], delivery["deliveryDestinationArn"]) == (source["name"], destination["arn"])
    (flow,) = live.client("ec2").describe_flow_logs()["FlowLogs"]
    assert (flow["ResourceId"], flow["TrafficType"]) == (live.vpc, "REJECT")


def test_people_are_told_and_see_every_hop(live: Live):
    cloudwatch = live.client("cloudwatch")
    alarms = cloudwatch.describe_alarms()["MetricAlarms"]
    topics = {action for alarm in alarms for action in alarm["AlarmActions"] if ":sns:" in action}
    (topic,) = topics
    subscriptions = live.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [it["Endpoint"] for it in subscriptions] == ["on-call@example.com"]
    body = json.loads(cloudwatch.get_dashboard(DashboardName="production-ap-northeast-1")["DashboardBody"])
    rows = [it["properties"]["markdown"] for it in body["widgets"] if it["type"] == "text"]
    assert rows == [
        "## Certificate",
        "## Web application firewall",
        "## CloudFront",
        "## Pages",
        "## WordPress",
        "## Load balancer",
        "## Servers: web",
        "## Object cache",
        "## Database",
        "## Uploads",
        "## Mail",
        "## Mail: reputation",
        "## Backups",
        "## Way out to the internet",
    ]


def test_mail_is_signed_and_comes_from_the_domain(live: Live):
    ses, zone = live.client("sesv2"), live.client("route53")
    identity = ses.get_email_identity(EmailIdentity="example.com")
    assert identity["ConfigurationSetName"] == "production-mail"
    assert identity["MailFromAttributes"]["MailFromDomain"] == "bounce.example.com"
    (hosted,) = zone.list_hosted_zones()["HostedZones"]
    sets = zone.list_resource_record_sets(HostedZoneId=hosted["Id"])["ResourceRecordSets"]
    records = {(it["Name"], it["Type"]): it["ResourceRecords"][0]["Value"] for it in sets if "ResourceRecords" in it}
    for token in identity["DkimAttributes"]["Tokens"]:
        assert records[f"{token}._domainkey.example.com.", "CNAME"] == f"{token}.dkim.amazonses.com"
    assert records["bounce.example.com.", "TXT"] == '"v=spf1 include:amazonses.com ~all"'
    assert records["_dmarc.example.com.", "TXT"] == '"v=DMARC1; p=quarantine;"'
    told = ses.get_configuration_set_event_destinations(ConfigurationSetName="production-mail")
    (destination,) = told["EventDestinations"]
    assert destination["SnsDestination"]["TopicArn"].endswith(":production-mail")


def test_copies_of_the_data_go_to_another_region(live: Live):
    backup = live.client("backup")
    (plan,) = backup.list_backup_plans()["BackupPlansList"]
    (rule,) = backup.get_backup_plan(BackupPlanId=plan["BackupPlanId"])["BackupPlan"]["Rules"]
    assert rule["Lifecycle"]["DeleteAfterDays"] == 35
    (copy,) = rule["CopyActions"]
    assert copy["DestinationBackupVaultArn"].split(":")[3] == "ap-northeast-3"
    assert live.sandbox.client("backup", "ap-northeast-3").list_backup_vaults()["BackupVaultList"]
