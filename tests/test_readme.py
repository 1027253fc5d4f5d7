"""What the README shows is what the project does."""

import re
import tomllib
from pathlib import Path

import pytest

from modules import PROJECT
from modules.settings import InvalidEnvironment, load
from tests.site.sites import ENVIRONMENTS, SHIPPED, shipped

README = (PROJECT / "README.md").read_text()


def test_the_environment_file_is_the_shipped_one():
    (shown,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    assert tomllib.loads(shown) == tomllib.loads((ENVIRONMENTS / "handson.toml").read_text())


def test_the_plan_has_as_many_resources_as_it_says():
    (count,) = re.findall(r"Plan: (\d+) to add, 0 to change, 0 to destroy\.", README)
    assert int(count) == shipped()["handson"].planned


def test_the_errors_are_real(tmp_path: Path):
    text = (ENVIRONMENTS / "handson.toml").read_text()
    for right, wrong in [
        ("instance_type", "instnace_type"),
        ("multi_az = true", 'multi_az = "yes"'),
        ("10.0.1.0/24", "10.0.0.128/25"),
    ]:
        assert right in text
        text = text.replace(right, wrong, 1)
    file = tmp_path / "shop.toml"
    file.write_text(text)
    with pytest.raises(InvalidEnvironment) as refused:
        load(file)
    assert str(refused.value).replace(str(file), "environments/shop.toml") in README


def test_every_environment_is_listed():
    for name in SHIPPED:
        assert f"| [`{name}`](environments/{name}.toml) |" in README


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?://)([^)#]+)", README))))
def test_links_lead_somewhere(target: str):
    assert (PROJECT / target).exists()
