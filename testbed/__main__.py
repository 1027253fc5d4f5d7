"""`python -m testbed ENV`: an environment's site on this machine, for a person and a browser, perhaps with the
content of another one."""

import argparse
import contextlib
import re
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from modules.operations import moving
from modules.operations.__main__ import add_import_options, wanted_of
from modules.operations.server import Refused
from modules.synthesis.output_folder import STACK_FILE
from testbed import Environment, Site
from testbed.environment import CannotBuild
from testbed.needs import what_the_bed_lacks
from testbed.server import BedServer


def main(arguments: Sequence[str]) -> int:
    asked = _parser().parse_args(arguments)
    name, wanted = asked.env, wanted_of(asked)
    if lacks := what_the_bed_lacks():
        print(lacks, file=sys.stderr)
        return 2
    stack = Path("cdktf.out/stacks", name, STACK_FILE)
    try:
        environment = Environment.read(stack.parent)
    except FileNotFoundError:
        print(f"There is no {stack}: `make synth` makes one of every file in environments/.", file=sys.stderr)
        return 2
    except CannotBuild as error:
        print(error, file=sys.stderr)
        return 2
    if wanted.dump or wanted.uploads:
        try:
            moving.check(wanted)
        except Refused as error:
            print(error, file=sys.stderr)
            return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    scheme = environment.url.partition(":")[0]
    door = _listen()
    url = f"{scheme}://localhost:{door.getsockname()[1]}"

    def change(settings: str) -> str:
        """The address is this machine's, and no mail leaves it."""
        own = {"SITE_URL": url, "MAIL_BY": "trap", "MAIL_FROM": "wordpress@example.com"}
        for name, value in own.items():
            settings = re.sub(rf"^{name}=.*$", f"{name}='{value}'", settings, count=1, flags=re.MULTILINE)
        return settings

    print(f"Booting the servers of {name}. It takes half a minute.", flush=True)
    with contextlib.suppress(KeyboardInterrupt), Site(environment, change) as site:
        site.put_secret("admin", {**site.secret("admin"), "password": "password"})
        site.open()
        if wanted.dump or wanted.uploads:
            print("Bringing the content over.", flush=True)
            if status := moving.bring_in(BedServer.of(site), wanted, partial(print, flush=True)):
                return status
        BedServer.make_known(site, name)
        port = 443 if scheme == "https" else 80
        threading.Thread(target=_let_in, args=(door, site, port), daemon=True).start()
        admin = site.secret("admin")
        who = "as on the old site" if wanted.dump else f"{admin['username']}, {admin['password']}"
        print(f"\n  {url}/\n  {url}/wp-admin/ ({who})")
        print(f"  {url}/wp-admin/tools.php?page=pressform-mail (the mail that it writes)\n")
        print(f"It runs on {', '.join(site.every_server)}. Ctrl-C stops it and leaves nothing behind.", flush=True)
        threading.Event().wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m testbed")
    parser.add_argument("env")
    add_import_options(parser)
    return parser


def _listen() -> socket.socket:
    """Port 8080 of this machine alone, or another where that is taken."""
    with contextlib.suppress(OSError):
        return socket.create_server(("127.0.0.1", 8080))
    return socket.create_server(("127.0.0.1", 0))


def _let_in(door: socket.socket, site: Site, port: int) -> None:
    entrance = site.entrance.host.address
    while True:
        visitor, _ = door.accept()
        balancer = site.client.connect(entrance, port)
        for connection in (visitor, balancer):
            connection.settimeout(None)
        for source, target in ((visitor, balancer), (balancer, visitor)):
            threading.Thread(target=_pass_on, args=(source, target), daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        shutil.copyfileobj(source.makefile("rb", 0), target.makefile("wb", 0))
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
