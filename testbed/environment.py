"""What the bed takes from an environment: its Terraform JSON, as `make synth` writes it."""

import fnmatch
import json
import re
import tempfile
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from modules import PROJECT
from modules.settings import load
from modules.synthesis.output_folder import STACK_FILE
from modules.synthesis.rendering import render
from modules.wordpress import ARCHIVE

REFERENCE = re.compile(r"(?<!\$)\$\{(\w+)\.(\w+)\.(\w+)\}")


@dataclass(frozen=True)
class Rule:
    """One rule of a security group: a group's name or a CIDR, and what may pass."""

    peer: str
    protocol: str
    ports: str


@dataclass(frozen=True)
class Place:
    """Where something stands: its subnet and its security groups."""

    name: str
    subnet: IPv4Network
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Database(Place):
    """MySQL: an instance with a standby, or Aurora."""

    address: str
    schema: str
    user: str
    parameters: dict[str, str]


@dataclass(frozen=True)
class Cache(Place):
    """The object cache: its primary's name, and its one user with what it may do."""

    address: str
    user: str
    access: str


@dataclass(frozen=True)
class Server(Place):
    """What a server boots with, the target group that it stands in, and what State Manager finds it by."""

    user_data: str
    target_group: str
    tags: dict[str, str]

    @property
    def group(self) -> str:
        """Whose releases it takes."""
        (group,) = re.findall(r"^GROUP='([\w-]+)'$", self.user_data, re.MULTILINE)
        return group


@dataclass(frozen=True)
class Association:
    """What State Manager runs on servers: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateAssociation.html

    Attributes:
        tag: of the servers that it is for, and its value.
        command: a template in which RELEASE stands for the release's name.
        timeout: seconds that it may take on one server.
        max_concurrency: servers at once.
        max_errors: servers that may fail before it goes to no further one.
    """

    tag: tuple[str, str]
    command: str
    timeout: int
    max_concurrency: int
    max_errors: int


@dataclass(frozen=True)
class HealthCheck:
    path: str
    matcher: str
    interval: int
    timeout: int
    healthy_threshold: int
    unhealthy_threshold: int

    @property
    def window(self) -> int:
        """Seconds from a server's death until it gets no more requests, at most."""
        return self.interval * self.unhealthy_threshold + self.timeout


@dataclass(frozen=True)
class Balancer(Place):
    """A load balancer: its listeners as the JSON has them, and the one target group that they forward to."""

    internal: bool
    idle_timeout: int
    listeners: tuple[dict[str, Any], ...]
    target_group: str
    target_port: int
    health_check: HealthCheck


@dataclass(frozen=True)
class CachePolicy:
    """What CloudFront keeps answers by, and for how long.

    Attributes:
        headers: names in lower case of those that are a part of the key.
        min_ttl: seconds, as those of the next two; it holds whatever an answer says.
        default_ttl: for an answer that says nothing.
        max_ttl: the most that an answer can ask for.
    """

    headers: tuple[str, ...]
    min_ttl: int
    default_ttl: int
    max_ttl: int

    def times(self, cache_control: str) -> tuple[int, int]:
        """Seconds that an answer is kept, and that it is served after that while there is no better one."""
        said = dict(re.findall(r"([\w-]+)(?:=(\d+))?", cache_control))
        if {"no-store", "no-cache", "private"} & said.keys():
            return self.min_ttl, 0
        fresh = int(said.get("s-maxage") or said.get("max-age") or self.default_ttl)
        return min(max(fresh, self.min_ttl), self.max_ttl), min(int(said.get("stale-if-error") or 0), self.max_ttl)


@dataclass(frozen=True)
class Behavior:
    """What CloudFront does with requests whose path has this pattern.

    Attributes:
        policy: None keeps nothing.
        forwards_all: every header goes on to the load balancer; else the host and the encoding alone.
    """

    pattern: str
    methods: tuple[str, ...]
    policy: CachePolicy | None
    forwards_all: bool
    has_function: bool


@dataclass(frozen=True)
class Distribution:
    """CloudFront: its behaviours, the default one last, and its function's code."""

    behaviors: tuple[Behavior, ...]
    function: str

    def behavior(self, path: str) -> Behavior:
        """The first whose pattern fits."""
        return next(one for one in self.behaviors if fnmatch.fnmatchcase(path, one.pattern))


ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
"""The policy that forwards every header:
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html"""

DATABASES = {
    "aws_db_instance": ("address", "db_name", "username", "aws_db_parameter_group"),
    "aws_rds_cluster": ("endpoint", "database_name", "master_username", "aws_rds_cluster_parameter_group"),
}
"""What each kind calls its host name, its database, its user, and its parameters."""


class CannotBuild(Exception):
    """What the bed has no stand-in for, in one line."""


class Environment:
    """A view of the JSON with the few things in it that the bed builds.

    Raises CannotBuild for a site in a network, or on a database, that stands outside of it.
    """

    def __init__(self, stack: dict[str, Any], archive: bytes):
        self.stack = stack
        self.archive = archive
        self.resources = stack["resource"]
        for part, kinds in {"network": ["aws_vpc"], "database": list(DATABASES)}.items():
            if not any(map(self.each, kinds)):
                raise CannotBuild(f"The test bed builds whole sites, and this one has no {part} of its own.")

    @classmethod
    def of(cls, name: str) -> "Environment":
        """The environment file of this name, synthesized now.

        Raises InvalidEnvironment for a file that cannot be used.
        """
        with tempfile.TemporaryDirectory() as folder:
            render({name: load(PROJECT / f"environments/{name}.toml")}, Path(folder))
            return cls.read(Path(folder, "stacks", name))

    @classmethod
    def read(cls, folder: Path) -> "Environment":
        """A stack's folder, with its file and the archive beside it."""
        return cls(json.loads((folder / STACK_FILE).read_text()), (folder / ARCHIVE).read_bytes())

    def one(self, kind: str) -> dict[str, Any]:
        """The only resource of its kind."""
        (resource,) = self.resources[kind].values()
        return resource

    def each(self, kind: str) -> dict[str, dict[str, Any]]:
        return self.resources.get(kind, {})

    # The network

    @cached_property
    def vpc(self) -> IPv4Network:
        return IPv4Network(self.one("aws_vpc")["cidr_block"])

    @cached_property
    def subnets(self) -> dict[str, IPv4Network]:
        return {name: IPv4Network(subnet["cidr_block"]) for name, subnet in self.each("aws_subnet").items()}

    def rules(self, group: str, direction: str) -> list[Rule]:
        """Those of IPv4, which all machines here speak."""
        return [
            Rule(
                self._peer(rule),
                rule["ip_protocol"],
                f"{rule['from_port']}-{rule['to_port']}",
            )
            for rule in self.each(f"aws_vpc_security_group_{direction}_rule").values()
            if _name(rule["security_group_id"]) == group and "cidr_ipv6" not in rule
        ]

    def _peer(self, rule: dict[str, Any]) -> str:
        """Of AWS's lists of its own addresses, only CloudFront's is used, in "cdn"."""
        if "cidr_ipv4" in rule:
            return self.value(rule["cidr_ipv4"])
        return _name(rule.get("referenced_security_group_id") or rule["prefix_list_id"].replace("${data.", "${"))

    def _place(self, name: str, subnets: list[str], groups: list[str]) -> tuple[str, IPv4Network, tuple[str, ...]]:
        """In the first of its subnets: one host stands for what AWS has in every zone."""
        return name, self.subnets[_name(subnets[0])], tuple(map(_name, groups))

    # What stands in it

    @cached_property
    def database(self) -> Database:
        (kind,) = [kind for kind in DATABASES if self.each(kind)]
        address, schema, user, parameters = DATABASES[kind]
        ((name, database),) = self.each(kind).items()
        return Database(
            *self._place("database", self.one("aws_db_subnet_group")["subnet_ids"], database["vpc_security_group_ids"]),
            self.attribute(kind, name, address),
            database[schema],
            database[user],
            {
                parameter["name"]: parameter["value"]
                for group in self.each(parameters).values()
                for parameter in group["parameter"]
            },
        )

    @cached_property
    def cache(self) -> Cache | None:
        for name, cache in self.each("aws_elasticache_replication_group").items():
            subnets = self.each("aws_elasticache_subnet_group")[_name(cache["subnet_group_name"])]["subnet_ids"]
            user = self.one("aws_elasticache_user")
            return Cache(
                *self._place("cache", subnets, cache["security_group_ids"]),
                self.attribute("aws_elasticache_replication_group", name, "primary_endpoint_address"),
                user["user_name"],
                user["access_string"],
            )
        return None

    @cached_property
    def distribution(self) -> Distribution | None:
        """CloudFront, where it is what visitors come to."""
        for plan in self.each("aws_cloudfront_distribution").values():
            found = [("*", plan["default_cache_behavior"])]
            found[:0] = [(one["path_pattern"], one) for one in plan["ordered_cache_behavior"]]
            (function,) = self.each("aws_cloudfront_function").values()
            return Distribution(tuple(self._behavior(*one) for one in found), function["code"])
        return None

    def _behavior(self, pattern: str, plan: dict[str, Any]) -> Behavior:
        policy = None
        # Else one of AWS's own, by its id: CachingDisabled.
        if plan["cache_policy_id"].startswith("${"):
            kept = self.each("aws_cloudfront_cache_policy")[_name(plan["cache_policy_id"])]
            headers = kept["parameters_in_cache_key_and_forwarded_to_origin"]["headers_config"].get("headers", [])
            names = tuple(name.lower() for one in headers for name in one["items"])
            policy = CachePolicy(names, kept["min_ttl"], kept["default_ttl"], kept["max_ttl"])
        return Behavior(
            pattern,
            tuple(plan["allowed_methods"]),
            policy,
            plan["origin_request_policy_id"] == ALL_VIEWER,
            bool(plan.get("function_association")),
        )

    @property
    def mail_identities(self) -> list[str]:
        """Whom SES knows, once the domain's records are seen."""
        return [identity["email_identity"] for identity in self.each("aws_sesv2_email_identity").values()]

    @property
    def mail_senders(self) -> list[str]:
        """Whom the servers' role may send from."""
        return [
            statement["Condition"]["StringEquals"]["ses:FromAddress"]
            for local in self.stack["locals"].values()
            if isinstance(local, dict)
            for statement in local.get("Statement", [])
            if statement.get("Sid") == "SendMail"
        ]

    @cached_property
    def uploads(self) -> Place | None:
        for target in self.each("aws_efs_mount_target").values():
            return Place(*self._place("uploads", [target["subnet_id"]], target["security_groups"]))
        return None

    @cached_property
    def balancers(self) -> list[Balancer]:
        found = []
        for name, balancer in self.each("aws_lb").items():
            listeners = tuple(
                listener
                for listener in self.each("aws_lb_listener").values()
                if _name(listener["load_balancer_arn"]) == name
            )
            (target_group,) = {
                _name(action["target_group_arn"])
                for listener in listeners
                for action in listener["default_action"]
                if action["type"] == "forward"
            }
            group = self.each("aws_lb_target_group")[target_group]
            found.append(
                Balancer(
                    *self._place(name, balancer["subnets"], balancer["security_groups"]),
                    balancer["internal"],
                    balancer["idle_timeout"],
                    listeners,
                    target_group,
                    group["port"],
                    HealthCheck(**group["health_check"]),
                )
            )
        return found

    @cached_property
    def servers(self) -> list[Server]:
        return [*self._named_servers(), *self._fleets()]

    def _named_servers(self) -> list[Server]:
        groups = {
            _name(attachment["target_id"]): _name(attachment["target_group_arn"])
            for attachment in self.each("aws_lb_target_group_attachment").values()
        }
        return [
            Server(
                *self._place(name, [instance["subnet_id"]], instance["vpc_security_group_ids"]),
                self._local(instance["user_data_base64"]),
                groups[name],
                instance["tags"],
            )
            for name, instance in self.each("aws_instance").items()
        ]

    def _fleets(self) -> list[Server]:
        """As many servers as an auto scaling group desires, zone by zone in turn."""
        return [
            Server(
                *self._place(
                    f"{name}{number + 1}",
                    [fleet["vpc_zone_identifier"][number % len(fleet["vpc_zone_identifier"])]],
                    template["network_interfaces"][0]["security_groups"],
                ),
                self._local(template["user_data"]),
                _name(fleet["target_group_arns"][0]),
                {tag["key"]: tag["value"] for tag in fleet["tag"]},
            )
            for name, fleet in self.each("aws_autoscaling_group").items()
            for template in [self.each("aws_launch_template")[_name(fleet["launch_template"]["id"])]]
            for number in range(fleet["desired_capacity"])
        ]

    def _local(self, expression: str) -> str:
        """The lines of the local that a base64encode(join(...)) packs, as a template."""
        (name,) = re.findall(r"local\.(\w+)", expression)
        return "\n".join(self.stack["locals"][name])

    # What they run

    def settings(self, group: str) -> str:
        """The object in the bucket, as a template."""
        return "\n".join(self.stack["locals"][f"{group}_settings"])

    def runs_wordpress(self, server: Server) -> bool:
        return "\nSOFTWARE='web'\n" in self.settings(server.group)

    @cached_property
    def associations(self) -> dict[str, Association]:
        """By the group whose servers take its releases."""
        found = {}
        for group, association in self.each("aws_ssm_association").items():
            (target,), parameters = association["targets"], association["parameters"]
            (value,) = target["values"]
            found[group] = Association(
                (target["key"].removeprefix("tag:"), value),
                re.sub(r"\$\{substr\(sha256\(join\(.+\)\), 0, 16\)\}", "RELEASE", parameters["commands"]),
                int(parameters["executionTimeout"]),
                int(association["max_concurrency"]),
                int(association["max_errors"]),
            )
        return found

    # What only an apply would tell

    def value(self, template: str) -> str:
        """A template with its references in place, as Terraform fills them in after an apply."""
        filled = REFERENCE.sub(lambda match: self.attribute(*match.groups()), template)
        return filled.replace("$${", "${").replace("%%{", "%{")

    def attribute(self, kind: str, name: str, attribute: str) -> str:
        """What AWS answers with. The names are resolvable in the bed."""
        match kind, attribute:
            case "aws_lb", "dns_name":
                return f"{name.replace('_', '-')}.elb.amazonaws.com"
            case "aws_elasticache_replication_group", "primary_endpoint_address":
                return f"master.{name}.apne1.cache.amazonaws.com"
            case ("aws_db_instance", "address") | ("aws_rds_cluster", "endpoint"):
                return f"{name}.rds.amazonaws.com"
            case "aws_s3_bucket", "id":
                return f"bucket-{name}"
            case "aws_secretsmanager_secret", "arn":
                return f"arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:{name}"
            case "aws_cloudfront_distribution", "id":
                return f"E{name.upper()}EXAMPLE"
            case "aws_efs_file_system" | "aws_efs_access_point", "id":
                return f"fs{'ap' if kind.endswith('point') else ''}-{name}"
            case _ if attribute in self.each(kind).get(name, {}):
                return self.value(self.resources[kind][name][attribute])
        raise LookupError(f"the bed does not know {kind}.{name}.{attribute}: tell it in {__name__}")

    def setting(self, name: str) -> str:
        """A value in the WordPress servers' settings."""
        settings = next(self.settings(server.group) for server in self.servers if self.runs_wordpress(server))
        (line,) = re.findall(rf"^{name}='([^']*)'$", settings, re.MULTILINE)
        return self.value(line)

    @cached_property
    def url(self) -> str:
        """The site's one address."""
        return self.setting("SITE_URL")

    @property
    def host_name(self) -> str:
        return urlsplit(self.url).hostname or ""


def _name(reference: str) -> str:
    match = REFERENCE.fullmatch(reference)
    assert match, f"not a reference to a resource: {reference}"
    return match[2]
