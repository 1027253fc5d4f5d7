"""Loading the bindings with a slim assembly, which is kept in the user's cache.

The bindings are a Python package around a jsii assembly for Node. On a plain import, Python runs all 2,212 submodules
of the package, and Node reads the descriptions of all their types. Both are spared it: Python gets the package
without its `__init__.py`, which does nothing but import every submodule, and Node gets the assembly cut to the
submodules in use. What is left behaves the same.

Cutting takes seconds, so the result is kept in $XDG_CACHE_HOME/pressform, by default ~/.cache/pressform: about 200 kB
for each combination of bindings and list. Deleting it is safe.
"""

import gc
import hashlib
import importlib
import os
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from importlib.util import find_spec, module_from_spec
from pathlib import Path

from modules.folder_lock import folder_lock

# What the bindings are called in Python and in jsii. Those for cdktn, the continuation of cdktf, have other names.
PACKAGE = "cdktf_cdktf_provider_aws"
ASSEMBLY = "@cdktf/provider-aws"


def load(submodules: Iterable[str]) -> None:
    """Make the `submodules` of the bindings importable.

    Where this process has imported the bindings already, they all are. Where the cache cannot be used, they all are
    imported, and standard error says why that takes so long.

    Raises:
        ValueError: the bindings have no such submodule.
    """
    if PACKAGE in sys.modules:
        return
    (original,) = (package_folder() / "_jsii").glob("*@*.jsii.tgz")
    try:
        slim = _cached(original, sorted(submodules))
    except (OSError, RuntimeError) as problem:  # RuntimeError: this user has no home folder
        print(f"pressform: loading all AWS bindings, slowly: no cache: {problem}", file=sys.stderr)
        importlib.import_module(PACKAGE)
        return

    import jsii

    for name in (PACKAGE, f"{PACKAGE}._jsii"):
        sys.modules[name] = module_from_spec(find_spec(name))
    version = original.name.partition("@")[2].removesuffix(".jsii.tgz")
    jsii.JSIIAssembly.load(ASSEMBLY, version, PACKAGE, str(slim))
    # The classes loaded by now stay to the end; looking for garbage among them while more were added took a thirtieth
    # of every run.
    gc.freeze()


def package_folder() -> Path:
    """The folder of the bindings' package, which is not imported for it."""
    return Path(find_spec(PACKAGE).origin).parent


def _cached(original: Path, submodules: list[str], *, alone: bool = False) -> Path:
    """The slim copy of `original`, made now unless a sound one is in the cache.

    A copy's name is made of what it was made from and of its own checksum.

    Args:
        alone: whether nobody else makes one now.

    Raises:
        OSError: the cache can neither serve it nor take it.
        RuntimeError: nothing says where the cache is.
    """
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pressform"
    how = Path(__file__).with_name("cut.py").read_text(encoding="utf-8")
    made_from = _checksum(repr((original.stat().st_size, submodules, how)).encode())
    name = f"{original.name.removesuffix('.jsii.tgz')}-{made_from}"
    for copy in folder.glob(f"{name}-*.jsii.tgz"):
        with suppress(OSError):  # one that cannot be read is no better than a damaged one
            if copy.name == f"{name}-{_checksum(copy.read_bytes())}.jsii.tgz":
                return copy

    folder.mkdir(parents=True, exist_ok=True)
    if not alone:
        # Of processes that start together, one cuts, with 400 MB of memory, and the others wait for what it made.
        with folder_lock(folder):
            return _cached(original, submodules, alone=True)

    from modules.aws.cut import cut

    content = cut(original, submodules)
    copy = folder / f"{name}-{_checksum(content)}.jsii.tgz"
    # A file moved into place is there whole or not at all, whoever else makes or reads it.
    with tempfile.TemporaryDirectory(dir=folder) as workshop:
        Path(workshop, copy.name).write_bytes(content)
        os.replace(Path(workshop, copy.name), copy)
    return copy


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
