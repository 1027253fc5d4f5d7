"""Local values: what a stack's file holds as plain JSON, so that its difference reads like one."""

from typing import Any

from cdktf import TerraformLocal
from constructs import Construct

from modules.aws.addresses import taking


def local_value(scope: Construct, id: str, value: Any) -> TerraformLocal:
    """A value that Terraform knows as `local.<id>`, with the references in it.

    Raises:
        ValueError: the id is no Terraform name, or the stack has a local value of that name already.
    """
    with taking(scope, "local", id) as stack:
        local = TerraformLocal(stack, f"{id} local", value)
        local.override_logical_id(id)
    return local
