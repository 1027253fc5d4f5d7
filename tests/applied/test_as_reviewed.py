"""Who reaches whom, by the review of a plan and by what boto3 reads of the same site: two ways, one answer."""

from dataclasses import dataclass
from ipaddress import ip_network
from itertools import product
from typing import Any

from review.plan import Plan
from review.reach import INTERNET
from review.report import Report
from review.rules import CLOUDFRONT
from tests.applied.conftest import Live

WORLD = "0.0.0.0/0"

SPOKEN = {"shared uploads": "uploads", "object cache": "cache", "AWS services inside the VPC": "AWS endpoints"}
"""What the review calls what some security groups say they are for."""

Flow = tuple[str, str, str]


@dataclass(frozen=True)
class Rule:
    """One port of one protocol, and who is at the other end: a security group, addresses or a prefix list."""

    port: str
    peer: str


class Aws:
    """A site as AWS shows it: security groups, where what is behind them stands, and the routes from there."""

    def __init__(self, live: Live) -> None:
        self.ec2 = live.client("ec2")
        of_vpc = [{"Name": "vpc-id", "Values": [live.vpc]}]
        groups = self.ec2.describe_security_groups(Filters=of_vpc)["SecurityGroups"]
        self.rules = {
            (self._name(group), is_out): set(self._rules(group[permissions]))
            for group in groups
            for is_out, permissions in ((False, "IpPermissions"), (True, "IpPermissionsEgress"))
            if group["GroupName"] != "default"
        }
        self.names = {group["GroupId"]: self._name(group) for group in groups}
        self.cidrs = {it["SubnetId"]: it["CidrBlock"] for it in self.ec2.describe_subnets(Filters=of_vpc)["Subnets"]}
        tables = self.ec2.describe_route_tables(Filters=of_vpc)["RouteTables"]
        self.ways_out = {
            association["SubnetId"]: route.get("GatewayId") or route.get("NatGatewayId")
            for table in tables
            for association in table["Associations"]
            if "SubnetId" in association
            for route in table["Routes"]
            if route.get("DestinationCidrBlock") == WORLD
        }
        self.places = {self.names[group]: place for group, place in self._places(live) if group in self.names}

    @staticmethod
    def _name(group: dict[str, Any]) -> str:
        said = group["Description"].removeprefix("The ")
        return SPOKEN.get(said, said)

    def _rules(self, permissions: list[dict[str, Any]]) -> set[Rule]:
        lists = {
            it["PrefixListId"]: it["PrefixListName"] for it in self.ec2.describe_managed_prefix_lists()["PrefixLists"]
        }
        found = set()
        for its in permissions:
            assert its["FromPort"] == its["ToPort"]
            port = str(its["FromPort"]) if its["IpProtocol"] == "tcp" else f"{its['FromPort']}/{its['IpProtocol']}"
            peers = [peer["CidrIp"] for peer in its["IpRanges"]] + [peer["GroupId"] for peer in its["UserIdGroupPairs"]]
            peers += [CLOUDFRONT for peer in its["PrefixListIds"] if "cloudfront" in lists[peer["PrefixListId"]]]
            found |= {Rule(port, peer) for peer in peers}
        return found

    @staticmethod
    def _places(live: Live) -> list[tuple[str, tuple[list[str], bool]]]:
        """For each security group that can meet the internet, its subnets, and whether it has addresses there."""
        found = []
        for balancer in live.client("elbv2").describe_load_balancers()["LoadBalancers"]:
            place = [zone["SubnetId"] for zone in balancer["AvailabilityZones"]], balancer.get("Scheme") != "internal"
            found += [(group, place) for group in balancer["SecurityGroups"]]
        ec2 = live.client("ec2")
        for fleet in live.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]:
            template = (fleet.get("LaunchTemplate") or _mixed(fleet))["LaunchTemplateId"]
            (version,) = ec2.describe_launch_template_versions(LaunchTemplateId=template, Versions=["$Latest"])[
                "LaunchTemplateVersions"
            ]
            (interface,) = version["LaunchTemplateData"]["NetworkInterfaces"]
            place = fleet["VPCZoneIdentifier"].split(","), bool(interface.get("AssociatePublicIpAddress"))
            found += [(group, place) for group in interface["Groups"]]
        for reservation in ec2.describe_instances()["Reservations"]:
            for server in reservation["Instances"]:
                is_of_a_fleet = any(tag["Key"] == "aws:autoscaling:groupName" for tag in server.get("Tags", []))
                if not is_of_a_fleet and server["State"]["Name"] == "running":
                    place = [server["SubnetId"]], bool(server.get("PublicIpAddress"))
                    found += [(group["GroupId"], place) for group in server["SecurityGroups"]]
        return found

    @property
    def flows(self) -> set[Flow]:
        """Who reaches whom."""
        names = {name for name, _ in self.rules}
        found = {
            (source, target, out.port)
            for source, target in product(names, names)
            for out, into in product(self.rules[source, True], self.rules[target, False])
            if out.port == into.port and self._is(target, out.peer) and self._is(source, into.peer)
        }
        for name, (subnets, is_public) in self.places.items():
            ways = {self.ways_out.get(subnet, "") for subnet in subnets}
            is_met = is_public and all(way.startswith("igw-") for way in ways)
            for rule in self.rules[name, False]:
                if rule.peer == CLOUDFRONT or (rule.peer == WORLD and is_met):
                    found.add((INTERNET if rule.peer == WORLD else CLOUDFRONT, name, rule.port))
            gets_out = is_met or all(way.startswith("nat-") for way in ways)
            found |= {(name, INTERNET, its.port) for its in self.rules[name, True] if its.peer == WORLD and gets_out}
        return found

    def _is(self, name: str, peer: str) -> bool:
        """Whether what is behind a group is at the other end of a rule."""
        if "/" not in peer:
            return self.names.get(peer) == name
        subnets, _ = self.places.get(name, ([], False))
        return peer == WORLD or any(ip_network(self.cidrs[it]).subnet_of(ip_network(peer)) for it in subnets)


def _mixed(fleet: dict[str, Any]) -> dict[str, Any]:
    return fleet["MixedInstancesPolicy"]["LaunchTemplate"]["LaunchTemplateSpecification"]


def test_the_review_of_the_plan_says_what_boto3_reads(live: Live):
    found = Report(Plan(live.second_plan.json), "test", "").after.reach

    assert {(flow.source, flow.target, str(flow.ports)) for flow in found.flows} == Aws(live).flows
    assert found.possible == set()
