"""A small live site, and what people do to it: changes that are dangerous, harmless, or not told by their plan."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

Document = dict[str, Any]
Values = dict[str, Any]

WORLD, OFFICE = "0.0.0.0/0", "203.0.113.0/24"
ZONES = ("ap-northeast-1a", "ap-northeast-1c")


class Site:
    """A plan in the making: at first, one in which nothing changes. Each resource's id is its address."""

    def __init__(self) -> None:
        self.resources: dict[str, Document] = {}
        self.written: dict[str, Values] = {}
        self.add("aws_vpc.site", cidr_block="10.0.0.0/16")
        self.add("aws_internet_gateway.site", vpc_id="aws_vpc.site")
        self._table("public", gateway_id="aws_internet_gateway.site")
        for name in ("balancer", "web", "database", "uploads"):
            self.add(f"aws_security_group.{name}", vpc_id="aws_vpc.site", name=name, ingress=[], egress=[])
        for i, zone in enumerate(ZONES):
            for tier, start in (("public", 0), ("private", 2)):
                cidr = f"10.0.{start + i}.0/24"
                self.add(
                    f"aws_subnet.{tier}_{zone[-2:]}", vpc_id="aws_vpc.site", availability_zone=zone, cidr_block=cidr
                )
            self._associate("public", zone)
            self.add(f"aws_nat_gateway.{zone[-2:]}", subnet_id=f"aws_subnet.public_{zone[-2:]}")
            self._table(f"private_{zone[-2:]}", nat_gateway_id=f"aws_nat_gateway.{zone[-2:]}")
            self._associate("private", zone, f"private_{zone[-2:]}")
        self._balancer()
        self._data()

    def _table(self, name: str, **target: str) -> None:
        self.add(f"aws_route_table.{name}", vpc_id="aws_vpc.site")
        table = f"aws_route_table.{name}"
        self.add(f"aws_route.{name}", route_table_id=table, destination_cidr_block=WORLD, **target)

    def _associate(self, tier: str, zone: str, table: str = "public") -> None:
        subnet, table = f"aws_subnet.{tier}_{zone[-2:]}", f"aws_route_table.{table}"
        self.add(f"aws_route_table_association.{tier}_{zone[-2:]}", subnet_id=subnet, route_table_id=table)

    def _balancer(self) -> None:
        public = [f"aws_subnet.public_{zone[-2:]}" for zone in ZONES]
        groups = ["aws_security_group.balancer"]
        self.add(
            "aws_lb.site", internal=False, load_balancer_type="application", subnets=public, security_groups=groups
        )
        self.add("aws_lb_target_group.web", port=80, protocol="HTTP", vpc_id="aws_vpc.site")
        forward = [{"type": "forward", "target_group_arn": "aws_lb_target_group.web"}]
        tls = {"protocol": "HTTPS", "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}
        self.add("aws_lb_listener.site", load_balancer_arn="aws_lb.site", port=443, default_action=forward, **tls)
        self.rule("ingress", "balancer_from_internet", "balancer", 443, cidr_ipv4=WORLD)
        self.add("aws_iam_role.web", name="web", assume_role_policy=_trust({"Service": "ec2.amazonaws.com"}))
        self.add("aws_iam_role_policy.web", role="aws_iam_role.web", name="web", policy=_permission("s3:GetObject"))
        self.between("balancer", "web", 80)
        self.rule("egress", "web_to_internet", "web", 443, cidr_ipv4=WORLD)
        for zone in ZONES:
            self.server(f"web_{zone[-2:]}", zone)

    def server(self, name: str, zone: str, *, action: str = "no-op") -> None:
        """A web server behind the load balancer."""
        self.add(
            f"aws_instance.{name}",
            action,
            ami="ami-0123456789abcdef0",
            instance_type="t3.small",
            associate_public_ip_address=False,
            subnet_id=f"aws_subnet.private_{zone[-2:]}",
            vpc_security_group_ids=["aws_security_group.web"],
            user_data="#!/bin/sh\nexec /opt/site/start\n",
            tags={"Name": name},
        )
        target = {"target_id": f"aws_instance.{name}", "target_group_arn": "aws_lb_target_group.web"}
        self.add(f"aws_lb_target_group_attachment.{name}", action, **target)

    def _data(self) -> None:
        private = [f"aws_subnet.private_{zone[-2:]}" for zone in ZONES]
        self.add("aws_db_subnet_group.site", subnet_ids=private)
        self.add(
            "aws_db_instance.site",
            engine="mysql",
            engine_version="8.4.6",
            instance_class="db.t3.small",
            allocated_storage=20,
            availability_zone=ZONES[0],
            multi_az=True,
            publicly_accessible=False,
            storage_encrypted=True,
            backup_retention_period=7,
            skip_final_snapshot=True,
            deletion_protection=False,
            db_subnet_group_name="aws_db_subnet_group.site",
            vpc_security_group_ids=["aws_security_group.database"],
        )
        self.between("web", "database", 3306)
        self.add("aws_efs_file_system.uploads", encrypted=True)
        for zone in ZONES:
            subnet, groups = f"aws_subnet.private_{zone[-2:]}", ["aws_security_group.uploads"]
            mount = {"file_system_id": "aws_efs_file_system.uploads", "subnet_id": subnet, "security_groups": groups}
            self.add(f"aws_efs_mount_target.{zone[-2:]}", **mount)
        self.between("web", "uploads", 2049)
        self.add("aws_s3_bucket.media", bucket="media", force_destroy=False)
        flags = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
        self.add("aws_s3_bucket_public_access_block.media", bucket="aws_s3_bucket.media", **dict.fromkeys(flags, True))
        self.add("aws_cloudwatch_log_group.web", name="/web", retention_in_days=90)

    def between(self, source: str, target: str, port: int, *, action: str = "no-op") -> None:
        """Lets one group of servers reach another one, by a rule at each end."""
        here, there = (f"aws_security_group.{name}" for name in (source, target))
        names = (f"{source}_to_{target}_{port}", f"{target}_from_{source}_{port}")
        self.rule("egress", names[0], source, port, action=action, referenced_security_group_id=there)
        self.rule("ingress", names[1], target, port, action=action, referenced_security_group_id=here)

    def rule(self, direction: str, name: str, group: str, port: int, *, action: str = "no-op", **peer: str) -> None:
        """A rule of a security group."""
        ports = {"ip_protocol": "tcp", "from_port": port, "to_port": port}
        address = f"aws_vpc_security_group_{direction}_rule.{name}"
        self.add(address, action, security_group_id=f"aws_security_group.{group}", **ports, **peer)

    def add(self, address: str, action: str = "no-op", **values: Any) -> Document:
        """A resource that stays as it is, or one that is new."""
        kind, _, name = address.partition(".")
        after = {"id": address, "arn": address, "tags": {"Name": name}} | values
        before = None if action == "create" else after
        change = {"actions": [action], "before": before, "after": after, "after_unknown": {}}
        change |= {"before_sensitive": {}, "after_sensitive": {}}
        self.resources[address] = {"address": address, "mode": "managed", "type": kind, "name": name}
        self.resources[address] |= {"provider_name": "registry.terraform.io/hashicorp/aws", "change": change}
        self.written[address] = {path: {"constant_value": value} for path, value in values.items()}
        return self.resources[address]

    def change(self, address: str, *actions: str, **values: Any) -> Document:
        """Changes a resource in place, or replaces it."""
        change = self.resources[address]["change"]
        change |= {"actions": list(actions or ("update",)), "after": change["after"] | values}
        return change

    def destroy(self, *addresses: str, action: str = "delete") -> None:
        """Destroys resources, or forgets them."""
        for address in addresses:
            self.resources[address]["change"] |= {"actions": [action], "after": None}

    @property
    def plan(self) -> Document:
        """As `terraform show -json` prints it."""
        written = [
            {
                "address": address,
                "mode": "managed",
                "type": its["type"],
                "name": its["name"],
                "expressions": expressions,
            }
            for (address, expressions) in self.written.items()
            if (its := self.resources[address])["change"]["after"] is not None
        ]
        return {
            "format_version": "1.2",
            "terraform_version": "1.15.0",
            "resource_changes": copy.deepcopy(list(self.resources.values())),
            "configuration": {"root_module": {"resources": written}},
        }


def _trust(principal: str | Values) -> str:
    return _document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def _permission(action: str) -> str:
    return _document({"Effect": "Allow", "Action": action, "Resource": "*"})


def _document(statement: Values) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


Change = Callable[[Site], object]


def _inline(cidr: str) -> Values:
    ports = {"protocol": "tcp", "from_port": 22, "to_port": 22, "self": False, "security_groups": []}
    return ports | {"cidr_blocks": [cidr], "ipv6_cidr_blocks": [], "prefix_list_ids": [], "description": ""}


def _opened_bastion(site: Site) -> None:
    site.add("aws_security_group.bastion", "create", vpc_id="aws_vpc.site", ingress=[_inline(WORLD)], egress=[])
    place = {"subnet_id": "aws_subnet.public_1a", "associate_public_ip_address": True}
    site.add("aws_instance.bastion", "create", vpc_security_group_ids=["aws_security_group.bastion"], **place)


def _public_database(site: Site) -> None:
    ports = {"type": "ingress", "protocol": "tcp", "from_port": 3306, "to_port": 3306, "cidr_blocks": [WORLD]}
    site.add("aws_security_group_rule.all", "create", security_group_id="aws_security_group.database", **ports)
    site.change("aws_db_instance.site", publicly_accessible=True)


def _one_nat(site: Site) -> None:
    site.destroy("aws_nat_gateway.1c")
    site.change("aws_route.private_1c", nat_gateway_id="aws_nat_gateway.1a")


def _policy(principal: str) -> str:
    return _document({"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*"})


def _replaced_database(site: Site) -> None:
    site.change("aws_db_instance.site", "delete", "create", storage_encrypted=False)["replace_paths"] = [
        ["storage_encrypted"]
    ]


def _closed_acl(site: Site) -> None:
    subnets = [f"aws_subnet.public_{zone[-2:]}" for zone in ZONES]
    site.add("aws_network_acl.public", "create", vpc_id="aws_vpc.site", subnet_ids=subnets, ingress=[], egress=[])


def _listener_opened(site: Site) -> None:
    change = site.resources["aws_vpc_security_group_ingress_rule.balancer_from_internet"]["change"]
    change |= {"actions": ["update"], "before": change["before"] | {"cidr_ipv4": OFFICE}}


def _narrowed(site: Site) -> None:
    site.change("aws_vpc_security_group_ingress_rule.balancer_from_internet", cidr_ipv4=OFFICE)


def _untold(site: Site, **marks: Values) -> None:
    site.rule("ingress", "ssh", "web", 22, action="create", cidr_ipv4=WORLD)
    change = site.resources["aws_vpc_security_group_ingress_rule.ssh"]["change"]
    if "after_unknown" in marks:
        del change["after"]["cidr_ipv4"]
    change |= marks
    references = {"references": ["data.http.me.response_body", "data.http.me"]}
    site.written["aws_vpc_security_group_ingress_rule.ssh"]["cidr_ipv4"] = references


def _by_a_local_value(site: Site) -> None:
    """Terraform does not tell what a local value is."""
    _untold(site)
    change = site.resources["aws_vpc_security_group_ingress_rule.ssh"]["change"]
    del change["after"]["security_group_id"]
    change["after_unknown"] = {"security_group_id": True}
    written = site.written["aws_vpc_security_group_ingress_rule.ssh"]
    written |= {"cidr_ipv4": {"constant_value": WORLD}, "security_group_id": {"references": ["local.group"]}}


def _moved(site: Site) -> None:
    moved = site.add("aws_cloudwatch_log_group.servers", name="/web", retention_in_days=90)
    del site.resources["aws_cloudwatch_log_group.web"], site.written["aws_cloudwatch_log_group.web"]
    moved["previous_address"] = "aws_cloudwatch_log_group.web"


DANGEROUS: dict[str, Change] = {
    "a bastion whose inline rule lets everybody in by SSH": _opened_bastion,
    "the servers' SSH opened to everybody": lambda site: site.rule(
        "ingress", "ssh", "web", 22, action="create", cidr_ipv4=WORLD
    ),
    "the database public, by the older kind of rule": _public_database,
    "the load balancer opened from the office to everybody": _listener_opened,
    "a bucket that everybody reads": lambda site: site.add(
        "aws_s3_bucket_policy.media", "create", bucket="aws_s3_bucket.media", policy=_policy("*")
    ),
    "a bucket's lock against the public lifted": lambda site: site.change(
        "aws_s3_bucket_public_access_block.media", block_public_policy=False
    ),
    "the servers' role with every permission": lambda site: site.change(
        "aws_iam_role_policy.web", policy=_permission("*")
    ),
    "a role that every account may take": lambda site: site.change(
        "aws_iam_role.web", assume_role_policy=_trust({"AWS": "*"})
    ),
    "an old version of TLS allowed": lambda site: site.change(
        "aws_lb_listener.site", ssl_policy="ELBSecurityPolicy-TLS-1-0-2015-04"
    ),
    "the database replaced": _replaced_database,
    "the uploads destroyed": lambda site: site.destroy("aws_efs_file_system.uploads"),
    "the database's backups off": lambda site: site.change("aws_db_instance.site", backup_retention_period=0),
    "logs kept for a week": lambda site: site.change("aws_cloudwatch_log_group.web", retention_in_days=7),
    "the database forgotten": lambda site: site.destroy("aws_db_instance.site", action="forget"),
    "the standby off": lambda site: site.change("aws_db_instance.site", multi_az=False),
    "one NAT gateway for both zones": _one_nat,
    "one server left": lambda site: site.destroy("aws_instance.web_1c", "aws_lb_target_group_attachment.web_1c"),
    "the database's firewall closed to the servers": lambda site: site.destroy(
        "aws_vpc_security_group_ingress_rule.database_from_web_3306"
    ),
    "a network ACL that lets nothing in": _closed_acl,
    "both servers stopped by other user data": lambda site: [
        site.change(f"aws_instance.web_{zone[-2:]}", user_data="#!/bin/sh\nexec /opt/site/begin\n") for zone in ZONES
    ],
}
"""Each loses data, opens something, or takes the site down at once or at the next loss."""

HARMLESS: dict[str, Change] = {
    "nothing": lambda site: None,
    "another tag": lambda site: site.change("aws_instance.web_1a", tags={"Name": "web_1a", "Team": "shop"}),
    "a third server": lambda site: site.server("web_3", ZONES[0], action="create"),
    "the load balancer narrowed to the office": _narrowed,
    "a log group": lambda site: site.add("aws_cloudwatch_log_group.new", "create", name="/new", retention_in_days=90),
    "an alarm": lambda site: site.add("aws_cloudwatch_metric_alarm.cpu", "create", alarm_name="cpu", threshold=80),
    "a resource under another name": _moved,
    "a larger disk for the database": lambda site: site.change("aws_db_instance.site", allocated_storage=40),
    "logs kept for longer": lambda site: site.change("aws_cloudwatch_log_group.web", retention_in_days=365),
    "backups kept for longer": lambda site: site.change("aws_db_instance.site", backup_retention_period=14),
    "a private bucket": lambda site: site.add("aws_s3_bucket.more", "create", bucket="more", force_destroy=False),
    "a rule between two parts": lambda site: site.between("web", "uploads", 2050, action="create"),
}

UNTOLD: dict[str, Change] = {
    "SSH from addresses that only the apply will tell": lambda site: _untold(site, after_unknown={"cidr_ipv4": True}),
    "SSH from addresses that are sensitive": lambda site: _untold(site, after_sensitive={"cidr_ipv4": True}),
    "SSH into a security group that a local value names": _by_a_local_value,
}
"""What may be an exposure, and the plan does not tell."""


def planned(change: Change) -> Document:
    """The plan of a change to the site."""
    site = Site()
    change(site)
    return site.plan
