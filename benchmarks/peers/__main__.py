"""The hands-on site rendered by Pressform and by its peers: `python -m benchmarks.peers [ROUNDS]`.

It checks that all make the same site, takes turns, and writes benchmarks/results/peers.md, .json and .svg.
"""

import json
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from benchmarks.__main__ import resident
from benchmarks.peers.plot import plot
from modules import PROJECT
from modules.wordpress import ARCHIVE

ROUNDS = 3
SAMPLE_EVERY = 0.1
"""Seconds between looks at the memory."""

FOLDER = Path(__file__).parent
PYTHON = PROJECT / ".tools" / "peers" / "bin" / "python"
RESULTS = FOLDER.parent / "results"

PRESSFORM = "Pressform"
PEERS = {PRESSFORM: None, "cdktf": "with_cdktf.py", "cdktn": "with_cdktn.py", "AWS CDK": "with_aws_cdk.py"}

CLOUDFORMATION = {
    "aws_cloudwatch_log_group": "AWS::Logs::LogGroup",
    "aws_cloudwatch_log_metric_filter": "AWS::Logs::MetricFilter",
    "aws_db_instance": "AWS::RDS::DBInstance",
    "aws_db_parameter_group": "AWS::RDS::DBParameterGroup",
    "aws_db_subnet_group": "AWS::RDS::DBSubnetGroup",
    "aws_efs_access_point": "AWS::EFS::AccessPoint",
    "aws_efs_file_system": "AWS::EFS::FileSystem",
    "aws_efs_mount_target": "AWS::EFS::MountTarget",
    "aws_iam_instance_profile": "AWS::IAM::InstanceProfile",
    "aws_iam_role": "AWS::IAM::Role",
    "aws_iam_role_policy": "AWS::IAM::RolePolicy",
    "aws_instance": "AWS::EC2::Instance",
    "aws_internet_gateway": "AWS::EC2::InternetGateway",
    "aws_lb": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "aws_lb_listener": "AWS::ElasticLoadBalancingV2::Listener",
    "aws_lb_target_group": "AWS::ElasticLoadBalancingV2::TargetGroup",
    "aws_route": "AWS::EC2::Route",
    "aws_route_table": "AWS::EC2::RouteTable",
    "aws_route_table_association": "AWS::EC2::SubnetRouteTableAssociation",
    "aws_s3_bucket": "AWS::S3::Bucket",
    "aws_s3_bucket_policy": "AWS::S3::BucketPolicy",
    "aws_secretsmanager_secret": "AWS::SecretsManager::Secret",
    "aws_security_group": "AWS::EC2::SecurityGroup",
    "aws_ssm_association": "AWS::SSM::Association",
    "aws_subnet": "AWS::EC2::Subnet",
    "aws_vpc": "AWS::EC2::VPC",
    "aws_vpc_security_group_egress_rule": "AWS::EC2::SecurityGroupEgress",
    "aws_vpc_security_group_ingress_rule": "AWS::EC2::SecurityGroupIngress",
}
"""What each type of Terraform's is called by CloudFormation: as many of the one as of the other."""

NO_RESOURCE = {
    "aws_ami_from_instance",  # CloudFormation cannot copy a server.
    "aws_default_security_group",  # Nor take over what came with the VPC.
    "aws_efs_backup_policy",  # A property of the file system.
    "aws_iam_role_policy_attachment",  # Of the role.
    "aws_lb_target_group_attachment",  # Of the target group.
    "aws_s3_bucket_lifecycle_configuration",  # Of the bucket.
    "aws_s3_bucket_public_access_block",  # Of the bucket.
    "aws_s3_bucket_versioning",  # Of the bucket.
    "aws_s3_object",  # CloudFormation stores nothing in a bucket: who deploys uploads the archive and the settings.
    "aws_secretsmanager_secret_version",  # Of the secret.
    "terraform_data",  # An image for another processor replaces a server as any other image does.
}
"""Terraform's types for which CloudFormation has none of their own."""

ONLY_CLOUDFORMATION = {"AWS::EC2::VPCGatewayAttachment": 1}  # A property of Terraform's gateway.


class Run(NamedTuple):
    seconds: float
    processor: float
    """Seconds of all processes together."""
    megabytes: float
    """Peak of the resident memory of all processes together."""


class Trial:
    """A folder in which every peer renders the same site."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        project = scratch / "project"
        (project / "environments").mkdir(parents=True)
        environment = (PROJECT / "environments" / "handson.toml").read_text()
        (project / "environments" / "handson.toml").write_text(environment)
        # The names are all that differs.
        renamed = (FOLDER / "with_cdktf.py").read_text().replace("cdktf_cdktf_provider_aws", "cdktn_provider_aws")
        (scratch / "with_cdktn.py").write_text(renamed.replace("from cdktf import", "from cdktn import"))
        self._release = scratch / "release"
        self._release.mkdir()

    def command(self, peer: str, output: Path) -> list[str]:
        script = PEERS[peer]
        if not script:
            # Else a later run would find everything up to date.
            return [sys.executable, str(PROJECT / "main.py"), "--all"]
        place = self._scratch / script if script == "with_cdktn.py" else FOLDER / script
        return [str(PYTHON), str(place), str(self._release), str(output)]

    def run(self, peer: str, cache: Path, output: Path) -> Run:
        """One run, from start to exit.

        Args:
            cache: where whatever is kept between runs is kept.
        """
        environment = os.environ | {
            "XDG_CACHE_HOME": str(cache),
            "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(cache / "jsii"),
            "CDKTF_OUTDIR": str(output),
            # Whoever has it set would see Python compile thousands of files of the bindings in every run.
            "PYTHONDONTWRITEBYTECODE": "",
            # From cdktf.json, by way of cdktn's command line.
            "CDKTF_CONTEXT_JSON": '{"targetVersions": {"terraform": ">=1.11.0", "opentofu": ">=1.11.0"}}',
        }
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        process = psutil.Popen(
            self.command(peer, output),
            env=environment,
            cwd=self._scratch / "project",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        peak = 0
        while process.poll() is None:
            peak = max(peak, resident(process))
            time.sleep(SAMPLE_EVERY)
        seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        if process.returncode:
            sys.exit(f"{peer}: it failed: {' '.join(self.command(peer, output))}")
        processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Run(seconds, processor, peak / 1e6)

    def check(self) -> dict[str, int]:
        """Every peer makes the same site, and Python's own caches are filled.

        Returns:
            How many resources each makes.
        """
        ours = self._terraform(PRESSFORM)
        for name, local in (("boot.sh", "web_user_data"), ("settings", "web_settings")):
            (self._release / name).write_text(template_of(ours["locals"][local]))
        archive = shutil.copyfile(self._stack(PRESSFORM) / ARCHIVE, self._release / "release.tar").read_bytes()
        counts = {PRESSFORM: count(ours)}
        for peer in ("cdktf", "cdktn"):
            theirs = self._terraform(peer)
            for block in {**ours, **theirs}.keys() - {"//"}:
                expect(nameless(theirs.get(block)) == nameless(ours.get(block)), f"{peer}: {block}")
            expect((self._stack(peer) / ARCHIVE).read_bytes() == archive, f"{peer}: {ARCHIVE}")
            counts[peer] = count(theirs)
        self._make("AWS CDK")
        template = json.loads((self._output("AWS CDK") / "handson.template.json").read_text())
        made, expected = Counter(each["Type"] for each in template["Resources"].values()), in_cloudformation(ours)
        expect(made == expected, f"AWS CDK: too many: {made - expected}, too few: {expected - made}")
        counts["AWS CDK"] = made.total()
        return counts

    def _terraform(self, peer: str) -> dict[str, Any]:
        self._make(peer)
        return json.loads((self._stack(peer) / "cdk.tf.json").read_text())

    def _make(self, peer: str) -> None:
        self.run(peer, self._scratch / "cache", self._output(peer))

    def _stack(self, peer: str) -> Path:
        return self._output(peer) / "stacks" / "handson"

    def _output(self, peer: str) -> Path:
        return self._scratch / f"check-{peer}"


def count(content: dict[str, Any]) -> int:
    return sum(len(named) for named in content["resource"].values())


def expect(equal: bool, what: str) -> None:
    if not equal:
        sys.exit(f"Not the same site as environments/handson.toml, so there is nothing to compare: {what}")


def template_of(lines: list[str]) -> str:
    """The boot script, or the settings, as a file of its own, with a word in braces where a reference stands."""

    def blank(line: str) -> str:
        return re.sub(
            r"^(\w+)='(http://)?\$\{aws_\w+\.\w+\.\w+\}'$",
            lambda match: f"{match[1]}='{match[2] or ''}{{{{{'LOAD_BALANCER' if match[2] else match[1]}}}}}'",
            line,
        )

    return "\n".join(map(blank, lines)).replace("$${", "${").replace("%%{", "%{")


def nameless(value: Any) -> Any:
    """Terraform JSON without the names of resources, and in an order that does not come from them."""
    if isinstance(value, dict):
        inner = {key: nameless(each) for key, each in value.items() if key != "//"}
        if any(key.startswith("aws_") for key in inner):
            return {key: sorted(json.dumps(each, sort_keys=True) for each in inner[key].values()) for key in inner}
        return inner
    if isinstance(value, list):
        inner = [nameless(each) for each in value]
        addresses = all(isinstance(each, str) and re.fullmatch(r"aws_\w+\.\*", each) for each in inner)
        return sorted(inner) if addresses else inner
    return re.sub(r"\b(aws_\w+)\.\w+", r"\1.*", value) if isinstance(value, str) else value


def in_cloudformation(content: dict[str, Any]) -> Counter[str]:
    """How many resources of which type CloudFormation takes for the same site."""
    types = {kind: len(named) for kind, named in content["resource"].items() if kind not in NO_RESOURCE}
    return Counter({CLOUDFORMATION[kind]: number for kind, number in types.items()} | ONLY_CLOUDFORMATION)


def main(rounds: int) -> None:
    if not PYTHON.exists():
        sys.exit("The peers are not installed: make bench")
    runs: dict[str, dict[str, list[Run]]] = {peer: {"cold": [], "warm": []} for peer in PEERS}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        trial = Trial(scratch)
        counts = trial.check()
        load = []
        facts = machine()
        for number in range(1, rounds + 1):
            for peer in PEERS:
                load.append(os.getloadavg()[0])
                cache = scratch / f"cache-{number}-{peer}"
                for state in ("cold", "warm"):
                    print(f"round {number} of {rounds}: {peer}, {state}", file=sys.stderr)
                    runs[peer][state].append(trial.run(peer, cache, scratch / f"out-{number}-{peer}-{state}"))
            # After each round, so that a run that is cut short was not for nothing.
            result = {
                "measured": f"{datetime.now(UTC):%Y-%m-%d}",
                "rounds": number,
                "load": [round(min(load), 1), round(max(load), 1)],
                "machine": facts,
                "peers": {
                    peer: {"resources": counts[peer]} | {state: row(each) for state, each in states.items()}
                    for peer, states in runs.items()
                },
            }
            write(result)
    print(page(result))


def write(result: dict[str, Any]) -> None:
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "peers.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    (RESULTS / "peers.md").write_text(page(result), encoding="utf-8")
    (RESULTS / "peers.svg").write_text(plot(result), encoding="utf-8")


def row(runs: list[Run]) -> dict[str, float]:
    seconds, processor, megabytes = map(statistics.median, zip(*runs, strict=True))
    return {
        "seconds": round(seconds, 2),
        "fastest": round(min(run.seconds for run in runs), 2),
        "slowest": round(max(run.seconds for run in runs), 2),
        "processor": round(processor, 2),
        "megabytes": round(megabytes),
    }


def machine() -> dict[str, Any]:
    packages = ("cdktf", "cdktf-cdktf-provider-aws", "cdktn", "cdktn-provider-aws", "aws-cdk-lib", "jsii")
    ask = f"from importlib.metadata import version; print(*map(version, {packages!r}))"
    said = subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True, check=True).stdout.split()
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "node": node.removeprefix("v"),
    } | dict(zip(packages, said, strict=True))


def table(result: dict[str, Any]) -> list[str]:
    """Each figure with its ratio to the same of Pressform."""
    ours = result["peers"][PRESSFORM]
    lines = [
        "| the hands-on site with | first run | | later runs | | processor time | | memory | |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for peer, figures in result["peers"].items():
        cells = []
        for state, key, unit in (
            ("cold", "seconds", "s"),
            ("warm", "seconds", "s"),
            ("warm", "processor", "s"),
            ("warm", "megabytes", "MB"),
        ):
            value = figures[state][key]
            number = f"{value:,.0f}" if unit == "MB" else f"{value:.1f}"
            cells += [f"{number} {unit}", f"{value / ours[state][key]:.1f}x"]
        lines.append(f"| {peer} | {' | '.join(cells)} |")
    return lines


def page(result: dict[str, Any]) -> str:
    facts, peers = result["machine"], result["peers"]
    ours, cdk = peers[PRESSFORM], peers["AWS CDK"]
    low, high = result["load"]
    first = ", ".join(f"{figures['cold']['megabytes']:,} MB ({peer})" for peer, figures in peers.items())
    return "\n".join(
        [
            "# The same site with Pressform and with its peers",
            "",
            *table(result),
            "",
            "![The same, drawn](peers.svg)",
            "",
            "`environments/handson.toml`, from the start of Python to its exit, without a command-line tool around it."
            f" cdktf and cdktn make the very JSON of Pressform's {ours['resources']} resources, but for their names;"
            f" for the same site CloudFormation takes {cdk['resources']}, mostly as it has properties where Terraform"
            " has resources. It has none for an object of S3: the servers' archive and settings, which Terraform"
            " uploads, are left to whoever deploys the template. The benchmark checks the JSON, and how many resources"
            " of which type CloudFormation takes, before it measures. Each peer is written as its manual shows"
            " (`benchmarks/peers/`), cdktn as cdktf with other names, AWS CDK with its L1 constructs.",
            "",
            "Each figure is a median. In a round all take turns, each once with empty caches (first run: jsii's, and"
            f" Pressform's own) and once more (later runs); number of rounds: {result['rounds']}. Python's bytecode is"
            " there in both, as pip leaves it. Memory is the peak of Python and Node together, in later runs; in first"
            f" runs it is {first}.",
            "",
            "What speaks for the others: cdktf and cdktn need no list of the resource types in use. AWS CDK checks the"
            " finished template against CloudFormation's rules within this time, deploys without a state file of yours,"
            " and has ready-made patterns above its L1 constructs, such as one that uploads files by a Lambda function."
            " Its database password passes through the template as a reference.",
            "",
            f"Measured {result['measured']} on {facts['system']}, {facts['cores']} cores, load {low} to {high} before"
            " runs (above the number of cores, wall times are waits for others as well: the ratios, and processor"
            f" time, are what counts): Python {facts['python']}, Node {facts['node']}, cdktf {facts['cdktf']} with"
            f" bindings {facts['cdktf-cdktf-provider-aws']}, cdktn {facts['cdktn']} with bindings"
            f" {facts['cdktn-provider-aws']}, aws-cdk-lib {facts['aws-cdk-lib']}, jsii {facts['jsii']}.",
            "Again: `make bench`, or `make .tools/peers/.complete` and `python -m benchmarks.peers`.",
            "",
        ]
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else ROUNDS)
