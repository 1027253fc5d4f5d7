"""The app that is measured: 42 resources of a site in two zones, fixed so that figures compare.

    python -m benchmarks.app (none | plain | pressform) FOLDER

synthesizes it into FOLDER: without any AWS resource, with the bindings imported as their
documentation says, or with `modules.aws`. The last two write the same Terraform.
"""

import sys

from cdktf import App, TerraformOutput, TerraformStack


class PlainBindings:
    """The classes of the bindings by name, after the import of all of them."""

    def __init__(self) -> None:
        import cdktf_cdktf_provider_aws

        self._submodules = vars(cdktf_cdktf_provider_aws).values()

    def __getattr__(self, name: str) -> type:
        return next(getattr(module, name) for module in self._submodules if hasattr(module, name))


def add_site(stack: TerraformStack, aws) -> None:
    """Add the 42 resources, with the classes that `aws` has as attributes.

    Ids differ even between resource types, as plain bindings demand within one scope.
    """
    zones = {"a": "ap-northeast-1a", "c": "ap-northeast-1c"}
    aws.AwsProvider(stack, "aws", region="ap-northeast-1")
    image = aws.DataAwsSsmParameter(stack, "image", name="/aws/service/ami-amazon-linux-latest/al2023")

    vpc = aws.Vpc(stack, "vpc", cidr_block="10.0.0.0/16", enable_dns_hostnames=True)
    aws.DefaultSecurityGroup(stack, "emptied", vpc_id=vpc.id)
    gateway = aws.InternetGateway(stack, "gateway", vpc_id=vpc.id)
    subnets: dict[str, list] = {}
    for tier in ("public", "private"):
        table = aws.RouteTable(stack, f"{tier}_routes", vpc_id=vpc.id, tags={"Name": tier})
        if tier == "public":
            aws.Route(
                stack,
                "internet",
                route_table_id=table.id,
                destination_cidr_block="0.0.0.0/0",
                gateway_id=gateway.id,
            )
        subnets[tier] = []
        for number, (letter, zone) in enumerate(zones.items()):
            subnet = aws.Subnet(
                stack,
                f"{tier}_{letter}",
                vpc_id=vpc.id,
                availability_zone=zone,
                cidr_block=f"10.0.{number + 10 * (tier == 'private')}.0/24",
                tags={"Name": f"{tier}-{letter}"},
            )
            aws.RouteTableAssociation(stack, f"{tier}_{letter}_routes", subnet_id=subnet.id, route_table_id=table.id)
            subnets[tier].append(subnet)

    groups = {
        name: aws.SecurityGroup(stack, f"{name}_group", vpc_id=vpc.id, description=name)
        for name in ("balancer", "web", "database")
    }
    aws.VpcSecurityGroupIngressRule(
        stack,
        "balancer_from_internet",
        security_group_id=groups["balancer"].id,
        cidr_ipv4="0.0.0.0/0",
        ip_protocol="tcp",
        from_port=80,
        to_port=80,
    )
    aws.VpcSecurityGroupEgressRule(
        stack,
        "web_to_internet",
        security_group_id=groups["web"].id,
        cidr_ipv4="0.0.0.0/0",
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
    )
    for source, target, port in (("balancer", "web", 80), ("web", "database", 3306)):
        ports = {"ip_protocol": "tcp", "from_port": port, "to_port": port}
        aws.VpcSecurityGroupIngressRule(
            stack,
            f"{target}_from_{source}",
            security_group_id=groups[target].id,
            referenced_security_group_id=groups[source].id,
            **ports,
        )
        aws.VpcSecurityGroupEgressRule(
            stack,
            f"{source}_to_{target}",
            security_group_id=groups[source].id,
            referenced_security_group_id=groups[target].id,
            **ports,
        )

    role = aws.IamRole(stack, "role", assume_role_policy="{}")
    aws.IamRolePolicyAttachment(
        stack,
        "session_manager",
        role=role.name,
        policy_arn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
    )
    profile = aws.IamInstanceProfile(stack, "profile", role=role.name)
    targets = aws.LbTargetGroup(
        stack,
        "web_targets",
        vpc_id=vpc.id,
        port=80,
        protocol="HTTP",
        health_check=aws.LbTargetGroupHealthCheck(path="/health", interval=10),
    )
    for letter, subnet in zip(zones, subnets["public"], strict=True):
        server = aws.Instance(
            stack,
            f"web_{letter}",
            ami=image.insecure_value,
            instance_type="t3.micro",
            subnet_id=subnet.id,
            iam_instance_profile=profile.name,
            vpc_security_group_ids=[groups["web"].id],
            metadata_options=aws.InstanceMetadataOptions(http_tokens="required"),
            root_block_device=aws.InstanceRootBlockDevice(encrypted=True),
        )
        aws.LbTargetGroupAttachment(stack, f"web_{letter}_target", target_group_arn=targets.arn, target_id=server.id)
    balancer = aws.Lb(
        stack,
        "balancer",
        load_balancer_type="application",
        security_groups=[groups["balancer"].id],
        subnets=[subnet.id for subnet in subnets["public"]],
    )
    aws.LbListener(
        stack,
        "http",
        load_balancer_arn=balancer.arn,
        port=80,
        protocol="HTTP",
        default_action=[aws.LbListenerDefaultAction(type="forward", target_group_arn=targets.arn)],
    )

    secret = aws.SecretsmanagerSecret(stack, "secret", name_prefix="database-")
    aws.SecretsmanagerSecretVersion(stack, "password", secret_id=secret.id, secret_string="unset")
    aws.DbInstance(
        stack,
        "database",
        instance_class="db.t3.micro",
        engine="mysql",
        engine_version="8.4",
        multi_az=True,
        allocated_storage=20,
        vpc_security_group_ids=[groups["database"].id],
        db_subnet_group_name=aws.DbSubnetGroup(
            stack, "database_subnets", subnet_ids=[subnet.id for subnet in subnets["private"]]
        ).name,
        parameter_group_name=aws.DbParameterGroup(
            stack,
            "database_parameters",
            family="mysql8.4",
            parameter=[aws.DbParameterGroupParameter(name="require_secure_transport", value="ON")],
        ).name,
    )

    files = aws.EfsFileSystem(stack, "uploads", encrypted=True)
    aws.EfsAccessPoint(stack, "uploads_access", file_system_id=files.id)
    for letter, subnet in zip(zones, subnets["private"], strict=True):
        aws.EfsMountTarget(stack, f"uploads_{letter}", file_system_id=files.id, subnet_id=subnet.id)


def main(bindings: str, folder: str) -> None:
    app = App(outdir=folder)
    stack = TerraformStack(app, "site")
    if bindings == "plain":
        add_site(stack, PlainBindings())
    elif bindings == "pressform":
        from modules import aws

        add_site(stack, aws)
    TerraformOutput(stack, "region", value="ap-northeast-1")
    app.synth()


if __name__ == "__main__":
    main(*sys.argv[1:])
