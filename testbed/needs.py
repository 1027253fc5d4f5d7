"""What the test bed needs beside Python."""

import os
import shutil
from pathlib import Path

PACKAGES = Path(__file__).with_name("packages.txt").read_text().split()
"""The test bed's, by Debian's names."""

PROGRAMS = (
    *("aws", "curl", "haproxy", "ip", "jq", "mariadbd", "nft", "nginx", "openssl", "php", "postfix"),
    *("redis-server", "strace"),
)
"""One of each of those packages that has a program."""


def what_the_bed_lacks() -> str | None:
    """One line for a person, or None where the test bed can run."""
    if os.geteuid() != 0:
        return "The test bed makes namespaces, which takes root: run it with sudo."
    path = f"{os.environ['PATH']}{os.pathsep}/usr/sbin"
    if missing := [program for program in PROGRAMS if not shutil.which(program, path=path)]:
        return f"The test bed needs {', '.join(missing)}: apt-get install {' '.join(PACKAGES)}"
    return None
