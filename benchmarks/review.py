"""What a review of a large plan costs: `python -m benchmarks.review [PLAN.json]` prints seconds and megabytes.

Without a plan it makes one of 2,000 resources: as many copies of a site's servers, rules and subnets as it takes,
every tenth of them changed.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SIZE = 2_000
ROUNDS = 3
MEBIBYTE = 1024
"""In the kibibytes that the kernel counts in: https://man7.org/linux/man-pages/man2/getrusage.2.html"""


def main(words: list[str]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        plan = Path(scratch, "plan.json")
        plan.write_text(Path(words[0]).read_text() if words else json.dumps(document()))
        for _ in range(ROUNDS):
            start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([sys.executable, "-m", "review", str(plan)], check=True, capture_output=True)
            seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
            busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            size, peak = plan.stat().st_size / 1e6, after.ru_maxrss / MEBIBYTE
            print(f"{size:.1f} MB of JSON: {seconds:.2f} s, of which {busy:.2f} s on the processor, {peak:.0f} MiB")


def document() -> dict[str, Any]:
    """A plan of `SIZE` resources, in the form of `terraform show -json`."""
    made = _Resources()
    vpc = made.add("aws_vpc", "site", cidr_block="10.0.0.0/8")
    table = made.add("aws_route_table", "public", vpc_id=vpc)
    gateway = made.add("aws_internet_gateway", "site", vpc_id=vpc)
    made.add("aws_route", "out", route_table_id=table, gateway_id=gateway, destination_cidr_block="0.0.0.0/0")
    groups = {name: made.add("aws_security_group", name, vpc_id=vpc) for name in ("balancer", "web", "database")}
    subnets = []
    for i in range(200):
        zone, cidr = f"ap-northeast-1{'acd'[i % 3]}", f"10.{i}.0.0/16"
        subnets.append(made.add("aws_subnet", f"net{i}_{zone[-2:]}", availability_zone=zone, cidr_block=cidr))
        made.add("aws_route_table_association", f"net{i}", subnet_id=subnets[-1], route_table_id=table)
    balancer = made.add("aws_lb", "load_balancer", subnets=subnets[:3], security_groups=[groups["balancer"]])
    targets = made.add("aws_lb_target_group", "web", port=80)
    forward = [{"type": "forward", "target_group_arn": targets}]
    made.add("aws_lb_listener", "http", load_balancer_arn=balancer, port=80, default_action=forward)
    subnet_group = made.add("aws_db_subnet_group", "database", subnet_ids=subnets[3:6])
    made.add(
        "aws_db_instance",
        "database",
        multi_az=True,
        vpc_security_group_ids=[groups["database"]],
        db_subnet_group_name=subnet_group,
    )
    _flow(made, "balancer", None, groups["balancer"], 80)
    _flow(made, "web", groups["balancer"], groups["web"], 80)
    _flow(made, "database", groups["web"], groups["database"], 3306)
    for i in range((SIZE - len(made.changes)) // 4):
        server = made.add(
            "aws_instance",
            f"server{i}",
            instance_type="t4g.small",
            subnet_id=subnets[i % len(subnets)],
            vpc_security_group_ids=[groups["web"]],
            user_data_base64="x" * 4_000,
            changed={"instance_type": "t4g.large"} if i % 10 == 0 else {},
        )
        made.add("aws_lb_target_group_attachment", f"server{i}", target_id=server, target_group_arn=targets)
        _flow(made, f"web{i}", groups["web"], groups["database"], 10_000 + i)
    return {"format_version": "1.2", "resource_changes": made.changes, "configuration": {"root_module": {}}}


class _Resources:
    """Resources that exist already, each with its address as its id, ARN and name."""

    def __init__(self) -> None:
        self.changes: list[dict[str, Any]] = []

    def add(self, kind: str, name: str, changed: dict[str, Any] | None = None, **values: Any) -> str:
        address = f"{kind}.{name}"
        before = {"id": address, "arn": address, "name": address, "tags": {"Name": name}} | values
        change = {"actions": ["update" if changed else "no-op"], "before": before, "after": before | (changed or {})}
        self.changes.append({"address": address, "mode": "managed", "type": kind, "name": name, "change": change})
        return address


def _flow(made: _Resources, name: str, source: str | None, target: str, port: int) -> None:
    ports = {"ip_protocol": "tcp", "from_port": port, "to_port": port}
    peer = {"referenced_security_group_id": source} if source else {"cidr_ipv4": "0.0.0.0/0"}
    made.add("aws_vpc_security_group_ingress_rule", name, security_group_id=target, **peer, **ports)
    if source:
        far = {"security_group_id": source, "referenced_security_group_id": target}
        made.add("aws_vpc_security_group_egress_rule", name, **far, **ports)


if __name__ == "__main__":
    main(sys.argv[1:])
