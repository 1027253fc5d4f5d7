"""What survives a failure, in sites of other shapes than the hands-on one."""

import pytest

from review.plan import Plan
from review.report import Report
from review.survival import Survival, Works

YES, PARTLY, NO = Works.YES, Works.PARTLY, Works.NO

pytestmark = pytest.mark.xdist_group("review-new")


def survival(document) -> Survival:
    return Report(Plan(document), "test", "").after.survival


def works(found: Survival, lost: str) -> tuple[Works, Works, Works]:
    outcome = found.outcomes[lost]
    return outcome.answers.works, outcome.gets_out.works, outcome.shell.works


def test_private_servers_with_a_nat_gateway_per_zone_lose_only_their_own_way_out(planned):
    found = survival(planned("private-web"))

    assert found.single_points == []
    assert works(found, "NAT gateway in 1a") == (YES, PARTLY, PARTLY)
    assert works(found, "zone 1a") == (YES, YES, YES)


def test_one_nat_gateway_is_everybody_s_way_out(planned):
    found = survival(planned("private-web", network={"nat": "one"}))

    assert found.single_points == [], "visitors do not need it"
    assert works(found, "NAT gateway in 1a") == (YES, NO, NO)
    assert works(found, "zone 1a") == (YES, NO, NO)
    assert works(found, "zone 1c") == (YES, YES, YES)
    assert "NAT gateway in 1c" not in found.outcomes


def test_endpoints_keep_the_shell_where_the_way_out_is_lost(planned):
    found = survival(planned("three-tier", network={"nat": "one"}))

    assert works(found, "NAT gateway in 1a") == (YES, NO, YES)


def test_both_tiers_of_servers_survive_a_server_and_a_zone(planned):
    found = survival(planned("three-tier"))

    assert {"FRONTEND1", "FRONTEND2", "api server 1", "api server 2"} <= set(found.outcomes)
    assert found.single_points == []


def test_a_database_without_a_standby_may_be_in_either_zone_before_it_exists(planned):
    found = survival(planned("handson", database={"multi_az": False}))

    assert found.single_points == ["the database's primary", "zone 1a", "zone 1c"]
    assert found.outcomes["zone 1a"].answers.note == "no database is left"


def test_a_server_whose_zone_has_no_mount_target_cannot_serve(planned):
    document = planned("handson")
    document["resource_changes"] = [
        item for item in document["resource_changes"] if item["address"] != "aws_efs_mount_target.uploads_1c"
    ]
    found = survival(document)

    assert found.single_points == ["WEBSERVER1", "zone 1a"]


def test_a_fleet_of_one_is_a_single_point_of_failure_wherever_it_is(planned):
    document = planned("private-web")
    for item in document["resource_changes"]:
        if item["type"] == "aws_autoscaling_group":
            item["change"]["after"]["min_size"] = 1
    found = survival(document)

    assert found.single_points == ["web server 1", "zone 1a", "zone 1c"]


AURORA = {"aurora": {"min_capacity": 0.5, "max_capacity": 4, "readers": 1}}


def test_an_aurora_cluster_survives_its_writer(planned):
    found = survival(planned("private-web", database=AURORA))

    assert works(found, "the database's primary")[0] is YES
    assert found.single_points == []


def test_an_aurora_cluster_without_a_reader_does_not(planned):
    document = planned("private-web", database=AURORA)
    instances = [item for item in document["resource_changes"] if item["type"] == "aws_rds_cluster_instance"]
    document["resource_changes"].remove(instances[-1])

    assert "the database's primary" in survival(document).single_points
