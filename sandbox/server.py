"""The process that plays AWS: a moto server for one sandbox.

    python -m sandbox.server FOLDER PARENT

It restores what the folder kept, prints one line of JSON (`port`, and what
`memory.restore` tells), serves on loopback, and lives as long as anyone holds its standard
input open. The command that started it does, and so does every Terraform run by that
command: even when the command is killed, Terraform can finish with an AWS to talk to, and
what both did is saved. PARENT is the command's process number; a Terraform tells its own on
standard input, in a line.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import select
import sys
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from moto.backends import SERVICE_NAMES

# moto reads its settings when it is imported.
os.environ |= {
    # Else the managed policies of AWS, such as AmazonSSMManagedInstanceCore, do not exist.
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    # Else the keys of every request are looked for in each of AWS's partitions, and those in
    # turn are filled with all these policies: half a second and 24 MB.
    "MOTO_ACCOUNT_ID": "123456789012",
    # Seconds until a certificate counts as validated; the provider waits longer by itself.
    "MOTO_ACM_VALIDATION_WAIT": "0",
}

# What is imported stays to the end: looking for garbage in it took a third of every start.
gc.disable()

from moto.moto_server.werkzeug_app import (  # noqa: E402
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)

from sandbox import memory  # noqa: E402
from sandbox.additions import (  # noqa: E402, F401
    autoscaling,
    backup,
    cloudfront,
    ec2,
    efs,
    elasticache,
    logs,
    rds,
    s3,
    servicequotas,
    sesv2,
    ssm,
    unimplemented,
)
from sandbox.calls.writing import FILE, written_down  # noqa: E402
from sandbox.rights.enforcement import enforced  # noqa: E402
from sandbox.terraform import end_group  # noqa: E402

REQUEST = 60
"""Seconds that the last request may take to end."""

REMEMBERED = 100
"""Answers: many times the number of requests that are under way at once."""


def main(folder: Path, parent: int) -> None:
    """Serve until standard input ends, then save."""
    faulthandler.enable()  # who waits in vain for our end sends a SIGABRT, and the log has where we stood
    news = memory.restore(folder)
    gc.freeze()
    gc.enable()
    at_work = Lock()
    server = make_server(
        "127.0.0.1",
        port=0,
        app=written_down(one_at_a_time(enforced(DomainDispatcherApplication(service)), at_work), folder / FILE),
        threaded=True,
        request_handler=MotoRequestHandler,
    )
    # It ends with us, also where the command was killed and cannot be told the port.
    serving = Thread(target=server.serve_forever, daemon=True)
    serving.start()
    print(json.dumps({"port": server.server_port} | news), flush=True)
    told = os.dup(sys.stdout.fileno())
    # moto prints now and then, and nobody reads our standard output any more.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    until_unused(sys.stdin.fileno(), parent)
    server.shutdown()
    serving.join()
    # One may be under way whose client was killed, and nothing can be saved while it changes.
    if not at_work.acquire(timeout=REQUEST):
        sys.exit(f"not saved: a request has not ended within {REQUEST} seconds")
    try:
        memory.save(folder)
    except (OSError, memory.NotSaved) as problem:
        with suppress(BrokenPipeError):  # the command was killed
            os.write(told, f"{problem.strerror if isinstance(problem, OSError) else problem}".encode())
        raise


def until_unused(stdin: int, parent: int) -> None:
    """Wait until nobody holds standard input open, or the command and each Terraform have gone.

    A provider whose Terraform was killed holds it open too, and may do so for ever: it is
    killed, with all else that is left of that Terraform's process group.
    """
    users = watch(parent)
    terraforms: list[int] = []
    while True:
        ready, _, _ = select.select([stdin, *users], [], [])
        if stdin in ready:
            told = os.read(stdin, select.PIPE_BUF)
            if not told:
                return
            for number in map(int, told.split()):
                terraforms.append(number)
                users += watch(number)
            continue
        for gone in ready:
            os.close(gone)
            users.remove(gone)
        if not users:
            break
    for group in terraforms:
        end_group(group)


def watch(number: int) -> list[int]:
    """A file descriptor that can be read once this process has ended; none where that is the case, or Linux is not."""
    try:
        return [os.pidfd_open(number)]
    except (AttributeError, OSError):
        return []


def one_at_a_time(app: WSGIApplication, lock: Lock) -> WSGIApplication:
    """The application, answering one request after the other.

    moto does not expect two: one that walks through what another changes ends as a fault in
    the middle, the SDK tries again, and then there are two of something. A thread for each
    connection is needed all the same, since a client may open one and say nothing.

    A busy machine loses an answer now and then. The SDK asks again, under the same number, and
    is given the same answer: what it asked for is done, and doing it again would be refused.
    https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    """
    answers: OrderedDict[str, Response] = OrderedDict()

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        number = environ.get("HTTP_AMZ_SDK_INVOCATION_ID")
        with lock:
            if number is None:
                return app(environ, start_response)
            given = answers.get(number)
            if given is None:
                given = Response.from_app(app, environ, buffered=True)
                if given.status_code < HTTPStatus.BAD_REQUEST:
                    answers[number] = given
                if len(answers) > REMEMBERED:
                    answers.popitem(last=False)
        return given(environ, start_response)

    return answer


def service(name: SERVICE_NAMES) -> Flask:
    """The application for one of AWS's services."""
    app = create_backend_app(name)
    unimplemented.answer_for_unknown_addresses(app, name)
    return app


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
