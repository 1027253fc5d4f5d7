"""What Terraform needs to know before the first resource: versions, provider, state."""

from collections.abc import Mapping

from cdktf import CloudBackend, LocalBackend, NamedCloudWorkspace, S3Backend, TerraformStack
from constructs import Construct

from modules import aws
from modules.settings import Environment
from modules.settings.state import State
from modules.terraform.versions import OLDEST_TERRAFORM

AWS_PROVIDER = ">= 5.100, < 7.0"
"""Both majors in use; nothing here needs what one of them lacks."""


def configure(stack: TerraformStack, name: str, settings: Environment) -> None:
    """Writes the `terraform` and `provider` blocks of a site.

    Args:
        name: the environment's.
    """
    _keep_state(stack, name, settings.state, settings.region)
    provide_aws(stack, settings.region, default_tags(name, settings))


def name_everywhere(name: str, region: str) -> str:
    """The beginning of names in AWS that are one in all regions, or stand in another region than the site: a site of
    the same name in another region has names of its own.

    Args:
        name: the environment's.
        region: the site's.
    """
    return f"{name}-{region}"


def default_tags(name: str, settings: Environment) -> dict[str, str]:
    """What every resource of a site is tagged with."""
    return settings.tags | {"Environment": name, "Project": settings.project, "ManagedBy": "terraform"}


def provide_aws(stack: TerraformStack, region: str, tags: Mapping[str, str]) -> None:
    """Writes the `provider` block and the versions.

    Args:
        tags: for every resource.
    """
    aws.AwsProvider(stack, "aws", region=region, default_tags=[aws.AwsProviderDefaultTags(tags=tags)])
    stack.add_override("terraform.required_version", f">= {'.'.join(map(str, OLDEST_TERRAFORM))}")
    # The bindings say "aws", which OpenTofu does not resolve, and pin the one release that they were made from.
    stack.add_override("terraform.required_providers.aws", {"source": "hashicorp/aws", "version": AWS_PROVIDER})


def provide_elsewhere(scope: Construct, alias: str, region: str, tags: Mapping[str, str]) -> aws.AwsProvider:
    """A further `provider` block, for what is in another region than the site.

    Args:
        alias: what resources call it by.
        tags: for every resource.
    """
    default_tags = [aws.AwsProviderDefaultTags(tags=tags)]
    return aws.AwsProvider(scope, alias, alias=alias, region=region, default_tags=default_tags)


def _keep_state(stack: TerraformStack, name: str, state: State, region: str) -> None:
    if state.backend == "s3":
        assert state.bucket is not None  # the settings' rules ask for it
        key = f"{region}/{name}.tfstate"
        S3Backend(stack, bucket=state.bucket, key=key, region=state.region or region, encrypt=True)
        # The bindings do not know S3's own lock, which needs no table beside the bucket.
        stack.add_override("terraform.backend.s3.use_lockfile", True)
    elif state.backend == "hcp":
        assert state.organization is not None  # as above
        CloudBackend(stack, organization=state.organization, workspaces=NamedCloudWorkspace(name))
    else:
        # Beside the project's own files, as CDKTF does: cdktf.out is made anew and may be deleted at any time.
        LocalBackend(stack, path=f"../../../terraform.{name}.tfstate")
