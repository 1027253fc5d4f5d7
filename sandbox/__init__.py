"""AWS on this machine, and standard Terraform run against it.

A sandbox is a moto server on loopback and a folder. The folder keeps what the
server's AWS held and Terraform's state of it, so a later command finds what an
earlier one built. Nothing of the person's own AWS set-up is read or written.

    with Sandbox(folder) as sandbox:
        root = sandbox.root_module("site", "cdktf.out/stacks/handson/cdk.tf.json")
        root.init()
        root.apply()
        assert root.plan().is_empty
        sandbox.client("ec2", "ap-northeast-1").describe_vpcs()
"""

from sandbox.root_module import Plan, RootModule
from sandbox.sandbox import Sandbox, offline_root_module
from sandbox.terraform import SandboxError, TerraformFailed

__all__ = [
    "Plan",
    "RootModule",
    "Sandbox",
    "SandboxError",
    "TerraformFailed",
    "offline_root_module",
]
