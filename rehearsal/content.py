"""What the rehearsed site holds: the content of another one, or generated content; and an editor for the load."""

from __future__ import annotations

import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path

from testbed import Site
from testbed.picture import png

SCRIPT = Path(__file__).with_name("content.php")

AS_WORDPRESS = (
    *("runuser", "-u", "apache", "--", "env", "PHP_INI_SCAN_DIR=:/opt/pressform/current/php.d"),
    *("php", "-d", "memory_limit=512M"),
)

PICTURES = 4
SIZE = 480
"""Pixels: WordPress makes smaller ones of it, and of nothing more."""


class CannotFill(Exception):
    """WordPress did not take the content; the text is what it said."""


@dataclass(frozen=True)
class Editor:
    """Who saves posts.

    Attributes:
        post: the id of the one that is theirs to save.
    """

    name: str
    password: str
    post: int


def fill(site: Site, *, generate: bool) -> Editor:
    """Gives a site its editor, through WordPress itself.

    Args:
        generate: and posts, pictures, people, comments and a menu, where nothing has come over.

    Raises:
        CannotFill: WordPress refuses.
    """
    server = next(iter(site.servers.values()))
    folder = server.path("/tmp/rehearsal")
    folder.mkdir(exist_ok=True)
    password = secrets.token_hex(16)
    (folder / "password").write_text(password)
    (folder / SCRIPT.name).write_bytes(SCRIPT.read_bytes())
    for number in range(PICTURES):
        (folder / f"rehearsal-{number}.png").write_bytes(png(SIZE, number * 60))
    try:
        command = [*AS_WORDPRESS, "/tmp/rehearsal/content.php", "/tmp/rehearsal", "all" if generate else "editor"]
        ran = server.run(*command, check=False)
    finally:
        server.run("rm", "-rf", "/tmp/rehearsal")
    return Editor("rehearsal", password, _id(ran))


def _id(ran: subprocess.CompletedProcess[str]) -> int:
    last = ran.stdout.strip().rpartition("\n")[2]
    if ran.returncode or not last.isdigit():
        said = (ran.stderr.strip() or ran.stdout.strip() or "nothing").splitlines()[-1]
        raise CannotFill(f"WordPress did not take the rehearsal's content; it said: {said}")
    return int(last)
