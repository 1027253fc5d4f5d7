"""`make site`, which is `python -m testbed ENV`: a person's browser at an environment's site."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from modules import PROJECT
from modules.synthesis.output_folder import STACK_FILE
from modules.wordpress import ARCHIVE, archive
from testbed import Environment
from testbed.__main__ import main
from testbed.environment import CannotBuild
from testbed.namespace import LIMIT
from tests.site.sites import shipped, variation
from tests.tools import require_bed


def synthesized(folder: Path, name: str, content: dict[str, Any]) -> None:
    stack = folder / "cdktf.out/stacks" / name
    stack.mkdir(parents=True)
    (stack / STACK_FILE).write_text(json.dumps(content))
    (stack / ARCHIVE).parent.mkdir()
    (stack / ARCHIVE).write_bytes(archive())


@pytest.mark.slow
def test_it_answers_on_this_machine_until_ctrl_c(tmp_path: Path):
    require_bed()
    synthesized(tmp_path, "handson", shipped()["handson"].content)
    with subprocess.Popen(
        [sys.executable, "-m", "testbed", "handson"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        try:
            told = []
            for line in running.stdout:
                told.append(line.strip())
                if line.startswith("It runs on"):
                    break
            url = next(line for line in told if line.startswith("http"))
            with urlopen(url, timeout=LIMIT) as page:
                assert page.status == 200
                assert f'href="{url}' in page.read().decode()
        finally:
            os.killpg(running.pid, signal.SIGINT)
            _, complaints = running.communicate(timeout=LIMIT)
    assert (running.returncode, complaints) == (0, "")


def test_a_site_of_both_protocols_boots_with_its_rules_of_ipv4():
    site, same = (Environment(variation("handson", {"network": {"ipv6": on}}).content, b"") for on in (True, False))
    assert site.subnets == same.subnets
    assert len(site.each("aws_vpc_security_group_egress_rule")) == 2 + len(
        same.each("aws_vpc_security_group_egress_rule")
    )
    for direction in ("ingress", "egress"):
        assert site.rules("web", direction) == same.rules("web", direction)
        assert site.rules("load_balancer", direction) == same.rules("load_balancer", direction)


def test_a_site_that_stands_in_anothers_network_is_refused():
    with pytest.raises(CannotBuild, match="no network of its own"):
        Environment(variation("complete-existing", {}).content, b"")


@pytest.mark.parametrize("missing", ["network", "database"])
def test_a_refusal_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], missing: str
):
    require_bed()
    own = {"network": "aws_db_instance", "database": "aws_vpc"}[missing]
    synthesized(tmp_path, "site", {"resource": {own: {"site": {}}}})
    monkeypatch.chdir(tmp_path)
    assert main(["site"]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"no {missing} of its own" in said


def test_a_site_that_was_never_synthesized_is_told_how_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    require_bed()
    monkeypatch.chdir(tmp_path)
    assert main(["shop"]) == 2
    assert capsys.readouterr().err == (
        "There is no cdktf.out/stacks/shop/cdk.tf.json: `make synth` makes one of every file in environments/.\n"
    )
