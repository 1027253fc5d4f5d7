"""Hosts: network namespaces of this machine, some with a disk and a boot of their own."""

import ctypes
import errno
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
LIMIT = 300
"""Seconds in which whatever is waited for has happened, on however busy a machine: a boot takes the longest."""
PATH = "/bed/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# Every process here dies with the one that started it: not even a killed test run leaves anything behind.
DIES_WITH_US = ["setpriv", "--pdeathsig", "KILL"]


def until(condition: Callable[[], Any], what: str) -> Any:
    """The condition's first true answer. Raises TimeoutError where there is none within LIMIT."""
    last = time.monotonic() + LIMIT
    while True:
        if answer := condition():
            return answer
        if time.monotonic() > last:
            raise TimeoutError(f"not within {LIMIT} seconds: {what}")
        time.sleep(0.05)


class Namespace:
    """A network of its own with one address, or none yet."""

    def __init__(self, name: str):
        self.name = name
        self.address = ""
        self.pid = 0
        self.processes: list[subprocess.Popen[bytes]] = []

    def up(self) -> None:
        self._hold(["unshare", "--net", "sleep", "infinity"])
        self.pid = self.processes[0].pid
        ours = os.readlink("/proc/self/ns/net")
        until(lambda: os.readlink(f"/proc/{self.pid}/ns/net") != ours, f"a network namespace for {self.name}")

    def down(self) -> None:
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait(timeout=LIMIT)
        self.processes.clear()

    def _hold(self, command: list[str], log: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
        command = [*DIES_WITH_US, *command]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def ip(self, arguments: str) -> None:
        """`ip` in this network, a command a line."""
        self.configure(["ip", "-batch", "-"], arguments)

    def configure(self, command: list[str], text: str) -> None:
        subprocess.run([*self.enter(), *command], input=text, text=True, check=True, timeout=LIMIT)

    def unplug(self, device: str) -> None:
        """Takes a device away, and its other end with it, where they are not gone already."""
        command = [*self.enter(), "ip", "link", "del", device]
        subprocess.run(command, check=False, stderr=subprocess.DEVNULL, timeout=LIMIT)

    def serve(self, command: list[str], log: Path) -> subprocess.Popen[bytes]:
        """A program that runs here until it ends or the bed does."""
        with open(log, "ab") as output:
            return self._hold([*self.enter(), *command], output)

    def enter(self) -> list[str]:
        """What makes the rest of a command line run here."""
        return ["nsenter", "--target", str(self.pid), "--net"]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """This thread's new sockets are in this network."""
        with open("/proc/thread-self/ns/net") as home, open(f"/proc/{self.pid}/ns/net") as there:
            if LIBC.setns(there.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), f"cannot enter the network of {self.name}")
            try:
                yield
            finally:
                LIBC.setns(home.fileno(), CLONE_NEWNET)

    def connect(self, address: str, port: int, timeout: float = 30) -> socket.socket:
        with self.entered():
            connection = socket.socket()
        connection.settimeout(timeout)
        connection.connect((address, port))
        return connection

    def listen(self, port: int, address: str = "", kind: int = socket.SOCK_STREAM) -> socket.socket:
        with self.entered():
            listener = socket.socket(type=kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        if kind == socket.SOCK_STREAM:
            listener.listen(128)
        return listener


class Host(Namespace):
    """A machine: network, processes and a disk of its own. The disk outlives the machine.

    In `aws/` lies what AWS has for it: `user-data`, and `journal/`, what its units wrote.
    """

    def __init__(self, name: str, folder: Path, secrets: Path, efs: Path, s3: Path, speed: float):
        super().__init__(name)
        self.folder = folder
        self.aws = folder / "aws"
        for part in ("disk", "work", "root", "aws/journal", "aws/secrets", "aws/efs", "aws/s3"):
            (folder / part).mkdir(parents=True)
        (folder / "secrets").symlink_to(secrets)
        (folder / "efs").symlink_to(efs)
        (folder / "s3").symlink_to(s3)
        (self.aws / "speed").write_text(str(speed))

    def up(self) -> None:
        """Boots nothing yet, so that the network can be plugged in: `release` lets the first process go on."""
        go = self.folder / "go"
        go.unlink(missing_ok=True)
        os.mkfifo(go)
        with open(self.folder / "console", "ab") as console:
            unshare = self._hold(
                ["unshare", "--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "bash", "-c",
                 'read -r _ <"$1/go"; exec "$0" "$1"', str(Path(__file__).parent / "enter.sh"), str(self.folder)],
                console,
            )  # fmt: skip
        children = Path(f"/proc/{unshare.pid}/task/{unshare.pid}/children")
        self.pid = int(until(lambda: children.read_text().strip(), f"the first process of {self.name}"))

    def release(self) -> None:
        until(self._lets_go, f"the first process of {self.name} at its start; see {self.folder}/console")
        root = str(self.folder / "root")
        until(lambda: os.readlink(f"/proc/{self.pid}/root") == root, f"{self.name}'s disk")
        until(lambda: self.path("/run/systemd.sock").exists(), f"{self.name}'s init")

    def _lets_go(self) -> bool:
        """Whether someone has heard it. To open a pipe waits for ever where its reader has died."""
        try:
            pipe = os.open(self.folder / "go", os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nobody reads it, or not yet
                return False
            raise
        with open(pipe, "w") as go:
            go.write("\n")
        return True

    def down(self) -> None:
        """Pulls the plug."""
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
        super().down()

    def path(self, path: str) -> Path:
        """A file of this host, as seen from here."""
        return Path(f"/proc/{self.pid}/root{path}")

    def run(self, *command: str, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
        """A command on this host, as root."""
        options = {"stdin": subprocess.DEVNULL, "timeout": LIMIT, **options}
        return subprocess.run([*self.enter(), *command], check=check, capture_output=True, text=True, **options)

    def enter(self) -> list[str]:
        everything = ["--mount", "--uts", "--ipc", "--pid", "--root", "--wd"]
        return [*super().enter(), *everything, "--", "env", "-i", f"PATH={PATH}", "LANG=C.UTF-8"]

    def journal(self, unit: str) -> str:
        written = self.aws / "journal" / unit
        return written.read_text() if written.exists() else ""

    def wipe(self) -> None:
        """It is down: its disk becomes a new one."""
        for part in ("disk", "work", "aws/journal"):
            shutil.rmtree(self.folder / part)
            (self.folder / part).mkdir()

    def take_disk_of(self, other: "Host") -> None:
        """Both are down: this one's disk becomes an image of the other's."""
        shutil.rmtree(self.folder / "disk")
        subprocess.run(["cp", "--archive", other.folder / "disk", self.folder / "disk"], check=True)
