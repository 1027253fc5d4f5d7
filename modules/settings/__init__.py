"""The vocabulary of the environment file: every setting, its default with the reason, and what it may be."""

from modules.settings.environment import Environment
from modules.settings.problems import Problem
from modules.settings.reading import InvalidEnvironment, load, load_all

__all__ = ["Environment", "InvalidEnvironment", "Problem", "load", "load_all"]
