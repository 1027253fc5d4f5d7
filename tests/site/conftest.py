"""What a few of the tests plan."""

from tests.once import planned

__all__ = ["planned"]
