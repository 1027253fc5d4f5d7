"""How far a long run is: one line of a terminal, drawn over and over."""

import shutil
import sys
import time
from typing import Self

WORTH_IT = 10
"""Things to do from which on a bar is drawn."""

WIDTH = 30
EVERY = 0.1
"""Seconds between two drawings."""


class Progress:
    """A bar on standard error, there until the `with` block ends. It is drawn where both outputs are terminals: a bar
    in a log, or between the lines of one, is noise.

    Attributes:
        shown: whether there is one.
    """

    def __init__(self, total: int) -> None:
        self.shown = total >= WORTH_IT and sys.stdout.isatty() and sys.stderr.isatty()
        self._total, self._done = total, 0
        self._start, self._drawn = time.monotonic(), 0.0

    def step(self, name: str) -> None:
        """One more is done."""
        self._done += 1
        now = time.monotonic()
        if self.shown and now - self._drawn >= EVERY:
            self._drawn = now
            left = (now - self._start) / self._done * (self._total - self._done)
            full = WIDTH * self._done // self._total
            line = f"[{'#' * full:-<{WIDTH}}] {self._done:,} of {self._total:,}, {left:.0f} s left: {name}"
            self._draw(line[: shutil.get_terminal_size().columns - 1])

    def __enter__(self) -> Self:
        if self.shown:
            self._draw(f"[{'-' * WIDTH}] 0 of {self._total:,}")
        return self

    def __exit__(self, *_: object) -> None:
        if self.shown:
            self._draw("")

    @staticmethod
    def _draw(line: str) -> None:
        # https://en.wikipedia.org/wiki/ANSI_escape_code#Control_Sequence_Introducer_commands: erase to the line's end
        print(f"\r{line}\x1b[K", end="", file=sys.stderr, flush=True)
