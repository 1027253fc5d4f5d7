"""Reads environment files, and says everything that is wrong with them at once."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from modules.settings.environment import Environment
from modules.settings.partial import usable
from modules.settings.problems import Problem, count, shown
from modules.settings.refusals import refusals
from modules.settings.rules import broken_rules

LONGEST_NAME = 20
"""Characters of an environment's name. AWS's names are made from it, and the shortest that must hold it and more is a
load balancer's, 32.
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html"""


class InvalidEnvironment(Exception):
    """One environment file that cannot be used.

    Attributes:
        path: the file, or the folder where there is none.
        problems: everything that is wrong with it.
    """

    def __init__(self, path: Path, problems: list[Problem]) -> None:
        self.path, self.problems = path, problems
        place = str(path) if str(path).isprintable() else shown(str(path))
        super().__init__("\n".join([f"{place}: {count(len(problems), 'problem')}", *map(str, problems)]))


def load(path: Path) -> Environment:
    """Reads one environment file.

    Raises:
        InvalidEnvironment: with every problem of the file.
    """

    def unreadable(found: str, allowed: str) -> InvalidEnvironment:
        return InvalidEnvironment(path, [*problems, Problem("", found, allowed)])

    problems = list(_name_problems(path.stem))
    try:
        # A byte order mark, which some editors write first, is no part of the text.
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise unreadable(f"unreadable: {error.strerror}", "a file that you may read") from None
    except UnicodeDecodeError:
        raise unreadable("bytes that are not text", "TOML, in UTF-8") from None
    except (ValueError, RecursionError) as error:
        toml = "TOML, see https://toml.io: each key and each table once, text in quotes"
        raise unreadable(f"no TOML: {error}", toml) from None
    if not content:
        raise unreadable("no setting at all", "the settings of a site; environments/handson.toml is an example")
    try:
        environment = Environment.model_validate(content)
        settings = dict(environment)
    except ValidationError as error:
        problems += refusals(Environment, error.errors())
        settings = usable(Environment, content)
    problems += broken_rules(settings)
    if problems:
        raise InvalidEnvironment(path, problems)
    return environment


def load_all(folder: Path) -> dict[str, Environment]:
    """Reads every environment of a folder, by name.

    Raises:
        ExceptionGroup: of InvalidEnvironment, one for each file that cannot be used.
    """
    environments, refused = {}, []
    # Hidden files are an editor's, not a person's.
    for path in sorted(path for path in folder.glob("*.toml") if not path.name.startswith(".")):
        try:
            environments[path.stem] = load(path)
        except InvalidEnvironment as error:
            refused.append(error)
    if not environments and not refused:
        refused.append(InvalidEnvironment(folder, [_nothing_to_read(folder)]))
    if refused:
        raise ExceptionGroup("environments", refused)
    return environments


def _nothing_to_read(folder: Path) -> Problem:
    if not folder.is_dir():
        return Problem(
            "the folder", "no such folder", "the folder with the environment files, beside main.py: run it there"
        )
    wanted = "one NAME.toml for each site; `git checkout -- environments` brings the examples back"
    return Problem("the folder", "no environment file", wanted)


def _name_problems(name: str) -> Iterator[Problem]:
    """AWS refuses two hyphens in a row in a database's name, and keeps `sg-` and `internal-` for itself."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name) or len(name) > LONGEST_NAME:
        yield Problem(
            "",
            f"the name {shown(name)}",
            f"1 to {LONGEST_NAME} lower-case letters, digits and single hyphens, the first a letter, the last no "
            "hyphen: AWS's names are made from it",
        )
    elif name.startswith("sg-") or "internal" in (name.partition("-")[0], name.rpartition("-")[2]):
        yield Problem(
            "",
            f"the name {shown(name)}",
            'a name that does not start with "sg-", and neither starts nor ends with "internal": AWS refuses the first '
            "for security groups, and the second tells internal load balancers from others",
        )
