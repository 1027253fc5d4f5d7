"""A browser to look at pages with."""

import json
import subprocess
from html import escape, unescape
from pathlib import Path
from typing import Any

from tests.tools import require

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-logging=stderr",
    # Chromium calls home all the same: it finds nobody.
    "--host-resolver-rules=MAP * ~NOTFOUND",
]  # fmt: skip

LOOK = """
<iframe id="page" width="{width}" height="900" style="border: 0" srcdoc="{page}"></iframe>
<script>
  page.onload = () => {{
    const inside = page.contentDocument, window = page.contentWindow;
    document.body.textContent = JSON.stringify({question});
  }};
</script>
"""


class Browser:
    """Headless Chromium, a new profile every time."""

    def __init__(self, folder: Path) -> None:
        self._binary, self._folder = require("chromium", "apt-get install chromium"), folder

    def look(self, page: str, width: int, question: str, *flags: str) -> Any:
        """What a person sees of a page in a window of this width.

        Args:
            question: a JavaScript expression; `inside` is the page's document and `window` its window.
        """
        file = self._folder / "look.html"
        file.write_text(LOOK.format(width=width, page=escape(page), question=question))
        dom, messages = self.open(file, "--window-size=1400,1000", *flags)
        assert "CONSOLE" not in messages, messages
        return json.loads(unescape(dom[dom.index("<body>") + len("<body>") : dom.rindex("</body>")]))

    def requests(self, page: Path) -> list[str]:
        """What a page asks the network for."""
        log = self._folder / "net.json"
        self.open(page, f"--log-net-log={log}")
        told = [event.get("params", {}) for event in json.loads(log.read_text())["events"]]
        # The browser's own requests are not by any page.
        return [request["url"] for request in told if request.get("initiator", "not an origin") != "not an origin"]

    def open(self, file: Path, *flags: str) -> tuple[str, str]:
        """The DOM that a file becomes, and what the browser says meanwhile."""
        profile = f"--user-data-dir={self._folder / 'profile'}"
        command = [self._binary, *FLAGS, profile, "--virtual-time-budget=5000", *flags, "--dump-dom", file.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
        return done.stdout, done.stderr
