"""Small stacks for tests of single parts."""

import json
from collections.abc import Callable

from cdktf import TerraformStack, Testing

from modules import aws
from tests.site.sites import Site

REGION = "ap-northeast-1"


def rendered(build: Callable[[TerraformStack], object]) -> Site:
    """A stack with a provider and whatever `build` puts into it."""
    stack = TerraformStack(Testing.app(), "small")
    aws.AwsProvider(stack, "aws", region=REGION)
    build(stack)
    return Site(json.loads(Testing.synth(stack)))
