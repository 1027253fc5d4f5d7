"""What is looked up while Terraform plans, and warned of: it stops nothing, not even where it cannot be looked up.

Terraform looks it up again at each apply, and says so in the plan: it has no changes, and is not empty.
"""

from typing import Any

from constructs import Construct

from modules.aws.addresses import taking


def warn_unless(holds: str, message: str, scope: Construct, id: str, *, data: tuple[str, dict[str, Any]]) -> None:
    """A check block. https://developer.hashicorp.com/terraform/language/block/check

    Args:
        holds: a Terraform expression, without `${` around it; `data.TYPE.ID` is what was looked up.
        message: the warning: what was found, what is needed, what to do.
        scope: a construct in the stack.
        id: the name of the check and of what it looks up.
        data: the type of a data source, and its arguments.

    Raises:
        ValueError: the id is no Terraform name, or the stack has a check of that name already.
    """
    kind, arguments = data
    with taking(scope, "check", id) as stack:
        assertion = {"condition": f"${{{holds}}}", "error_message": message}
        stack.add_override(f"check.{id}", {"data": {kind: {id: arguments}}, "assert": assertion})
