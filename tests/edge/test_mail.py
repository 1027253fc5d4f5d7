"""Mail: an identity that only the servers send from, and the records that let it arrive."""

import subprocess
from functools import cache
from typing import Any

import pytest

from modules.wordpress import files
from tests.site.sites import Site, shipped, variation

SENDER = "shop@example.com"


@cache
def production() -> Site:
    return shipped()["production"]


def mailing(base: str = "handson", **mail: Any) -> Site:
    return variation(base, {"mail": {"sender": SENDER, **mail}})


def permission(site: Site, sid: str) -> dict[str, Any]:
    [found] = [one for one in site.statements("aws_iam_role_policy.web") if one["Sid"] == sid]
    return found


def records(site: Site) -> dict[str, tuple[str, str, str]]:
    return {
        name: (record["name"], record["type"], *record["records"])
        for name, record in site.all("aws_route53_record").items()
        if name.startswith("mail_")
    }


def test_the_domain_is_an_identity_whose_mail_is_signed():
    identity = production()["aws_sesv2_email_identity.mail"]
    assert identity["email_identity"] == "example.com"
    assert identity["dkim_signing_attributes"] == {"next_signing_key_length": "RSA_2048_BIT"}
    assert identity["configuration_set_name"] == "${aws_sesv2_configuration_set.mail.configuration_set_name}"


def test_the_records_are_written_into_the_sites_zone():
    token = "${aws_sesv2_email_identity.mail.dkim_signing_attributes[0].tokens[%d]}"
    keys = {
        f"mail_dkim_{n + 1}": (f"{token % n}._domainkey.example.com", "CNAME", f"{token % n}.dkim.amazonses.com")
        for n in range(3)
    }
    assert records(production()) == {
        **keys,
        "mail_bounce_mx": ("bounce.example.com", "MX", "10 feedback-smtp.ap-northeast-1.amazonses.com"),
        "mail_bounce_spf": ("bounce.example.com", "TXT", "v=spf1 include:amazonses.com ~all"),
        "mail_dmarc": ("_dmarc.example.com", "TXT", "v=DMARC1; p=quarantine;"),
    }
    assert "mail_records" not in production().content["output"]


def test_records_of_a_domain_that_is_kept_elsewhere_are_an_output():
    for site in (mailing(), mailing("production", sender="shop@example.net")):
        assert records(site) == {}
        told = site.content["output"]["mail_records"]["value"]
        assert told.keys() == {"dkim_1", "dkim_2", "dkim_3", "bounce_mx", "bounce_spf", "dmarc"}
        assert told["bounce_mx"]["type"] == "MX"


def test_a_domain_with_a_dmarc_record_keeps_it():
    assert "mail_dmarc" not in records(mailing("production", dmarc="off"))


def test_servers_may_send_from_the_one_address_alone():
    account = "${data.aws_caller_identity.current.account_id}"
    assert permission(production(), "SendMail") == {
        "Sid": "SendMail",
        "Effect": "Allow",
        "Action": ["ses:SendEmail", "ses:SendRawEmail"],
        "Resource": [
            "${aws_sesv2_email_identity.mail.arn}",
            f"arn:${{data.aws_partition.current.partition}}:ses:ap-northeast-1:{account}:configuration-set/production-mail",
        ],
        "Condition": {"StringEquals": {"ses:FromAddress": SENDER}},
    }


def test_bounces_and_complaints_are_told_and_suppressed():
    site = production()
    assert site["aws_sesv2_configuration_set.mail"]["suppression_options"] == {
        "suppressed_reasons": ["BOUNCE", "COMPLAINT"]
    }
    told = site["aws_sesv2_configuration_set_event_destination.mail"]["event_destination"]
    assert told["matching_event_types"] == ["BOUNCE", "COMPLAINT", "REJECT"]
    assert told["sns_destination"] == {"topic_arn": "${aws_sns_topic.mail.arn}"}
    [statement] = site.statements("aws_sns_topic_policy.mail")
    assert statement["Principal"] == {"Service": "ses.amazonaws.com"}
    assert statement["Condition"]["StringEquals"]["aws:SourceArn"].endswith(":configuration-set/production-mail")


def test_another_region_sends_where_the_setting_says_so():
    site = mailing(region="ap-northeast-3", bounces_to=["a@example.com"])
    [alias] = [one["alias"] for one in site.content["provider"]["aws"] if one["region"] == "ap-northeast-3"]
    for kind in (
        "aws_sesv2_email_identity",
        "aws_sesv2_email_identity_mail_from_attributes",
        "aws_sesv2_configuration_set",
        "aws_sesv2_configuration_set_event_destination",
        "aws_sns_topic",
        "aws_sns_topic_policy",
        "aws_sns_topic_subscription",
    ):
        assert {one["provider"] for one in site.all(kind).values()} == {f"aws.{alias}"}, kind
    assert "SES_REGION='ap-northeast-3'" in site.settings("web")
    told = site.content["output"]["mail_records"]["value"]
    assert told["dkim_1"]["value"].endswith(".dkim.ap-northeast-3.amazonses.com")


def test_private_servers_without_nat_reach_ses_inside_the_vpc():
    image = {"image_id": "ami-0123456789abcdef0", "image_architecture": "x86_64", "instance_type": "t3.small"}
    changes = {"network": {"nat": "none", "interface_endpoints": True}, "web": image, "mail": {"sender": SENDER}}
    endpoints = variation("private-web", changes).all("aws_vpc_endpoint")
    assert endpoints["email"]["service_name"] == "com.amazonaws.ap-northeast-1.email"
    without = variation("private-web", {**changes, "mail": None}).all("aws_vpc_endpoint")
    assert endpoints.keys() - without.keys() == {"email"}


SECRET = "arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:smtp-AbCdEf"


def test_a_service_of_the_owners_is_reached_and_nothing_of_ses_is_made():
    site = mailing(smtp={"host": "smtp.example.net", "secret_arn": SECRET})
    assert not [kind for kind in site.content["resource"] if "ses" in kind]
    assert ("web", "0.0.0.0/0", "tcp/587") in site.allowed()
    assert ("web", "0.0.0.0/0", "tcp/587") not in mailing().allowed()
    assert permission(site, "ReadMailSecret")["Resource"] == [SECRET]
    assert permission(site, "DecryptMailSecret")["Condition"]["StringEquals"] == {
        "kms:EncryptionContext:SecretARN": SECRET,
        "kms:ViaService": "secretsmanager.ap-northeast-1.${data.aws_partition.current.dns_suffix}",
    }
    assert {"MAIL_BY='smtp'", "SMTP_HOST='smtp.example.net'", "SMTP_TLS='starttls'"} <= set(site.settings("web"))


@pytest.mark.parametrize("mail", [{"trap": True}, {"trap": True, "smtp": {"host": "smtp.example.net"}}])
def test_a_site_that_traps_its_mail_can_send_none(mail: dict[str, Any]):
    site = mailing(**mail)
    assert not [kind for kind in site.content["resource"] if "ses" in kind]
    assert "MAIL_BY='trap'" in site.settings("web")
    assert not [one for one in site.statements("aws_iam_role_policy.web") if "Mail" in one["Sid"]]
    assert ("web", "0.0.0.0/0", "tcp/587") not in site.allowed()


def test_without_the_section_servers_know_of_no_mail():
    site = shipped()["handson"]
    assert "MAIL_BY=''" in site.settings("web")
    assert not [kind for kind in site.content["resource"] if "ses" in kind]


def test_each_fate_of_a_letter_is_counted():
    """By the lines of send-mail.sh and give-up-mail.sh: time, group, `mail`, fate with a colon."""
    filters = production().all("aws_cloudwatch_log_metric_filter")
    counted = {
        one["metric_transformation"]["name"]: one["pattern"]
        for name, one in filters.items()
        if name.startswith("wordpress_mail_")
    }
    assert counted == {
        "MailSent": '[at, group, kind = "mail", fate = "sent*", ...]',
        "MailDeferred": '[at, group, kind = "mail", fate = "deferred*", ...]',
        "MailGivenUp": '[at, group, kind = "mail", fate = "given-up*", ...]',
    }


@pytest.mark.parametrize("script", ["send-mail.sh", "give-up-mail.sh"])
def test_a_letter_waits_where_its_server_is_out_of_order(script: str):
    """As here, where nothing is that the script needs. EX_TEMPFAIL: for any other status Postfix gives a letter up."""
    command = ["bash", files()[f"web/{script}"], "id", "to@example.net"]
    assert subprocess.run(command, input=b"x", capture_output=True, check=False).returncode == 75
