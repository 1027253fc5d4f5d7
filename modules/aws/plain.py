"""A resource without its class of the bindings.

The classes of some resources bring dozens more along, one for each nested argument: loading those of a CloudFront
distribution takes longer than rendering the whole hands-on site. Where it costs that much, a resource is given as the
arguments that Terraform reads, under its own names of them.
"""

from typing import Any

from constructs import Construct

from modules.aws import AwsProvider
from modules.aws.addresses import taking
from modules.reference import Reference


class Plain:
    """A resource of any type, addressed by its id like all others here.

    Attributes:
        terraform_stack: the stack that it is part of.
        terraform_address: its address there, such as `aws_s3_bucket.logs`.
    """

    def __init__(
        self, scope: Construct, type_: str, id_: str, /, *, provider: AwsProvider | None = None, **arguments: Any
    ) -> None:
        """Adds the resource to its stack.

        Args:
            scope: a construct in the stack.
            type_: its Terraform type, such as `aws_s3_bucket`.
            id_: its Terraform name.
            provider: which of the stack's providers makes it; None for the first.
            arguments: as Terraform names them; None is left out, at any depth.

        Raises:
            ValueError: the id is no Terraform name, or its stack has the address already.
        """
        self.terraform_address = f"{type_}.{id_}"
        if provider:
            arguments["provider"] = provider.fqn
        with taking(scope, type_, id_) as stack:
            self.terraform_stack = stack
            stack.add_override(f"resource.{self.terraform_address}", _given(arguments))

    def ref(self, attribute: str) -> str:
        """A Reference to what Terraform will know of it: `ref("arn")`."""
        return Reference(f"${{{self.terraform_address}.{attribute}}}")


def _given(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _given(item) for key, item in value.items() if item is not None}
    return [_given(item) for item in value] if isinstance(value, list) else value
