"""Small stacks for tests of single parts."""

import json
from collections.abc import Callable

from cdktf import TerraformStack, Testing

from modules.network.network import Network
from modules.settings.network import Network as NetworkSettings
from modules.terraform.configuration import provide_aws
from tests.site.sites import Site

REGION = "ap-northeast-1"


def rendered(build: Callable[[TerraformStack], object]) -> Site:
    """A stack with a provider and whatever `build` puts into it."""
    stack = TerraformStack(Testing.app(), "small")
    provide_aws(stack, REGION, {"Project": "test"})
    build(stack)
    return Site(json.loads(Testing.synth(stack)))


def network(stack: TerraformStack) -> Network:
    """A network of two zones, for parts that stand in one."""
    settings = {
        "cidr": "10.0.0.0/21",
        "public": {f"{REGION}a": "10.0.0.0/24", f"{REGION}c": "10.0.1.0/24"},
        "database": {f"{REGION}a": "10.0.2.0/24", f"{REGION}c": "10.0.3.0/24"},
    }
    return Network(stack, "network", NetworkSettings.model_validate(settings), name="test")
