"""`python -m modules.operations COMMAND ENV ...`: on a site's servers, with the AWS credentials of whoever asks."""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from modules.operations import moving, shell
from modules.operations.server import Refused, Server
from modules.settings import InvalidEnvironment, load


def main(arguments: Sequence[str]) -> int:
    """Does it.

    Returns:
        The exit status: the command's own, or 2 where a person has something to mend.
    """
    import boto3
    from boto3.exceptions import Boto3Error  # type: ignore[import-untyped]  # the stubs lack it
    from botocore.exceptions import BotoCoreError, ClientError

    def site(name: str) -> shell.Site:
        file = Path("environments", f"{name}.toml")
        if not file.exists():
            raise Refused(f"There is no environment {name}: {file} does not exist.")
        settings = load(file)
        return shell.Site(name, settings, lambda service: boto3.client(service, region_name=settings.region))

    try:
        asked = parser().parse_args(arguments)
        match asked.command:
            case "shell":
                return shell.open_shell(site(asked.env))
            case "logs":
                return shell.show_logs(site(asked.env), asked.since)
            case "tunnel":
                return shell.open_tunnel(site(asked.env), asked.port)
            case _:
                return run(asked, lambda name: site(name).server())
    except (InvalidEnvironment, Refused, Boto3Error, BotoCoreError, ClientError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped here. What a server does goes on there; run the same command again.", file=sys.stderr)
        return 130


def run(asked: argparse.Namespace, server: Callable[[str], Server]) -> int:
    """Does what servers anywhere can.

    Args:
        asked: what `parser` has understood.
        server: of an environment.

    Returns:
        The exit status.

    Raises:
        Refused: a person has something to mend.
    """
    match asked.command:
        case "import":
            if asked.forget + asked.back + bool(asked.dump or asked.uploads) > 1:
                raise Refused("FORGET=1, BACK=1 and bringing a site in are three commands: one at a time.")
            if asked.forget or asked.back:
                return (moving.forget if asked.forget else moving.go_back)(server(asked.env), _say)
            wanted = wanted_of(asked)
            moving.check(wanted)
            return moving.bring_in(server(asked.env), wanted, _say)
        case "export":
            dump = asked.dump or Path(f"{asked.env}-{date.today():%Y-%m-%d}.sql.gz")
            moving.take_out(server(asked.env), dump, asked.uploads, _say)
            return 0
        case "copy":
            if asked.source == asked.target:
                raise Refused(f"FROM and TO are both {asked.source}: name two environments.")
            return moving.copy(server(asked.source), server(asked.target), _say, skip_missing=asked.skip_missing)
        case "wp":
            return shell.wp(server(asked.env), asked.arguments, _say)
        case _:
            raise Refused(f"{asked.command} is for a site on AWS: leave HERE=1 away.")


def wanted_of(asked: argparse.Namespace) -> moving.Import:
    """What `add_import_options` have been given."""
    return moving.Import(asked.dump, asked.uploads, tuple(asked.addresses.split()), asked.prefix, asked.skip_missing)


def add_import_options(parser: argparse.ArgumentParser) -> None:
    """DUMP=, UPLOADS=, FROM=, PREFIX= and SKIP_MISSING= of the commands that bring a site in."""
    parser.add_argument("--dump", type=Path)
    parser.add_argument("--uploads", type=Path)
    parser.add_argument("--from", dest="addresses", default="")
    parser.add_argument("--prefix")
    parser.add_argument("--skip-missing", action="store_true")


def parser() -> argparse.ArgumentParser:
    """Understands what the Makefile asks."""
    asked = argparse.ArgumentParser(prog="python -m modules.operations")
    commands = asked.add_subparsers(dest="command", required=True)

    def command(name: str) -> Any:
        added = commands.add_parser(name)
        added.add_argument("env")
        return added

    bring = command("import")
    add_import_options(bring)
    bring.add_argument("--forget", action="store_true")
    bring.add_argument("--back", action="store_true")
    take = command("export")
    take.add_argument("--dump", type=Path)
    take.add_argument("--uploads", type=Path)
    copy = commands.add_parser("copy")
    copy.add_argument("source")
    copy.add_argument("target")
    copy.add_argument("--skip-missing", action="store_true")
    command("wp").add_argument("arguments")
    command("shell")
    command("logs").add_argument("--since", default="1h")
    command("tunnel").add_argument("--port", type=int, default=3306)
    return asked


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
