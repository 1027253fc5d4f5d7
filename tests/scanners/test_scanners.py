"""What security scanners find in each shipped environment's plan is what its JSON accepts: no more, and no less."""

import json
from pathlib import Path

import pytest

from tests.once import Planned
from tests.scanners import __main__ as command
from tests.scanners.scan import PROGRAMS, Findings, accepted, scan
from tests.site.sites import SHIPPED, Site, shipped, variation
from tests.tools import require

pytestmark = pytest.mark.xdist_group("scanners")

OTHERS = {
    "unprotected": (
        "private-web",
        {
            "network": {"web": None, "nat": "none"},
            "database": {"multi_az": False},
            "logs": {"access_logs": True, "flow_logs": "rejected"},
            "waf": {},
            "cache": {},
            "monitoring": {"emails": ["ops@example.com"]},
        },
    ),
}
"""Parts and settings that no shipped environment has."""

BROKEN = "broken"


@pytest.fixture(scope="module")
def sites() -> dict[str, Site]:
    return shipped() | {name: variation(*changes) for name, changes in OTHERS.items()}


@pytest.fixture(scope="module")
def plans(sites: dict[str, Site], planned: Planned, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    require(str(PROGRAMS / "checkov"), "make tools")
    folder = tmp_path_factory.mktemp("scanned")
    texts = {name: json.dumps(planned.of(site.content)) for name, site in sites.items()}
    texts[BROKEN] = texts["handson"].replace('"storage_encrypted": true', '"storage_encrypted": false')
    for name, text in texts.items():
        (folder / f"{name}.json").write_text(text)
    return {name: folder / f"{name}.json" for name in texts}


@pytest.fixture(scope="module")
def found(plans: dict[str, Path]) -> dict[str, Findings]:
    return dict(zip(plans, scan(list(plans.values())), strict=True))


@pytest.mark.parametrize("name", [*SHIPPED, *OTHERS])
def test_scanners_find_nothing_that_is_not_accepted(name: str, sites: dict[str, Site], found: dict[str, Findings]):
    accepts = accepted(sites[name].content)
    assert {key: what for key, what in found[name].items() if key not in accepts} == {}


@pytest.mark.parametrize("name", [*SHIPPED, *OTHERS])
def test_nothing_is_accepted_that_no_scanner_finds(name: str, sites: dict[str, Site], found: dict[str, Findings]):
    accepts = accepted(sites[name].content)
    assert {key: why for key, why in accepts.items() if key not in found[name]} == {}


def test_production_accepts_no_more_than_it_did(sites: dict[str, Site]):
    """Lower the number where a part mends a finding."""
    checks = {check for _, check in accepted(sites["production"].content)}
    assert len({check for check in checks if check.startswith("CKV")}) <= 11, sorted(checks)


def test_a_fault_is_found(found: dict[str, Findings]):
    """A control: the database's disk would not be encrypted."""
    faults = found[BROKEN].keys() - found["handson"].keys()
    assert faults == {("aws_db_instance.database", "CKV_AWS_16"), ("aws_db_instance.database", "AwsSolutions-RDS2")}


def test_a_pull_requests_scan_fails_on_the_fault_alone(
    sites: dict[str, Site],
    found: dict[str, Findings],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    monkeypatch.setattr(command, "scan", lambda plans: [found[plan.stem] for plan in plans])
    site = tmp_path / "cdk.tf.json"
    site.write_text(json.dumps(sites["handson"].content))
    assert command.main("handson.json", str(site)) == 0
    assert command.main(f"{BROKEN}.json", str(site)) == 1
    said = capsys.readouterr().out
    assert "\naws_db_instance.database: CKV_AWS_16 " in said
    assert "\n2 faults; " in said
