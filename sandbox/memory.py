"""What a sandbox remembers from one command to the next: everything that moto holds.

The file is one line of JSON that says what it belongs to, then a pickle: Terraform's states as
they were then, and moto's backends.
A pickle is as trusted as the code beside it: the folder is ours, and nobody else writes there.
"""

from __future__ import annotations

import hashlib
import io
import json
import marshal
import os
import pickle
import platform
import sys
import threading
from pathlib import Path
from types import CellType, FunctionType
from typing import Any

import moto
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from moto.backends import get_backend
from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.ssm.models import ParameterDict

FILE = "aws.saved"
FORM = "2"
STATE = "Terraform's state"

LOCK = "*/.terraform.tfstate.lock.info"
"""There while Terraform is at work. The lock itself ends with it, so one that is left blocks nobody."""

UNWRITTEN = "*/errored.tfstate"
"""Where Terraform puts a state that it could not write in its place."""

LOCKS = type(threading.Lock()), type(threading.RLock())


class NotSaved(Exception):
    """AWS and a state of Terraform's do not go together, and what was saved before stays."""


def save(folder: Path) -> None:
    """Keep moto's backends, and the Terraform states that they belong to.

    Args:
        folder: the sandbox's.

    Raises:
        NotSaved: Terraform did not come to write all that it did.
        OSError: the file cannot be written.
    """
    for lock in folder.glob(LOCK):
        raise NotSaved(f"Terraform was killed in {lock.parent}")
    for unwritten in folder.glob(UNWRITTEN):
        raise NotSaved(f"Terraform could not write its state in {unwritten.parent}")
    states = {str(state.relative_to(folder)): state.read_bytes() for state in state_files(folder)}
    pickled = io.BytesIO()
    MotoPickler(pickled, protocol=pickle.HIGHEST_PROTOCOL).dump(
        [
            states,
            *(
                (account_backends, region, backend)
                for backends in vars(BackendDict)["_instances"]
                for account_backends in backends.values()
                for region, backend in account_backends.items()
            ),
        ]
    )
    half_done = folder / f"{FILE}.new"
    try:
        with half_done.open("wb") as file:
            file.write(json.dumps(belongs_to(folder, pickled.getbuffer())).encode() + b"\n")
            file.write(pickled.getbuffer())
        os.replace(half_done, folder / FILE)
    except OSError:
        half_done.unlink(missing_ok=True)
        raise


def restore(folder: Path) -> dict[str, str | None]:
    """Give moto back what was kept, or start empty.

    What AWS held and what Terraform's states say of it go together, or every command would
    fail in its own way. So where the states are not those of the saved AWS, because something
    was killed, both go back to where they were saved; without a saved AWS, both start empty.

    Args:
        folder: the sandbox's.

    Returns:
        Why the sandbox is empty (`forgotten`) or as it was before the last command (`went_back`), if there was
        something to be restored.
    """
    for left in [*folder.glob(LOCK), *folder.glob(UNWRITTEN)]:
        left.unlink()
    states = state_files(folder)
    news: dict[str, str | None] = {"forgotten": None, "went_back": None}
    try:
        line, pickled = (folder / FILE).read_bytes().split(b"\n", 1)
        saved, is_now = json.loads(line), belongs_to(folder, pickled)
        differences = [
            f"{what} was {saved.get(what, 'unknown'):.12} and is {is_now[what]:.12}"
            for what in is_now
            if saved.get(what) != is_now[what]
        ]
        if saved | {STATE: is_now[STATE]} != is_now:
            raise ValueError(differences[0])
        saved_states, *kept = MotoUnpickler(io.BytesIO(pickled)).load()
    except FileNotFoundError:
        saved_states, kept = {}, []
        if states:
            news["forgotten"] = "it was not saved"
    except Exception as fault:  # a damaged file can raise anything
        saved_states, kept = {}, []
        news["forgotten"] = str(fault)
    else:
        if differences:
            news["went_back"] = differences[0]
    for account_backends, region, backend in kept:
        dict.__setitem__(account_backends, region, backend)
    if any(news.values()):
        for state in states:
            state.unlink()
        for place, content in saved_states.items():
            (folder / place).parent.mkdir(exist_ok=True)
            (folder / place).write_bytes(content)
    return news


def belongs_to(folder: Path, pickled: bytes | memoryview) -> dict[str, str]:
    """All that must be the same when the file is read again."""
    states = hashlib.sha256()
    for state in state_files(folder):
        states.update(state.read_bytes())
    return {
        "its form": FORM,
        "moto": moto.__version__,
        "Python": platform.python_version(),
        "its content": hashlib.sha256(pickled).hexdigest(),
        STATE: states.hexdigest(),
    }


def state_files(folder: Path) -> list[Path]:
    """The states of the sandbox's root modules, and their backups."""
    return sorted(folder.glob("*/terraform.tfstate*"))


class MotoPickler(pickle.Pickler):
    """Pickles moto's backends and the few things in them that the standard pickle refuses."""

    def persistent_id(self, item: Any) -> tuple[str, str | None] | None:
        """A registry's name, since moto's registries of backends exist on both sides; None for all that is pickled."""
        match item:
            case BackendDict():
                return module_of(item), None
            case AccountSpecificBackend():
                return module_of(item), item.account_id
        return None

    def reducer_override(self, item: Any) -> Any:
        """How to make an item again: a function, and what to call it with."""
        if isinstance(item, FunctionType) and "<locals>" in item.__qualname__:
            closure = tuple(cell.cell_contents for cell in item.__closure__ or ())
            return local_function, (marshal.dumps(item.__code__), item.__module__, closure)
        if isinstance(item, ParameterDict):
            names = item.account_id, item.region_name
            return ParameterDict, names, vars(item), None, iter(dict.items(item))
        if hasattr(item, "private_bytes"):
            der = item.private_bytes(
                serialization.Encoding.DER,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            return private_key, (der,)
        if isinstance(item, LOCKS):
            return type(item), ()
        if isinstance(item, x509.Certificate):
            return certificate, (item.public_bytes(serialization.Encoding.DER),)
        return NotImplemented


class MotoUnpickler(pickle.Unpickler):
    """The other direction."""

    def persistent_load(self, name: tuple[str, str | None]) -> Any:
        """The registry that `MotoPickler.persistent_id` named."""
        service: Any  # moto lists its services as literals
        service, account = name
        backends = get_backend(service)
        return backends if account is None else backends[account]


def module_of(registry: BackendDict[Any] | AccountSpecificBackend[Any]) -> str:
    """The name that moto finds a registry by: that of its package, not always of its service."""
    return registry.backend.__module__.split(".")[1]


def private_key(der: bytes) -> Any:
    """A private key, such as one of KMS."""
    return serialization.load_der_private_key(der, password=None)


def certificate(der: bytes) -> x509.Certificate:
    """A certificate, such as one of ACM."""
    return x509.load_der_x509_certificate(der)


def local_function(code: bytes, module: str, closure: tuple[Any, ...]) -> FunctionType:
    """A function that was defined inside another, such as a default factory of moto's."""
    return FunctionType(marshal.loads(code), vars(sys.modules[module]), closure=tuple(map(CellType, closure)))
