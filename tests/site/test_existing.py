"""Bring your own: what exists already is read, and never changed."""

from tests.site.sites import variation

SITE = "complete-existing"


def test_an_existing_vpc_gets_servers_and_firewalls_and_nothing_else_of_a_network():
    site = variation(SITE, {}, name="shop")
    kinds = {address.split(".")[0] for address in site.addresses}
    unchanged = {"aws_vpc", "aws_subnet", "aws_route", "aws_route_table", "aws_route_table_association"}
    unchanged |= {
        "aws_internet_gateway",
        "aws_nat_gateway",
        "aws_eip",
        "aws_vpc_endpoint",
        "aws_default_security_group",
    }
    assert not kinds & unchanged
    assert site["data.aws_vpc.site"]["id"] == "vpc-0123456789abcdef0"
    assert site["data.aws_subnet.web_1a"]["id"] == "subnet-0123456789abcdef2"


def test_an_existing_subnet_must_be_in_the_vpc_and_the_zone_that_the_file_says():
    subnet = variation(SITE, {}, name="shop")["data.aws_subnet.database_1c"]
    assert subnet["vpc_id"] == "${data.aws_vpc.site.id}"
    assert subnet["availability_zone"] == "ap-northeast-1c"


def test_parts_stand_in_the_existing_subnets():
    site = variation(SITE, {}, name="shop")
    assert site["aws_lb.load_balancer"]["subnets"] == [
        "${data.aws_subnet.public_1a.id}",
        "${data.aws_subnet.public_1c.id}",
    ]
    assert site["aws_autoscaling_group.web"]["vpc_zone_identifier"] == [
        "${data.aws_subnet.web_1a.id}",
        "${data.aws_subnet.web_1c.id}",
    ]


def test_an_existing_database_is_used_with_its_own_secret():
    site = variation(SITE, {}, name="shop")
    assert not site.all("aws_db_instance")
    secret = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:shop-database-AbCdEf"
    script = site.settings("web")
    assert "DATABASE_HOST='${data.aws_db_instance.database.address}'" in script
    assert f"DATABASE_SECRET='{secret}'" in script
    assert secret in site.statements("aws_iam_role_policy.web")[0]["Resource"]
    assert site.content["output"]["database_secret_arn"]["value"] == secret


def test_an_existing_databases_firewall_is_its_keepers():
    site = variation(SITE, {}, name="shop")
    assert not [name for name in site.all("aws_vpc_security_group_ingress_rule") if name.startswith("database_")]
    way_out = site["aws_vpc_security_group_egress_rule.web_to_database_3306"]
    assert "data.aws_db_instance.database.vpc_security_groups" in way_out["referenced_security_group_id"]


def test_backups_copy_an_existing_database_too():
    site = variation(SITE, {"backups": {}}, name="shop")
    (selection,) = site.all("aws_backup_selection").values()
    assert "${data.aws_db_instance.database.db_instance_arn}" in selection["resources"]


def test_every_address_of_an_existing_vpc_is_trusted_for_what_it_says_of_a_visitor():
    """A load balancer may stand in a CIDR that was added to the VPC later."""
    site = variation(SITE, {}, name="shop")
    assert site.content["locals"]["vpc_cidrs"] == "${data.aws_vpc.site.cidr_block_associations[*].cidr_block}"
    assert "TRUSTED_PROXIES='${join(\" \", local.vpc_cidrs)}'" in site.settings("web")


def test_an_existing_vpc_must_have_dns_host_names():
    """https://docs.aws.amazon.com/efs/latest/ug/mounting-fs-mount-cmd-dns-name.html"""
    vpc = variation(SITE, {}, name="shop")["data.aws_vpc.site"]
    (condition,) = vpc["lifecycle"]["postcondition"]
    assert condition["condition"] == "${self.enable_dns_support && self.enable_dns_hostnames}"
    assert "network.vpc_id" in condition["error_message"]


def test_a_secret_under_a_key_of_its_keepers_can_be_read_and_the_key_opens_nothing_else():
    """https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html"""
    statements = variation(SITE, {}, name="shop").statements("aws_iam_role_policy.web")
    (decrypt,) = (one for one in statements if one["Sid"] == "DecryptSecret")
    assert decrypt["Action"] == ["kms:Decrypt"]
    assert decrypt["Resource"] == ["arn:aws:kms:ap-northeast-1:123456789012:key/*"]
    assert decrypt["Condition"]["StringEquals"] == {
        "kms:EncryptionContext:SecretARN": (
            "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:shop-database-AbCdEf"
        ),
        "kms:ViaService": "secretsmanager.ap-northeast-1.${data.aws_partition.current.dns_suffix}",
    }


def test_what_is_named_must_be_of_the_account():
    certificate = "arn:aws:acm:{}:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
    changes = {
        "https": {"domain": "www.example.com", "certificate_arn": certificate.format("ap-northeast-1")},
        "cdn": {"certificate_arn": certificate.format("us-east-1")},
    }
    site = variation(SITE, changes, name="shop")
    for address, setting in {
        "data.aws_db_instance.database": "database.existing.secret_arn",
        "aws_lb_listener.load_balancer_https": "https.certificate_arn",
        "aws_cloudfront_distribution.cdn": "cdn.certificate_arn",
    }.items():
        (condition,) = site[address]["lifecycle"]["precondition"]
        assert condition["condition"] == '${data.aws_caller_identity.current.account_id == "123456789012"}'
        assert condition["error_message"].startswith(f"{setting} is of the account 123456789012")


def test_an_existing_vpc_must_have_ipv6_where_the_site_is_to():
    site = variation(SITE, {"network": {"ipv6": True}}, name="shop")
    for subnet in ("public_1a", "web_1c"):
        (condition,) = site[f"data.aws_subnet.{subnet}"]["lifecycle"]["postcondition"]
        assert condition["condition"] == "${try(length(self.ipv6_cidr_block), 0) > 0}"
        assert condition["error_message"].startswith("network.ipv6: the subnet ${self.id} has no IPv6 addresses.")
    assert "lifecycle" not in site["data.aws_subnet.database_1a"]
    assert site["aws_lb.load_balancer"]["ip_address_type"] == "dualstack"
    rule = site["aws_vpc_security_group_ingress_rule.load_balancer_from_internet_ipv6_80"]
    assert rule["cidr_ipv6"] == "::/0"
