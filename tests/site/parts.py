"""Parts of a site in a small stack of their own."""

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from cdktf import App, TerraformStack

from modules.network.network import Network
from modules.settings.network import Network as NetworkSettings
from modules.terraform.configuration import provide_aws
from tests.site.sites import Site

REGION = "ap-northeast-1"

NETWORK = {
    "cidr": "10.0.0.0/21",
    "public": {f"{REGION}a": "10.0.0.0/24", f"{REGION}c": "10.0.1.0/24"},
    "database": {f"{REGION}a": "10.0.2.0/24", f"{REGION}c": "10.0.3.0/24"},
}


def stack_of(build: Callable[[TerraformStack, Network], object]) -> Site:
    """The JSON of what is built in a network of two zones."""
    with TemporaryDirectory() as folder:
        app = App(outdir=folder)
        stack = TerraformStack(app, "parts")
        provide_aws(stack, REGION, {"Project": "test"})
        build(stack, Network(stack, "network", NetworkSettings.model_validate(NETWORK), name="test"))
        app.synth()
        return Site(json.loads(Path(folder, "stacks/parts/cdk.tf.json").read_text()))
