"""What the configuration refers to, followed through modules' variables and outputs to the resources themselves.

Terraform tells for each expression what it refers to, not what it computes: `aws_subnet.web[count.index + 1].id` and
`aws_subnet.web[count.index].id` look the same. It leaves local values out. What that hides, `Sources` calls uncertain.

https://developer.hashicorp.com/terraform/internals/json-format#expression-representation
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from review.address import ANY, KEY, Address, Modules

Expressions = Mapping[str, Any]

OWN_KEY = ("count.index", "each.key", "each.value")
"""By these an expression chooses the instance of another resource that goes with its own."""

IRRELEVANT = ("path", "terraform", "self")

PASSES_ON = ("data.", "terraform_data.", "null_resource.", "local.", "ephemeral.")
"""What may hand on the id of something else."""

DEEPEST = 20
"""Modules in modules; a configuration that is deeper refers to itself."""


@dataclass(frozen=True, slots=True)
class Target:
    """Instances that an expression refers to: those of one block, in these modules, with this key."""

    modules: Modules
    block: str
    key: str | None

    @property
    def path(self) -> str:
        """The block with its modules, without any key."""
        return Address(self.modules, self.block, None).path

    def fits(self, address: Address) -> bool:
        """Whether an instance is among them."""
        here, there = (*self.modules, ("", self.key)), (*address.modules, ("", address.key))
        return len(here) == len(there) and all(mine[1] in (ANY, its[1]) for mine, its in zip(here, there, strict=True))


@dataclass
class Sources:
    """Where a value comes from.

    Attributes:
        targets: the resources it refers to.
        paired: those whose instance with the same key it refers to, as far as that exists.
        is_certain: nothing else can be in it.
    """

    targets: set[Target] = field(default_factory=set)
    paired: set[Target] = field(default_factory=set)
    is_certain: bool = True


class Configuration:
    """The configuration of a plan.

    Attributes:
        blocks: the configured resources, by their addresses without keys.
    """

    def __init__(self, root: Mapping[str, Any], providers: Mapping[str, Any] | None = None) -> None:
        """
        Args:
            root: `configuration.root_module`.
            providers: `configuration.provider_config`.
        """
        self._providers = providers or {}
        self._modules: dict[tuple[str, ...], Mapping[str, Any]] = {}
        self._calls: dict[tuple[str, ...], Mapping[str, Any]] = {}
        self.blocks: dict[str, Mapping[str, Any]] = {}
        self._add((), root)

    def _add(self, names: tuple[str, ...], module: Mapping[str, Any]) -> None:
        self._modules[names] = module
        prefix = "".join(f"module.{name}." for name in names)
        for resource in module.get("resources", ()):
            self.blocks[prefix + resource["address"]] = resource
        for name, call in module.get("module_calls", {}).items():
            self._calls[*names, name] = call
            self._add((*names, name), call.get("module", {}))

    def expressions(self, address: Address) -> Expressions:
        """What the configuration says of a resource."""
        return self.blocks.get(address.path, {}).get("expressions", {})

    def region(self, address: Address) -> str:
        """The region of the provider that makes a resource; empty where the configuration does not write it down."""
        provider = self._providers.get(self.blocks.get(address.path, {}).get("provider_config_key", ""), {})
        return str(provider.get("expressions", {}).get("region", {}).get("constant_value") or "")

    def sources(self, references: list[str], at: Address) -> Sources:
        """The resources that an expression of a resource refers to."""
        found = Sources()
        each = self.blocks.get(at.path, {}).get("for_each_expression", {})
        self._follow(references, at.modules, at.key, each, found, 0)
        return found

    def _follow(
        self, references: list[str], modules: Modules, key: str | None, each: Expressions, found: Sources, depth: int
    ) -> None:
        if depth > DEEPEST:
            found.is_certain = False
            return
        whole = _longest(references)
        is_paired = any(reference.startswith(OWN_KEY) for reference in whole)
        for reference in whole:
            root, _, rest = reference.partition(".")
            if reference.startswith("each.value"):
                self._follow(each.get("references", []), modules, key, {}, found, depth + 1)
                _pair(found, key)
            elif root in ("count", "each", *IRRELEVANT):
                continue
            elif root == "var":
                self._variable(_word(rest), modules, found, depth)
            elif root.partition("[")[0] == "module":
                self._output(rest, modules, key if is_paired else None, found, depth)
            elif reference.startswith(PASSES_ON) and not reference.startswith("data."):
                found.is_certain = False
            else:
                _resource(reference, modules, key if is_paired else None, found)

    def _variable(self, name: str, modules: Modules, found: Sources, depth: int) -> None:
        """A variable of a module has what its call says, in the module around it; the root's have plain values."""
        if not modules:
            return
        names = tuple(step for step, _ in modules)
        call, around, key = self._calls.get(names, {}), modules[:-1], modules[-1][1]
        said = call.get("expressions", {}).get(name)
        if said is not None:
            each = call.get("for_each_expression", {})
            for references in _all_references(said):
                self._follow(references, around, key, each, found, depth + 1)

    def _output(self, rest: str, modules: Modules, key: str | None, found: Sources, depth: int) -> None:
        """`module.NAME.OUTPUT`, `module.NAME["key"].OUTPUT`, or `module.NAME` for all of its instances."""
        name, output = _word(rest), ""
        written, after = KEY.match(rest[len(name) :]), rest[len(name) :]
        if written:
            key, after = written[1], after[written.end() :]
        output = _word(after.removeprefix("."))
        names = (*(step for step, _ in modules), name)
        call = self._calls.get(names, {})
        is_many = "count_expression" in call or "for_each_expression" in call
        inner: Modules = (*modules, (name, (key if key is not None else ANY) if is_many else None))
        outputs = self._modules.get(names, {}).get("outputs", {})
        chosen = [outputs[output]] if output in outputs else [] if output else list(outputs.values())
        if not chosen or not output:
            found.is_certain = False
        for one in chosen:
            for references in _all_references(one.get("expression", {})):
                self._follow(references, inner, None, {}, found, depth + 1)


def _resource(reference: str, modules: Modules, key: str | None, found: Sources) -> None:
    is_data = reference.startswith("data.")
    kind, _, rest = reference.removeprefix("data.").partition(".")
    name = _word(rest)
    block = f"{'data.' if is_data else ''}{kind}.{name}"
    written = KEY.match(rest[len(name) :])
    if written:
        found.targets.add(Target(modules, block, written[1]))
    elif key is not None:
        found.paired.add(Target(modules, block, key))
    else:
        found.targets.add(Target(modules, block, ANY))


def _pair(found: Sources, key: str | None) -> None:
    """`each.value` of `for_each = aws_subnet.web` is the subnet with the same key."""
    if key is not None:
        found.paired |= {Target(t.modules, t.block, key) for t in found.targets if t.key == ANY}
        found.targets = {t for t in found.targets if t.key != ANY}


def _longest(references: list[str]) -> list[str]:
    """Terraform lists `a.b[0].id`, `a.b[0]` and `a.b` for one reference: the first one is meant."""
    whole: list[str] = []
    for reference in references:
        if not any(longer.startswith((f"{reference}.", f"{reference}[")) for longer in whole):
            whole.append(reference)
    return whole


def _word(text: str) -> str:
    """Up to the next dot or bracket."""
    return text.partition(".")[0].partition("[")[0]


def _all_references(expression: Any) -> list[list[str]]:
    """Every list of references in an expression or a block."""
    if isinstance(expression, list):
        return [found for item in expression for found in _all_references(item)]
    if not isinstance(expression, dict):
        return []
    if "references" in expression:
        return [list(expression["references"])]
    return [found for item in expression.values() for found in _all_references(item)]
