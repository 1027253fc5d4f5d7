"""The vocabulary of the environment file: every setting, its default with the reason, and what it may be."""

from .environment import Environment
from .problems import Problem
from .reading import InvalidEnvironment, load, load_all

__all__ = ["Environment", "InvalidEnvironment", "Problem", "load", "load_all"]
