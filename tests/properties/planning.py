"""Plans of rendered sites without Terraform, in the form of `terraform show -json`.

A site of ours refers to ids and to hardly anything else, so a plan of it can be written down: known attributes as they
are, and a reference wherever one stands.
"""

import re
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

Document = dict[str, Any]

VPC_CIDR, KEEPERS_GROUP = "10.0.0.0/16", "sg-0123456789abcdef0"
"""What Terraform reads of a network and of a database that somebody else keeps."""

READ = {
    "aws_vpc": {"cidr_block": VPC_CIDR},
    "aws_db_instance": {"vpc_security_groups": [KEEPERS_GROUP], "multi_az": True},
}

VPC_IPV6 = ip_network("2001:db8::/56")
OF_IPV6 = re.compile(r"\.ipv6_cidr_block, 8, (\d+)\)")
"""The number of a subnet's part of those addresses."""

REFERENCE = re.compile(r"\b((?:data\.)?aws_\w+\.\w+)\.\w+")


def new_site(site: Document) -> Document:
    """The plan of a site that does not exist: no id is known, and the configuration says what refers to what."""
    changes = []
    for address, kind, values in _blocks(site, "resource"):
        after, unknown = _apart(values)
        change = {"actions": ["create"], "before": None, "after": after, "after_unknown": {**unknown, "id": True}}
        changes.append({"address": address, "mode": "managed", "type": kind, "change": change})
    return _plan(changes, site, [site])


def changed_site(was: Document, becomes: Document) -> Document:
    """The plan that makes one site into another, where every id is known: it is the resource's address."""
    sites = [
        {address: (kind, values) for address, kind, values in _blocks(site, "resource")} for site in (was, becomes)
    ]
    changes = []
    for address in {**sites[0], **sites[1]}:
        before, after = (_known(address, its[address][1]) if address in its else None for its in sites)
        actions = ["no-op"] if before == after else ["update"]
        actions = ["create"] if before is None else ["delete"] if after is None else actions
        kind = (sites[1].get(address) or sites[0][address])[0]
        change = {"actions": actions, "before": before, "after": after}
        changes.append({"address": address, "mode": "managed", "type": kind, "change": change})
    return _plan(changes, becomes, [was, becomes])


def _plan(changes: list[Document], site: Document, reads: list[Document]) -> Document:
    written = [
        {"address": address, "type": kind, "expressions": _expressions(values)}
        for address, kind, values in _blocks(site, "resource")
    ]
    read = {
        address: {"address": address, "mode": "data", "type": kind, "values": _known(address, its) | READ.get(kind, {})}
        for one in reads
        for address, kind, its in _blocks(one, "data")
    }
    return {
        "format_version": "1.2",
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": written}},
        "prior_state": {"values": {"root_module": {"resources": [*read.values()]}}},
    }


def _blocks(site: Document, block: str) -> Iterator[tuple[str, str, Document]]:
    prefix = "data." if block == "data" else ""
    for kind, named in site.get(block, {}).items():
        for name, values in named.items():
            yield f"{prefix}{kind}.{name}", kind, values


def _known(address: str, values: Document) -> Document:
    return {"id": address, "arn": address, **_evaluated(values)}


def _evaluated(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _evaluated(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_evaluated(item) for item in value]
    references = _references(value)
    if len(references) != 1:
        return value
    if numbered := OF_IPV6.search(value):
        return str([*VPC_IPV6.subnets(new_prefix=64)][int(numbered[1])])
    if "data.aws_db_instance" in value:
        return KEEPERS_GROUP
    return VPC_CIDR if value.endswith(".cidr_block}") else references[0]


def _apart(value: Any) -> tuple[Any, Any]:
    """What is known of a value, and in the same structure what is not."""
    if isinstance(value, dict):
        both = {key: _apart(item) for key, item in value.items()}
        return {key: known for key, (known, _) in both.items()}, {key: mark for key, (_, mark) in both.items() if mark}
    if isinstance(value, list):
        each = [_apart(item) for item in value]
        return [known for known, _ in each], [mark for _, mark in each] if any(mark for _, mark in each) else False
    is_known = all(found.startswith("data.") for found in _references(value))
    return (_evaluated(value), False) if is_known else (None, True)


def _expressions(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _expressions(item) for key, item in value.items()}
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return [_expressions(item) for item in value]
    references = _references(value)
    return {"references": [f"{found}.id" for found in references]} if references else {"constant_value": value}


def _references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [found for item in value for found in _references(item)]
    return REFERENCE.findall(value) if isinstance(value, str) and "${" in value else []
