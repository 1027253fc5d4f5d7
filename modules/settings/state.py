"""[state]: where Terraform keeps what it knows about the live site."""

from typing import Literal

from modules.settings.types import BucketName, Label, Region, Section


class State(Section):
    """Left out, the state is a file beside the project: right for one person and a trial. A team keeps it in S3, where
    a lock lets one apply run at a time, or in HCP Terraform. A name is one site of an account and region: an apply from
    another checkout, without this state, is stopped where AWS gives a name once (the load balancer's, the database's,
    the logs'), before it takes anything of the site over. A destroy there removes what was added; with it goes the
    record that proves the site's names to ACM, which the site's next apply writes again."""

    backend: Literal["local", "s3", "hcp"] = "local"
    """`local`: terraform.NAME.tfstate in the project's folder. `s3`: the object REGION/NAME.tfstate in `bucket`, with
    a lock object beside it; `make bootstrap-state` makes the bucket. A state that an earlier version left in
    NAME.tfstate is moved by `aws s3 mv s3://BUCKET/NAME.tfstate s3://BUCKET/REGION/NAME.tfstate`, before the next
    `terraform init -reconfigure`. `hcp`: the workspace NAME in `organization`."""

    bucket: BucketName | None = None
    """The bucket of the `s3` backend. It exists before the first `terraform init`."""

    region: Region | None = None
    """The bucket's region. Left out, the site's."""

    organization: Label | None = None
    """The organization of the `hcp` backend."""
