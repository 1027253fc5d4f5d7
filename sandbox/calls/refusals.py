"""What AWS would refuse of all that a sandbox's AWS was asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sandbox.calls import documented, models
from sandbox.calls.recorded import Call, recorded


def refusals(path: Path) -> list[str]:
    """What AWS would refuse of the calls in a file, each once, as a line that names call, parameter and rule."""
    return sorted({line for call in recorded(path) for line in refused(call)})


def refused(call: Call) -> Iterator[str]:
    """What AWS would refuse of one call."""
    yield from models.refused(call)
    yield from documented.refused(call)
