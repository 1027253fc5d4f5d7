"""The servers: a named pair or a fleet."""

import json
import re

import pytest

from modules.wordpress import files
from tests.site.sites import SHIPPED, shipped, variation

FLEET = {"web": {"servers": None, "copy_first_server": False, "fleet": {}}}


def test_handson_has_the_articles_two_servers():
    site = shipped()["handson"]
    first, second = site["aws_instance.webserver1"], site["aws_instance.webserver2"]
    assert (first["tags"]["Name"], first["subnet_id"]) == ("WEBSERVER1", "${aws_subnet.public_1a.id}")
    assert (second["tags"]["Name"], second["subnet_id"]) == ("WEBSERVER2", "${aws_subnet.public_1c.id}")
    for server in (first, second):
        assert server["instance_type"] == "t2.micro"
        assert server["associate_public_ip_address"] is True
        assert server["vpc_security_group_ids"] == ["${aws_security_group.web.id}"]


def test_the_second_server_boots_from_an_image_of_the_first():
    site = shipped()["handson"]
    assert site["aws_instance.webserver2"]["ami"] == "${aws_ami_from_instance.webserver1.id}"
    assert site["aws_ami_from_instance.webserver1"]["source_instance_id"] == "${aws_instance.webserver1.id}"


def test_without_the_copy_both_boot_from_the_public_image():
    site = variation("handson", {"web": {"copy_first_server": False}})
    assert not site.all("aws_ami_from_instance")
    for server in site.all("aws_instance").values():
        assert server["ami"] == "${data.aws_ssm_parameter.web_image.insecure_value}"


def test_the_image_is_amazon_linux_2023_for_the_types_processor():
    path = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-"
    assert shipped()["handson"]["data.aws_ssm_parameter.web_image"]["name"] == path + "x86_64"
    assert shipped()["private-web"]["data.aws_ssm_parameter.web_image"]["name"] == path + "arm64"


def test_a_newer_public_image_replaces_nothing_but_a_given_one_does():
    assert shipped()["handson"]["aws_instance.webserver1"]["lifecycle"]["ignore_changes"] == ["ami"]
    assert shipped()["private-web"]["aws_launch_template.web"]["lifecycle"]["ignore_changes"] == ["image_id"]
    site = variation("handson", {"web": {"image_id": "ami-0123456789abcdef0"}})
    assert site["aws_instance.webserver1"]["ami"] == "ami-0123456789abcdef0"
    assert "ignore_changes" not in site["aws_instance.webserver1"]["lifecycle"]


def hardware(site):
    """Every kind of server as its metadata options and its root disk."""
    for server in site.all("aws_instance").values():
        yield server["metadata_options"], server["root_block_device"]
    for template in site.all("aws_launch_template").values():
        yield template["metadata_options"], template["block_device_mappings"][0]["ebs"]


@pytest.mark.parametrize("environment", SHIPPED)
def test_metadata_needs_a_session_and_the_disk_is_encrypted(environment):
    kinds = list(hardware(shipped()[environment]))
    assert kinds
    for metadata, disk in kinds:
        assert metadata["http_tokens"] == "required"
        assert metadata["http_put_response_hop_limit"] == 1
        assert str(disk["encrypted"]).lower() == "true"


@pytest.mark.parametrize("environment", SHIPPED)
def test_session_manager_reaches_every_server(environment):
    site = shipped()[environment]
    attached = {it["role"]: it["policy_arn"] for it in site.all("aws_iam_role_policy_attachment").values()}
    profiles = site.all("aws_iam_instance_profile")
    assert profiles
    for profile in profiles.values():
        assert attached[profile["role"]].endswith(":iam::aws:policy/AmazonSSMManagedInstanceCore")


@pytest.mark.parametrize("environment", ["private-web", "three-tier"])
def test_private_servers_have_no_public_address(environment):
    site = shipped()[environment]
    for server in site.all("aws_instance").values():
        assert server["associate_public_ip_address"] is False
        assert "public" not in server["subnet_id"]
    for template in site.all("aws_launch_template").values():
        assert template["network_interfaces"][0]["associate_public_ip_address"] == "false"
    for fleet in site.all("aws_autoscaling_group").values():
        assert not any("public" in subnet for subnet in fleet["vpc_zone_identifier"])


def test_a_role_reads_its_own_secrets_and_nothing_else():
    statements = shipped()["handson"].statements("aws_iam_role_policy.web")
    assert {statement["Sid"]: statement["Resource"] for statement in statements} == {
        "ReadSecrets": [
            "${aws_secretsmanager_secret.database.arn}",
            "${aws_secretsmanager_secret.salts.arn}",
            "${aws_secretsmanager_secret.admin.arn}",
        ],
        "WriteLogs": ["${aws_cloudwatch_log_group.wordpress.arn}:*"],
        "ReadReleases": [
            "${aws_s3_bucket.releases.arn}/release.tar",
            "${aws_s3_bucket.releases.arn}/settings/web",
            "${aws_s3_bucket.releases.arn}/good/web",
        ],
        "SayWhatIsGood": ["${aws_s3_bucket.releases.arn}/good/web"],
        "MoveSites": ["${aws_s3_bucket.releases.arn}/moving/*"],
        "MountUploads": ["${aws_efs_file_system.uploads.arn}"],
    }


def test_servers_may_read_the_owners_secrets_and_no_others():
    arn = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:shop/{}-AbCdEf"
    told = {"KEY": arn.format("key"), "SAME": arn.format("key"), "OTHER": arn.format("other")}
    before, after = shipped()["three-tier"], variation("three-tier", {"wordpress": {"secrets": told}})
    role = "aws_iam_role_policy.api"
    reads = [next(it for it in site.statements(role) if it["Sid"] == "ReadSecrets") for site in (before, after)]
    assert reads[1]["Resource"] == [*reads[0]["Resource"], arn.format("key"), arn.format("other")]
    lines = f"SECRETS='KEY={told['KEY']} OTHER={told['OTHER']} SAME={told['SAME']}'"
    assert lines in after.settings("api")
    assert before.statements("aws_iam_role_policy.frontend") == after.statements("aws_iam_role_policy.frontend")


def test_every_tier_waits_for_php_as_long_as_it_may_take():
    site = variation(
        "three-tier", {"php": {"max_execution_time": 50, "memory_limit": 256, "extensions": ["memcached"]}}
    )
    for group in ("frontend", "api"):
        assert "REQUEST_TIME='50'" in site.settings(group)
    assert {"MEMORY_LIMIT='256'", "PHP_PACKAGES='php8.4-pecl-memcached'"} <= set(site.settings("api"))


def test_old_addresses_are_told_as_browsers_send_them():
    site = variation("handson", {"redirects": {"/古い/*": "302 /新/*", "/gone": "410"}})
    (line,) = [line for line in site.settings("web") if line.startswith("REDIRECTS=")]
    assert json.loads(line.removeprefix("REDIRECTS='").removesuffix("'")) == [
        {"from": "/gone", "to": "", "status": 410},
        {"from": "/%E5%8F%A4%E3%81%84/*", "to": "/%E6%96%B0/*", "status": 302},
    ]


def test_a_reverse_proxy_reads_no_secret():
    statements = shipped()["three-tier"].statements("aws_iam_role_policy.frontend")
    assert [statement["Sid"] for statement in statements] == ["WriteLogs", "ReadReleases", "SayWhatIsGood"]


@pytest.mark.parametrize("environment", SHIPPED)
def test_user_data_knows_bucket_region_and_group_alone(environment):
    site = shipped()[environment]
    for group in site.all("aws_ssm_association"):
        references = re.findall(r"(?<!\$)\$\{[^}]*\}", site.boot_script(group))
        assert references == ["${aws_s3_bucket.releases.id}"]
    for server in site.all("aws_instance").values():
        assert re.fullmatch(r'\$\{base64encode\(join\("\\n", local.\w+_user_data\)\)\}', server["user_data_base64"])


@pytest.mark.parametrize("environment", ["handson", "three-tier", "production"])
def test_no_setting_or_version_of_what_runs_is_in_the_user_data(environment):
    """A release replaces no server."""
    changes = {"wordpress": {"version": "7.2", "xmlrpc": True, "title": "Another"}, "page_cache": {"enabled": False}}
    before, after = shipped()[environment], variation(environment, changes)
    for kind in ("aws_instance", "aws_launch_template"):
        assert before.all(kind) == after.all(kind)
    for group in before.all("aws_ssm_association"):
        assert before.boot_script(group) == after.boot_script(group)
        assert before.content["locals"][f"{group}_settings"] != after.content["locals"][f"{group}_settings"]


def test_a_fleet_stands_behind_the_same_load_balancer_in_every_zone():
    site = variation("handson", FLEET)
    fleet = site["aws_autoscaling_group.web"]
    assert fleet["target_group_arns"] == ["${aws_lb_target_group.web.arn}"]
    assert fleet["vpc_zone_identifier"] == ["${aws_subnet.public_1a.id}", "${aws_subnet.public_1c.id}"]
    assert not site.all("aws_instance")
    assert not site.all("aws_lb_target_group_attachment")


def test_a_fleet_replaces_what_the_load_balancer_finds_broken_once_it_had_time_to_boot():
    fleet = shipped()["private-web"]["aws_autoscaling_group.web"]
    assert fleet["health_check_type"] == "ELB"
    assert fleet["health_check_grace_period"] == 600


def test_a_changed_template_refreshes_a_fleet_and_successors_come_first():
    fleet = shipped()["private-web"]["aws_autoscaling_group.web"]
    # A number: "$Latest" never changes, and so would never start a refresh.
    assert fleet["launch_template"]["version"] == "${tostring(aws_launch_template.web.latest_version)}"
    preferences = fleet["instance_refresh"]["preferences"]
    assert preferences["min_healthy_percentage"] == 100
    assert preferences["checkpoint_percentages"] == [50, 100]


def test_terraform_leaves_a_fleets_size_to_scaling():
    fleet = shipped()["private-web"]["aws_autoscaling_group.web"]
    assert (fleet["min_size"], fleet["desired_capacity"], fleet["max_size"]) == (2, 2, 4)
    assert fleet["lifecycle"]["ignore_changes"] == ["desired_capacity"]


def test_a_fleet_follows_the_cpu_and_if_asked_the_requests():
    assert list(shipped()["private-web"].all("aws_autoscaling_policy")) == ["web_cpu"]
    site = variation("private-web", {"web": {"fleet": {"cpu_target": 40, "requests_target": 900}}})
    cpu = site["aws_autoscaling_policy.web_cpu"]["target_tracking_configuration"]
    assert cpu["target_value"] == 40
    assert cpu["predefined_metric_specification"] == {"predefined_metric_type": "ASGAverageCPUUtilization"}
    requests = site["aws_autoscaling_policy.web_requests"]["target_tracking_configuration"]
    assert requests["target_value"] == 900
    assert requests["predefined_metric_specification"] == {
        "predefined_metric_type": "ALBRequestCountPerTarget",
        "resource_label": "${aws_lb.load_balancer.arn_suffix}/${aws_lb_target_group.web.arn_suffix}",
    }


def test_spot_servers_stand_above_the_fewest_only():
    changes = {"web": {"fleet": {"spot_share": 70, "more_instance_types": ["t4g.medium"]}}}
    policy = variation("private-web", changes)["aws_autoscaling_group.web"]["mixed_instances_policy"]
    assert policy["instances_distribution"]["on_demand_base_capacity"] == 2
    assert policy["instances_distribution"]["on_demand_percentage_above_base_capacity"] == 30
    types = [override["instance_type"] for override in policy["launch_template"]["override"]]
    assert types == ["t4g.small", "t4g.medium"]
    version = policy["launch_template"]["launch_template_specification"]["version"]
    assert version == "${tostring(aws_launch_template.web.latest_version)}"


TAGS = {"Environment": "private-web", "Project": "wordpress", "ManagedBy": "terraform", "CostCenter": "4711"}


def test_every_server_disk_and_interface_of_a_fleet_has_the_files_tags():
    """https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html"""
    site = variation("private-web", {"tags": {"CostCenter": "4711"}})
    tags = TAGS | {"Name": "private-web-web"}
    template = site["aws_launch_template.web"]["tag_specifications"]
    assert {one["resource_type"]: one["tags"] for one in template} == dict.fromkeys(
        ("instance", "volume", "network-interface"), tags
    )
    of_group = site["aws_autoscaling_group.web"]["tag"]
    assert {tag["key"]: tag["value"] for tag in of_group} == tags | {"Releases": "private-web-web"}
    assert all(tag["propagate_at_launch"] for tag in of_group)


def test_every_disk_of_a_pair_has_the_files_tags():
    site = variation("handson", {"tags": {"CostCenter": "4711"}}, name="private-web")
    tags = TAGS | {"Name": "WEBSERVER2"}
    assert site["aws_instance.webserver2"]["root_block_device"]["tags"] == tags


def test_another_processor_takes_another_image_and_a_newer_image_alone_replaces_nothing():
    """A t4g does not boot what a t3 did."""
    for site, server in (
        (shipped()["private-web"], "aws_launch_template.web"),
        (shipped()["handson"], "aws_instance.webserver1"),
    ):
        lifecycle = site[server]["lifecycle"]
        assert lifecycle["ignore_changes"] in (["image_id"], ["ami"])
        assert lifecycle["replace_triggered_by"] == ["terraform_data.web_processor"]
    assert shipped()["private-web"]["terraform_data.web_processor"] == {"input": "arm64"}
    assert shipped()["handson"]["terraform_data.web_processor"] == {"input": "x86_64"}
    given = variation("private-web", {"web": {"image_id": "ami-0123456789abcdef0", "image_architecture": "arm64"}})
    assert "ignore_changes" not in given["aws_launch_template.web"]["lifecycle"]


def test_a_zone_that_does_not_offer_the_instance_type_is_told_while_planning():
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-discovery.html"""
    site = variation("handson", {"web": {"servers": {"WEBSERVER3": "ap-northeast-1c"}}})
    offered = site["data.aws_ec2_instance_type_offerings.web"]
    assert offered["filter"] == [{"name": "instance-type", "values": ["t2.micro"]}]
    assert offered["location_type"] == "availability-zone"
    (condition,) = offered["lifecycle"]["postcondition"]
    zones = '["ap-northeast-1a", "ap-northeast-1c"]'
    assert condition["condition"] == f"${{length(setsubtract({zones}, self.locations)) == 0}}"
    assert condition["error_message"].startswith("web.instance_type: AWS has no t2.micro in ")


def test_no_refresh_claims_to_roll_back():
    """Terraform has saved the new configuration before the refresh starts, so that AWS would roll back to it.
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html"""
    assert "auto_rollback" not in shipped()["private-web"].text


@pytest.mark.parametrize("environment", ["handson", "three-tier"])
def test_a_check_that_failed_becomes_a_metric_by_the_line_that_the_servers_write(environment):
    site = shipped()[environment]
    found = site["aws_cloudwatch_log_metric_filter.wordpress_checks"]
    assert found["log_group_name"] == "${aws_cloudwatch_log_group.wordpress.name}"
    assert site["aws_cloudwatch_log_group.wordpress"]["name"].startswith("/")
    assert found["pattern"] == '[at, group = "/*", check = "*-check", result = "failed*", ...]'
    assert found["metric_transformation"]["dimensions"] == {"LogGroup": "$group", "Check": "$check"}
    for script, line in {
        "check-page.sh": 'log "$LOG_GROUP page-check $result: status',
        "check-version.sh": 'log "$LOG_GROUP version-check $result"',
    }.items():
        text = files()[f"web/{script}"].read_text()
        assert line in text
        assert re.search('result="?failed', text)


@pytest.mark.parametrize("environment", SHIPPED)
def test_state_manager_finds_each_groups_servers_and_no_others(environment):
    site = shipped()[environment]
    tagged = {
        **{name: server["tags"].get("Releases") for name, server in site.all("aws_instance").items()},
        **{
            name: {tag["key"]: tag["value"] for tag in fleet["tag"] if tag["propagate_at_launch"]}.get("Releases")
            for name, fleet in site.all("aws_autoscaling_group").items()
        },
    }
    asked = [association["targets"] for association in site.all("aws_ssm_association").values()]
    assert {target["key"] for (target,) in asked} == {"tag:Releases"}
    assert {value for (target,) in asked for value in target["values"]} == set(tagged.values())
