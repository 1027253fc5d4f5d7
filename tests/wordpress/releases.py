"""Releases that tests make of the one that a site has: with other settings, with other files."""

import copy
import hashlib
import io
import re
import tarfile
from collections.abc import Mapping

from testbed import Environment


def release(
    environment: Environment, *, files: Mapping[str, str] | None = None, settings: Mapping[str, str] | None = None
) -> Environment:
    """The environment after a change.

    Args:
        files: of the archive, by their names in it: what they hold instead.
        settings: of every group that has them, by name: plain text.
    """
    archive = _with(environment.archive, files or {})
    changes = {"ARCHIVE": hashlib.sha256(archive).hexdigest(), **(settings or {})}
    stack = copy.deepcopy(environment.stack)
    for group in environment.associations:
        lines = stack["locals"][f"{group}_settings"]
        stack["locals"][f"{group}_settings"] = [_changed(line, changes) for line in lines]
    return Environment(stack, archive)


def _changed(line: str, changes: Mapping[str, str]) -> str:
    name = re.match(r"[A-Z_0-9]*", line)[0]
    return f"{name}='{changes[name]}'" if name in changes else line


def _with(archive: bytes, files: Mapping[str, str]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(archive)) as before, tarfile.open(fileobj=made, mode="w") as after:
        left = dict(files)
        for member in before.getmembers():
            content = before.extractfile(member).read()
            if member.name in left:
                content = left.pop(member.name).encode()
                member.size = len(content)
            after.addfile(member, io.BytesIO(content))
        for name, text in left.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            after.addfile(member, io.BytesIO(text.encode()))
    return made.getvalue()
