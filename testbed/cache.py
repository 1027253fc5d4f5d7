"""ElastiCache as the JSON has it: a real server that takes TLS, and one user with its own commands alone."""

import shutil
import subprocess
from pathlib import Path

from testbed.certificates import Authority
from testbed.environment import Cache
from testbed.namespace import LIMIT, Namespace, until

ADMINISTRATOR = "administrator"
"""For what a test wants to know. It may come by a socket on this machine's disk, which no server sees."""


class ObjectCache:
    """The token of its user is taken unread: only AWS could check it."""

    def __init__(self, plan: Cache, host: Namespace, folder: Path, authority: Authority):
        self.host = host
        self._plan = plan
        self._folder = folder
        self._authority = authority.certificate
        self._certificate, self._key = authority.issue(plan.address)
        self._program = shutil.which("valkey-server") or "redis-server"

    def start(self) -> None:
        files = {"cert": self._certificate, "key": self._key, "ca-cert": self._authority}
        tls = [word for option, file in files.items() for word in (f"--tls-{option}-file", str(file))]
        users = ["--user", "default", "off"]
        users += ["--user", ADMINISTRATOR, "on", f">{ADMINISTRATOR}", "~*", "+@all"]
        users += ["--user", self._plan.user, "nopass", *self._plan.access.split()]
        self._process = self.host.serve(
            [
                *(self._program, "--port", "0", "--bind", "0.0.0.0", "--save", "", "--dir", str(self._folder)),
                *("--unixsocket", str(self._socket), "--tls-port", "6379", "--tls-auth-clients", "no", *tls, *users),
            ],
            self._folder / "log",
        )
        until(lambda: self.ask("PING") == "PONG", f"the cache; see {self._folder}/log")

    def stop(self) -> None:
        """It dies, and what it held with it."""
        self._process.kill()
        self._process.wait(timeout=LIMIT)

    def ask(self, *words: str) -> str:
        command = [self._program.replace("-server", "-cli"), "-s", str(self._socket), "--no-auth-warning"]
        sign_in = ["--user", ADMINISTRATOR, "--pass", ADMINISTRATOR]
        return subprocess.run(
            [*command, *sign_in, *words], check=False, capture_output=True, text=True, timeout=LIMIT
        ).stdout.strip()

    @property
    def _socket(self) -> Path:
        return self._folder / "socket"
