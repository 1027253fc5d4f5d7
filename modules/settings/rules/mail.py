"""[mail]: how the letters leave that WordPress writes."""

from collections.abc import Iterator

from modules.settings.mail import WITHOUT_SES, Mail
from modules.settings.network import SERVER_TIERS, Network
from modules.settings.partitions import partition_of
from modules.settings.problems import Problem, shown


def the_region_has_ses(region: str, mail: Mail | None) -> Iterator[Problem]:
    """https://docs.aws.amazon.com/general/latest/gr/ses.html"""
    if mail is None or not mail.by_ses:
        return
    key, sends = ("mail.region", mail.region) if mail.region else ("region", region)
    partition = partition_of(sends)
    if partition is None or not partition.has_ses or sends in WITHOUT_SES:
        allowed = "one that has SES, in mail.region; or a service of your own, in [mail.smtp]"
        yield Problem(key, f"{shown(sends)}, which has no SES, beside [mail]", allowed)
    elif partition != partition_of(region):
        yield Problem(key, shown(sends), f"a region of the partition that {region} is in: accounts end there")


def private_servers_reach_ses(region: str, network: Network, mail: Mail | None) -> Iterator[Problem]:
    """An endpoint leads to the services of its own region."""
    if (
        mail is None
        or network.vpc_id
        or network.nat != "none"
        or not any(getattr(network, tier) for tier in SERVER_TIERS)
    ):
        return
    if mail.smtp and not mail.trap:
        allowed = '"one" or "per-zone": private servers reach a mail service on the internet by NAT'
        yield Problem("network.nat", '"none", beside [mail.smtp]', allowed)
    elif mail.by_ses and mail.region not in (None, region):
        allowed = f"{region}, or a NAT: without one, servers reach SES by an endpoint of their own region"
        yield Problem("mail.region", f'{shown(mail.region)}, beside network.nat = "none"', allowed)


def a_service_of_ones_own_is_reached(region: str, mail: Mail | None) -> Iterator[Problem]:
    """https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-resource-limits.html#port-25-throttle"""
    smtp = mail.smtp if mail else None
    if smtp and smtp.port == 25:
        yield Problem("mail.smtp.port", "25", "587, 465 or another that the service has: EC2 keeps port 25 closed")
    if smtp and smtp.secret_arn and (found := smtp.secret_arn.split(":")[3]) != region:
        yield Problem("mail.smtp.secret_arn", f"a secret in {found}", f"one in {region}, where the servers are")


def what_is_sess_stands_alone(mail: Mail | None) -> Iterator[Problem]:
    if mail is None or not mail.smtp:
        return
    for key in ("region", "configuration_set", "zone_id", "bounces_to"):
        value = getattr(mail, key)
        if value:
            found = shown(value) if isinstance(value, str) else "addresses"
            yield Problem(f"mail.{key}", f"{found}, beside [mail.smtp]", "nothing: it is SES's, which is not used")


def bounces_have_a_topic(mail: Mail | None) -> Iterator[Problem]:
    if mail and mail.configuration_set and mail.bounces_to:
        allowed = "nothing: that set says itself where they go"
        yield Problem("mail.bounces_to", "addresses, beside mail.configuration_set", allowed)
