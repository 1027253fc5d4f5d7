"""Sites rendered for the tests: the shipped ones, and variations of them."""

import json
import re
import tomllib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from modules import PROJECT
from modules.settings import load
from modules.settings.environment import Environment
from modules.settings.rules import broken_rules
from modules.synthesis.rendering import render
from tests.settings.files import ENVIRONMENTS, SHIPPED, changed

SETTINGS = PROJECT / "tests/settings"


class Site:
    """One environment's Terraform JSON, asked by address."""

    def __init__(self, content: dict[str, Any]) -> None:
        self.content = content

    def __getitem__(self, address: str) -> dict[str, Any]:
        """A resource by its address, `aws_subnet.public_1a`, or a data source, `data.aws_partition.current`."""
        kind, name = address.removeprefix("data.").split(".")
        return self.content["data" if address.startswith("data.") else "resource"][kind][name]

    def __contains__(self, address: str) -> bool:
        kind, name = address.split(".")
        return name in self.all(kind)

    def all(self, kind: str) -> dict[str, dict[str, Any]]:
        """Every resource of a type, by name."""
        return self.content["resource"].get(kind, {})

    @property
    def addresses(self) -> set[str]:
        return {f"{kind}.{name}" for kind, named in self.content["resource"].items() for name in named}

    @property
    def planned(self) -> int:
        """How many resources a plan of the whole site adds."""
        return len(self.addresses)

    @property
    def text(self) -> str:
        return json.dumps(self.content)

    def statements(self, address: str, argument: str = "policy") -> list[dict[str, Any]]:
        """Of a resource's policy: `${jsonencode(local.web_permissions)}` is what the local value says."""
        name = re.fullmatch(r"\$\{jsonencode\(local\.(\w+)\)\}", self[address][argument])[1]
        return self.content["locals"][name]["Statement"]

    def boot_script(self, group: str) -> str:
        """A server's user data as Terraform would hand it over, references left as they are."""
        return "\n".join(self.content["locals"][f"{group}_user_data"])

    def settings(self, group: str) -> list[str]:
        """The lines that a group's servers read beside a release's files, references left as they are."""
        return self.content["locals"][f"{group}_settings"]

    def allowed(self) -> set[tuple[str, str, str]]:
        """Who may connect to whom on which port: each flow that is open at both of its ends.

        An end outside the site is written as its addresses.
        """
        inward = set()
        for rule in self.all("aws_vpc_security_group_ingress_rule").values():
            inward.add((_peer(rule), _group(rule["security_group_id"]), _port(rule)))
        outward = set()
        for rule in self.all("aws_vpc_security_group_egress_rule").values():
            outward.add((_group(rule["security_group_id"]), _peer(rule), _port(rule)))
        groups = self.all("aws_security_group")
        inside = {flow for flow in inward | outward if flow[0] in groups and flow[1] in groups}
        return (inward & outward) | ((inward | outward) - inside)


def _group(reference: str) -> str:
    return re.fullmatch(r"\$\{aws_security_group\.(\w+)\.id\}", reference)[1]


def _peer(rule: dict[str, Any]) -> str:
    if "referenced_security_group_id" in rule:
        return _group(rule["referenced_security_group_id"])
    return rule.get("prefix_list_id") or rule.get("cidr_ipv6") or rule["cidr_ipv4"]


def _port(rule: dict[str, Any]) -> str:
    assert rule["from_port"] == rule["to_port"], "a rule opens one port"
    return f"{rule['ip_protocol']}/{rule['from_port']}"


@cache
def shipped() -> dict[str, Site]:
    """Every environment of the project."""
    return _render({name: load(ENVIRONMENTS / f"{name}.toml") for name in SHIPPED})


def variation(base: str, changes: dict[str, Any], name: str | None = None) -> Site:
    """An environment, shipped or of the settings' tests, with some settings changed; None takes a setting out.

    Raises:
        AssertionError: the settings would be refused.
    """
    return rendered(name or base, changed(tomllib.loads(text_of(base)), **changes))


def text_of(base: str) -> str:
    """The text of an environment file, shipped or of the settings' tests."""
    folder = ENVIRONMENTS if base in SHIPPED else SETTINGS
    return (folder / f"{base}.toml").read_text()


def rendered(name: str, content: dict[str, Any]) -> Site:
    """A site with these settings.

    Raises:
        AssertionError: the settings would be refused.
    """
    environment = Environment.model_validate(content)
    assert not list(broken_rules(dict(environment)))
    return _render({name: environment})[name]


def _render(environments: dict[str, Environment]) -> dict[str, Site]:
    with TemporaryDirectory() as folder:
        render(environments, Path(folder))
        return {
            name: Site(json.loads(Path(folder, "stacks", name, "cdk.tf.json").read_text())) for name in environments
        }
