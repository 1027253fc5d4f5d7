"""Policies, evaluated as IAM does within one account.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import cache
from typing import Any

from sandbox.rights.asked import Asked

Policy = Mapping[str, Any]


class Answer(Enum):
    """What policies say of what is asked; a denial counts more than any allowance."""

    ALLOWED = "allowed"
    DENIED = "denied"
    SILENT = "silent"


def identity_answer(policies: Iterable[Policy], asked: Asked) -> Answer:
    """What the policies of a user or a role say."""
    return _strongest(it for policy in policies for it in _answers(policy, asked))


def resource_answer(policy: Policy, asked: Asked, principals: set[str]) -> Answer:
    """What the policy of a bucket, a secret or a key says.

    Args:
        principals: all by which who asks may be meant, such as the ARN of a role.
    """
    meant = [it for it in _statements(policy) if _means(it.get("Principal", {}), principals)]
    return _strongest(_answers({"Statement": meant}, asked))


def _strongest(answers: Iterable[Answer]) -> Answer:
    found = set(answers)
    return Answer.DENIED if Answer.DENIED in found else Answer.ALLOWED if found else Answer.SILENT


def _answers(policy: Policy, asked: Asked) -> Iterable[Answer]:
    for statement in _statements(policy):
        if _covers(statement, asked) and _holds(statement.get("Condition", {}), asked.context):
            yield Answer.ALLOWED if statement["Effect"] == "Allow" else Answer.DENIED


def _statements(policy: Policy) -> list[dict[str, Any]]:
    return _listed(policy["Statement"])


def _covers(statement: Mapping[str, Any], asked: Asked) -> bool:
    action = _matches_any(statement.get("Action", statement.get("NotAction")), asked.action.lower(), str.lower)
    resource = _matches_any(statement.get("Resource", statement.get("NotResource")), asked.resource)
    return action != ("NotAction" in statement) and resource != ("NotResource" in statement)


def _means(principal: Any, principals: set[str]) -> bool:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html"""
    named = ["*"] if principal == "*" else _listed(principal.get("AWS", []))
    return "*" in named or not principals.isdisjoint(named)


def _holds(condition: Mapping[str, Mapping[str, Any]], context: Mapping[str, str]) -> bool:
    given = {key.lower(): value for key, value in context.items()}
    return all(
        _compare(operator, _listed(wanted), given.get(key.lower()))
        for operator, keys in condition.items()
        for key, wanted in keys.items()
    )


def _compare(operator: str, wanted: list[Any], given: str | None) -> bool:
    """One operator on one key that has one value, or none.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html

    Raises:
        NotImplementedError: it is not one of those that this project's policies use.
    """
    name = operator.removeprefix("ForAnyValue:")
    if name == "Null":
        return (given is None) == (str(wanted[0]).lower() == "true")
    optional = name.endswith("IfExists")
    compare = OPERATORS.get(name.removesuffix("IfExists"))
    if compare is None:
        raise NotImplementedError(f"the condition operator {operator}")
    negative = "Not" in name
    if given is None:
        return optional or negative
    return any(compare(given, str(value)) for value in wanted) != negative


def _like(given: str, pattern: str) -> bool:
    return _expression(pattern).fullmatch(given) is not None


OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "ArnEquals": _like,
    "ArnLike": _like,
    "Bool": lambda given, wanted: given.lower() == wanted.lower(),
    "StringEquals": str.__eq__,
    "StringLike": _like,
    "StringNotEquals": str.__eq__,
    "StringNotLike": _like,
}
"""A negative one is its opposite, turned round in the end: none of the values may match."""


def _matches_any(patterns: Any, value: str, form: Callable[[str], str] = str) -> bool:
    return any(_like(value, form(pattern)) for pattern in _listed(patterns))


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    words = (".*" if it == "*" else "." if it == "?" else re.escape(it) for it in pattern)
    return re.compile("".join(words), re.DOTALL)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
