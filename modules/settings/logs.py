"""[logs]: what is written down about requests and packets."""

from typing import Annotated, Literal

from pydantic import Field

from modules.settings.types import LogDays, Section


class Logs(Section):
    """Beside the servers' own logs, which always go to CloudWatch (`wordpress.log_retention`)."""

    access_logs: bool = False
    """The load balancer writes every request into a private S3 bucket, and so does CloudFront where there is `cdn`."""

    access_logs_retention: Annotated[int, Field(ge=1, le=3650)] = 90
    """Days until a request's line is deleted."""

    flow_logs: Literal["none", "rejected", "all"] = "none"
    """The VPC writes packets to CloudWatch: those that a firewall refused, or all of them. About 0.76 USD for each GB
    written in Tokyo."""

    flow_logs_retention: LogDays = 30
    """Days that flow logs are kept. CloudWatch knows these numbers only."""
