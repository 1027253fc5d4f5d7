"""Headless Chromium in the network of one of the bed's hosts.

It is told what to do in its own protocol, over a pipe: https://chromedevtools.github.io/devtools-protocol/
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from testbed.namespace import DIES_WITH_US, Namespace

NAMES = ("chromium", "google-chrome")
"""Debian's name for it, and that on GitHub's runners, where the other one is a stub of Ubuntu's."""

LIMIT = 60
"""Seconds for one answer."""

TALLEST = 2_400
"""Of a page so many pixels are in its picture."""

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--ignore-certificate-errors", "--remote-debugging-pipe",
]  # fmt: skip
"""Root cannot have Chromium's sandbox; it has namespaces of its own, and sees the bed's site alone. The certificate is
the bed's, and is checked by whoever measures."""

SETTLED = """document.fonts.ready.then(() => new Promise(
    done => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))))"""

STILL = [{"name": "prefers-reduced-motion", "value": "reduce"}, {"name": "prefers-color-scheme", "value": "light"}]


class NoPicture(Exception):
    """Chromium has made none, in one line."""


def chromium() -> str | None:
    """Its path, if there is one on this machine."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """A new profile, and a new tab for each picture. A context manager: at its end all of its processes are gone."""

    def __init__(self, program: str, host: Namespace, names: Mapping[str, str], folder: Path) -> None:
        """
        Args:
            program: what `chromium` found.
            host: where it runs.
            names: the addresses of host names. No other name has one.
            folder: for the profile, which is deleted in the end.
        """
        self._profile = folder / "chromium"
        known = [f"MAP {name} {address}" for name, address in names.items()]
        rules = ", ".join([*known, *(f"EXCLUDE {address}" for address in names.values()), "MAP * ~NOTFOUND"])
        words = [program, *FLAGS, f"--user-data-dir={self._profile}", f"--host-resolver-rules={rules}"]
        # It reads what it is told from descriptor 3 and answers on 4. Its processes end with the first one of theirs.
        shell = ["sh", "-c", 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1', "sh"]
        apart = ["unshare", "--pid", "--mount-proc", "--fork", "--kill-child"]
        self._process = subprocess.Popen(
            [*DIES_WITH_US, *host.enter(), *apart, *shell, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"},
        )
        self._count, self._unread, self._events = 0, b"", list[dict[str, Any]]()

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._process.wait()
        shutil.rmtree(self._profile, ignore_errors=True)

    def picture(self, url: str, width: int, height: int, *cookies: str) -> bytes:
        """A page as PNG, from its top down to its end or to `TALLEST`.

        Args:
            width: of the window, in CSS pixels; below 600 it is a telephone's.
            height: of the window.
            cookies: each as name=value.

        Raises:
            NoPicture: the page does not load, or Chromium has ended.
        """
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        try:
            session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
            self._ask("Emulation.setDeviceMetricsOverride", session, **size)
            self._ask("Emulation.setEmulatedMedia", session, features=STILL)
            for name, value in (cookie.split("=") for cookie in cookies):
                self._ask("Network.setCookie", session, name=name, value=value, url=url)
            self._ask("Page.enable", session)
            self._events.clear()
            if error := self._ask("Page.navigate", session, url=url).get("errorText"):
                raise NoPicture(f"{url}: {error}")
            self._wait_for("Page.loadEventFired", session)
            self._ask("Runtime.evaluate", session, expression=SETTLED, awaitPromise=True)
            whole = self._ask("Page.getLayoutMetrics", session)["cssContentSize"]
            clip = {"x": 0, "y": 0, "width": width, "height": min(max(whole["height"], height), TALLEST), "scale": 1}
            shot = self._ask("Page.captureScreenshot", session, clip=clip, captureBeyondViewport=True)
            return base64.b64decode(shot["data"])
        finally:
            self._ask("Target.closeTarget", targetId=target)

    def _ask(self, method: str, session: str = "", **parameters: Any) -> dict[str, Any]:
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        told = json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0"
        assert self._process.stdin
        try:
            self._process.stdin.write(told)
            self._process.stdin.flush()
        except OSError:
            raise NoPicture("Chromium has ended") from None
        last = time.monotonic() + LIMIT
        while (answer := self._read(last)).get("id") != self._count:
            self._events.append(answer)
        if "error" in answer:
            raise NoPicture(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def _wait_for(self, event: str, session: str) -> None:
        last = time.monotonic() + LIMIT
        while not any(it.get("method") == event and it.get("sessionId") == session for it in self._events):
            self._events.append(self._read(last))

    def _read(self, last: float) -> dict[str, Any]:
        """The next message, before a time of the monotonic clock."""
        assert self._process.stdout
        while b"\0" not in self._unread:
            if not select.select([self._process.stdout], [], [], max(0.0, last - time.monotonic()))[0]:
                raise NoPicture(f"Chromium has not answered for {LIMIT} seconds")
            if not (more := os.read(self._process.stdout.fileno(), 1 << 20)):
                raise NoPicture("Chromium has ended")
            self._unread += more
        message, _, self._unread = self._unread.partition(b"\0")
        return json.loads(message)
