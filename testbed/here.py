"""`python -m testbed.here COMMAND ENV ...`: what modules.operations does, on the servers that `make site` runs here."""

import sys
from collections.abc import Sequence

from modules.operations.__main__ import parser, run
from modules.operations.server import Refused
from testbed.server import BedServer


def main(arguments: Sequence[str]) -> int:
    try:
        return run(parser().parse_args(arguments), BedServer.running)
    except (Refused, OSError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
