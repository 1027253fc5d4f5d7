"""The comparison with peers: what the README shows is what was measured, of the same site."""

import json

import pytest

from benchmarks.peers.__main__ import FOLDER, PRESSFORM, RESULTS, in_cloudformation, nameless, page, table, template_of
from benchmarks.peers.plot import plot
from modules import PROJECT
from tests.site.sites import shipped

RESULT = json.loads((RESULTS / "peers.json").read_text())


def test_the_readme_shows_the_table_that_was_measured():
    assert "\n".join(table(RESULT)) in (PROJECT / "README.md").read_text()


def test_the_page_and_the_plot_are_of_the_figures_beside_them():
    assert (RESULTS / "peers.md").read_text() == page(RESULT)
    assert (RESULTS / "peers.svg").read_text() == plot(RESULT)


def test_the_site_that_was_measured_is_the_one_of_today():
    today = shipped()["handson"]
    assert RESULT["peers"][PRESSFORM]["resources"] == len(today.addresses)
    assert RESULT["peers"]["AWS CDK"]["resources"] == in_cloudformation(today.content).total()


def test_peers_are_compared_in_the_versions_of_the_project():
    asked = (FOLDER / "requirements.in").read_text().splitlines()
    for line in (PROJECT / "requirements.in").read_text().splitlines():
        if line.startswith(("cdktf", "cdktn")):
            assert line in asked


def test_a_site_is_the_same_whatever_its_resources_are_called():
    one = {"aws_vpc": {"site": {"cidr_block": "10.0.0.0/21"}}, "aws_eip": {"a": {"of": "${aws_vpc.site.id}"}}}
    other = {"aws_vpc": {"main": {"cidr_block": "10.0.0.0/21"}}, "aws_eip": {"b": {"of": "${aws_vpc.main.id}"}}}
    assert nameless(one) == nameless(other)
    other["aws_vpc"]["main"]["cidr_block"] = "10.1.0.0/21"
    assert nameless(one) != nameless(other)


@pytest.mark.parametrize(
    ("line", "blank"),
    [
        ("HOST='${aws_db_instance.database.address}'", "HOST='{{HOST}}'"),
        ("SITE_URL='http://${aws_lb.load_balancer.dns_name}'", "SITE_URL='http://{{LOAD_BALANCER}}'"),
        ("echo $${HOST} %%{http_code}", "echo ${HOST} %{http_code}"),
    ],
)
def test_the_boot_script_is_a_file_with_gaps_for_references(line, blank):
    assert template_of([line]) == blank
