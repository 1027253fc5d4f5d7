"""Fetches all of it, wanted or not: the tests try it beside what is on PATH.

python -m modules.synthesis.toolchain
"""

import sys

from modules.synthesis.toolchain import NODE, TERRAFORM, CannotFetch, fetch


def main() -> None:
    """
    Raises:
        SystemExit: it cannot be fetched.
    """
    for toolchain in (NODE, TERRAFORM):
        try:
            fetch(toolchain, "The tests run the newest beside the oldest")
        except CannotFetch as reason:
            sys.exit(f"{toolchain.title} cannot be fetched: {reason}")


if __name__ == "__main__":
    main()
