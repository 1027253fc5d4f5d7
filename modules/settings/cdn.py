"""[cdn]: CloudFront in front of the load balancer."""

from typing import Annotated, Literal

from pydantic import Field

from modules.settings.types import CertificateArn, Section

EDGE_REGION = "us-east-1"
"""Where CloudFront takes certificates and firewalls from, whatever the site's region.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html"""


class Cdn(Section):
    """Left out, visitors reach the load balancer itself. With it, they reach CloudFront at the nearest of its places,
    which keeps the pictures, styles and scripts, and for seconds the pages of visitors who have no name, and asks the
    load balancer for everything else; the load balancer is internal then, and nobody gets around CloudFront. It needs
    `https`. CloudFront has no fixed price; Japan pays about 0.11 USD for each GB and 1.20 USD for a million requests,
    after a free terabyte and ten million requests a month. Turning it on or off for a live site replaces the load
    balancer."""

    price_class: Literal["100", "200", "all"] = "200"
    """Where CloudFront answers, which sets its price: "100" is North America, Europe and Israel, "200"
    adds Asia and Africa, "all" adds South America and Oceania."""

    certificate_arn: CertificateArn | None = None
    """An ACM certificate of the site's names in us-east-1, where CloudFront takes its certificates from. Left out, one
    is made beside the load balancer's; that needs one that is made here too."""

    page_seconds: Annotated[int, Field(ge=0, le=60)] = 10
    """How long CloudFront keeps a page for anonymous visitors, by the rules of [page_cache]: so long a change in
    WordPress may go unseen, less than CloudFront takes to be told of it. While all servers are down it serves what it
    has for `page_cache.stale_minutes`. 0 keeps no page there. Pictures are kept for a week; when one is deleted or
    replaced, the servers tell CloudFront within seconds, over the NAT gateway: 1,000 pictures a month cost nothing,
    each one more 0.005 USD."""
