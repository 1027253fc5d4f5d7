"""What must hold between settings."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from modules.settings import Problem
from modules.settings.rules import RULES, broken_rules
from tests.settings.files import EXISTING, FLEET, PAIR, TIERS, changed, problems, read

A, C, D = "ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d"
ARN = "arn:aws:acm:{}:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
KEY_ARN = "arn:aws:kms:{}:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILGCliQkdI0enmWGHBomNIRvqznuauCt7RMfjiprPTsZ"
SECRET_ARN = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:shop-AbCdEf"
MIDDLE = "0123456789abcdefghijklmnopqrstuvwxyz-and-still-a-few-more"


def moved(content: Mapping[str, Any], region: str) -> dict[str, Any]:
    """A file's content in another region than Tokyo."""
    return {**json.loads(json.dumps(content).replace("ap-northeast-1", region)), "region": region}


Case = tuple[Mapping[str, Any], list[tuple[str, str, str]]]

STARTS = (
    '"us-gov-...", "cn-...", "af-...", "ap-...", "ca-...", "eu-...", "il-...", "me-...", "mx-...", "sa-...", "us-..."'
)

BROKEN: dict[str, Case] = {
    "a site folder that is not there": (
        changed(PAIR, wordpress={"site": "sites/none"}),
        [("wordpress.site", "sites/none: no such folder", "a folder with wp-content/ or config.php in it")],
    ),
    "constants that are not the owner's": (
        changed(
            PAIR,
            wordpress={
                "constants": {"DB_NAME": "x", "MULTISITE": True, "SHOP": 1},
                "secrets": {"AUTH_KEY": SECRET_ARN, "SHOP": SECRET_ARN.replace("northeast", "southeast")},
            },
        ),
        [
            (
                "wordpress.constants.DB_NAME",
                'the name "DB_NAME"',
                "no such constant: the database is that of [database]",
            ),
            (
                "wordpress.constants.MULTISITE",
                'the name "MULTISITE"',
                "no such constant: multisite is not offered. Its sites have addresses, certificates and kept pages of "
                "their own, and all of this is for one address; give each site an environment",
            ),
            (
                "wordpress.secrets.AUTH_KEY",
                'the name "AUTH_KEY"',
                "no such constant: it is generated, and kept in Secrets Manager",
            ),
            ("wordpress.secrets.SHOP", "the name of one of [wordpress.constants]", "one of both"),
            (
                "wordpress.secrets.SHOP",
                "a secret in ap-southeast-1",
                "a secret in ap-northeast-1, where the servers are: Secrets Manager can replicate it there",
            ),
        ],
    ),
    "a request that nobody waits for": (
        changed(PAIR, php={"max_execution_time": 90}),
        [("php.max_execution_time", "90", "up to load_balancer.idle_timeout, 60 seconds: it would hang up")],
    ),
    "a request that CloudFront does not wait for": (
        changed(
            PAIR,
            load_balancer={"idle_timeout": 120},
            php={"max_execution_time": 90},
            cdn={},
            https={"domain": "example.com", "zone": "example.com"},
        ),
        [("php.max_execution_time", "90", "up to 60 with [cdn]: CloudFront waits no longer")],
    ),
    "an extension twice": (
        changed(PAIR, php={"extensions": ["soap", "tidy", "soap"]}),
        [("php.extensions, entry 3", '"soap" again', "each extension once")],
    ),
    "redirects of what the site needs": (
        changed(
            PAIR,
            redirects={
                "/wp-admin/*": "/new",
                "/wp-login.php": "/in",
                "/": "/home",
                "/wp-content/a": "/b",
                "/wp-login.php/*": "/in",
                "/index.php/*": "/*",
            },
        ),
        [
            (
                f'redirects."{path}"',
                f'the path "{path}"',
                "an address that the site once had, not one that WordPress itself answers at",
            )
            for path in ("/wp-admin/*", "/wp-login.php", "/", "/wp-login.php/*", "/index.php/*")
        ],
    ),
    "redirects in circles that their letters do not show": (
        changed(
            PAIR,
            https={"domain": "example.com", "more_names": ["www.example.com"], "zone": "example.com"},
            redirects={
                "/caf\u00e9": "/caf%C3%A9",
                "/here": "https://www.example.com/here",
                "/there": "http://example.org/there",
                "/a/*": "/b/*",
                "/b/x": "/a/x",
                "/c/*": "/d/*",
                "/d": "/home",
                "/d/*": "302 /c/*",
                "/e/*": "/f",
                "/f": "/e/last",
                "/e/last": "/home",
            },
        ),
        [
            (f'redirects."{path}"', f'"{target}", which leads back: {way}', "a path that leads on")
            for path, target, way in (
                ("/caf\u00e9", "/caf%C3%A9", "/caf\u00e9 -> /caf%C3%A9"),
                ("/here", "https://www.example.com/here", "/here -> /here"),
                ("/b/x", "/a/x", "/b/x -> /a/x -> /b/x"),
                ("/c/*", "/d/*", "/c/* -> /d/* -> /c/*"),
                ("/d/*", "302 /c/*", "/d/* -> /c/* -> /d/*"),
            )
        ],
    ),
    "redirects in circles": (
        changed(PAIR, redirects={"/a": "/b/", "/b": "302 /A", "/c/*": "/c/new/*", "/d": "/a", "/e": "/f/*"}),
        [
            ('redirects."/a"', '"/b/", which leads back: /a -> /b -> /A', "a path that leads on"),
            ('redirects."/b"', '"302 /A", which leads back: /b -> /A -> /b', "a path that leads on"),
            ('redirects."/c/*"', '"/c/new/*", which leads back: /c -> /c/new', "a path that leads on"),
            (
                'redirects."/e"',
                '"/f/*", which takes along what is below, and "/e" has nothing below',
                '"/f", or "/e/*" as its path',
            ),
        ],
    ),
    "a first theme and a first plugin that nobody brings": (
        changed(
            PAIR, wordpress={"site": "sites/example", "theme": "shop", "plugins": ["hello", "example-hours", "cart"]}
        ),
        [
            (
                "wordpress.plugins, entry 3",
                '"cart", which is not in sites/example/wp-content/plugins',
                "what is there, or comes with WordPress",
            ),
            (
                "wordpress.theme",
                '"shop", which is not in sites/example/wp-content/themes',
                "what is there, or comes with WordPress",
            ),
        ],
    ),
    "a region of a partition that nobody has tried": (
        moved(PAIR, "us-iso-east-1"),
        [("region", '"us-iso-east-1"', f"a region that begins as one of {STARTS}")],
    ),
    "CloudFront where it is not": (
        changed(moved(PAIR, "us-gov-west-1"), cdn={}, https={"domain": "example.com", "zone": "example.com"}),
        [
            (
                "cdn",
                "a table, and the region us-gov-west-1 is in the partition aws-us-gov",
                "no such table: CloudFront reaches no load balancer inside a VPC there",
            )
        ],
    ),
    "China's CloudFront": (
        changed(moved(PAIR, "cn-northwest-1"), cdn={}, https={"domain": "example.com", "zone": "example.com"}),
        [
            (
                "cdn",
                "a table, and the region cn-northwest-1 is in the partition aws-cn",
                "no such table: CloudFront reaches no load balancer inside a VPC there",
            )
        ],
    ),
    "copies and state in another partition": (
        changed(
            moved(PAIR, "us-gov-west-1"),
            backups={"copy_to": "us-west-2"},
            state={"backend": "s3", "bucket": "our-state", "region": "us-east-1"},
        ),
        [
            ("state.region", '"us-east-1"', "a region of aws-us-gov, as us-gov-west-1 is: accounts end there"),
            ("backups.copy_to", '"us-west-2"', "a region of aws-us-gov, as us-gov-west-1 is: accounts end there"),
        ],
    ),
    "an ARN that is of no partition": (
        changed(moved(PAIR, "cn-north-1"), encryption={"key_arn": KEY_ARN.format("cn-north-1")}),
        [("encryption.key_arn", "arn:aws: in cn-north-1", "arn:aws-cn:, as every ARN there begins")],
    ),
    "no servers": (
        changed(PAIR, web=None),
        [("", "no group of servers", "[web] for two tiers, or [frontend] and [api] for three")],
    ),
    "a frontend without an API": (
        changed(TIERS, api=None),
        [("", "[frontend]", "[web] for two tiers, or [frontend] and [api] for three")],
    ),
    "all three groups": (
        changed(TIERS, web={"fleet": {}}),
        [("", "[web] and [frontend] and [api]", "[web] for two tiers, or [frontend] and [api] for three")],
    ),
    "three tiers without subnets of one": (
        changed(TIERS, network={"api": None}),
        [("network.api", "nothing: it is missing", "a subnet for [api] in each zone")],
    ),
    "subnets of a group that is not there": (
        changed(FLEET, network={"api": TIERS["network"]["api"]}),
        [("network.api", "subnets", "no such table, or servers for it in [api]")],
    ),
    "a pair and a fleet at once": (
        changed(PAIR, web={"fleet": {}}),
        [("web", "both [web.servers] and [web.fleet]", "one of [web.servers] and [web.fleet]")],
    ),
    "neither a pair nor a fleet": (
        changed(PAIR, web={"servers": {}}),
        [("web", "neither servers nor a fleet", "one of [web.servers] and [web.fleet]")],
    ),
    "a fleet that copies its first server": (
        changed(FLEET, web={"copy_first_server": True}),
        [("web.copy_first_server", "true", "false with a fleet: its servers have no first one")],
    ),
    "a server in a zone without a subnet": (
        changed(PAIR, web={"servers": {"WEB2": D}}),
        [("web.servers.WEB2", f'"{D}"', f"a zone of network.public: {A}, {C}")],
    ),
    "all servers in one zone": (
        changed(PAIR, web={"servers": {"WEB2": A}}),
        [
            (
                "web.servers",
                "2 servers in 1 zone",
                "servers in two zones or more, so that the site survives the loss of one",
            )
        ],
    ),
    "one server": (
        changed(PAIR, web={"servers": {"WEB2": None}}),
        [
            (
                "web.servers",
                "1 server in 1 zone",
                "servers in two zones or more, so that the site survives the loss of one",
            )
        ],
    ),
    "names that differ in case only": (
        changed(PAIR, web={"servers": {"web1": C}}),
        [
            (
                "web.servers.web1",
                "the name of web.servers.WEB1",
                "a name of its own, different in more than upper and lower case",
            )
        ],
    ),
    "the same name in frontend and API": (
        changed(TIERS, api={"fleet": None, "servers": {"front2": A, "API": C}}),
        [
            (
                "api.servers.front2",
                "the name of frontend.servers.FRONT2",
                "a name of its own, different in more than upper and lower case",
            )
        ],
    ),
    "a server where the uploads cannot be mounted": (
        changed(PAIR, network={"public": {D: "10.0.4.0/24"}}, web={"servers": {"WEB2": D}}),
        [
            (
                "network.database",
                f"no subnet in {D}, where servers stand",
                "a subnet in each zone that has servers: the shared uploads are mounted there",
            )
        ],
    ),
    "more servers at least than at most": (
        changed(FLEET, web={"fleet": {"min": 5, "desired": 5, "max": 4}}),
        [("web.fleet.min", "5", "not more than max, 4")],
    ),
    "fewer servers than the least": (
        changed(FLEET, web={"fleet": {"min": 3, "desired": 2}}),
        [("web.fleet.desired", "2", "a number from min to max, which are 3 and 4")],
    ),
    "an image for another processor": (
        changed(PAIR, web={"instance_type": "t4g.small", "image_id": "ami-01234567"}),
        [("web.image_architecture", '"x86_64"', '"arm64", the processor of instance_type t4g.small')],
    ),
    "a fleet of two processors": (
        changed(FLEET, web={"fleet": {"more_instance_types": ["t3a.small", "m7gd.medium"]}}),
        [
            (
                "web.fleet.more_instance_types, entry 2",
                '"m7gd.medium"',
                "a type with the processor of t3.small, x86_64: one image serves them all",
            )
        ],
    ),
    "an instance type twice": (
        changed(FLEET, web={"fleet": {"more_instance_types": ["t3.medium", "t3.small"]}}),
        [("web.fleet.more_instance_types, entry 2", '"t3.small" again', "each type once, instance_type included")],
    ),
    "a VPC that is too small": (
        changed(PAIR, network={"cidr": "10.0.0.0/29"}),
        [("network.cidr", '"10.0.0.0/29"', "a VPC of /16 to /28")],
    ),
    "a VPC that is too large": (
        changed(PAIR, network={"cidr": "10.0.0.0/15"}),
        [("network.cidr", '"10.0.0.0/15"', "a VPC of /16 to /28")],
    ),
    "a VPC of the internet's addresses": (
        changed(
            PAIR,
            network={
                "cidr": "192.0.2.0/24",
                "public": {A: "192.0.2.0/27", C: "192.0.2.32/27"},
                "database": {A: "192.0.2.64/27", C: "192.0.2.96/27"},
            },
        ),
        [
            (
                "network.cidr",
                '"192.0.2.0/24"',
                "private addresses, inside 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16",
            )
        ],
    ),
    "a subnet outside of the VPC": (
        changed(PAIR, network={"database": {C: "10.0.8.0/24"}}),
        [(f"network.database.{C}", '"10.0.8.0/24"', "addresses inside network.cidr, 10.0.0.0/21")],
    ),
    "a subnet larger than the VPC": (
        changed(PAIR, network={"database": {C: "10.0.16.0/20"}}),
        [(f"network.database.{C}", '"10.0.16.0/20"', "addresses inside network.cidr, 10.0.0.0/21")],
    ),
    "every subnet outside of the VPC": (
        changed(PAIR, network={"cidr": "10.1.0.0/21"}),
        [
            (
                "network.cidr",
                '"10.1.0.0/21", and every subnet is outside of it',
                "a network that the subnets are part of",
            )
        ],
    ),
    "a subnet that is too small": (
        changed(PAIR, network={"database": {C: "10.0.3.0/29"}}),
        [(f"network.database.{C}", '"10.0.3.0/29"', "a subnet of /16 to /28")],
    ),
    "a subnet that is too small for a load balancer": (
        changed(PAIR, network={"public": {C: "10.0.1.0/28"}}),
        [(f"network.public.{C}", '"10.0.1.0/28"', "a subnet of /16 to /27: a load balancer stands in it")],
    ),
    "web servers and database in one subnet": (
        changed(PAIR, network={"database": {A: "10.0.0.0/24"}}),
        [
            (
                f"network.database.{A}",
                '"10.0.0.0/24"',
                f"addresses of its own: network.public.{A} has 10.0.0.0/24 already, "
                "and each tier stands in subnets of its own",
            )
        ],
    ),
    "subnets of one tier that overlap": (
        changed(PAIR, network={"public": {A: "10.0.0.0/23"}}),
        [
            (
                f"network.public.{C}",
                '"10.0.1.0/24"',
                f"addresses of its own: network.public.{A} has 10.0.0.0/23 already",
            )
        ],
    ),
    "a zone of another region": (
        changed(PAIR, network={"public": {"us-east-1a": "10.0.4.0/24"}}),
        [
            (
                "network.public.us-east-1a",
                'the zone "us-east-1a"',
                "a zone of the region ap-northeast-1, such as ap-northeast-1a",
            )
        ],
    ),
    "another region than the zones'": (
        changed(PAIR, region="us-east-1"),
        [
            (
                "region",
                '"us-east-1", and every zone is in ap-northeast-1',
                "the region of the zones; left out, it is ap-northeast-1",
            )
        ],
    ),
    "private servers in one zone": (
        changed(FLEET, network={"web": {C: None}}),
        [("network.web", "1 subnet", "none, or one in each of two zones or more")],
    ),
    "servers where no load balancer stands": (
        changed(FLEET, network={"web": {D: "10.0.6.0/24"}, "database": {D: "10.0.7.0/24"}}),
        [
            (
                "network.public",
                f"no subnet in {D}, where servers stand",
                "one there too: the load balancer reaches only the zones that it stands in",
            )
        ],
    ),
    "a NAT gateway without a place": (
        changed(
            TIERS,
            network={
                "cidr": "10.0.0.0/20",
                "nat": "per-zone",
                "api": {D: "10.0.8.0/24"},
                "database": {D: "10.0.9.0/24"},
            },
        ),
        [
            (
                "network.public",
                f"no subnet in {D}, where servers stand",
                "one there too: its NAT gateway stands there",
            )
        ],
    ),
    "NAT for public servers": (
        changed(PAIR, network={"nat": "one", "interface_endpoints": True}),
        [
            ("network.nat", '"one"', '"none" where no server is private: public servers need no NAT'),
            ("network.interface_endpoints", "true", "false where no server is private"),
        ],
    ),
    "private servers without a way out": (
        changed(TIERS, network={"nat": None}),
        [
            (
                "network.nat",
                '"none"',
                '"one" or "per-zone": the private servers of [frontend] fetch packages and WordPress when they boot; '
                "or an image_id that has everything",
            )
        ],
    ),
    "SSH to private servers": (
        changed(FLEET, ssh={"public_key": KEY, "allowed_cidrs": ["192.0.2.0/24"]}),
        [("ssh", "a table", "no such table where the servers are private: Session Manager reaches them")],
    ),
    "SSH from everywhere": (
        changed(
            PAIR, ssh={"public_key": KEY, "allowed_cidrs": ["192.0.2.0/24", "0.0.0.0/0", "0.0.0.0/1", "8.0.0.0/7"]}
        ),
        [
            (
                f"ssh.allowed_cidrs, entry {entry}",
                found,
                "your own addresses, /8 or smaller; without [ssh], Session Manager needs no open port at all",
            )
            for entry, found in ((2, '"0.0.0.0/0", the whole internet'), (3, '"0.0.0.0/1"'), (4, '"8.0.0.0/7"'))
        ],
    ),
    "a health check as long as its interval": (
        changed(PAIR, load_balancer={"health_check": {"timeout": 10}}),
        [("load_balancer.health_check.timeout", "10", "less than health_check.interval, 10 seconds")],
    ),
    "a domain without a zone": (
        changed(PAIR, https={"domain": "example.com"}),
        [
            (
                "https.domain",
                '"example.com"',
                "a hosted zone for it in https.zone or https.zone_id, or a certificate in https.certificate_arn",
            )
        ],
    ),
    "a zone by name and by id": (
        changed(PAIR, https={"domain": "example.com", "zone": "example.com", "zone_id": "Z0123456789"}),
        [("https.zone_id", '"Z0123456789"', "only one of zone and zone_id")],
    ),
    "a new zone without a name": (
        changed(PAIR, https={"domain": "example.com", "zone_id": "Z0123456789", "create_zone": True}),
        [("https.create_zone", "true", "false, or the new zone's name in https.zone")],
    ),
    "names outside of their zone": (
        changed(
            PAIR,
            https={"domain": "example.com", "zone": "example.com", "more_names": ["a.example.com", "badexample.com"]},
        ),
        [
            (
                "https.more_names, entry 2",
                '"badexample.com"',
                "a name in https.zone: example.com itself, or one that ends in .example.com",
            )
        ],
    ),
    "a name twice": (
        changed(PAIR, https={"domain": "example.com", "zone": "example.com", "more_names": ["example.com"]}),
        [("https.more_names, entry 1", '"example.com" again', "each name once: https.domain has it already")],
    ),
    "a domain that no certificate holds first": (
        changed(PAIR, https={"domain": f"{MIDDLE}.example.com", "zone": "example.com"}),
        [
            (
                "https.domain",
                f'"{MIDDLE}.ex..." (69 characters), longer than 64',
                "a name of up to 64 characters, as certificates demand of their first name; longer in more_names",
            )
        ],
    ),
    "a certificate of another region": (
        changed(PAIR, https={"domain": "example.com", "certificate_arn": ARN.format("us-east-1")}),
        [
            (
                "https.certificate_arn",
                "a certificate in us-east-1",
                "one in ap-northeast-1: a load balancer takes certificates of its own region only",
            )
        ],
    ),
    "a CDN without a name": (
        changed(PAIR, cdn={}),
        [("cdn", "a table without [https]", "[https] beside it, with the site's own name")],
    ),
    "a CDN that is left without a certificate": (
        changed(PAIR, cdn={}, https={"domain": "example.com", "certificate_arn": ARN.format("ap-northeast-1")}),
        [
            (
                "cdn.certificate_arn",
                "nothing, beside https.certificate_arn",
                "another one of the same names from us-east-1, where CloudFront takes its certificates from",
            )
        ],
    ),
    "a CDN's certificate from elsewhere": (
        changed(
            PAIR,
            cdn={"certificate_arn": ARN.format("ap-northeast-1")},
            https={"domain": "example.com", "zone": "example.com"},
        ),
        [("cdn.certificate_arn", "a certificate in ap-northeast-1", "one in us-east-1")],
    ),
    "a cache's window that is too short": (
        changed(PAIR, cache={"maintenance_window": "sun:23:31-mon:00:30"}),
        [("cache.maintenance_window", '"sun:23:31-mon:00:30"', "60 minutes to 24 hours")],
    ),
    "a database class without MySQL 8.4": (
        changed(PAIR, database={"instance_class": "db.t2.micro"}),
        [
            (
                "database.instance_class",
                '"db.t2.micro"',
                "a family that RDS offers for MySQL 8.4: m5, m5d, m6g, m6gd, m6i, m6id, m6idn, m6in, m7g, m7i, m8g, "
                "r5, r5b, r5d, r6g, r6gd, r6i, r6id, r6idn, r6in, r7g, r7i, r8g, t3, t4g, x2g, x2idn, x2iedn",
            )
        ],
    ),
    "storage that cannot grow": (
        changed(PAIR, database={"allocated_storage": 101, "max_allocated_storage": 111}),
        [
            (
                "database.max_allocated_storage",
                "111",
                "0, or at least 10 % more than allocated_storage, 112 GiB, as RDS demands",
            )
        ],
    ),
    "Aurora with more capacity at least than at most": (
        changed(PAIR, database={"aurora": {"min_capacity": 8.5}}),
        [("database.aurora.min_capacity", "8.5", "not more than max_capacity, 8")],
    ),
    "insights that a small class lacks": (
        changed(PAIR, database={"performance_insights": True}),
        [
            (
                "database.performance_insights",
                "true",
                "false with db.t4g.small: it takes db.t4g.medium or larger",
            )
        ],
    ),
    "insights that so little capacity lacks": (
        changed(PAIR, database={"performance_insights": True, "aurora": {"min_capacity": 1.5}}),
        [
            (
                "database.aurora.min_capacity",
                "1.5",
                "2 or more with performance_insights, which needs the memory of 2 ACUs",
            )
        ],
    ),
    "an image that cannot reach its secrets": (
        changed(FLEET, network={"nat": "none"}, web={"image_id": "ami-01234567"}),
        [
            (
                "network.interface_endpoints",
                'false, beside nat = "none"',
                "true, or a NAT: the private servers of [web] read their secrets from AWS when they boot",
            )
        ],
    ),
    "a region without SES": (
        changed(moved(PAIR, "ap-east-1"), mail={"sender": "a@example.com"}),
        [
            (
                "region",
                '"ap-east-1", which has no SES, beside [mail]',
                "one that has SES, in mail.region; or a service of your own, in [mail.smtp]",
            )
        ],
    ),
    "SES in China": (
        changed(PAIR, mail={"sender": "a@example.com", "region": "cn-north-1"}),
        [
            (
                "mail.region",
                '"cn-north-1", which has no SES, beside [mail]',
                "one that has SES, in mail.region; or a service of your own, in [mail.smtp]",
            )
        ],
    ),
    "SES in another partition": (
        changed(PAIR, mail={"sender": "a@example.com", "region": "us-gov-west-1"}),
        [
            (
                "mail.region",
                '"us-gov-west-1"',
                "a region of the partition that ap-northeast-1 is in: accounts end there",
            )
        ],
    ),
    "SES abroad without a way out": (
        changed(
            FLEET,
            network={"nat": None, "interface_endpoints": True},
            web={"image_id": "ami-0123456789abcdef0", "image_architecture": "x86_64"},
            mail={"sender": "a@example.com", "region": "us-east-1"},
        ),
        [
            (
                "mail.region",
                '"us-east-1", beside network.nat = "none"',
                "ap-northeast-1, or a NAT: without one, servers reach SES by an endpoint of their own region",
            )
        ],
    ),
    "a mail service without a way out": (
        changed(
            FLEET,
            network={"nat": None, "interface_endpoints": True},
            web={"image_id": "ami-0123456789abcdef0", "image_architecture": "x86_64"},
            mail={"sender": "a@example.com", "smtp": {"host": "smtp.example.com"}},
        ),
        [
            (
                "network.nat",
                '"none", beside [mail.smtp]',
                '"one" or "per-zone": private servers reach a mail service on the internet by NAT',
            )
        ],
    ),
    "a mail service that servers cannot use": (
        changed(
            PAIR,
            mail={
                "sender": "a@example.com",
                "region": "us-east-1",
                "bounces_to": ["b@example.com"],
                "smtp": {
                    "host": "smtp.example.com",
                    "port": 25,
                    "secret_arn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:smtp-AbCdEf",
                },
            },
        ),
        [
            ("mail.smtp.port", "25", "587, 465 or another that the service has: EC2 keeps port 25 closed"),
            ("mail.smtp.secret_arn", "a secret in us-east-1", "one in ap-northeast-1, where the servers are"),
            ("mail.region", '"us-east-1", beside [mail.smtp]', "nothing: it is SES's, which is not used"),
            ("mail.bounces_to", "addresses, beside [mail.smtp]", "nothing: it is SES's, which is not used"),
        ],
    ),
    "bounces of a configuration set that somebody else keeps": (
        changed(
            PAIR,
            mail={"sender": "a@example.com", "configuration_set": "theirs", "bounces_to": ["b@example.com"]},
        ),
        [
            (
                "mail.bounces_to",
                "addresses, beside mail.configuration_set",
                "nothing: that set says itself where they go",
            )
        ],
    ),
    "a secret and a snapshot of another region": (
        changed(
            EXISTING,
            database={
                "existing": {"secret_arn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:shop-AbCdEf"},
                "restore_from": "arn:aws:rds:us-east-1:123456789012:snapshot:shop",
            },
        ),
        [
            (
                "database.existing.secret_arn",
                "a secret in us-east-1",
                "one in ap-northeast-1: servers ask the Secrets Manager of their own region",
            ),
            (
                "database.restore_from",
                "a snapshot in us-east-1",
                "one in ap-northeast-1, where it is copied to first: aws rds copy-db-snapshot, or "
                "copy-db-cluster-snapshot",
            ),
        ],
    ),
    "XML-RPC that is open and blocked": (
        changed(PAIR, wordpress={"xmlrpc": True}, waf={"mode": "block"}),
        [
            (
                "wordpress.xmlrpc",
                "true",
                'false, or "WordPressExploitablePaths_URIPATH" in waf.count: with waf.mode = "block" that rule refuses '
                "xmlrpc.php",
            )
        ],
    ),
    "a rule that counts twice": (
        changed(PAIR, waf={"count": ["SQLi_BODY", "SQLi_BODY"]}),
        [("waf.count, entry 2", '"SQLi_BODY" again', "each rule once")],
    ),
    "an old release that is not restored": (
        changed(PAIR, database={"engine_version": "8.0"}),
        [
            (
                "database.engine_version",
                '"8.0"',
                '"8.4"; "8.0" is for restore_from or [database.point_in_time] of an RDS instance',
            )
        ],
    ),
    "the resource id of a cluster for an instance": (
        changed(PAIR, database={"point_in_time": {"source": "cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ"}}),
        [
            (
                "database.point_in_time.source",
                '"cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ"',
                'an identifier, or a resource id that begins with "db-"',
            )
        ],
    ),
    "a copy of a cluster that takes over": (
        changed(PAIR, database={"aurora": {}, "blue_green": True}),
        [("database.blue_green", "true", "false with aurora: it is for an RDS instance")],
    ),
    "two places to restore from": (
        changed(PAIR, database={"restore_from": "shop", "point_in_time": {"source": "shop"}}),
        [("database.point_in_time", "a table", "only one of restore_from and [database.point_in_time]")],
    ),
    "a file system that nobody shares": (
        changed(PAIR, uploads={"shared": False, "file_system_id": "fs-01234567"}),
        [
            (
                "uploads.file_system_id",
                '"fs-01234567"',
                "no such setting with shared = false, where each server keeps its own",
            )
        ],
    ),
    "windows that are too short": (
        changed(PAIR, database={"backup_window": "17:00-17:29", "maintenance_window": "sat:18:00-sat:18:29"}),
        [
            ("database.backup_window", '"17:00-17:29"', "30 minutes or more"),
            ("database.maintenance_window", '"sat:18:00-sat:18:29"', "30 minutes to 24 hours"),
        ],
    ),
    "a maintenance window that is too long": (
        changed(PAIR, database={"maintenance_window": "sat:18:00-sun:18:01"}),
        [("database.maintenance_window", '"sat:18:00-sun:18:01"', "30 minutes to 24 hours")],
    ),
    "windows that overlap over midnight and the week's end": (
        changed(PAIR, database={"backup_window": "23:45-00:30", "maintenance_window": "mon:00:29-mon:01:29"}),
        [
            (
                "database.maintenance_window",
                '"mon:00:29-mon:01:29"',
                "a time outside database.backup_window, 23:45-00:30",
            )
        ],
    ),
    "an existing subnet in a new VPC": (
        changed(PAIR, network={"public": {A: "subnet-01234567"}}),
        [
            (
                f"network.public.{A}",
                '"subnet-01234567"',
                "its addresses, or the VPC that it is part of in network.vpc_id",
            )
        ],
    ),
    "a new subnet in an existing VPC": (
        changed(EXISTING, network={"web": {A: "10.0.4.0/24"}}),
        [
            (
                f"network.web.{A}",
                '"10.0.4.0/24"',
                "the id of a subnet of vpc-0123456789abcdef0: an existing VPC gets no new ones",
            )
        ],
    ),
    "servers and database in one existing subnet": (
        changed(EXISTING, network={"database": {C: "subnet-0123456789abcdef3"}}),
        [
            (
                f"network.database.{C}",
                '"subnet-0123456789abcdef3"',
                f"a subnet of its own: network.web.{C} has this one already",
            )
        ],
    ),
    "an existing VPC with NAT and endpoints": (
        changed(EXISTING, network={"nat": "one", "interface_endpoints": True}),
        [
            ("network.nat", '"one"', '"none" in an existing VPC: its routes are not changed'),
            ("network.interface_endpoints", "true", "false in an existing VPC: it is not changed"),
        ],
    ),
    "two databases": (
        changed(EXISTING, database={"aurora": {}}),
        [("database.aurora", "a table", "only one of [database.existing] and [database.aurora]")],
    ),
    "two keys": (
        changed(PAIR, encryption={"own_key": True, "key_arn": KEY_ARN.format("ap-northeast-1")}),
        [
            (
                "encryption.key_arn",
                '"arn:aws:kms:ap-northeast-1:123456789012:key/01234567-89ab-cd..." (80 characters)',
                "only one of own_key and key_arn",
            )
        ],
    ),
    "a key of another region": (
        changed(PAIR, encryption={"key_arn": KEY_ARN.format("us-east-1")}),
        [("encryption.key_arn", "a key in us-east-1", "one in ap-northeast-1: keys stay in their region")],
    ),
    "copies in the region that they are to survive": (
        changed(PAIR, backups={"copy_to": "ap-northeast-1"}),
        [("backups.copy_to", '"ap-northeast-1"', "a region other than the site's own")],
    ),
    "a bucket for a local state": (
        changed(PAIR, state={"bucket": "our-state"}),
        [("state.bucket", '"our-state"', 'no such setting with backend = "local": it belongs to "s3"')],
    ),
    "a shared state without a place": (
        changed(PAIR, state={"backend": "s3"}),
        [("state.bucket", "nothing: it is missing", 'what holds the state of backend "s3"')],
    ),
    "tags that IAM takes for one": (
        changed(PAIR, tags={"owner": "a", "Owner": "b", "environment": "c"}),
        [
            (
                "tags.Owner",
                "the name of another tag",
                "a name that differs from owner in more than upper and lower case",
            ),
            (
                "tags.environment",
                "the name of another tag",
                "a name that differs from Environment in more than upper and lower case",
            ),
        ],
    ),
}
"""Files that break one rule each, and all that is said about them."""

KEPT: dict[str, Mapping[str, Any]] = {
    "the largest VPC": changed(PAIR, network={"cidr": "10.0.0.0/16"}),
    "subnets that touch": changed(PAIR, network={"public": {A: "10.0.0.0/25", C: "10.0.0.128/25"}}),
    "subnets as small as they may be": changed(
        PAIR,
        network={
            "public": {A: "10.0.0.0/27", C: "10.0.0.32/27"},
            "database": {A: "10.0.0.64/28", C: "10.0.0.80/28"},
        },
    ),
    "a server for each of two zones of three": changed(PAIR, network={"public": {D: "10.0.4.0/24"}}),
    "a server where the uploads are not shared": changed(
        PAIR,
        network={"public": {D: "10.0.4.0/24"}},
        web={"servers": {"WEB2": D}},
        uploads={"shared": False},
    ),
    "private servers with an image that has everything": changed(
        FLEET, network={"nat": "none", "interface_endpoints": True}, web={"image_id": "ami-01234567"}
    ),
    "a fleet of one size": changed(FLEET, web={"fleet": {"min": 3, "desired": 3, "max": 3}}),
    "a Graviton image": changed(
        PAIR, web={"instance_type": "im4gn.large", "image_id": "ami-01234567", "image_architecture": "arm64"}
    ),
    "a g family that is not Graviton": changed(PAIR, web={"instance_type": "g4dn.xlarge", "image_id": "ami-01234567"}),
    "SSH from a /8": changed(PAIR, ssh={"public_key": KEY, "allowed_cidrs": ["10.0.0.0/8"]}),
    "a certificate whose names are kept elsewhere": changed(
        PAIR, https={"domain": f"{MIDDLE}.example.com", "certificate_arn": ARN.format("ap-northeast-1")}
    ),
    "a domain that is its zone": changed(PAIR, https={"domain": "example.com", "zone": "example.com"}),
    "storage that grows by a tenth": changed(PAIR, database={"allocated_storage": 100, "max_allocated_storage": 110}),
    "storage that does not grow": changed(PAIR, database={"allocated_storage": 200, "max_allocated_storage": 0}),
    "a CDN with a certificate of its own": changed(
        PAIR,
        cdn={"certificate_arn": ARN.format("us-east-1")},
        https={"domain": "example.com", "certificate_arn": ARN.format("ap-northeast-1")},
    ),
    "an hour for the cache, over the week's end": changed(PAIR, cache={"maintenance_window": "sun:23:30-mon:00:30"}),
    "windows one after the other": changed(
        PAIR, database={"backup_window": "17:30-18:00", "maintenance_window": "sat:18:00-sun:17:30"}
    ),
    "insights on a medium class": changed(
        PAIR, database={"performance_insights": True, "instance_class": "db.t4g.medium"}
    ),
    "everything in another partition": changed(
        moved(PAIR, "us-gov-west-1"),
        encryption={"key_arn": KEY_ARN.format("us-gov-west-1").replace("arn:aws:", "arn:aws-us-gov:")},
        backups={"copy_to": "us-gov-east-1"},
        waf={},
    ),
    "insights on Aurora": changed(PAIR, database={"performance_insights": True, "aurora": {"min_capacity": 2}}),
}
"""Files that come close to breaking a rule."""


@pytest.mark.parametrize(("content", "expected"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_rule_is_told_once(content: Mapping[str, Any], expected: list[tuple[str, str, str]]):
    assert problems(content) == [Problem(*problem) for problem in expected]


@pytest.mark.parametrize("content", KEPT.values(), ids=KEPT.keys())
def test_what_a_rule_allows_is_accepted(content: Mapping[str, Any]):
    assert problems(content) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_rule_is_broken_here(rule: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("modules.settings.rules.RULES", [rule])
    assert any(problems(content) for content, _ in BROKEN.values()), "add a file that breaks it"


def test_a_wrong_setting_hides_no_rule_that_does_not_read_it():
    content = changed(
        PAIR,
        region="Tokyo",
        network={"cidr": "10.0.0.0/29", "nat": "two"},
        database={"engine_version": "5.7", "instance_class": "db.t2.micro"},
        web={"root_volume_size": 1, "servers": {"WEB2": A}},
    )
    assert [problem.key for problem in problems(content)] == [
        "region",
        "network.nat",
        "web.root_volume_size",
        "database.engine_version",
        "web.servers",
        "network.cidr",
        "database.instance_class",
    ]


def test_a_wrong_table_of_subnets_hides_no_other():
    content = changed(PAIR, network={"public": {A: "10.0.0.0"}, "database": {C: "10.0.2.0/23"}})
    assert [problem.key for problem in problems(content)] == [f"network.public.{A}", f"network.database.{C}"]


def test_the_rules_are_silent_about_what_they_cannot_know():
    content = changed(PAIR, network=None, web={"servers": 5, "fleet": 6}, https="example.com")
    assert [problem.key for problem in problems(content)] == ["network", "https", "web.servers", "web.fleet"]


def test_rules_read_a_checked_environment_too():
    assert list(broken_rules(dict(read(PAIR)))) == []
