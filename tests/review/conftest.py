"""Plans to review, made by Terraform in a sandbox: on top of an applied site, and on top of nothing."""

import copy
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from review.plan import Plan
from review.report import Report
from sandbox import Sandbox
from tests.once import Document, Planned, applied, planned, require_terraform
from tests.review.browser import Browser
from tests.site.sites import variation

__all__ = ["Document", "planned"]


class Golden:
    """The hands-on site, applied; and what plans on top of it say."""

    REGION = "ap-northeast-1"

    def __init__(self, sandbox: Sandbox, new: Document) -> None:
        self.sandbox = sandbox
        self._plans = {"create all": new}
        site = variation("handson", {}).content
        self._sites = {name: change(site) for name, change in CHANGES.items()}

    def report(self, name: str) -> Report:
        return Report(Plan(self.plan(name)), name, "not estimated")

    def plan(self, name: str) -> Document:
        """A plan's JSON; `CHANGES` says of what."""
        if name not in self._plans:
            root = self.sandbox.root_module("site", self._sites[name])
            self._plans[name] = root.plan().json
        return copy.deepcopy(self._plans[name])


KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f test"


def _varied(**changes: Any) -> Document:
    return variation("handson", changes).content


def _without(site: Document, *addresses: str) -> Document:
    site = copy.deepcopy(site)
    for address in addresses:
        kind, name = address.split(".")
        del site["resource"][kind][name]
    return site


def _unguarded(address: str, site: Document) -> Document:
    """A resource without what keeps it from being replaced."""
    kind, name = address.split(".")
    del site["resource"][kind][name]["lifecycle"]
    return site


def _without_zone(site: Document, zone: str, server: str) -> Document:
    """What the settings would refuse: only the JSON can be cut down to one zone."""
    site = copy.deepcopy(site)
    for resources in site["resource"].values():
        for name in [name for name in resources if name.endswith(f"_{zone}") or name == server]:
            del resources[name]
    del site["output"]["web_servers"]
    text = re.sub(rf', "(\$\{{)?aws_\w+\.\w+_{zone}(\.id\}})?"', "", json.dumps(site))
    return json.loads(text)


CHANGES: dict[str, Callable[[Document], Document]] = {
    "no change": lambda site: site,
    "resize": lambda site: _varied(web={"instance_type": "t2.small"}, database={"instance_class": "db.t3.small"}),
    "another subnet": lambda site: _varied(network={"database": {"ap-northeast-1c": "10.0.4.0/24"}}),
    "another database": lambda site: _unguarded("aws_db_instance.database", _varied(database={"name": "other"})),
    "SSH": lambda site: _varied(ssh={"public_key": KEY, "allowed_cidrs": ["203.0.113.0/24"]}),
    "one zone": lambda site: _without_zone(site, "1c", "webserver2"),
    "no standby": lambda site: _varied(database={"multi_az": False}),
    "a release": lambda site: _varied(wordpress={"version": "7.1.2"}, page_cache={"seconds": 30}),
    "database unreachable": lambda site: _without(site, "aws_vpc_security_group_ingress_rule.database_from_web_3306"),
}


@pytest.fixture(scope="session")
def golden(tmp_path_factory: pytest.TempPathFactory, planned: Planned) -> Iterator[Golden]:
    """Its plans are made once: whoever uses it belongs into pytest-xdist's group `review`."""
    require_terraform()
    with applied("handson", tmp_path_factory) as sandbox:
        yield Golden(sandbox, planned("handson"))


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    return Browser(tmp_path)


def change(document: Document, address: str) -> dict[str, Any]:
    """What a plan says about one resource, to be changed by a test."""
    return next(item for item in document["resource_changes"] if item["address"] == address)
