"""What is fetched for a machine without Node.js and Terraform, and how."""

import base64
import hashlib
import os
import pty
import signal
import subprocess
import threading
import time
import zipfile
from pathlib import Path

import pytest

from modules.synthesis import toolchain
from modules.synthesis.toolchain import NODE, TERRAFORM, CannotFetch, Toolchain, fetch
from tests.synthesis.conftest import unplug
from tests.tools import require_fetched


class Toy:
    """A toolchain from an index of this machine's own."""

    def __init__(self, folder: Path) -> None:
        self.index = folder / "index"
        self.index.mkdir()
        self.toolchain = Toolchain("toy", "The toy", folder / "lock.txt", self._commands)
        self.publish("1.0")

    def publish(self, version: str, tag: str = "py3-none-any") -> None:
        """Puts a release into the index, and into the lock."""
        wheel = self.index / f"toy-{version}-{tag}.whl"
        about = f"toy-{version}.dist-info"
        files = {
            "toy/says.sh": f'echo "toy {version}: $*"\n',
            f"{about}/METADATA": f"Metadata-Version: 2.1\nName: toy\nVersion: {version}\n",
            f"{about}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
        }
        lines = []
        for name, text in files.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
            lines.append(f"{name},sha256={digest},{len(text)}\n")
        files[f"{about}/RECORD"] = "".join([*lines, f"{about}/RECORD,,\n"])
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        self.lock(version, hashlib.sha256(wheel.read_bytes()).hexdigest())

    def lock(self, version: str, digest: str) -> None:
        self.toolchain.lock.write_text(f"# A comment.\ntoy=={version} \\\n    --hash=sha256:{digest}\n")

    def says(self, *words: str) -> str:
        return subprocess.run(
            [self.toolchain.programs / "toy", *words], capture_output=True, text=True, check=True
        ).stdout

    @staticmethod
    def _commands(folder: Path) -> toolchain.Commands:
        return {"toy": ["/bin/sh", folder / "toy/says.sh"]}


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toy:
    """In a folder whose name a shell would take for two."""
    monkeypatch.setattr(toolchain, "FOLDER", tmp_path / "a person's tools")
    unplug(monkeypatch)
    toy = Toy(tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(toy.index))
    return toy


def test_it_is_fetched_once_and_says_so_in_one_line(toy: Toy, capfd: pytest.CaptureFixture[str]):
    fetch(toy.toolchain, "There is no toy on PATH")
    assert capfd.readouterr() == (
        "",
        "There is no toy on PATH: The toy is fetched from the Python registry into .tools/toy (toy==1.0, some 60 MB)\n",
    )
    assert toy.says("a b", "c") == "toy 1.0: a b c\n"

    fetch(toy.toolchain, "There is no toy on PATH")
    assert capfd.readouterr() == ("", "")


def test_another_release_in_the_lock_takes_the_place_of_the_one_before(toy: Toy):
    fetch(toy.toolchain, "Why")
    toy.publish("2.0")
    fetch(toy.toolchain, "Why")
    assert toy.says() == "toy 2.0: \n"


def test_what_was_cut_short_is_fetched_anew(toy: Toy, monkeypatch: pytest.MonkeyPatch):
    def cut_short(*_: object, **__: object) -> None:
        (toy.toolchain.folder / "toy").mkdir(parents=True)
        (toy.toolchain.folder / "toy/says.sh").write_text("half of")
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(subprocess, "run", cut_short)
        with pytest.raises(KeyboardInterrupt):
            fetch(toy.toolchain, "Why")
    fetch(toy.toolchain, "Why")
    assert toy.says() == "toy 1.0: \n"


def test_two_commands_at_once_fetch_it_once(toy: Toy, capfd: pytest.CaptureFixture[str]):
    threads = [threading.Thread(target=fetch, args=(toy.toolchain, f"Thread {number}")) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert toy.says() == "toy 1.0: \n"
    assert capfd.readouterr().err.count("is fetched") == 1


def test_a_package_that_is_not_the_locked_one_is_not_taken(toy: Toy):
    toy.lock("1.0", "0" * 64)
    with pytest.raises(CannotFetch, match=r"\bGot\b"):
        fetch(toy.toolchain, "Why")
    assert not toy.toolchain.is_there()


def test_a_package_that_is_built_for_other_machines_is_told_in_pips_words(toy: Toy):
    toy.publish("3.0", "py3-none-win_arm64")
    with pytest.raises(CannotFetch, match=r"^pip says: No matching distribution found for toy==3\.0$"):
        fetch(toy.toolchain, "Why")


def test_a_folder_that_cannot_be_written_is_told(toy: Toy):
    toolchain.FOLDER.write_text("a file")
    with pytest.raises(CannotFetch, match=r"a person's tools: File exists$"):
        fetch(toy.toolchain, "Why")


def fetched(of: Toolchain, program: str, *words: str) -> subprocess.CompletedProcess[str]:
    require_fetched(of)
    environment = {"PATH": f"{of.programs}:/usr/bin:/bin", "HOME": os.environ["HOME"], "CHECKPOINT_DISABLE": "1"}
    return subprocess.run([program, *words], env=environment, text=True, capture_output=True, check=False, timeout=60)


@pytest.mark.parametrize("program", ["node", "npm", "npx"])
def test_the_fetched_node_has_all_three_programs(program: str):
    done = fetched(NODE, program, "--version")
    assert done.returncode == 0, done.stderr
    (locked,) = [line.split()[0] for line in NODE.lock.read_text().splitlines() if "==" in line]
    if program == "node":
        assert done.stdout == f"v{locked.partition('==')[2]}\n"


def test_the_fetched_terraform_is_the_release_that_the_lock_tells_of():
    told = TERRAFORM.lock.with_suffix(".in").read_text()
    version = fetched(TERRAFORM, "terraform", "version").stdout.splitlines()[0].removeprefix("Terraform v")
    assert f"# Terraform {version} as a library" in told


def test_the_fetched_terraform_reads_its_input_and_tells_its_status(tmp_path: Path):
    require_fetched(TERRAFORM)
    program = TERRAFORM.programs / "terraform"
    console = subprocess.run(
        [program, f"-chdir={tmp_path}", "console"], input="1 + 1\n", text=True, capture_output=True, check=True
    )
    assert console.stdout == "2\n"
    (tmp_path / "main.tf").write_text('output "new" {\n  value = 1\n}\n')
    words = [program, "plan", "-detailed-exitcode", "-input=false"]
    assert subprocess.run(words, cwd=tmp_path, capture_output=True, check=False).returncode == 2
    assert subprocess.run([program, "no-such"], capture_output=True, check=False).returncode == 1


def test_the_fetched_terraform_is_in_colour_on_a_terminal(tmp_path: Path):
    require_fetched(TERRAFORM)
    ours, terminal = pty.openpty()
    subprocess.run(
        [TERRAFORM.programs / "terraform", "plan"], cwd=tmp_path, stdout=terminal, stderr=terminal, check=False
    )
    os.close(terminal)
    assert b"\x1b[31m" in os.read(ours, 4096)
    os.close(ours)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_that_the_fetched_terraform_has_no_use_for_do_not_keep_it_from_ending(
    tmp_path: Path, number: signal.Signals
):
    """The library on its own waits for ever at its end, once it was sent three."""
    require_fetched(TERRAFORM)
    with subprocess.Popen(
        [TERRAFORM.programs / "terraform", f"-chdir={tmp_path}", "console"],
        env=os.environ | {"TF_LOG": "INFO"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as console:
        assert any("CLI command args" in line for line in console.stderr), "it is at work"
        for _ in range(4):
            console.send_signal(number)
            time.sleep(0.1)  # else the system may make one of two
        said, _ = console.communicate("1 + 1\n", timeout=60)
        assert (said, console.returncode) == ("2\n", 0)
