"""Tasks shared out to processes: each process gets one after the other and answers it, a line of JSON each way."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

PATIENCE = 10
"""Seconds that a process may take to end by itself."""


class WorkerDied(Exception):
    """A process ended before it had answered.

    Attributes:
        task: what it was on.
        status: its exit status; negative for the signal that killed it.
    """

    def __init__(self, task: Any, status: int) -> None:
        super().__init__(f"{task}: ended with {status}")
        self.task, self.status = task, status


class Workers:
    """Processes that run one command, started when there is something to do, and ended with the `with` block.

    A process reads tasks with `serve`. After `tasks_each` tasks it is replaced, so that what it holds on to is bounded.

    Attributes:
        done: every answer so far, in the order in which they came.
    """

    def __init__(self, command: Sequence[str], jobs: int, *, tasks_each: int, **environment: str) -> None:
        self._command, self._environment = command, os.environ | environment
        self._tasks_each = tasks_each
        self.done: list[Any] = []
        self._idle: list[_Worker] = []
        self._threads = ThreadPoolExecutor(jobs)  # They wait for a process each, no more.

    def answers(self, tasks: Sequence[Any]) -> Iterator[Any]:
        """The answers to the tasks, in their order.

        Raises:
            WorkerDied: a process did not answer. No further task is begun.
        """
        return self._threads.map(self._answer, tasks)

    def _answer(self, task: Any) -> Any:
        try:
            worker = self._idle.pop()
        except IndexError:
            worker = _Worker(self._command, self._environment)
        answer = worker.ask(task)
        self.done.append(answer)
        if worker.answered < self._tasks_each:
            self._idle.append(worker)
        else:
            worker.dismiss()
            worker.end()
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # One Ctrl-C is enough: what is done now is what it asks for.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._threads.shutdown(cancel_futures=True)
        for worker in self._idle:
            worker.dismiss()
        for worker in self._idle:
            worker.end()
        signal.signal(signal.SIGINT, before)


class _Worker:
    """One process.

    Attributes:
        answered: how many tasks it has done.
    """

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self.answered = 0
        # A session of its own: the terminal's Ctrl-C would otherwise kill what the process runs behind its back.
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._answers = self._process.stdin, self._process.stdout

    def ask(self, task: Any) -> Any:
        try:
            print(json.dumps(task), file=self._requests, flush=True)
            answer = self._answers.readline()
        except BrokenPipeError:
            answer = ""
        if not answer.endswith("\n"):
            self.end()
            raise WorkerDied(task, self._process.returncode)
        self.answered += 1
        return json.loads(answer)

    def dismiss(self) -> None:
        """Lets the process end: there are no more tasks."""
        self._requests.close()

    def end(self) -> None:
        """Waits until the process has ended, and kills it with all that it started where that takes too long."""
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def serve(do: Callable[[Any], Any]) -> None:
    """In a process of `Workers`: does every task that comes, until no more come."""
    with os.fdopen(os.dup(sys.stdout.fileno()), "w") as answers:
        # What anything prints here is for people, and no answer.
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        for task in sys.stdin:
            print(json.dumps(do(json.loads(task))), file=answers, flush=True)
