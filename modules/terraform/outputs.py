"""What `terraform output` tells a person."""

from collections.abc import Mapping

from cdktf import TerraformOutput, TerraformStack


def add_outputs(stack: TerraformStack, outputs: Mapping[str, tuple[object, str]]) -> None:
    """Writes a stack's outputs.

    Args:
        outputs: for each name, its value and what it is for.
    """
    for name, (value, description) in outputs.items():
        # At the top of the stack, where it is called by its id.
        TerraformOutput(stack, name, value=value, description=description)
