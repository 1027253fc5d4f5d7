from tests.once import planned

__all__ = ["planned"]
