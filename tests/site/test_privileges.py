"""Least privilege: what every role and policy of every site may do."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.site.sites import SHIPPED, Site, shipped

THIS_KEY = (
    'In the policy of a key, "*" is this key: https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html'
)


def statements(site: Site) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of every policy, with the address that it belongs to."""
    for kind, named in site.content["resource"].items():
        for name, resource in named.items():
            address = f"{kind}.{name}"
            for argument in sorted({"policy", "assume_role_policy", "policy_document"} & resource.keys()):
                for statement in site.statements(address, argument):
                    yield address, statement


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@pytest.mark.parametrize("environment", SHIPPED)
def test_every_site_has_policies_to_look_at(environment: str):
    assert len(list(statements(shipped()[environment]))) >= 3


@pytest.mark.parametrize("environment", SHIPPED)
def test_nothing_is_allowed_on_every_resource(environment: str):
    for address, statement in statements(shipped()[environment]):
        everything = "*" in listed(statement.get("Resource", []))
        assert not everything or address.startswith("aws_kms_key."), f"{address}: only a key may say so. {THIS_KEY}"


@pytest.mark.parametrize("environment", SHIPPED)
def test_nobody_may_do_everything(environment: str):
    for address, statement in statements(shipped()[environment]):
        whole = [action for action in listed(statement["Action"]) if action.partition(":")[2] in ("", "*")]
        refuses = statement.get("Effect") == "Deny"
        assert not whole or refuses or statement.get("Sid") == "AccountAdministers", f"{address}: {whole}"


@pytest.mark.parametrize("environment", SHIPPED)
def test_whoever_is_admitted_is_named_or_bound_by_a_condition(environment: str):
    for address, statement in statements(shipped()[environment]):
        principals = statement.get("Principal", {})
        anyone = "*" in (
            principals if isinstance(principals, str) else [p for v in principals.values() for p in listed(v)]
        )
        assert not anyone or statement["Effect"] == "Deny" or statement["Condition"], address
