"""[web], [frontend] and [api]: the groups of servers."""

import re
from typing import Annotated, Literal

from pydantic import Field

from modules.settings.types import Allowed, GroupName, ImageId, InstanceType, Label, Section, Zone

Architecture = Literal["x86_64", "arm64"]


def architecture(instance_type: str) -> Architecture:
    """The processor of an EC2 instance type: Graviton's families carry a `g` behind their generation (t4g, m7gd).

    https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
    """
    family = instance_type.partition(".")[0]
    return "arm64" if family == "a1" or re.match(r"[a-z]+\d+[a-z]*g", family) else "x86_64"


class Fleet(Section):
    """An auto scaling group: servers without names, replaced and multiplied by themselves. A changed image or instance
    type replaces them a few at a time, each only after its successor answers; a release replaces none."""

    min: Annotated[int, Field(ge=2, le=100)] = 2
    """The fewest servers. Two, so that one may be lost."""

    desired: Annotated[int, Field(ge=2, le=100)] = 2
    """How many servers the fleet starts with. Afterwards scaling decides, and Terraform leaves the number alone."""

    max: Annotated[int, Field(ge=2, le=100)] = 4
    """The most servers. It bounds the bill, and the connections to the database."""

    cpu_target: Annotated[int, Field(ge=10, le=90)] = 50
    """Per cent of CPU that scaling aims at. Half leaves the other zone's servers room for a lost zone's visitors."""

    requests_target: Annotated[int, Field(ge=0, le=100_000)] = 0
    """Requests per minute and server that scaling aims at as well; 0 looks at the CPU alone."""

    grace_period: Annotated[int, Field(ge=60, le=3600)] = 600
    """Seconds that a new server may take to boot before failed health checks replace it. Packages, WordPress and the
    wait for the database fit into ten minutes; a shorter time would replace servers for ever."""

    spot_share: Annotated[int, Field(ge=0, le=100)] = 0
    """Per cent of the servers above `min` that run on spot capacity: cheaper, but AWS takes it back with two minutes'
    notice."""

    more_instance_types: Annotated[tuple[InstanceType, ...], Field(strict=False, max_length=20)] = ()
    """Further instance types that the fleet may use, of the same processor, where the first one is short."""


class Servers(Section):
    """A group of servers behind a load balancer: `servers` names them one by one, `fleet` leaves their number and
    their replacement to an auto scaling group. One of the two is given."""

    instance_type: InstanceType = "t3.small"
    """The EC2 instance type. 2 GiB of memory carry nginx, PHP and a small site. A plan says where a zone does not have
    it. An account on AWS's free plan is refused most types ("not eligible for Free Tier"); it takes `t3.micro`."""

    servers: Annotated[
        dict[Label, Zone], Allowed('a table of names and zones, such as WEBSERVER1 = "ap-northeast-1a"')
    ] = Field(default={})
    """The servers by name, each with its zone. Two zones or more, or the loss of one takes the site down. A changed
    image replaces them all at once, with the site down while they boot, where a fleet does it one by one; a release
    replaces none."""

    fleet: Fleet | None = None

    copy_first_server: bool = False
    """The other servers boot from an image that is taken of the first one, as the article does by hand.
    Taking it stops and restarts the first server once. Off, all boot from the same public image, and
    come up side by side. Of `servers` only."""

    image_id: ImageId | None = None
    """The AMI to boot from; it must be Amazon Linux 2023. Left out, the newest one at the time the servers are created,
    which a later release does not replace. Changing it replaces the servers."""

    image_architecture: Architecture = "x86_64"
    """The processor that `image_id` was made for. It must be that of `instance_type`. Without `image_id`, the image is
    chosen to fit."""

    root_volume_size: Annotated[int, Field(ge=8, le=16384)] = 16
    """GiB of the encrypted root disk."""

    security_group: GroupName | None = None
    """The name that the security group shows in the console. Left out, it is made from the environment's name."""
