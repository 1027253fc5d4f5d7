"""What the review says of the change. A process of its own renders the working tree and plans it in a sandbox while the
base's site boots: both take a core."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from review.plan import Plan
from review.proposal import CannotPropose, stack
from review.report import Report
from review.view import View
from sandbox import Sandbox, SandboxError

RENDERED, PLANNED = "rendered", "planned"
"""What it says when it has come so far."""

WITH_US = ["setpriv", "--pdeathsig", "TERM"]
"""It ends in order, and takes the sandbox with it, even when we are killed."""


class Forecast:
    """The process, as a context manager: it ends with the block."""

    def __init__(self, environment: str, folder: Path) -> None:
        """
        Args:
            folder: an empty one, for what it makes.
        """
        self._folder = folder
        self._said = folder / "said"
        with self._said.open("w") as said:
            self._process = subprocess.Popen(
                [*WITH_US, sys.executable, "-m", __name__, environment, str(folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                # A Ctrl-C on the terminal is for us, and we tell it.
                start_new_session=True,
            )

    def __enter__(self) -> Forecast:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def stack(self) -> Path:
        """The folder with the working tree's stack, once it is there.

        Raises:
            CannotPropose: it cannot be rendered.
        """
        self._wait_for(RENDERED)
        return next(self._folder.glob("head/stacks/*"))

    def site(self) -> View | None:
        """The changed site as the review sees it; None where it is none that it knows.

        Raises:
            CannotPropose: it cannot be planned.
        """
        self._wait_for(PLANNED)
        site = Report(Plan.read(self._folder / "plan.json"), "", "").after
        return None if site is None or site.missing else site

    def _wait_for(self, word: str) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            if line.strip() == word:
                return
        raise CannotPropose(self._said.read_text().strip() or f"the plan's process ended with {self._process.wait()}")


def main(arguments: Sequence[str]) -> int:
    """The process."""
    signal.signal(signal.SIGTERM, _stop)
    environment, folder = arguments[0], Path(arguments[1])
    try:
        head = stack(Path.cwd(), environment, folder / "head")
        if head is None:
            raise CannotPropose(f"there is no environments/{environment}.toml")
        print(RENDERED, flush=True)
        with Sandbox(folder / "sandbox") as sandbox:
            # On top of nothing: what a site survives hangs on how it is in the end.
            root = sandbox.root_module("new", head)
            root.init()
            (folder / "plan.json").write_text(json.dumps(root.plan().json))
        print(PLANNED, flush=True)
    except (CannotPropose, SandboxError) as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 128 + signal.SIGTERM
    return 0


def _stop(*_: object) -> None:
    """Once: what is cleared away on the way out is not disturbed again."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
