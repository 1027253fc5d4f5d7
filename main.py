"""CDKTF's entry point: one Terraform stack per file in environments/."""

import argparse
import os
import sys
from pathlib import Path

from modules.synthesis.command import synthesize


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="The JSON goes into cdktf.out, or where CDKTF_OUTDIR says.", allow_abbrev=False
    )
    parser.add_argument(
        "--only",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME",
        help="environments to render, or patterns in quotes: 'customer-*'",
    )
    parser.add_argument(
        "--jobs", type=number, metavar="N", help="processes that render at a time; by default, one for each core"
    )
    parser.add_argument("--all", action="store_true", help="render also what is up to date")
    return parser.parse_args()


def number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"found {text!r}, allowed is a whole number from 1")
    return int(text)


if __name__ == "__main__":
    asked = arguments()
    output = Path(os.environ.get("CDKTF_OUTDIR", "cdktf.out"))
    sys.exit(synthesize(Path("environments"), output, asked.only, asked.jobs, anew=asked.all))
