"""AWS's own command line, given many commands in one process: most of what a command takes is Python's start.

Runs in `.tools/applied`. Standard input has the commands, as JSON: lists of words. Standard output gets what came of
each: status, output, errors.
"""

import json
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper

from awscli.clidriver import create_clidriver


def run(words: list[str]) -> dict[str, object]:
    output, errors = TextIOWrapper(BytesIO(), "utf-8"), TextIOWrapper(BytesIO(), "utf-8")
    with redirect_stdout(output), redirect_stderr(errors):
        try:
            status = create_clidriver().main(words)
        except SystemExit as end:
            status = end.code
    texts = []
    for stream in (output, errors):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())
    return {"status": status, "output": texts[0], "errors": texts[1]}


json.dump([run(words) for words in json.load(sys.stdin)], sys.stdout)
