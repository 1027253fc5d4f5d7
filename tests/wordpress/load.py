"""A steady stream of requests, and what became of each."""

import threading
import time
from dataclasses import dataclass
from http.client import HTTPException

from testbed import Site
from testbed.namespace import LIMIT

MOST = 12
"""Requests under way at once: what a dead server keeps waiting leaves room for those that are answered."""


@dataclass(frozen=True)
class Result:
    """When a request was sent and when it was over, in seconds on the monotonic clock. The status is 0 where no answer
    came."""

    at: float
    over: float
    status: int

    @property
    def failed(self) -> bool:
        return self.status != 200


OWN_PAGE = {"Cookie": "wordpress_logged_in_0=x"}
"""Of a visitor whose pages no cache keeps."""


class Load:
    """Up to so many requests a second for a front page that is made for each of them, until the block ends. Each has a
    connection of its own, whether or not the one before has been answered. A machine that does not keep up gets fewer:
    MOST at a time."""

    def __init__(self, site: Site, rate: float = 4):
        self.results: list[Result] = []
        self._site = site
        self._rate = rate
        self._stopped = threading.Event()
        self._free = threading.Semaphore(MOST)
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
        at = time.monotonic()
        try:
            status = self._site.visitor().ask("GET", f"{self._site.url}/", None, 0, OWN_PAGE, timeout=LIMIT).status
        except (OSError, HTTPException):  # the latter where an answer ends in the middle
            status = 0
        self.results.append(Result(at, time.monotonic(), status))
        self._free.release()
