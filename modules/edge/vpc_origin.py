"""The way from CloudFront to the load balancer, inside the VPC."""

import json

from constructs import Construct

from modules import aws
from modules.edge.load_balancer import HTTP, HTTPS, LoadBalancer
from modules.terraform.condition import Condition

EXCLUDED = ("apne1-az3", "cac1-az3", "use1-az3", "usw1-az2")
"""Zones, by id, in which a VPC origin cannot reach a load balancer. Which letter a zone has differs by account.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html"""

DEPLOYS_WITHIN = "45m"
"""AWS says up to fifteen minutes, which is as long as the provider waits by default."""


class VpcOrigin(Construct):
    """A VPC origin, and the rule that lets CloudFront use it: nobody gets around CloudFront, because the load balancer
    has no public address. It costs nothing.

    The other way is a public load balancer that admits CloudFront's addresses. They are those of everybody's
    distributions, and the secret header that would tell ours from others stands in Terraform's plan and state.
    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html

    Attributes:
        id: for the distribution's origin.
    """

    def __init__(self, scope: Construct, id: str, *, name: str, to: LoadBalancer) -> None:
        """
        Args:
            name: the VPC origin's.
            to: an internal load balancer that serves HTTPS.
        """
        super().__init__(scope, f"{id}_way")
        # On one port alone: AWS counts this list as 55 rules, and a security group has 60.
        cloudfront = aws.DataAwsEc2ManagedPrefixList(self, id, name="com.amazonaws.global.cloudfront.origin-facing")
        rule = f"load_balancer_from_{id}_{HTTPS}"
        aws.VpcSecurityGroupIngressRule(
            self,
            rule,
            security_group_id=to.firewall.security_group_id,
            ip_protocol="tcp",
            from_port=HTTPS,
            to_port=HTTPS,
            prefix_list_id=cloudfront.id,
            description=f"{id} to load balancer",
            tags={"Name": rule.replace("_", "-")},
        )
        origin = aws.CloudfrontVpcOrigin(
            self,
            id,
            vpc_origin_endpoint_config=[
                aws.CloudfrontVpcOriginVpcOriginEndpointConfig(
                    name=name,
                    arn=to.arn,
                    http_port=HTTP,
                    https_port=HTTPS,
                    origin_protocol_policy="https-only",
                    origin_ssl_protocols=[
                        aws.CloudfrontVpcOriginVpcOriginEndpointConfigOriginSslProtocols(items=["TLSv1.2"], quantity=1)
                    ],
                )
            ],
            tags={"Name": name},
            timeouts={"create": DEPLOYS_WITHIN, "update": DEPLOYS_WITHIN, "delete": DEPLOYS_WITHIN},
            lifecycle=self._zones_are_reached(id, to.zones).before,
        )
        self.id = origin.id

    def _zones_are_reached(self, id: str, zones: list[str]) -> Condition:
        known = aws.DataAwsAvailabilityZones(self, id, state="available").fqn
        zone_id = f'lookup(zipmap({known}.names, {known}.zone_ids), zone, "")'
        shut_out = f"[for zone in {json.dumps(zones)} : zone if contains({json.dumps(EXCLUDED)}, {zone_id})]"
        return Condition(
            f"length({shut_out}) == 0",
            f'CloudFront does not reach ${{join(", ", {shut_out})}} of this account, one of the zones '
            f"{', '.join(EXCLUDED)}. Let the servers' subnets in [network] stand in other zones, or leave [cdn] out.",
        )
