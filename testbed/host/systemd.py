"""Stands in for systemd (and, at boot, for cloud-init) on one host: the parts that the servers' units use.

Timers and the pauses before a restart run faster by the factor in /aws/speed. What units write goes to /aws/journal,
a file each, so that a test can read it even when the host's disk is full.
"""

import configparser
import contextlib
import json
import os
import re
import shlex
import signal
import socket
import socketserver
import subprocess
import threading
import time
from pathlib import Path

SOCKET = "/run/systemd.sock"
FOLDERS = [Path("/etc/systemd/system"), Path("/usr/lib/systemd/system")]
WANTED = FOLDERS[0] / "multi-user.target.wants"
JOURNAL = Path("/aws/journal")
SPEED = float(Path("/aws/speed").read_text())
STOP = 90  # seconds until a service that does not stop is killed: systemd's own
LIMIT = 300  # seconds until a service that does not get ready is given up
UNITS = {"": 1, "s": 1, "sec": 1, "min": 60, "h": 3600, "d": 86400}


def seconds(text: str) -> float:
    """As systemd writes a time span: "5", "10s", "5min"."""
    if not (span := re.fullmatch(r"(\d+)\s*([a-z]*)", text)):
        raise ValueError(f"no time span: {text}")
    return int(span[1]) * UNITS[span[2]] / SPEED


class UnitFile(configparser.ConfigParser):
    """A unit, with the name of its instance in it where it is made of a template."""

    def __init__(self, path: Path, instance: str) -> None:
        super().__init__(interpolation=None, strict=False)
        self.read_string(path.read_text().replace("%i", instance))

    def optionxform(self, option: str) -> str:
        """systemd's names keep their capitals."""
        return option


def find_unit(name: str) -> Path | None:
    names = (name, re.sub("@.*[.]", "@.", name))
    return next((folder / it for it in names for folder in FOLDERS if (folder / it).exists()), None)


def read_unit(name: str) -> UnitFile:
    if not (path := find_unit(name)):
        raise FileNotFoundError(f"Unit {name} not found.")
    return UnitFile(path, name.partition("@")[2].rpartition(".")[0])


class Service:
    """Types oneshot, simple, notify and forking (which names a PIDFile). One that has started is ready."""

    def __init__(self, name: str):
        self.name = name
        self.process: subprocess.Popen[bytes] | None = None
        self.main = 0  # the process that the service is
        self.done = False  # a oneshot with RemainAfterExit that went well
        self.starting = threading.Lock()

    @property
    def active(self) -> bool:
        return self.done or (Path(f"/proc/{self.main}/exe").exists() and not self.exited())

    def exited(self) -> bool:
        return self.process is not None and self.process.pid == self.main and self.process.poll() is not None

    def start(self) -> int:
        with self.starting:
            if self.active:
                return 0
            options = read_unit(self.name)["Service"]
            kind = options.get("Type", "simple")
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
                ready.bind(f"\0{self.name}")
                ready.settimeout(0.1)
                self.process = process = self._run(options)
                if kind == "oneshot":
                    return self._finish(process, options)
                if kind == "forking":
                    if process.wait() != 0:
                        return 1
                    self.main = int(self._pid_file(Path(options["PIDFile"])))
                    return 0
                self.main = process.pid
                if kind == "notify" and not self._is_ready(process, ready):
                    return 1
            threading.Thread(target=self._watch, args=(process, options), daemon=True).start()
            return 0

    def _is_ready(self, process: "subprocess.Popen[bytes]", ready: socket.socket) -> bool:
        """Waits for its word; one that has ended gives none."""
        patience = time.monotonic() + LIMIT
        while time.monotonic() < patience and process.poll() is None:
            with contextlib.suppress(TimeoutError):
                if b"READY=1" in ready.recv(4096):
                    return True
        return False

    def _run(self, options: configparser.SectionProxy) -> subprocess.Popen[bytes]:
        who = options.get("User")
        environment = dict(line.split("=", 1) for line in options.get("Environment", "").splitlines())
        with open(JOURNAL / self.name, "ab") as journal:
            return subprocess.Popen(
                shlex.split(options["ExecStart"]),
                stdin=subprocess.DEVNULL,
                stdout=journal,
                stderr=journal,
                start_new_session=True,
                env={**os.environ, "NOTIFY_SOCKET": f"@{self.name}", **environment},
                user=who,
                group=who,
                extra_groups=[] if who else None,
            )

    def _finish(self, process: subprocess.Popen[bytes], options: configparser.SectionProxy) -> int:
        status = process.wait()
        self.done = status == 0 and options.get("RemainAfterExit") == "yes"
        if status > 0 and options.get("Restart") == "on-failure":
            threading.Thread(target=self._start_later, args=(process, options), daemon=True).start()
        return int(status != 0)

    def _pid_file(self, path: Path) -> str:
        """The parent may be gone a moment before its child has written its number."""
        for _ in range(LIMIT * 100):
            if path.exists() and (pid := path.read_text().strip()):
                return pid
            time.sleep(0.01)
        raise TimeoutError(f"{self.name} has not written {path}")

    def stop(self) -> None:
        self.process, self.done = None, False
        if self.main:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.main, getattr(signal, self._option("KillSignal", "SIGTERM")))
            patience = time.monotonic() + STOP
            while Path(f"/proc/{self.main}/exe").exists():
                if time.monotonic() > patience:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(self.main, signal.SIGKILL)
                time.sleep(0.02)
            self.main = 0

    def reload(self) -> int:
        command = self._option("ExecReload", "").replace("$MAINPID", str(self.main))
        return subprocess.run(shlex.split(command), check=False).returncode if command and self.active else 1

    def _option(self, name: str, otherwise: str) -> str:
        return read_unit(self.name)["Service"].get(name, otherwise)

    def _watch(self, process: subprocess.Popen[bytes], options: configparser.SectionProxy) -> None:
        process.wait()
        if options.get("Restart") == "always":
            self._start_later(process, options)

    def _start_later(self, process: subprocess.Popen[bytes], options: configparser.SectionProxy) -> None:
        time.sleep(seconds(options.get("RestartSec", "1")))
        if self.process is process:
            self.start()


class Timer:
    def __init__(self, name: str):
        self.name = name
        self.stopped = threading.Event()
        self.stopped.set()

    @property
    def active(self) -> bool:
        return not self.stopped.is_set()

    def start(self) -> int:
        if not self.active:
            self.stopped = threading.Event()
            threading.Thread(target=self._run, args=(self.stopped,), daemon=True).start()
        return 0

    def stop(self) -> None:
        self.stopped.set()

    def _run(self, stopped: threading.Event) -> None:
        options = read_unit(self.name)["Timer"]
        pause = seconds(options.get("OnActiveSec") or options["OnBootSec"])
        while not stopped.wait(pause):
            unit(self.name.replace(".timer", ".service")).start()
            pause = seconds(options["OnUnitActiveSec"])


units: dict[str, Service | Timer] = {}


def unit(name: str) -> Service | Timer:
    if name not in units:
        units[name] = Timer(name) if name.endswith(".timer") else Service(name)
    return units[name]


def carry_out(verb: str, name: str, block: bool) -> tuple[int, str]:
    if not find_unit(name):
        return 5, f"Unit {name} not found."
    match verb:
        case "start" if not block:
            threading.Thread(target=unit(name).start, daemon=True).start()
        case "start":
            return unit(name).start(), ""
        case "restart":
            unit(name).stop()
            return unit(name).start(), ""
        case "reload":
            service = unit(name)
            return (service.reload() if isinstance(service, Service) else 1), ""
        case "reload-or-restart":
            reloads = unit(name).active and read_unit(name).has_option("Service", "ExecReload")
            return carry_out("reload" if reloads else "restart", name, block)
        case "stop":
            unit(name).stop()
        case "is-active":
            return (0, "active") if unit(name).active else (3, "inactive")
        case "enable":
            WANTED.mkdir(exist_ok=True)
            link = WANTED / name
            link.unlink(missing_ok=True)
            link.symlink_to(FOLDERS[0] / name)
        case _:
            return 1, f"the stand-in for systemctl does not know '{verb}'"
    return 0, ""


class Request(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        arguments = json.loads(self.rfile.readline())
        block = "--no-block" not in arguments
        verb, *names = [argument for argument in arguments if not argument.startswith("-")]
        answers = [carry_out(verb, name if "." in name else f"{name}.service", block) for name in names]
        status = max((status for status, _ in answers), default=0)
        self.wfile.write(json.dumps([status, "\n".join(filter(None, (text for _, text in answers)))]).encode())


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    request_queue_size = 64


def boot() -> None:
    """cloud-init first, then what is enabled."""
    given = Path("/aws/user-data")
    if given.exists():
        # https://docs.cloud-init.io/en/latest/explanation/format/cloud-boothook.html
        script = Path("/run/boothook")
        script.write_text(given.read_text().removeprefix("#cloud-boothook").lstrip())
        script.chmod(0o700)
        with open(JOURNAL / "cloud-init", "ab") as journal:
            subprocess.run([script], check=False, stdin=subprocess.DEVNULL, stdout=journal, stderr=journal)
    for link in sorted(WANTED.glob("pressform*")):
        carry_out("start", link.name, block=False)


if __name__ == "__main__":
    with Server(SOCKET, Request) as server:
        threading.Thread(target=boot, daemon=True).start()
        server.serve_forever()
