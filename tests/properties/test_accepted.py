"""Every file that the settings accept becomes a site that Terraform accepts, and no more than it says."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from modules import PROJECT
from modules.settings import Environment
from modules.wordpress import ARCHIVE, archive
from sandbox import TerraformFailed, offline_root_module
from sandbox.root_module import FILE, for_sandbox
from tests.properties.rendering import File, again, each_file, read, strings, written

WORLD, WORLD_IPV6 = "0.0.0.0/0", "::/0"
AT_A_TIME = 50
"""Sites that Terraform holds in memory together."""


def site(file: File) -> dict[str, Any]:
    return json.loads(written(file.name, file.text))


@each_file
def test_a_file_gives_the_same_bytes_every_time(file: File):
    assert again(file.name, file.text) == written(file.name, file.text)


def test_files_give_the_same_bytes_in_another_process(tmp_path: Path):
    drawn = _drawn()[:12]
    (tmp_path / "environments").mkdir()
    for number, file in enumerate(drawn):
        (tmp_path / "environments" / f"n{number}.toml").write_text(file.text, encoding="utf-8")
    environment = {**os.environ, "PYTHONHASHSEED": "7", "LC_ALL": "C", "CDKTF_OUTDIR": str(tmp_path / "out")}
    run = subprocess.run(
        [sys.executable, PROJECT / "main.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    for number, file in enumerate(drawn):
        made = (tmp_path / "out/stacks" / f"n{number}" / FILE).read_text(encoding="utf-8")
        assert made == written(f"n{number}", file.text)


def test_terraform_accepts_every_site(tmp_path: Path):
    """As modules of one root, because the provider takes longer to start than to look at a site."""
    drawn = _drawn()
    modules = [f"n{number}" for number in range(min(len(drawn), AT_A_TIME))]
    root = offline_root_module(tmp_path, {"module": {module: {"source": f"./{module}"} for module in modules}})
    for start in range(0, len(drawn), AT_A_TIME):
        files = dict(zip(modules, drawn[start : start + AT_A_TIME], strict=False))
        for module, file in files.items():
            (tmp_path / module / ARCHIVE).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / module / ARCHIVE).write_bytes(archive())
            (tmp_path / module / FILE).write_text(json.dumps(for_sandbox(site(file), {})))
        if start == 0:
            root.init()
        try:
            root.validate()
        except TerraformFailed as failure:
            wrong = sorted(set(re.findall(r"(n\d+)/cdk\.tf\.json", str(failure))))
            texts = "\n".join(f"--- {module}: {files[module].name}.toml\n{files[module].text}" for module in wrong)
            raise AssertionError(f"{failure}\n{texts}") from None


def _drawn() -> list[File]:
    """The files that each_file draws, each once."""
    drawn: dict[tuple[str, str], File] = {}

    @each_file
    def collect(file: File) -> None:
        drawn[file.name, file.text] = file

    collect()
    return list(drawn.values())


# Who may talk to whom, from the settings alone.


def expected_flows(settings: Environment) -> set[tuple[str, str, str]]:
    """The firewall table of a site: source, target, protocol and port."""
    worlds = [WORLD, WORLD_IPV6] if settings.network.ipv6 else [WORLD]
    hops = ["web"] if settings.web else ["frontend", "api"]
    vpc = "${data.aws_vpc.site.cidr_block}" if settings.network.vpc_id else str(settings.network.cidr)
    ports = ["tcp/80", "tcp/443"] if settings.https else ["tcp/80"]
    if getattr(settings, "cdn", None):
        table = {("${data.aws_ec2_managed_prefix_list.cdn.id}", "load_balancer", "tcp/443")}
    else:
        table = {(world, "load_balancer", port) for port in ports for world in worlds}
    table.add(("load_balancer", hops[0], "tcp/80"))
    if settings.api:
        table |= {("frontend", "internal_load_balancer", "tcp/80"), ("internal_load_balancer", "api", "tcp/80")}
    database = "the keeper's" if settings.database.existing else "database"
    table.add((hops[-1], database, "tcp/3306"))
    if settings.uploads.shared:
        table.add((hops[-1], "uploads", "tcp/2049"))
    if getattr(settings, "cache", None):
        table.add((hops[-1], "cache", "tcp/6379"))
    if settings.mail and settings.mail.smtp and not settings.mail.trap:
        table |= {(hops[-1], world, f"tcp/{settings.mail.smtp.port}") for world in worlds}
    for group in hops:
        table |= {(group, world, port) for world in worlds for port in ("tcp/443", "tcp/80")}
        table |= {(group, vpc, "tcp/53"), (group, vpc, "udp/53")}
        if settings.network.interface_endpoints:
            table.add((group, "endpoints", "tcp/443"))
        if settings.ssh:
            table |= {(str(cidr), group, "tcp/22") for cidr in settings.ssh.allowed_cidrs}
    return table


def rules(document: dict[str, Any], direction: str) -> Iterator[tuple[str, str, str]]:
    """The rules of a direction: the group that has it, the other end, protocol and port."""
    for rule in document["resource"].get(f"aws_vpc_security_group_{direction}_rule", {}).values():
        assert rule["from_port"] == rule["to_port"]
        (peer,) = {
            rule[key]
            for key in ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id")
            if key in rule
        }
        yield _group(rule["security_group_id"]), _group(peer), f"{rule['ip_protocol']}/{rule['from_port']}"


def _group(reference: str) -> str:
    found = re.fullmatch(r"\$\{aws_security_group\.(\w+)\.id\}", reference)
    if found:
        return found[1]
    return "the keeper's" if "data.aws_db_instance.database.vpc_security_groups" in reference else reference


@each_file
def test_nothing_is_open_beyond_the_firewall_table(file: File):
    document, settings = site(file), read(file.name, file.text)
    groups = set(document["resource"]["aws_security_group"])
    table = expected_flows(settings)
    inward = {(source, target, port) for target, source, port in rules(document, "ingress")}
    outward = set(rules(document, "egress"))
    assert inward == {flow for flow in table if flow[1] in groups}
    assert outward == {flow for flow in table if flow[0] in groups}


@each_file
def test_nothing_opens_a_way_around_the_firewalls(file: File):
    document, settings = site(file), read(file.name, file.text)
    made = document["resource"]
    assert not {"aws_security_group_rule", "aws_lambda_function_url", "aws_vpc_peering_connection"} & made.keys()
    for kind in ("aws_security_group", "aws_default_security_group"):
        for group in made.get(kind, {}).values():
            assert not {"ingress", "egress"} & group.keys()
    public = {name for name, balancer in made["aws_lb"].items() if not balancer["internal"]}
    assert public == (set() if getattr(settings, "cdn", None) else {"load_balancer"})
    for database in [*made.get("aws_db_instance", {}).values(), *made.get("aws_rds_cluster_instance", {}).values()]:
        assert database["publicly_accessible"] is False
    group = "web" if settings.web else "frontend"
    is_public = not getattr(settings.network, group)
    for server in made.get("aws_instance", {}).values():
        assert server["associate_public_ip_address"] is is_public
    for template in made.get("aws_launch_template", {}).values():
        (interface,) = template["network_interfaces"]
        assert interface["associate_public_ip_address"] == str(is_public).lower()
    for bucket in made.get("aws_s3_bucket", {}):
        block = made["aws_s3_bucket_public_access_block"][bucket]
        assert [block[key] for key in block if key.startswith(("block_", "ignore_", "restrict_"))] == [True] * 4


SECRET_ARGUMENT = re.compile(r"(^|_)(passwords?|secret_string|secret_binary|auth_token|private_key|secret_key)$")


@each_file
def test_no_secret_stands_in_the_file(file: File):
    document = site(file)
    kinds = {kind for block in ("resource", "data") for kind in document.get(block, {})}
    assert not {"aws_secretsmanager_random_password", "random_password", "tls_private_key"} & kinds
    assert "aws_secretsmanager_secret_version" not in document.get("data", {})
    for key, text in strings({block: document[block] for block in document.keys() - {"ephemeral"}}):
        assert not SECRET_ARGUMENT.search(key), f"{key} ends in the state"
        # Terraform itself would refuse it elsewhere only when it plans.
        if "ephemeral." in re.sub(r"\$\$\{.*", "", text):
            assert key.endswith("_wo"), f"{key} has an ephemeral value"


NAMES = ("name", "identifier", "cluster_identifier", "alarm_name", "dashboard_name", "replication_group_id", "user_id")
APART = {"aws_autoscaling_policy", "aws_iam_role_policy", "aws_route53_record", "aws_ssm_association"}
"""Kinds whose names are those of a fleet, of a role, of a domain, or of a document."""


@each_file
def test_no_two_things_of_a_kind_share_a_name(file: File):
    """AWS would refuse the second one, minutes into an apply."""
    for kind in site(file)["resource"].keys() - APART:
        named = Counter(
            (resource.get("provider"), argument, resource[argument])
            for resource in site(file)["resource"][kind].values()
            for argument in NAMES
            if not resource.get(argument, "${").startswith("${")
        )
        assert [name for name, times in named.items() if times > 1] == [], kind
