"""Many environments: who renders them, which of them, and what is left when it ends early."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from modules.synthesis import command
from tests.sandbox.conftest import LIMIT, wait_until
from tests.synthesis.conftest import PROJECT, SITE, Folder, clean

NAMES = [f"customer-{number:02}" for number in range(1, 13)]


@pytest.fixture
def hosting(folder: Folder) -> Folder:
    """A working folder with twelve good environments."""
    folder.write(**dict.fromkeys(NAMES, SITE))
    return folder


@pytest.fixture
def starts(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with a line for each process that has started its Node.js: the process's id."""
    log = tmp_path_factory.mktemp("starts") / "log"
    monkeypatch.setenv("JSII_NODE", str(program(log.parent, f'echo $PPID >>{log}; exec node "$@"')))
    return log


def program(folder: Path, script: str) -> Path:
    """A stand-in for Node.js."""
    path = folder / "node"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def left_behind(folder: Folder, scratch: Path) -> list[str]:
    """What a run should have tidied up, in its output and where programs keep their temporary files."""
    return [path.name for path in [*folder.output.glob(".*"), *scratch.iterdir()]]


def listed_files(folder: Folder) -> set[str]:
    of_each = ("assets/release.tar", "cdk.tf.json")
    return {"manifest.json", *(f"stacks/{name}/{file}" for name in folder.listed() for file in of_each)}


def test_each_process_has_its_share_and_the_bytes_do_not_depend_on_who_renders_them(
    hosting: Folder, starts: Path, capsys: pytest.CaptureFixture[str]
):
    assert hosting.synth(jobs=2) == 0
    assert len(set(starts.read_text().split())) == 2
    assert capsys.readouterr().out.splitlines() == [f"cdktf.out/stacks/{name}/cdk.tf.json" for name in NAMES]
    assert hosting.listed() == NAMES
    together = hosting.files()
    for name in NAMES[1:]:
        (hosting.path / "environments" / f"{name}.toml").unlink()
    starts.unlink()
    assert hosting.synth(jobs=2, anew=True) == 0
    assert len(starts.read_text().split()) == 1, "one environment is not worth a second process"
    (alone,) = NAMES[:1]
    assert hosting.files()[f"stacks/{alone}/cdk.tf.json"] == together[f"stacks/{alone}/cdk.tf.json"]


def test_a_process_is_replaced_before_it_has_grown(
    hosting: Folder, starts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(command, "SITES_EACH", 5)
    assert hosting.synth(jobs=1) == 0
    assert len(set(starts.read_text().split())) == 3
    assert hosting.listed() == NAMES


def test_only_what_is_asked_for_is_rendered_and_the_rest_stays(hosting: Folder):
    hosting.write(shop=SITE, gone=SITE)
    assert hosting.synth("gone", "shop") == 0
    (hosting.path / "environments" / "gone.toml").unlink()
    before = hosting.files()
    hosting.write(shop=SITE.replace("t2.micro", "t3.micro"))
    run = hosting.start("--only", "*-01", "customer-1?")
    said, complaints = run.communicate()
    rendered = ["customer-01", "customer-10", "customer-11", "customer-12"]
    assert (run.returncode, complaints) == (0, "")
    assert said.splitlines() == [f"cdktf.out/stacks/{name}/cdk.tf.json" for name in rendered]
    assert hosting.listed() == [*rendered, "gone", "shop"]
    after = hosting.files()
    del before["manifest.json"]
    assert {name: after[name] for name in before} == before


def test_two_runs_at_once_for_different_environments_list_both(hosting: Folder):
    runs = [hosting.start("--only", name) for name in NAMES[:3]]
    assert [run.communicate()[1] for run in runs] == ["", "", ""]
    assert hosting.listed() == NAMES[:3]


def test_a_name_that_is_none_tells_the_names_near_it(hosting: Folder):
    hosting.write(shop=SITE)
    run = hosting.start("--only", "shop", "custmer-*", "environments/shpo.toml")
    said, complaints = run.communicate()
    assert (run.returncode, said) == (2, "")
    assert complaints == (
        "the command line: 2 problems\n"
        "  --only\n"
        '    found    "custmer-*", which no environment is called\n'
        "    allowed  a name, or a pattern of names in quotes: customer-12, customer-11, customer-10, customer-09, "
        "customer-08 and 8 more\n"
        "  --only\n"
        '    found    "environments/shpo.toml", which no environment is called\n'
        "    allowed  a name, or a pattern of names in quotes: shop and 12 more\n"
        "\n"
        "Nothing was written: mend the above; cdktf.out is as it was.\n"
    )
    assert not hosting.output.exists()


@pytest.mark.parametrize("jobs", ["0", "-1", "two"])
def test_a_number_of_processes_that_is_none_is_refused(folder: Folder, jobs: str):
    run = folder.start("--jobs", jobs)
    complaints = run.communicate()[1]
    assert run.returncode == 2
    assert "argument --jobs: " in complaints
    assert complaints.splitlines()[-1].startswith("main.py: error: ")


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_it_without_a_trace(hosting: Folder, tmp_path_factory: pytest.TempPathFactory, times: int):
    scratch = tmp_path_factory.mktemp("temporary")
    run = hosting.start("--jobs", "2", TMPDIR=str(scratch))
    first = run.stdout.readline()
    wait_until(lambda: len(psutil.Process(run.pid).children(recursive=True)) >= 4)  # two, and Node.js behind each
    everybody = psutil.Process(run.pid).children(recursive=True)
    for _ in range(times):
        os.killpg(run.pid, signal.SIGINT)
        time.sleep(0.01)
    said, complaints = run.communicate()
    assert run.returncode == 130
    assert complaints == "\nInterrupted. What was rendered is in its place, and no file is half written.\n"
    assert not psutil.wait_procs(everybody, timeout=LIMIT)[1]
    assert left_behind(hosting, scratch) == []
    told = {Path(line).parent.name for line in (first + said).splitlines()}
    assert told <= set(hosting.listed()) < set(NAMES)
    assert hosting.contents().keys() == listed_files(hosting)


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ("kill -9 $PPID", "the process that was on it was killed by SIGKILL"),
        ("exit 1", "Node.js, which writes the JSON, ended in the middle of it"),
    ],
    ids=["process", "node"],
)
def test_what_dies_is_told_with_the_environment_that_it_was_on(
    shop: Folder, tmp_path_factory: pytest.TempPathFactory, script: str, cause: str
):
    assert shop.synth() == 0
    before = shop.files()
    scratch = tmp_path_factory.mktemp("temporary")
    node = program(tmp_path_factory.mktemp("programs"), script)
    run = shop.start(JSII_NODE=str(node), TMPDIR=str(scratch))
    said, complaints = run.communicate()
    assert (run.returncode, said) == (1, "")
    assert complaints == (
        f"environments/shop.toml: not rendered: {cause}. If this machine ran out of memory, render fewer at a time: "
        "python main.py --jobs 1\n"
    )
    assert shop.files() == before
    assert left_behind(shop, scratch) == []


def test_a_process_killed_half_way_leaves_what_was_rendered_and_no_process(
    hosting: Folder, tmp_path_factory: pytest.TempPathFactory
):
    scratch = tmp_path_factory.mktemp("temporary")
    run = hosting.start("--jobs", "2", TMPDIR=str(scratch))
    run.stdout.readline()
    everybody = psutil.Process(run.pid).children(recursive=True)
    psutil.Process(run.pid).children()[0].kill()
    complaints = run.communicate()[1]
    assert run.returncode == 1
    assert complaints.startswith("environments/customer-")
    assert "was killed by SIGKILL" in complaints
    assert "Traceback" not in complaints
    assert not psutil.wait_procs(everybody, timeout=LIMIT)[1]
    assert left_behind(hosting, scratch) == []
    assert set(hosting.listed()) < set(NAMES)
    assert hosting.contents().keys() == listed_files(hosting)


def test_a_terminal_gets_a_bar_instead_of_lines(hosting: Folder):
    shown = on_a_terminal(hosting)
    bars = [line for line in shown.split("\r") if " of 12" in line]
    assert bars[0].startswith(f"[{'-' * 30}] 0 of 12")
    assert re.search(r"\[#+-+\] \d+ of 12, \d+ s left: customer-", bars[1])
    assert shown.split("\x1b[K")[-1] == "cdktf.out: 12 environments rendered, 12 of them changed\r\n"
    assert "cdk.tf.json" not in shown


def on_a_terminal(folder: Folder) -> str:
    """What a person sees of main.py."""
    ours, terminal = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, PROJECT / "main.py"], cwd=folder.path, env=clean(os.environ), stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    shown = b""
    with suppress(OSError):  # The terminal is gone with the last program on it.
        while part := os.read(ours, 4096):
            shown += part
    os.close(ours)
    assert run.wait() == 0
    return shown.decode()
