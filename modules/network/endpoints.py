"""AWS's own services, reached inside the VPC."""

from collections.abc import Iterable, Mapping

from constructs import Construct

from modules import aws
from modules.network.firewall import Firewall
from modules.network.network import Tier

SERVICES = ("ssm", "ssmmessages", "secretsmanager", "logs")
"""What a server calls while it runs: Session Manager's two, its secrets and its logs. Not `ec2messages`, which agents
have not used since 3.3.40 and regions launched since 2024 do not have.
https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-setting-up-messageAPIs.html"""


class Endpoints(Construct):
    """VPC endpoints for private servers: S3 by a gateway endpoint, which costs nothing, and, if asked for, the
    services that a running server calls by interface endpoints.

    Attributes:
        firewall: who may use the interface endpoints; None where there are none.
        ready: what must exist before a server uses them.
    """

    PORT = 443

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        region: str,
        tiers: Iterable[Tier],
        route_tables: Mapping[str, str],
        interfaces: bool,
        more_services: Iterable[str] = (),
    ) -> None:
        """
        Args:
            tiers: the private servers' subnets; an interface stands in the first tier of each zone.
            route_tables: the private servers' route tables, which lead to S3.
            interfaces: whether to make the interface endpoints.
            more_services: what servers call beside SERVICES, as endpoints are named.
        """
        super().__init__(scope, id)
        tiers = list(tiers)
        vpc_id = tiers[0].vpc_id
        aws.VpcEndpoint(
            self,
            "s3",
            vpc_id=vpc_id,
            service_name=f"com.amazonaws.{region}.s3",
            vpc_endpoint_type="Gateway",
            route_table_ids=list(route_tables.values()),
            tags={"Name": f"{name}-s3"},
        )
        self.firewall: Firewall | None = None
        self.ready: list[aws.VpcEndpoint] = []
        if not interfaces:
            return
        self.firewall = Firewall(
            self, id, vpc_id=vpc_id, name=f"{name}-endpoints", description="AWS services inside the VPC"
        )
        subnets = {zone: subnet for tier in reversed(tiers) for zone, subnet in tier.subnets.items()}
        self.ready = [
            aws.VpcEndpoint(
                self,
                service,
                vpc_id=vpc_id,
                service_name=f"com.amazonaws.{region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=list(subnets.values()),
                security_group_ids=[self.firewall.security_group_id],
                tags={"Name": f"{name}-{service}"},
            )
            for service in (*SERVICES, *more_services)
        ]
