"""How the letters leave that WordPress writes: Amazon SES, or a mail service of the owner's."""

from collections.abc import Mapping
from dataclasses import dataclass

from constructs import Construct

from modules import aws
from modules.aws.plain import Plain
from modules.settings.mail import Mail as Settings
from modules.terraform.accepted import OWN_KEY, accept
from modules.terraform.account import account_id, partition
from modules.terraform.metric_source import MetricSource, offer_metrics
from modules.terraform.policy import Permission, may_decrypt, policy
from modules.terraform.subscriptions import subscribe

DKIM_DOMAINS = (
    *("af-south-1", "ap-northeast-3", "ap-south-2", "ap-southeast-3", "ap-southeast-5", "ca-west-1", "eu-central-2"),
    *("eu-south-1", "il-central-1", "me-central-1", "us-gov-east-1"),
)
"""Regions with a domain of their own for the keys of DKIM.
https://docs.aws.amazon.com/general/latest/gr/ses.html#ses_dkim_domains"""

DKIM_KEYS = 3
"""SES rotates keys among so many records. https://docs.aws.amazon.com/ses/latest/dg/send-email-authentication-dkim-easy.html"""

TTL = 300
"""Seconds that others remember a record."""


@dataclass(frozen=True)
class Record:
    """A record of the sender's domain."""

    name: str
    type: str
    value: str


class Mail(Construct):
    """The sender's domain as an identity of SES's: its mail is signed (DKIM), its bounces come back to a subdomain of
    its own (SPF), and others are told what to do with forgeries (DMARC). SES costs about 0.10 USD for a thousand mails.

    There is no SMTP password: servers call SES's API by their role, which may send from this one address. Bounces and
    complaints go to an SNS topic, and who has caused one gets no more mail.

    With a service of the owner's, or where all mail is trapped, nothing of it is made.

    Attributes:
        permissions: what a server needs to send.
        boot_settings: what a server is told (modules/wordpress/__init__.py).
        port: of the owner's service, which a server must reach; None for SES, which is reached as all of AWS is.
        records: to be written by a person, where the domain is kept elsewhere; by what they are for.
        topic_arn: where bounces and complaints go.
    """

    NOTHING: Mapping[str, str] = dict.fromkeys(
        (
            *("MAIL_BY", "MAIL_FROM", "MAIL_NAME", "MAIL_REPLY_TO", "MAIL_RETRY_HOURS"),
            *("SES_REGION", "SES_CONFIGURATION_SET", "SMTP_HOST", "SMTP_PORT", "SMTP_TLS", "SMTP_SECRET"),
        ),
        "",
    )
    """What a server is told where no mail leaves."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        settings: Settings,
        *,
        name: str,
        region: str,
        zone_id: str | None = None,
        elsewhere: aws.AwsProvider | None = None,
        key_arn: str | None = None,
    ) -> None:
        """
        Args:
            name: the beginning of every name in AWS.
            region: the one whose SES sends.
            zone_id: the hosted zone of the sender's domain; None where it is kept elsewhere.
            elsewhere: the provider of SES's region, where that is not the site's.
            key_arn: the key of the topic in SES's region; None for none.
        """
        super().__init__(scope, id)
        self._id, self._name, self._region, self._provider = id, name, region, elsewhere
        self.port = settings.smtp.port if settings.smtp and not settings.trap else None
        self.permissions: list[Permission] = []
        self.records: dict[str, Record] = {}
        self.topic_arn: str | None = None
        self.boot_settings = {
            **self.NOTHING,
            "MAIL_BY": "ses",
            "MAIL_FROM": settings.sender,
            "MAIL_NAME": settings.name or "",
            "MAIL_REPLY_TO": settings.reply_to or "",
            "MAIL_RETRY_HOURS": str(settings.retry_hours),
        }
        if settings.trap:
            self.boot_settings["MAIL_BY"] = "trap"
        elif settings.smtp:
            self._send_by_smtp(settings)
        else:
            self._send_by_ses(settings, zone_id, key_arn)

    def _send_by_smtp(self, settings: Settings) -> None:
        smtp = settings.smtp
        assert smtp is not None
        self.boot_settings |= {
            "MAIL_BY": "smtp",
            "SMTP_HOST": smtp.host,
            "SMTP_PORT": str(smtp.port),
            "SMTP_TLS": smtp.tls,
            "SMTP_SECRET": smtp.secret_arn or "",
        }
        if smtp.secret_arn:
            self.permissions += [
                Permission("ReadMailSecret", ("secretsmanager:GetSecretValue",), (smtp.secret_arn,)),
                may_decrypt(self, "DecryptMailSecret", smtp.secret_arn),
            ]

    def _send_by_ses(self, settings: Settings, zone_id: str | None, key_arn: str | None) -> None:
        set_name = settings.configuration_set or f"{self._name}-mail"
        made = None if settings.configuration_set else self._configuration_set(settings, set_name, key_arn)
        identity = Plain(
            self,
            "aws_sesv2_email_identity",
            self._id,
            provider=self._provider,
            email_identity=settings.domain,
            configuration_set_name=made.ref("configuration_set_name") if made else set_name,
            dkim_signing_attributes={"next_signing_key_length": "RSA_2048_BIT"},
            tags={"Name": self._name},
        )
        back_to = f"{settings.mail_from}.{settings.domain}"
        Plain(
            self,
            "aws_sesv2_email_identity_mail_from_attributes",
            self._id,
            provider=self._provider,
            email_identity=identity.ref("email_identity"),
            mail_from_domain=back_to,
            # Until the records are seen, mail goes with SES's own domain rather than not at all.
            behavior_on_mx_failure="USE_DEFAULT_VALUE",
        )
        records = self._records(settings, identity, back_to)
        if zone_id is None:
            self.records = records
        else:
            self._write(records, zone_id)
        sets = f"arn:{partition(self)}:ses:{self._region}:{account_id(self)}:configuration-set/{set_name}"
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
        self.permissions.append(
            Permission(
                "SendMail",
                ("ses:SendEmail", "ses:SendRawEmail"),
                (identity.ref("arn"), sets),
                {"StringEquals": {"ses:FromAddress": settings.sender}},
            )
        )
        self.boot_settings |= {"SES_REGION": self._region, "SES_CONFIGURATION_SET": set_name}

    def _configuration_set(self, settings: Settings, name: str, key_arn: str | None) -> Plain:
        """https://docs.aws.amazon.com/ses/latest/dg/using-configuration-sets.html"""
        made = Plain(
            self,
            "aws_sesv2_configuration_set",
            self._id,
            provider=self._provider,
            configuration_set_name=name,
            # A receiver without TLS gets its mail all the same, as anywhere.
            delivery_options={"tls_policy": "OPTIONAL"},
            reputation_options={"reputation_metrics_enabled": True},
            sending_options={"sending_enabled": True},
            suppression_options={"suppressed_reasons": ["BOUNCE", "COMPLAINT"]},
            tags={"Name": name},
        )
        self.topic_arn = self._topic(settings, name, key_arn)
        Plain(
            self,
            "aws_sesv2_configuration_set_event_destination",
            self._id,
            provider=self._provider,
            configuration_set_name=made.ref("configuration_set_name"),
            event_destination_name="bounces",
            event_destination={
                "enabled": True,
                "matching_event_types": ["BOUNCE", "COMPLAINT", "REJECT"],
                "sns_destination": {"topic_arn": self.topic_arn},
            },
            # SES sends a word to the topic when it is told of it, and must be let in.
            depends_on=[f"aws_sns_topic_policy.{self._id}"],
        )
        kind = "ses_elsewhere" if self._provider else "ses"
        region = self._region if self._provider else None
        members = {self._id: {"ses:configuration-set": name}}
        offer_metrics(self, MetricSource(kind, "Mail: reputation", members, region=region))
        return made

    def _topic(self, settings: Settings, name: str, key_arn: str | None) -> str:
        topic = aws.SnsTopic(
            self, self._id, provider=self._provider, name=name, kms_master_key_id=key_arn, tags={"Name": name}
        )
        accept(topic, "CKV_AWS_26", OWN_KEY, unless=key_arn)
        # AWS gives a topic to whoever asks for its name, and refuses a second set of one name.
        topic.add_override("depends_on", [f"aws_sesv2_configuration_set.{self._id}"])
        accept(topic, "AwsSolutions-SNS3", "SES alone may publish; it speaks TLS.", unless=key_arn)
        account = account_id(self)
        only_own_set = {
            "Sid": "BouncesPublish",
            "Effect": "Allow",
            "Principal": {"Service": "ses.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic.arn,
            "Condition": {
                "StringEquals": {
                    "aws:SourceAccount": account,
                    "aws:SourceArn": f"arn:{partition(self)}:ses:{self._region}:{account}:configuration-set/{name}",
                }
            },
        }
        aws.SnsTopicPolicy(
            self,
            self._id,
            provider=self._provider,
            arn=topic.arn,
            policy=policy(self, f"{self._id}_topic", [only_own_set]),
        )
        subscribe(self, f"{self._id}_bounces", topic.arn, settings.bounces_to, provider=self._provider)
        return topic.arn

    def _records(self, settings: Settings, identity: Plain, back_to: str) -> dict[str, Record]:
        """https://docs.aws.amazon.com/ses/latest/dg/mail-from.html and the links above."""
        keys = f"dkim.{self._region}.amazonses.com" if self._region in DKIM_DOMAINS else "dkim.amazonses.com"
        records = {}
        for number in range(DKIM_KEYS):
            token = identity.ref(f"dkim_signing_attributes[0].tokens[{number}]")
            records[f"dkim_{number + 1}"] = Record(f"{token}._domainkey.{settings.domain}", "CNAME", f"{token}.{keys}")
        feedback = f"10 feedback-smtp.{self._region}.amazonses.com"
        records["bounce_mx"] = Record(back_to, "MX", feedback)
        records["bounce_spf"] = Record(back_to, "TXT", "v=spf1 include:amazonses.com ~all")
        if settings.dmarc != "off":
            records["dmarc"] = Record(f"_dmarc.{settings.domain}", "TXT", f"v=DMARC1; p={settings.dmarc};")
        return records

    def _write(self, records: Mapping[str, Record], zone_id: str) -> None:
        for what, record in records.items():
            aws.Route53Record(
                self,
                f"{self._id}_{what}",
                zone_id=zone_id,
                name=record.name,
                type=record.type,
                records=[record.value],
                ttl=TTL,
            )
