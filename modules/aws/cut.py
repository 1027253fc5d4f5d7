"""Cutting the bindings' jsii assembly down to some of its submodules.

An assembly is an npm package in a tarball: `.jsii`, which describes every type (130 MB), and JavaScript under `lib/`,
a folder for each submodule and an `index.js` that requires them all.
"""

import gzip
import io
import json
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def cut(assembly: Path, submodules: Iterable[str]) -> bytes:
    """A tarball like `assembly`, with the `submodules` (as Python spells them) alone.

    The same input gives the same bytes.

    Raises:
        ValueError: the assembly has no such submodule.
    """
    wanted = {_plain(submodule): submodule for submodule in submodules}
    folders: dict[str, str] = {}
    files: dict[str, bytes] = {}
    with tarfile.open(assembly) as tarball:
        for member in tarball:
            match member.name.split("/"):
                case ["package", "package.json"]:
                    files[member.name] = _content(tarball, member)
                case ["package", ".jsii"]:
                    description = _described(_content(tarball, member), wanted)
                    files[member.name] = json.dumps(description).encode()
                case ["package", "lib", folder, *_, file] if _plain(folder) in wanted and file.endswith(".js"):
                    folders[_plain(folder)] = folder
                    # The source map, seven tenths of the file, is read by nobody here.
                    code = _content(tarball, member)
                    files[member.name] = code.partition(b"//# sourceMappingURL=")[0]
    if missing := [name for plain, name in wanted.items() if plain not in folders]:
        raise ValueError(f"{assembly.name} has no submodule {', '.join(missing)}")
    files["package/lib/index.js"] = _index(
        {
            namespace: folders[_plain(namespace)]
            for namespace in (name.rpartition(".")[2] for name in description["submodules"])
        }
    )
    return _packed(files)


def _content(tarball: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tarball.extractfile(member)
    assert file, f"{member.name} is a regular file"
    return file.read()


def _described(text: bytes, wanted: Iterable[str]) -> dict[str, Any]:
    """The contents of `.jsii` without other submodules and without documentation."""

    def prune(node: dict[str, Any]) -> dict[str, Any] | None:
        if "namespace" in node and _plain(node["namespace"]) not in wanted:
            return None
        for key in ("docs", "locationInModule", "readme", "symbolId"):
            node.pop(key, None)
        return node

    # Pruned while it is read: whole, it would take 600 MB of memory.
    description = json.loads(text, object_hook=prune)
    description["types"] = {name: type_ for name, type_ in description["types"].items() if type_}
    description["submodules"] = {
        name: submodule
        for name, submodule in description["submodules"].items()
        if _plain(name.rpartition(".")[2]) in wanted
    }
    return description


def _index(folders: dict[str, str]) -> bytes:
    """An `index.js` that loads a submodule when the first of its classes is used."""
    return "".join(
        f'Object.defineProperty(exports, "{namespace}", {{ get: () => require("./{folder}") }});\n'
        for namespace, folder in folders.items()
    ).encode()


def _packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as tarball,
    ):
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tarball.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def _plain(name: str) -> str:
    """One spelling for lb_listener (Python), lbListener (jsii) and lb-listener (its folder)."""
    return name.replace("_", "").replace("-", "").lower()
