"""The hands-on site with AWS CDK: `python with_aws_cdk.py RELEASE FOLDER`.

RELEASE is a folder with the boot script and the settings. L1 constructs, one for each resource of CloudFormation, so
that the same resources come out. CloudFormation has none for the copy of the first server's disk, for the VPC's default
security group, or for a value that is never stored: the second server starts from the first one's image, and Secrets
Manager makes up the passwords. Nor can a template ask whether a zone has the servers' type, or delete a bucket that is
not empty.

CloudFormation has no resource for an object of S3 either. Who deploys the template copies the archive, and the settings
that are its output, into the bucket, and starts the association once more: what Terraform does within an apply.
"""

import json
import sys
from pathlib import Path

from aws_cdk import App, Aws, CfnOutput, CfnTag, Environment, Fn, Stack, Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_ssm as ssm
from constructs import Construct

REGION = "ap-northeast-1"
VPC_CIDR = "10.0.0.0/21"
EVERYWHERE = "0.0.0.0/0"
ZONES = {"1a": "ap-northeast-1a", "1c": "ap-northeast-1c"}
CIDRS = {
    "public": {"1a": "10.0.0.0/24", "1c": "10.0.1.0/24"},
    "database": {"1a": "10.0.2.0/24", "1c": "10.0.3.0/24"},
}
TAGS = {"Environment": "handson", "ManagedBy": "cdk", "Project": "wordpress"}
SERVERS = {"1a": "WEBSERVER1", "1c": "WEBSERVER2"}
IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
GROUP = "handson-web"


def named(name: str, **others: str) -> list[CfnTag]:
    return [CfnTag(key=key, value=value) for key, value in {"Name": name, **others}.items()]


class HandsOn(Stack):
    def __init__(self, scope: Construct, id: str, release: Path) -> None:
        super().__init__(scope, id, env=Environment(region=REGION))
        for key, value in TAGS.items():
            Tags.of(self).add(key, value)
        self.network()
        self.firewall()
        self.database()
        self.uploads()
        self.load_balancer()
        self.stored()
        self.releases()
        self.permissions()
        self.servers((release / "boot.sh").read_text())
        self.outputs((release / "settings").read_text())

    def network(self) -> None:
        self.vpc = ec2.CfnVPC(
            self,
            "Vpc",
            cidr_block=VPC_CIDR,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags=named("handson"),
        )
        gateway = ec2.CfnInternetGateway(self, "Gateway", tags=named("handson"))
        attached = ec2.CfnVPCGatewayAttachment(
            self, "GatewayAttachment", vpc_id=self.vpc.ref, internet_gateway_id=gateway.ref
        )
        tables = {
            name: ec2.CfnRouteTable(self, f"{name.title()}Routes", vpc_id=self.vpc.ref, tags=named(f"handson-{name}"))
            for name in ("public", "private")
        }
        internet = ec2.CfnRoute(
            self,
            "Internet",
            route_table_id=tables["public"].ref,
            destination_cidr_block=EVERYWHERE,
            gateway_id=gateway.ref,
        )
        internet.add_resource_dependency(attached)
        self.subnets = {}
        self.routes = [internet]
        for tier, cidrs in CIDRS.items():
            self.subnets[tier] = {}
            for zone, cidr in cidrs.items():
                subnet = ec2.CfnSubnet(
                    self,
                    f"{tier.title()}{zone}",
                    vpc_id=self.vpc.ref,
                    availability_zone=ZONES[zone],
                    cidr_block=cidr,
                    tags=named(f"handson-{tier}-{zone}", Tier=tier),
                )
                table = tables["public" if tier == "public" else "private"]
                association = ec2.CfnSubnetRouteTableAssociation(
                    self, f"{tier.title()}{zone}Routes", subnet_id=subnet.ref, route_table_id=table.ref
                )
                self.subnets[tier][zone] = subnet
                if tier == "public":
                    self.routes.append(association)

    def firewall(self) -> None:
        groups = {
            "LoadBalancer": ("The load balancer", "handson-load-balancer"),
            "Web": ("The web servers", "WEB-SG-1"),
            "Database": ("The database", "RDS-SG-1"),
            "Uploads": ("The shared uploads", "handson-uploads"),
        }
        self.groups = {
            id: ec2.CfnSecurityGroup(
                self, f"{id}Group", vpc_id=self.vpc.ref, group_description=description, tags=named(name)
            )
            for id, (description, name) in groups.items()
        }
        for source, target, port in (("LoadBalancer", "Web", 80), ("Web", "Database", 3306), ("Web", "Uploads", 2049)):
            self.inward(target, source, port, source_security_group_id=self.groups[source].attr_group_id)
            self.outward(source, target, port, destination_security_group_id=self.groups[target].attr_group_id)
        self.inward("LoadBalancer", "Internet", 80, cidr_ip=EVERYWHERE)
        self.ways_out = [
            self.outward("Web", "Internet", 443, cidr_ip=EVERYWHERE),
            self.outward("Web", "Internet", 80, cidr_ip=EVERYWHERE),
            self.outward("Web", "Dns", 53, cidr_ip=VPC_CIDR),
            self.outward("Web", "Dns", 53, protocol="udp", cidr_ip=VPC_CIDR),
        ]

    def inward(self, group: str, source: str, port: int, **peer: str) -> None:
        ec2.CfnSecurityGroupIngress(
            self,
            f"{group}From{source}{port}",
            group_id=self.groups[group].attr_group_id,
            description=f"{source} to {group}",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            **peer,
        )

    def outward(
        self, group: str, target: str, port: int, protocol: str = "tcp", **peer: str
    ) -> ec2.CfnSecurityGroupEgress:
        return ec2.CfnSecurityGroupEgress(
            self,
            f"{group}To{target}{port}{protocol}",
            group_id=self.groups[group].attr_group_id,
            description=f"{group} to {target}",
            ip_protocol=protocol,
            from_port=port,
            to_port=port,
            **peer,
        )

    def secret(self, id: str, description: str, length: int, **plain: str) -> secretsmanager.CfnSecret:
        return secretsmanager.CfnSecret(
            self,
            f"{id.title()}Secret",
            description=f"handson: {description}",
            generate_secret_string=secretsmanager.CfnSecret.GenerateSecretStringProperty(
                secret_string_template=json.dumps(plain),
                generate_string_key="password",
                password_length=length,
                exclude_punctuation=True,
            ),
            tags=named(f"handson-{id}"),
        )

    def database(self) -> None:
        self.secrets = {
            "database": self.secret("database", "the database's user and password", 32, username="wordpress")
        }
        parameters = rds.CfnDBParameterGroup(
            self,
            "DatabaseParameters",
            description="handson: the database's parameters",
            family="mysql8.4",
            parameters={"require_secure_transport": "1"},
            tags=named("handson-database"),
        )
        subnets = rds.CfnDBSubnetGroup(
            self,
            "DatabaseSubnets",
            db_subnet_group_description="handson: the database's subnets",
            subnet_ids=[subnet.ref for subnet in self.subnets["database"].values()],
            tags=named("handson-database"),
        )
        stored = f"{{{{resolve:secretsmanager:{self.secrets['database'].ref}:SecretString:password}}}}"
        self.mysql = rds.CfnDBInstance(
            self,
            "Database",
            db_instance_identifier="handson-database",
            engine="mysql",
            engine_version="8.4",
            db_instance_class="db.t3.micro",
            multi_az=True,
            allocated_storage="20",
            max_allocated_storage=100,
            storage_type="gp3",
            storage_encrypted=True,
            db_name="wordpress",
            master_username="wordpress",
            master_user_password=stored,
            port="3306",
            publicly_accessible=False,
            db_subnet_group_name=subnets.ref,
            db_parameter_group_name=parameters.ref,
            vpc_security_groups=[self.groups["Database"].attr_group_id],
            backup_retention_period=7,
            preferred_backup_window="17:00-17:30",
            preferred_maintenance_window="sat:18:00-sat:18:30",
            auto_minor_version_upgrade=True,
            copy_tags_to_snapshot=True,
            deletion_protection=False,
            enable_performance_insights=False,
            tags=named("handson-database"),
        )

    def uploads(self) -> None:
        self.files = efs.CfnFileSystem(
            self,
            "Files",
            encrypted=True,
            throughput_mode="elastic",
            lifecycle_policies=[
                efs.CfnFileSystem.LifecyclePolicyProperty(transition_to_ia="AFTER_30_DAYS"),
                efs.CfnFileSystem.LifecyclePolicyProperty(transition_to_primary_storage_class="AFTER_1_ACCESS"),
            ],
            backup_policy=efs.CfnFileSystem.BackupPolicyProperty(status="ENABLED"),
            file_system_tags=[efs.CfnFileSystem.ElasticFileSystemTagProperty(key="Name", value="handson-uploads")],
        )
        self.access_point = efs.CfnAccessPoint(
            self,
            "FilesAccess",
            file_system_id=self.files.ref,
            posix_user=efs.CfnAccessPoint.PosixUserProperty(uid="48", gid="48"),
            root_directory=efs.CfnAccessPoint.RootDirectoryProperty(
                path="/uploads",
                creation_info=efs.CfnAccessPoint.CreationInfoProperty(
                    owner_uid="48", owner_gid="48", permissions="0755"
                ),
            ),
            access_point_tags=[efs.CfnAccessPoint.AccessPointTagProperty(key="Name", value="handson-uploads")],
        )
        self.mounts = [
            efs.CfnMountTarget(
                self,
                f"Files{zone}",
                file_system_id=self.files.ref,
                subnet_id=subnet.ref,
                security_groups=[self.groups["Uploads"].attr_group_id],
            )
            for zone, subnet in self.subnets["database"].items()
        ]

    def load_balancer(self) -> None:
        attributes = {
            "idle_timeout.timeout_seconds": "60",
            "routing.http2.enabled": "true",
            "routing.http.drop_invalid_header_fields.enabled": "true",
            "routing.http.desync_mitigation_mode": "defensive",
            "deletion_protection.enabled": "false",
        }
        self.balancer = elb.CfnLoadBalancer(
            self,
            "Balancer",
            name="handson",
            type="application",
            scheme="internet-facing",
            security_groups=[self.groups["LoadBalancer"].attr_group_id],
            subnets=[subnet.ref for subnet in self.subnets["public"].values()],
            load_balancer_attributes=[
                elb.CfnLoadBalancer.LoadBalancerAttributeProperty(key=key, value=value)
                for key, value in attributes.items()
            ],
            tags=named("handson-load-balancer"),
        )
        attributes = {
            "deregistration_delay.timeout_seconds": "30",
            "stickiness.enabled": "false",
            "stickiness.type": "lb_cookie",
        }
        self.targets = elb.CfnTargetGroup(
            self,
            "WebTargets",
            vpc_id=self.vpc.ref,
            port=80,
            protocol="HTTP",
            target_type="instance",
            health_check_path="/health.php",
            matcher=elb.CfnTargetGroup.MatcherProperty(http_code="200"),
            health_check_interval_seconds=10,
            health_check_timeout_seconds=5,
            healthy_threshold_count=2,
            unhealthy_threshold_count=2,
            target_group_attributes=[
                elb.CfnTargetGroup.TargetGroupAttributeProperty(key=key, value=value)
                for key, value in attributes.items()
            ],
            tags=named("handson-web"),
        )
        elb.CfnListener(
            self,
            "Http",
            load_balancer_arn=self.balancer.ref,
            port=80,
            protocol="HTTP",
            default_actions=[elb.CfnListener.ActionProperty(type="forward", target_group_arn=self.targets.ref)],
        )

    def stored(self) -> None:
        self.secrets["salts"] = self.secret("salts", "what WordPress signs cookies with, the same on every server", 512)
        self.secrets["admin"] = self.secret(
            "admin", "WordPress's first user", 24, username="administrator", email="wordpress@example.com"
        )
        self.log_group = logs.CfnLogGroup(self, "Logs", log_group_name="/handson/wordpress", retention_in_days=30)
        logs.CfnMetricFilter(
            self,
            "Checks",
            filter_name="checks",
            log_group_name=self.log_group.ref,
            filter_pattern='[at, group = "/*", check = "*-check", result = "failed*", ...]',
            metric_transformations=[
                logs.CfnMetricFilter.MetricTransformationProperty(
                    metric_name="CheckFailed",
                    metric_namespace="Pressform",
                    metric_value="1",
                    dimensions=[
                        logs.CfnMetricFilter.DimensionProperty(key=key, value=value)
                        for key, value in (("Check", "$check"), ("LogGroup", "$group"))
                    ],
                )
            ],
        )

    def releases(self) -> None:
        self.bucket = s3.CfnBucket(
            self,
            "Releases",
            public_access_block_configuration=s3.CfnBucket.PublicAccessBlockConfigurationProperty(
                block_public_acls=True,
                block_public_policy=True,
                ignore_public_acls=True,
                restrict_public_buckets=True,
            ),
            versioning_configuration=s3.CfnBucket.VersioningConfigurationProperty(status="Enabled"),
            lifecycle_configuration=s3.CfnBucket.LifecycleConfigurationProperty(
                rules=[
                    s3.CfnBucket.RuleProperty(
                        id="expire",
                        status="Enabled",
                        noncurrent_version_expiration=s3.CfnBucket.NoncurrentVersionExpirationProperty(
                            noncurrent_days=90
                        ),
                        abort_incomplete_multipart_upload=s3.CfnBucket.AbortIncompleteMultipartUploadProperty(
                            days_after_initiation=7
                        ),
                    )
                ]
            ),
            tags=named("handson-releases"),
        )
        only_tls = iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(
                    sid="OnlyTls",
                    effect=iam.Effect.DENY,
                    principals=[iam.StarPrincipal()],
                    actions=["s3:*"],
                    resources=[self.bucket.attr_arn, f"{self.bucket.attr_arn}/*"],
                    conditions={"Bool": {"aws:SecureTransport": "false"}},
                )
            ]
        )
        s3.CfnBucketPolicy(self, "ReleasesPolicy", bucket=self.bucket.ref, policy_document=only_tls)
        ssm.CfnAssociation(
            self,
            "ReleaseStep",
            name="AWS-RunShellScript",
            association_name="handson-web-release",
            targets=[ssm.CfnAssociation.TargetProperty(key="tag:Releases", values=[GROUP])],
            # Without the digest of the settings: a template has no function for one.
            parameters={"commands": ["/opt/pressform/bootstrap.sh"], "executionTimeout": ["1800"]},
            max_concurrency="1",
            max_errors="0",
        )

    def permissions(self) -> None:
        trust = iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(actions=["sts:AssumeRole"], principals=[iam.ServicePrincipal("ec2.amazonaws.com")])
            ]
        )
        allowed = iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(
                    sid="ReadSecrets",
                    actions=["secretsmanager:GetSecretValue"],
                    resources=[secret.ref for secret in self.secrets.values()],
                ),
                iam.PolicyStatement(
                    sid="WriteLogs",
                    actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                    resources=[self.log_group.attr_arn],
                ),
                iam.PolicyStatement(
                    sid="MountUploads",
                    actions=["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
                    resources=[self.files.attr_arn],
                ),
                iam.PolicyStatement(
                    sid="ReadReleases",
                    actions=["s3:GetObject", "s3:GetObjectVersion"],
                    resources=[f"{self.bucket.attr_arn}/{key}" for key in ("release.tar", "settings/web", "good/web")],
                ),
                iam.PolicyStatement(
                    sid="SayWhatIsGood",
                    actions=["s3:PutObject"],
                    resources=[f"{self.bucket.attr_arn}/good/web"],
                ),
                iam.PolicyStatement(
                    sid="MoveSites",
                    actions=["s3:GetObject", "s3:PutObject"],
                    resources=[f"{self.bucket.attr_arn}/moving/*"],
                ),
            ]
        )
        role = iam.CfnRole(
            self,
            "Role",
            assume_role_policy_document=trust,
            managed_policy_arns=[f"arn:{Aws.PARTITION}:iam::aws:policy/AmazonSSMManagedInstanceCore"],
            tags=named("handson-web"),
        )
        self.granted = iam.CfnRolePolicy(
            self, "Policy", policy_name="site", role_name=role.ref, policy_document=allowed
        )
        self.profile = iam.CfnInstanceProfile(self, "Profile", roles=[role.ref])

    def filled(self, text: str) -> str:
        """The text with references in its gaps."""
        for name, value in {
            "BUCKET": self.bucket.ref,
            "LOG_GROUP": self.log_group.ref,
            "LOAD_BALANCER": self.balancer.attr_dns_name,
            "DATABASE_HOST": self.mysql.attr_endpoint_address,
            "DATABASE_SECRET": self.secrets["database"].ref,
            "SALTS_SECRET": self.secrets["salts"].ref,
            "ADMIN_SECRET": self.secrets["admin"].ref,
            "UPLOADS_FILE_SYSTEM": self.files.ref,
            "UPLOADS_ACCESS_POINT": self.access_point.ref,
        }.items():
            text = text.replace(f"{{{{{name}}}}}", value)
        return text

    def servers(self, boot_script: str) -> None:
        user_data = Fn.base64(self.filled(boot_script))
        image = ssm.StringParameter.value_for_typed_string_parameter_v2(
            self, IMAGE, ssm.ParameterValueType.AWS_EC2_IMAGE_ID
        )
        self.web_servers = {}
        for zone, name in SERVERS.items():
            server = ec2.CfnInstance(
                self,
                name.title(),
                image_id=image,
                instance_type="t2.micro",
                iam_instance_profile=self.profile.ref,
                user_data=user_data,
                network_interfaces=[
                    ec2.CfnInstance.NetworkInterfaceProperty(
                        device_index="0",
                        associate_public_ip_address=True,
                        subnet_id=self.subnets["public"][zone].ref,
                        group_set=[self.groups["Web"].attr_group_id],
                    )
                ],
                metadata_options=ec2.CfnInstance.MetadataOptionsProperty(
                    http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
                ),
                block_device_mappings=[
                    ec2.CfnInstance.BlockDeviceMappingProperty(
                        device_name="/dev/xvda",
                        ebs=ec2.CfnInstance.EbsProperty(encrypted=True, volume_size=16, volume_type="gp3"),
                    )
                ],
                propagate_tags_to_volume_on_creation=True,
                tags=named(name, Releases=GROUP),
            )
            for needed in (
                *self.routes,
                *self.secrets.values(),
                *self.mounts,
                self.granted,
                *self.ways_out,
            ):
                server.add_resource_dependency(needed)
            self.web_servers[name] = server
        self.targets.targets = [
            elb.CfnTargetGroup.TargetDescriptionProperty(id=server.ref, port=80) for server in self.web_servers.values()
        ]

    def outputs(self, settings: str) -> None:
        for id, value, description in (
            ("SiteUrl", f"http://{self.balancer.attr_dns_name}", "The site's address"),
            ("LoadBalancerDnsName", self.balancer.attr_dns_name, "The load balancer's own name"),
            ("AdminSecretArn", self.secrets["admin"].ref, "Where the first user's password is"),
            ("DatabaseEndpoint", self.mysql.attr_endpoint_address, "The database's host name"),
            ("DatabaseSecretArn", self.secrets["database"].ref, "Where the database's user and password are"),
            ("ReleasesBucket", self.bucket.ref, "Where the archive is to be: release.tar"),
            ("ReleaseSettings", self.filled(settings), "What is to be settings/web in the bucket"),
            *(
                (name.title() + "Shell", f"aws ssm start-session --region {REGION} --target {server.ref}", "A shell")
                for name, server in self.web_servers.items()
            ),
        ):
            CfnOutput(self, id, value=value, description=description)


if __name__ == "__main__":
    app = App(outdir=sys.argv[2])
    HandsOn(app, "handson", Path(sys.argv[1]))
    app.synth()
