"""The way from CloudFront to the load balancer, inside the VPC."""

from constructs import Construct

from modules import aws
from modules.edge.load_balancer import HTTP, HTTPS, LoadBalancer


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
        )
        self.id = origin.id
