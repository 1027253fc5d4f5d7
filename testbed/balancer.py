"""HAProxy as an application load balancer of the JSON: its listeners, target group and health check."""

import csv
import io
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from testbed.environment import Balancer
from testbed.namespace import Namespace, until


class LoadBalancer:
    """Round robin, no stickiness, no second try at another server: what an ALB does."""

    def __init__(
        self,
        plan: Balancer,
        host: Namespace,
        targets: Mapping[str, Namespace],
        folder: Path,
        certificate: Path | None,
        pace: int = 1,
    ):
        """
        Args:
            pace: how many times as often as it should it looks at its targets.
        """
        self.check = plan.health_check
        self.host = host
        self.targets = targets
        self._plan = plan
        self._pace = pace
        self._certificate = certificate
        self._folder = folder
        self._socket = folder / "socket"

    def up(self) -> None:
        self._folder.mkdir()
        configuration = self._folder / "haproxy.cfg"
        configuration.write_text(self._configuration())
        self.host.serve(["haproxy", "-db", "-f", str(configuration)], self._folder / "log")
        until(self._socket.exists, "the load balancer")

    def _configuration(self) -> str:
        plan, check = self._plan, self.check
        interval = f"{check.interval * 1000 // self._pace}ms"
        every = f"inter {interval} fall {check.unhealthy_threshold} rise {check.healthy_threshold}"
        request = f"meth GET uri {check.path} ver HTTP/1.1 hdr Host health hdr User-Agent ELB-HealthChecker/2.0"
        lines = [
            "global",
            f"    stats socket {self._socket} mode 600 level admin",
            "defaults",
            "    mode http",
            "    timeout connect 5s",
            f"    timeout client {plan.idle_timeout}s",
            f"    timeout server {plan.idle_timeout}s",
            f"    timeout check {check.timeout}s",
            "    retries 0",
            "backend targets",
            "    balance roundrobin",
            "    option httpchk",
            f"    http-check send {request}",
            f"    http-check expect status {check.matcher}",
            f"    default-server check {every} fastinter {interval}",
        ]
        lines += [f"    server {name} {host.address}:{plan.target_port}" for name, host in self.targets.items()]
        for listener in plan.listeners:
            lines += self._listener(listener)
        return "\n".join(lines) + "\n"

    def _listener(self, listener: dict[str, Any]) -> list[str]:
        port, protocol = listener["port"], listener["protocol"].lower()
        (action,) = listener["default_action"]
        tls = f" ssl crt {self._certificate} alpn h2,http/1.1" if protocol == "https" else ""
        lines = [f"frontend listener{port}", f"    bind :{port}{tls}"]
        if action["type"] == "redirect":
            to, code = action["redirect"]["protocol"].lower(), action["redirect"]["status_code"].removeprefix("HTTP_")
            return [*lines, f"    http-request redirect scheme {to} code {code}"]
        return [
            *lines,
            # An ALB adds the client to X-Forwarded-For, and overwrites the other two.
            "    option forwardfor",
            f"    http-request set-header X-Forwarded-Proto {protocol}",
            f"    http-request set-header X-Forwarded-Port {port}",
            "    default_backend targets",
        ]

    def state(self) -> dict[str, str]:
        """The targets' health: UP, DOWN, or on the way (`UP 1/2`)."""
        return {name: row["status"] for name, row in self.statistics().items()}

    def statistics(self) -> dict[str, dict[str, str]]:
        """What HAProxy has counted, by target: https://docs.haproxy.org/2.6/management.html#9.1"""
        rows = csv.DictReader(io.StringIO(self._ask("show stat").lstrip("# ")))
        return {row["svname"]: row for row in rows if row["pxname"] == "targets" and row["svname"] in self.targets}

    def drain(self, target: str) -> None:
        """Sends it nothing new, and waits until what it has is answered: what an ALB does with one that goes."""
        self._ask(f"set server targets/{target} state drain")
        until(lambda: self.statistics()[target]["scur"] == "0", f"the end of what {target} has to answer")

    def admit(self, target: str) -> None:
        """The end of `drain`: it gets requests while it is healthy."""
        self._ask(f"set server targets/{target} state ready")

    def _ask(self, command: str) -> str:
        """https://docs.haproxy.org/2.6/management.html#9.3"""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(str(self._socket))
            connection.sendall(f"{command}\n".encode())
            return connection.makefile().read()

    def wait_for(self, state: str, *targets: str) -> None:
        """Until these targets, or all, are in a state. It takes as long as the health check's settings say."""
        wanted = targets or tuple(self.targets)
        until(lambda: all(self.state()[name] == state for name in wanted), f"{wanted} {state}")
