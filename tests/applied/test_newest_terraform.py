"""The newest Terraform, as a machine gets it that has none; all other tests run the one on PATH, in CI the oldest."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from modules.synthesis.toolchain import TERRAFORM
from sandbox import Sandbox
from tests.once import Planned, applied
from tests.site.sites import shipped
from tests.tools import require_fetched

pytestmark = pytest.mark.xdist_group("newest-terraform")


class WithNewest:
    """A sandbox whose Terraform is the newest; other sandboxes of this process, at the same time, have their own."""

    def __init__(self, folder: Path) -> None:
        self._sandbox = Sandbox(folder)

    def __enter__(self) -> Sandbox:
        require_fetched(TERRAFORM)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TERRAFORM_BINARY_NAME", str(TERRAFORM.programs / "terraform"))
            return self._sandbox.__enter__()

    def __exit__(self, *failure: object) -> None:
        self._sandbox.__exit__(*failure)


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with WithNewest(tmp_path_factory.mktemp("newest")) as sandbox:
        yield sandbox


@pytest.mark.parametrize("environment", ["handson", "private-web"])
def test_the_newest_plans_what_the_oldest_plans(environment: str, newest: Sandbox, planned: Planned):
    root = newest.root_module(environment, shipped()[environment].content)
    root.init()
    plan, oldest = root.plan().json, planned(environment)
    assert plan["resource_changes"] == oldest["resource_changes"]
    assert plan["output_changes"] == oldest["output_changes"]


def test_what_the_newest_applied_is_as_the_stack_says(newest: Sandbox):
    root = newest.root_module("handson", shipped()["handson"].content)
    root.init()
    root.apply()
    assert root.plan().is_empty


def test_what_the_oldest_applied_is_no_other_for_the_newest(tmp_path_factory: pytest.TempPathFactory):
    with applied("handson", tmp_path_factory) as sandbox:
        folder = sandbox.folder
    with WithNewest(folder) as sandbox:
        root = sandbox.root_module("site", shipped()["handson"].content)
        root.init()
        assert root.plan().is_empty
