"""Findings of security scanners that stand, each with its reason.

checkov and tf-nag read Terraform's plan, which carries no comment. So what a construct accepts is noted at the head of
the stack's JSON, where a reviewer sees each one that comes or goes; the tests and plan.yml hand it to the scanners.
"""

from collections import defaultdict

from constructs import Construct

from modules.aws.addresses import Addressed, stack_of

OWN_KEY = "Encrypted with a key of AWS's: one of the site's own is a setting, [encryption]."
"""Why the checks for a customer-managed key find nothing wrong."""

_accepted: defaultdict[str, dict[str, dict[str, str]]] = defaultdict(dict)


def accept(resource: Addressed, checks: str, reason: str, *, unless: object = None) -> None:
    """Says of one resource which findings are no fault, beside the code that makes it.

    Args:
        resource: whose finding it is.
        checks: the scanners' names for what they find: CKV... is checkov's, AwsSolutions... tf-nag's.
        reason: why it is right as it is.
        unless: what ends the finding. Where that is there, nothing is accepted: the finding would be a fault.
    """
    if not unless:
        of_stack = accepted(resource.terraform_stack)
        of_stack.setdefault(resource.terraform_address, {}).update(dict.fromkeys(checks.split(), reason))


def accepted(scope: Construct) -> dict[str, dict[str, str]]:
    """All that a construct's stack accepts: for each address, the reason by the check's name."""
    return _accepted[stack_of(scope).__jsii_ref__.ref]
