"""What must hold between settings, checked before Terraform or AWS would find out minutes into an apply.

A rule's parameters are named after the parts of the file that it reads. It stops where it reads an invalid setting; the
problems that it found until then are kept.
"""

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from modules.settings.partial import Unusable
from modules.settings.problems import Problem
from modules.settings.rules import (
    backups,
    cache,
    cdn,
    database,
    encryption,
    https,
    load_balancer,
    mail,
    network,
    php,
    redirects,
    regions,
    servers,
    ssh,
    state,
    tags,
    uploads,
    waf,
    wordpress,
)

TOPICS = (
    *(state, regions, servers, network, ssh, load_balancer, https, cdn, database, cache, mail, encryption, backups),
    *(uploads, tags, waf, wordpress, php, redirects),
)

RULES = [
    rule
    for topic in TOPICS
    for name, rule in vars(topic).items()
    if inspect.isfunction(rule) and rule.__module__ == topic.__name__ and not name.startswith("_")
]


def broken_rules(settings: Mapping[str, Any]) -> Iterator[Problem]:
    """Every rule's problems.

    Args:
        settings: the valid parts of one environment, by name.
    """
    for rule in RULES:
        needed = inspect.signature(rule).parameters
        if needed.keys() <= settings.keys():
            try:
                yield from rule(**{name: settings[name] for name in needed})
            except Unusable:
                continue
