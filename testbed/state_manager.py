"""State Manager as an association of the JSON has it: a command on the servers with a tag, so many at a time, and on no
further one once too many have failed."""

import subprocess
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from testbed.environment import Association
from testbed.namespace import Host


@dataclass(frozen=True)
class Answer:
    """How it ended on one server.

    Attributes:
        status: Success, Failed, TimedOut, or Skipped for one that it did not come to:
            https://docs.aws.amazon.com/systems-manager/latest/userguide/monitor-commands.html
        output: what the command wrote.
        began: seconds on the monotonic clock, as the next one.
        ended: when the command was over.
    """

    status: str
    output: str
    began: float = 0
    ended: float = 0


def run(association: Association, release: str, servers: Mapping[str, Host]) -> dict[str, Answer]:
    """Runs the association once, and waits for its end.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-ssm-document-rate-controls.html

    Args:
        release: what stands in the command in RELEASE's place.
        servers: those that have its tag, by name.

    Returns:
        Each server's answer, by its name, in the order in which it was asked.
    """
    answers: dict[str, Answer] = {}
    lock = threading.Lock()

    def ask(name: str, host: Host) -> None:
        with lock:
            failed = sum(answer.status not in ("Success", "Skipped") for answer in answers.values())
        answer = Answer("Skipped", "")
        if failed <= association.max_errors:
            answer = _ask(host, association.command.replace("RELEASE", release), association.timeout)
        with lock:
            answers[name] = answer

    with ThreadPoolExecutor(association.max_concurrency) as pool:
        list(pool.map(ask, servers.keys(), servers.values()))
    return answers


def _ask(host: Host, command: str, timeout: int) -> Answer:
    began = time.monotonic()
    try:
        ran = host.run("bash", "-c", command, check=False, timeout=timeout)
    except subprocess.TimeoutExpired as error:
        return Answer("TimedOut", str(error.output or ""), began, time.monotonic())
    return Answer("Failed" if ran.returncode else "Success", ran.stdout + ran.stderr, began, time.monotonic())
