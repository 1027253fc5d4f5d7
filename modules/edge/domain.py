"""The site's own names: their certificate, and the records that lead to the access point."""

import re
from typing import Protocol

from constructs import Construct

from modules import aws
from modules.settings.https import Https as Settings
from modules.terraform.accepted import accept
from modules.terraform.metric_source import MetricSource, offer_metrics


class AccessPoint(Protocol):
    """What visitors reach: a load balancer, or a distribution of CloudFront's.

    Attributes:
        dns_name: its name in the DNS of AWS, which an alias record points to.
        zone_id: the hosted zone of that name.
    """

    dns_name: str
    zone_id: str


class Domain(Construct):
    """A certificate for every name of the site, validated and renewed by DNS, and alias records for each.

    A certificate or a hosted zone that exists already is used as it is.

    Attributes:
        names: all of them, the main one first.
        leads_here: visitors who ask for a name are to come to this site, and to no other.
        proofs: the records that prove to ACM that the names are ours; none for a certificate that exists already.
        url: the site's address.
        certificate_arn: the certificate, once it is issued.
        name_servers: of the zone, where it was made here: what the registrar must point to.
        zone_id: the hosted zone of the names, where they are kept in Route 53.
    """

    def __init__(self, scope: Construct, id: str, settings: Settings, *, name: str) -> None:
        super().__init__(scope, id)
        self.names = [settings.domain, *settings.more_names]
        self.leads_here = settings.records != "none"
        self.proofs: list[aws.Route53Record] = []
        self.url = f"https://{settings.domain}"
        self.name_servers: list[str] | None = None
        self.zone_id = self._zone(id, settings, name)
        self._records = settings.records
        self.certificate_arn = settings.certificate_arn or self._certificate(id, name)
        certificate = {"CertificateArn": self.certificate_arn}
        offer_metrics(self, MetricSource("certificate", "Certificate", {id: certificate}))

    def lead_to(self, access_point: AccessPoint) -> None:
        """Writes the names' records, unless the names are kept elsewhere, or lead to another site."""
        if self.zone_id is None or not self.leads_here:
            return
        for name in self.names:
            for kind in ("A", "AAAA"):
                aws.Route53Record(
                    self,
                    f"{_id(name)}_{kind.lower()}",
                    zone_id=self.zone_id,
                    name=name,
                    type=kind,
                    alias={
                        "name": access_point.dns_name,
                        "zone_id": access_point.zone_id,
                        "evaluate_target_health": False,
                    },
                    allow_overwrite=self._records == "take_over" or None,
                )

    def _zone(self, id: str, settings: Settings, name: str) -> str | None:
        if settings.create_zone:
            assert settings.zone is not None  # the settings' rules ask for it
            zone = aws.Route53Zone(self, id, name=settings.zone, tags={"Name": name})
            why = "Signing takes a record at the registrar, which Terraform cannot write."
            accept(zone, "CKV2_AWS_38", why)
            self.name_servers = zone.name_servers
            return zone.zone_id
        if settings.zone:
            return aws.DataAwsRoute53Zone(self, id, name=settings.zone, private_zone=False).zone_id
        return settings.zone_id

    def _certificate(self, id: str, name: str) -> str:
        certificate = aws.AcmCertificate(
            self,
            id,
            domain_name=self.names[0],
            subject_alternative_names=self.names[1:] or None,
            validation_method="DNS",
            tags={"Name": name},
            lifecycle={"create_before_destroy": True},
        )
        self.proofs = [self._validation(f"{certificate.fqn}.domain_validation_options", name) for name in self.names]
        validation = aws.AcmCertificateValidation(
            self, id, certificate_arn=certificate.arn, validation_record_fqdns=[record.fqdn for record in self.proofs]
        )
        return validation.certificate_arn

    def _validation(self, options: str, name: str) -> aws.Route53Record:
        """The record that proves to ACM that the name is ours. It is looked up by the name, not by its place in the
        certificate's list, so that a further name moves no other record."""

        def of_name(attribute: str) -> str:
            return f'${{one([for option in {options} : option.{attribute} if option.domain_name == "{name}"])}}'

        assert self.zone_id is not None  # the settings' rules ask for a zone where no certificate is given
        return aws.Route53Record(
            self,
            f"{_id(name)}_validation",
            zone_id=self.zone_id,
            name=of_name("resource_record_name"),
            type=of_name("resource_record_type"),
            records=[of_name("resource_record_value")],
            ttl=300,
            # The proof of a name is the same for every certificate: another one may have written it already.
            allow_overwrite=True,
        )


def _id(name: str) -> str:
    """A name as a Terraform id, one to one: `blog-x.example.com` is `domain_blog_dash_x_example_com`. A name that has
    the word itself, `blog.dash.x.example.com`, is `domain_blog_dash0_x_example_com`."""
    return "domain_" + re.sub(r"\b(dash0*)\b", r"\g<1>0", name).replace("-", "_dash_").replace(".", "_")
