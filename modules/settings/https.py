"""[https]: the site's own name, and the certificate with which HTTPS ends at the load balancer."""

from typing import Annotated, Literal

from pydantic import Field

from modules.settings.types import CertificateArn, DomainName, Section, ZoneId


class Https(Section):
    """Left out, the site answers by HTTP at the load balancer's own name, as the article starts. With it, port 80
    redirects to 443, and inside the VPC everything stays HTTP."""

    domain: DomainName
    """The site's name. WordPress's address becomes https://domain."""

    more_names: Annotated[tuple[DomainName, ...], Field(strict=False, max_length=99)] = ()
    """Further names that lead to the site, such as www.example.com. They need no place in `certificate_arn`'s
    certificate by this file's doing: a certificate that is made here has them all. ACM puts ten names into one, and
    up to a hundred for an account that has asked for more."""

    redirect_names: bool = True
    """Whoever comes by another name is sent to `domain`, path and query kept (301), so that a page has one address.
    Off, every name shows the site, whose links lead to `domain`."""

    zone: DomainName | None = None
    """The Route 53 public hosted zone that holds the names. The certificate's validation records and the names'
    own records are written into it."""

    zone_id: ZoneId | None = None
    """The hosted zone by id, where its name does not single it out. Instead of `zone`."""

    create_zone: bool = False
    """Makes the hosted zone `zone`. Its name servers are an output: the certificate is not issued until the
    registrar points to them, and the first `terraform apply` waits for that."""

    certificate_arn: CertificateArn | None = None
    """An ACM certificate that exists already, in the load balancer's region. Left out, one is made and renews itself;
    that needs `zone` or `zone_id`. With it, `zone` may be left out where the names are kept elsewhere."""

    records: Literal["create", "take_over", "none"] = "create"
    """The names' own records in the zone. "none" writes none, and does not tell CloudFront the names: for a site that
    stands beside the one that has them. "take_over" writes over those that are there. docs/operations.md moves a domain
    from one site to another with them, and has the order."""

    hsts_max_age: Annotated[int, Field(ge=0, le=63_072_000)] = 0
    """Seconds that browsers refuse plain HTTP to the domain (HSTS, RFC 6797); a year is 31536000. 0 sends no such
    header: once sent, it cannot be taken back."""
