"""What must hold before AWS is asked for anything, said by Terraform while it plans."""

from dataclasses import dataclass

from cdktf import Postcondition, Precondition


@dataclass(frozen=True)
class Condition:
    """A custom condition. https://developer.hashicorp.com/terraform/language/expressions/custom-conditions

    Attributes:
        holds: a Terraform expression, without `${` around it.
        message: for who plans, where it does not hold: the setting, what was found, what is allowed.
    """

    holds: str
    message: str

    @property
    def before(self) -> dict[str, list[Precondition]]:
        """For the lifecycle of a class of the bindings: asked before the resource is made or read."""
        return {"precondition": [Precondition(**self._arguments)]}

    @property
    def after(self) -> dict[str, list[Postcondition]]:
        """For the lifecycle of a class of the bindings: asked of `self`, once it is made or read."""
        return {"postcondition": [Postcondition(**self._arguments)]}

    @property
    def plainly_before(self) -> dict[str, list[dict[str, str]]]:
        """`before`, for a `Plain`."""
        return {"precondition": [self._arguments]}

    @property
    def _arguments(self) -> dict[str, str]:
        return {"condition": f"${{{self.holds}}}", "error_message": self.message}
