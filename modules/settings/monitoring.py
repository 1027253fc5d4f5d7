"""[monitoring]: who is told when something is wrong."""

from typing import Annotated

from pydantic import Field

from modules.settings.types import Email, Section


class Monitoring(Section):
    """Left out, nobody is told. With it, an SNS topic, alarms on every hop of a request and a dashboard that shows
    them in that order. About 0.10 USD a month for each alarm and 3 USD for the dashboard."""

    emails: Annotated[tuple[Email, ...], Field(strict=False, min_length=1, max_length=20)]
    """Who gets the alarms. Each address confirms once, by the link in AWS's mail."""

    latency: Annotated[int, Field(ge=1, le=60)] = 3
    """Seconds within which 95 of 100 requests are answered."""

    server_errors: Annotated[int, Field(ge=1, le=100)] = 5
    """Per cent of requests that may fail (5xx) for five minutes."""

    certificate_days: Annotated[int, Field(ge=1, le=40)] = 21
    """Days before the certificate's end that the alarm comes. ACM renews 45 days before or earlier, so an alarm means
    that the renewal does not work."""
