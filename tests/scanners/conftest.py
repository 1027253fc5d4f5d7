"""The scanners read the plans that other tests make too."""

from tests.once import planned

__all__ = ["planned"]
