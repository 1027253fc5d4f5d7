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
    script = site.boot_script("web").splitlines()
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
