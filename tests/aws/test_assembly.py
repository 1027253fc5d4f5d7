"""The slim copy of the bindings and its cache, each case in processes of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from modules import PROJECT
from modules.aws.assembly import package_folder
from modules.aws.cut import cut

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("assembly")]

APP = """
import sys
from modules import aws
from benchmarks.app import main
main("pressform", sys.argv[1])
"""


def start(folder: Path, cache: Path, code: str = APP) -> subprocess.Popen:
    """Start `code` with the given cache; the measured app writes its Terraform to `folder`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("JSII_")}
    return subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        env=environment | {"XDG_CACHE_HOME": str(cache)},
        cwd=PROJECT,
        stderr=subprocess.PIPE,
        text=True,
    )


def written(folder: Path, cache: Path, code: str = APP) -> tuple[bytes, str]:
    """The Terraform that the measured app writes, and what it says on standard error."""
    process = start(folder, cache, code)
    _, said = process.communicate(timeout=400)
    assert process.returncode == 0, said
    return (folder / "stacks" / "site" / "cdk.tf.json").read_bytes(), said


def kept(cache: Path) -> list[Path]:
    return list((cache / "pressform").iterdir())


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    """A cache that one run has filled, and the Terraform of that run."""
    cache = tmp_path_factory.mktemp("cache")
    terraform, _ = written(tmp_path_factory.mktemp("first"), cache)
    return cache, terraform


def test_the_first_run_keeps_one_copy_and_the_next_uses_it_as_it_is(warm, tmp_path):
    cache, terraform = warm
    (copy,) = kept(cache)
    made = copy.stat().st_mtime_ns
    again, said = written(tmp_path, cache)
    assert again == terraform
    assert said == ""
    assert kept(cache) == [copy]
    assert copy.stat().st_mtime_ns == made


@pytest.mark.parametrize("size", [0, 10_000])
def test_a_damaged_copy_is_made_anew(warm, tmp_path, size):
    cache, terraform = warm
    (copy,) = kept(cache)
    sound = copy.read_bytes()
    copy.write_bytes(sound[:size])
    assert written(tmp_path, cache) == (terraform, "")
    assert kept(cache) == [copy]
    assert copy.read_bytes() == sound


def test_two_first_runs_at_once_both_succeed_and_leave_one_copy(tmp_path):
    processes = [start(tmp_path / name, tmp_path / "cache") for name in ("one", "other")]
    assert [process.communicate(timeout=400)[1] for process in processes] == ["", ""]
    assert [process.returncode for process in processes] == [0, 0]
    assert len(kept(tmp_path / "cache")) == 1


def test_without_a_usable_cache_all_bindings_write_the_same_terraform_and_say_why(warm, tmp_path):
    _, terraform = warm
    no_folder = tmp_path / "cache"
    no_folder.touch()
    slow, said = written(tmp_path / "out", no_folder)
    assert slow == terraform
    assert said.startswith("pressform: loading all AWS bindings, slowly: no cache: ")
    assert str(no_folder) in said
    assert said.count("\n") == 1


def test_bindings_that_the_process_has_imported_already_are_used_as_they_are(warm, tmp_path):
    cache, terraform = warm
    imported_before = f"""
import os, sys
from modules import aws
aws.Vpc
for name in [name for name in sys.modules if name.startswith("modules")]:
    del sys.modules[name]
os.environ["XDG_CACHE_HOME"] = {str(tmp_path / "unused")!r}
{APP}"""
    assert written(tmp_path, cache, imported_before) == (terraform, "")
    assert not (tmp_path / "unused").exists()


def test_a_submodule_that_the_bindings_lack_is_an_error():
    (original,) = (package_folder() / "_jsii").glob("*.jsii.tgz")
    with pytest.raises(ValueError, match=r"provider-aws@.* has no submodule sqs_queu$"):
        cut(original, ["sqs_queue", "sqs_queu"])
