"""Become another program, which the kernel asks to end (SIGTERM) when its parent has gone.

    python -IS leash.py PARENT SERVER PROGRAM [ARGUMENT ...]

PARENT is the parent's process number. The program's own is told on the file descriptor SERVER,
unless that is -1: `server.py` ends when nobody is left who told it.

Linux only. A program of its own, because running Python between fork and exec is not
safe in a process that has threads. See PR_SET_PDEATHSIG in
https://man7.org/linux/man-pages/man2/prctl.2.html
"""

import ctypes
import os
import signal
import sys
from contextlib import suppress

PR_SET_PDEATHSIG = 1

parent, server = map(int, sys.argv[1:3])
if server >= 0:
    with suppress(BrokenPipeError):  # its command says so in the end
        os.write(server, b"%d\n" % os.getpid())
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
if os.getppid() != parent:  # it has gone before it could be watched
    sys.exit(1)
os.execv(sys.argv[3], sys.argv[3:])
