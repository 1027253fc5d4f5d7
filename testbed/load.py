"""Load from outside: a steady stream of requests, and what became of each."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException

from testbed.namespace import LIMIT
from testbed.site import Site
from testbed.visitor import Answer

MOST = 12
"""Requests under way at once: what a dead server keeps waiting leaves room for those that are answered."""


@dataclass(frozen=True)
class Result:
    """When a request was sent and when it was over, in seconds on the monotonic clock. The status is 0 where no answer
    came.

    Attributes:
        actor: who sent it.
        problem: what is wrong with the answer; empty where nothing is.
    """

    at: float
    over: float
    status: int
    actor: str = "reader"
    method: str = "GET"
    path: str = "/"
    problem: str = ""

    @property
    def failed(self) -> bool:
        return bool(self.problem)


OWN_PAGE = {"Cookie": "wordpress_logged_in_0=x"}
"""Of a visitor whose pages no cache keeps."""


def expects(status: int) -> Callable[[Answer], str]:
    """A check of answers: what is wrong with one that has another status."""
    return lambda answer: "" if answer.status == status else f"status {answer.status}"


OK = expects(200)


def watch(
    ask: Callable[[], Answer],
    check: Callable[[Answer], str] = OK,
    *,
    actor: str = "reader",
    method: str = "GET",
    path: str = "/",
) -> tuple[Result, Answer | None]:
    """Sends a request, and writes down what becomes of it.

    Args:
        check: says what is wrong with an answer; nothing where nothing is.

    Returns:
        What became of it; and the answer, where there was a whole one.
    """
    at, status, answer = time.monotonic(), 0, None
    try:
        answer = ask()
        status, problem = answer.status, check(answer)
    except (OSError, HTTPException) as error:  # the latter where an answer ends in the middle
        problem = f"no answer: {error or type(error).__name__}"
    return Result(at, time.monotonic(), status, actor, method, path, problem), answer


class Load:
    """Up to so many requests a second, until the block ends: without another word, for a front page that is made for
    each of them. Each has a connection of its own, whether or not the one before has been answered. A machine that does
    not keep up gets fewer: so many at a time.
    """

    def __init__(self, site: Site, rate: float = 4, send: Callable[[], Result] | None = None, most: int = MOST):
        """
        Args:
            send: sends one, and waits for its answer.
            most: those that are under way at once.
        """
        self.results: list[Result] = []
        self._send = send or (lambda: ask_for_front_page(site))
        self._rate = rate
        self._stopped = threading.Event()
        self._free = threading.Semaphore(most)
        self._requests: list[threading.Thread] = []
        self._clock = threading.Thread(target=self._run)

    def __enter__(self) -> "Load":
        self._clock.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._clock.join()
        for request in self._requests:
            request.join()
        self.results.sort(key=lambda result: result.at)

    def failures(self, since: float = 0) -> list[Result]:
        return [result for result in self.results if result.failed and result.at >= since]

    def _run(self) -> None:
        while not self._stopped.wait(1 / self._rate):
            if self._free.acquire(blocking=False):
                request = threading.Thread(target=self._ask)
                request.start()
                self._requests.append(request)

    def _ask(self) -> None:
        try:
            self.results.append(self._send())
        finally:
            self._free.release()


def ask_for_front_page(site: Site, patience: float = LIMIT) -> Result:
    """The front page, made for whoever asks.

    Args:
        patience: seconds until it is given up.
    """
    return watch(lambda: site.visitor().ask("GET", f"{site.url}/", None, 0, OWN_PAGE, timeout=patience))[0]
