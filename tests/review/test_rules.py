"""Rules in every form, and network ACLs: read before and after, so that a change of any of them is seen."""

from ipaddress import ip_network
from typing import Any

import pytest

from review.acl import Acl, Entry
from review.moment import Moment, Resource
from review.plan import Plan
from review.report import Report
from review.rules import EGRESS, INGRESS, UNKNOWN_PORTS, Ports, rules
from tests.review.conftest import Document, Golden

WORLD = ip_network("0.0.0.0/0")
EVERYTHING, HTTP = Ports("-1", 0, 65535), Ports("tcp", 80, 80)


def read(*resources: tuple[str, dict[str, Any]]) -> list[tuple[str, str, frozenset[str], set[str]]]:
    group = Resource("aws_security_group.web", "aws_security_group", {"id": "sg-web"})
    peer = Resource("aws_security_group.peer", "aws_security_group", {"id": "sg-peer"})
    listed = [Resource(f"{kind}.r{i}", kind, values) for i, (kind, values) in enumerate(resources)]
    found = rules(Moment([group, peer, *listed]))
    return [
        (rule.direction, str(rule.ports), rule.peers, {str(network) for network in rule.networks}) for rule in found
    ]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"type": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]},
         (INGRESS, "22", frozenset(), {"0.0.0.0/0"})),
        ({"type": "ingress", "protocol": "6", "from_port": 22, "to_port": 22, "ipv6_cidr_blocks": ["::/0"]},
         (INGRESS, "22", frozenset(), {"::/0"})),
        ({"type": "egress", "protocol": "all", "from_port": 0, "to_port": 0, "cidr_blocks": ["10.0.0.0/8"]},
         (EGRESS, "everything", frozenset(), {"10.0.0.0/8"})),
        ({"type": "ingress", "protocol": "icmp", "from_port": 8, "to_port": -1, "cidr_blocks": ["10.0.0.0/8"]},
         (INGRESS, "icmp", frozenset(), {"10.0.0.0/8"})),
        ({"type": "ingress", "protocol": "17", "from_port": 53, "to_port": 53, "source_security_group_id": "sg-peer"},
         (INGRESS, "53/udp", frozenset({"aws_security_group.peer"}), set())),
        ({"type": "ingress", "protocol": "tcp", "from_port": 1, "to_port": 9, "self": True},
         (INGRESS, "1-9", frozenset({"aws_security_group.web"}), set())),
    ],
)  # fmt: skip
def test_the_older_rule_is_read(values: dict[str, Any], expected: tuple[Any, ...]):
    assert read(("aws_security_group_rule", {"security_group_id": "sg-web", **values})) == [expected]


def test_a_prefix_list_of_one_s_own_is_its_entries():
    entries = {"id": "pl-1", "name": "offices", "entry": [{"cidr": "203.0.113.0/24"}, {"cidr": "198.51.100.0/24"}]}
    rule = {"security_group_id": "sg-web", "prefix_list_id": "pl-1", "ip_protocol": "-1"}
    found = read(("aws_ec2_managed_prefix_list", entries), ("aws_vpc_security_group_ingress_rule", rule))
    assert found == [(INGRESS, "everything", frozenset(), {"203.0.113.0/24", "198.51.100.0/24"})]


@pytest.mark.parametrize(
    ("entries", "passes"),
    [
        ([], False),
        ([Entry(100, INGRESS, True, EVERYTHING, WORLD)], True),
        ([Entry(100, EGRESS, True, EVERYTHING, WORLD)], False),
        ([Entry(100, INGRESS, False, HTTP, WORLD), Entry(200, INGRESS, True, EVERYTHING, WORLD)],
         False),
        ([Entry(200, INGRESS, False, HTTP, WORLD), Entry(100, INGRESS, True, EVERYTHING, WORLD)],
         True),
        ([Entry(100, INGRESS, True, HTTP, ip_network("10.0.0.0/8"))], False),
        ([Entry(100, INGRESS, True, HTTP, ip_network("203.0.113.0/24"))], None),
        ([Entry(-1, INGRESS, True, UNKNOWN_PORTS, None)], None),
    ],
)  # fmt: skip
def test_a_network_acl_is_read_in_the_order_of_its_numbers(entries: list[Entry], passes: bool | None):
    acl = Acl(entries, is_known=all(entry.number >= 0 for entry in entries))
    assert acl.allows(INGRESS, WORLD, HTTP) is passes


@pytest.mark.xdist_group("review")
def test_a_network_acl_that_lets_nothing_in_takes_the_site_down(golden: Golden):
    document: Document = golden.plan("no change")
    subnets = [
        c["change"]["after"]["id"] for c in document["resource_changes"] if c["address"].startswith("aws_subnet.pub")
    ]
    values = {"id": "acl-1", "subnet_ids": subnets, "ingress": [], "egress": []}
    document["resource_changes"].append(
        {
            "address": "aws_network_acl.closed",
            "mode": "managed",
            "type": "aws_network_acl",
            "change": {"actions": ["create"], "before": None, "after": values},
        }
    )
    report = Report(Plan(document), "test", "")
    assert "the change itself takes the site down" in report.verdict
    assert not any(flow.source == "internet" for flow in report.after.reach.flows)
