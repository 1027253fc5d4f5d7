"""[mail]: how the letters leave that WordPress writes."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from modules.settings.types import Allowed, DomainName, Email, Region, SecretArn, Section, Text, ZoneId

WITHOUT_SES = ("ap-east-1",)
"""Regions of a partition with SES that lack it.
https://docs.aws.amazon.com/general/latest/gr/ses.html"""


def _sendable_name(value: str) -> str:
    """It is quoted in a configuration and in a header."""
    if any(letter in value for letter in '"\\<>$'):
        raise ValueError
    return value


SenderName = Annotated[
    Text,
    AfterValidator(_sendable_name),
    Allowed('one line of 1 to 200 visible characters, none of them one of " \\ < > $'),
]
SetName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$"), Allowed("1 to 64 letters, digits, hyphens and underscores")
]
Subdomain = Annotated[
    str,
    Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"),
    Allowed('one label of a domain name in lower case, such as "bounce"'),
]


class Smtp(Section):
    """Left out, Amazon SES takes the mail, signed in by the servers' role. With it, a mail service of your own does,
    and nothing of SES is made: the records of DKIM, SPF and DMARC are that service's matter."""

    host: DomainName
    """The service's server for outgoing mail. Its certificate must have this name."""

    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    """Its port. Not 25, which EC2 keeps closed."""

    tls: Literal["starttls", "implicit"] = "starttls"
    """How TLS begins: `starttls` after a greeting, as on port 587, `implicit` at once, as on port 465. Without TLS
    nothing is sent."""

    secret_arn: SecretArn | None = None
    """The secret that holds the JSON object that the servers sign in with: `username` and `password`. It is of the
    site's region. Left out, they do not sign in."""


class Mail(Section):
    """Left out, no mail leaves: what WordPress would send fails at once, and the log and Site Health say why. With it,
    each server has a queue on its disk (Postfix) that survives a reboot, and tries again what is refused. Amazon SES
    takes the mail from there for about 0.10 USD a thousand, or a service of your own: `[mail.smtp]`. A new account's
    SES sends to verified addresses only, until AWS lifts that: `make release` says so."""

    sender: Email
    """Whom every mail is from. Its domain becomes an identity of SES's, and the servers may send from this address
    alone. Where a plugin names somebody else, that is where the answer goes to."""

    name: SenderName | None = None
    """The name beside the address, where a plugin sets none. Left out, the site's title."""

    reply_to: Email | None = None
    """Where answers go to, where a plugin says nothing else. Left out, to `sender`."""

    region: Region | None = None
    """The region whose SES sends. Left out, the site's own. For a site whose region has no SES, or for one where AWS
    has lifted SES's limits for the account already. Alarms on SES's reputation are made in the site's own alone."""

    configuration_set: SetName | None = None
    """A configuration set of SES's that exists already. Left out, one is made: bounces and complaints go to an SNS
    topic, and addresses that caused one get no more mail (SES's suppression list)."""

    bounces_to: Annotated[tuple[Email, ...], Field(strict=False, max_length=20)] = ()
    """Who is told by mail of each bounce and each complaint. Each address confirms once, by the link in AWS's mail."""

    mail_from: Subdomain = "bounce"
    """The subdomain of the sender's domain that bounces come back to (SES's custom MAIL FROM), so that SPF is the
    domain's own."""

    dmarc: Literal["off", "none", "quarantine", "reject"] = "none"
    """The DMARC record: what others do with mail that only pretends to be from the domain. `none` lets it in, which is
    where to start; `off` writes no record, for a domain that has one."""

    zone_id: ZoneId | None = None
    """The hosted zone that the records are written into. Left out, that of `https.zone` where the sender's domain is in
    it; else the records are the output `mail_records`, to be written where the domain is kept."""

    retry_hours: Annotated[int, Field(ge=1, le=120)] = 24
    """How long a mail that is refused or throttled is tried again. Then it is given up, which is an alarm."""

    trap: bool = False
    """Nothing leaves: every mail is kept in the site's own database, the last 200 of them, and shown to administrators
    under Tools, Trapped mail. For a copy of a site, whose customers must not hear from it: where
    `wordpress.environment_type` is another than production, it is the default."""

    smtp: Smtp | None = None

    @property
    def by_ses(self) -> bool:
        """Whether anything of SES is needed."""
        return not self.smtp and not self.trap

    @property
    def domain(self) -> str:
        """The sender's."""
        return self.sender.rpartition("@")[2].lower()
