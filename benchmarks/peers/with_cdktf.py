"""The hands-on site with plain cdktf: `python with_cdktf.py RELEASE FOLDER`.

RELEASE is a folder with the boot script, the settings and the archive. Imports, props and overrides are as cdktf's
documentation shows them. For cdktn the benchmark changes the names alone.
"""

import hashlib
import shutil
import sys
from pathlib import Path
from typing import Any

from cdktf import (
    App,
    DataResource,
    Fn,
    ITerraformDependable,
    LocalBackend,
    Postcondition,
    Precondition,
    TerraformLocal,
    TerraformOutput,
    TerraformStack,
)
from cdktf_cdktf_provider_aws.ami_from_instance import AmiFromInstance
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.cloudwatch_log_metric_filter import (
    CloudwatchLogMetricFilter,
    CloudwatchLogMetricFilterMetricTransformation,
)
from cdktf_cdktf_provider_aws.data_aws_ec2_instance_type_offerings import (
    DataAwsEc2InstanceTypeOfferings,
    DataAwsEc2InstanceTypeOfferingsFilter,
)
from cdktf_cdktf_provider_aws.data_aws_partition import DataAwsPartition
from cdktf_cdktf_provider_aws.data_aws_ssm_parameter import DataAwsSsmParameter
from cdktf_cdktf_provider_aws.db_instance import DbInstance
from cdktf_cdktf_provider_aws.db_parameter_group import DbParameterGroup, DbParameterGroupParameter
from cdktf_cdktf_provider_aws.db_subnet_group import DbSubnetGroup
from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.efs_access_point import (
    EfsAccessPoint,
    EfsAccessPointPosixUser,
    EfsAccessPointRootDirectory,
    EfsAccessPointRootDirectoryCreationInfo,
)
from cdktf_cdktf_provider_aws.efs_backup_policy import EfsBackupPolicy, EfsBackupPolicyBackupPolicy
from cdktf_cdktf_provider_aws.efs_file_system import EfsFileSystem, EfsFileSystemLifecyclePolicy
from cdktf_cdktf_provider_aws.efs_mount_target import EfsMountTarget
from cdktf_cdktf_provider_aws.iam_instance_profile import IamInstanceProfile
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment
from cdktf_cdktf_provider_aws.instance import Instance, InstanceMetadataOptions, InstanceRootBlockDevice
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.lb import Lb
from cdktf_cdktf_provider_aws.lb_listener import LbListener, LbListenerDefaultAction
from cdktf_cdktf_provider_aws.lb_target_group import (
    LbTargetGroup,
    LbTargetGroupHealthCheck,
    LbTargetGroupStickiness,
)
from cdktf_cdktf_provider_aws.lb_target_group_attachment import LbTargetGroupAttachment
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
)
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_versioning import (
    S3BucketVersioningA,
    S3BucketVersioningVersioningConfiguration,
)
from cdktf_cdktf_provider_aws.s3_object import (
    S3Object,
    S3ObjectOverrideProvider,
    S3ObjectOverrideProviderDefaultTags,
)
from cdktf_cdktf_provider_aws.secretsmanager_secret import SecretsmanagerSecret
from cdktf_cdktf_provider_aws.secretsmanager_secret_version import SecretsmanagerSecretVersion
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.ssm_association import SsmAssociation, SsmAssociationTargets
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

REGION = "ap-northeast-1"
VPC_CIDR = "10.0.0.0/21"
EVERYWHERE = "0.0.0.0/0"
ZONES = {"1a": "ap-northeast-1a", "1c": "ap-northeast-1c"}
CIDRS = {
    "public": {"1a": "10.0.0.0/24", "1c": "10.0.1.0/24"},
    "database": {"1a": "10.0.2.0/24", "1c": "10.0.3.0/24"},
}
TAGS = {"Environment": "handson", "ManagedBy": "terraform", "Project": "wordpress"}
INSTANCE_TYPE = "t2.micro"
SERVERS = {"1a": "WEBSERVER1", "1c": "WEBSERVER2"}
SALTS = [
    f"{kind}_{what}" for what in ("KEY", "SALT") for kind in ("AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE")
]  # fmt: skip
ARCHIVE = "assets/release.tar"
GROUP = "handson-web"


class HandsOn(TerraformStack):
    def __init__(self, scope: Construct, id: str, release: Path) -> None:
        super().__init__(scope, id)
        LocalBackend(self, path=f"../../../terraform.{id}.tfstate")
        AwsProvider(self, "aws", region=REGION, default_tags=[AwsProviderDefaultTags(tags=TAGS)])
        self.add_override("terraform.required_version", ">= 1.11")
        provider = {"source": "hashicorp/aws", "version": ">= 5.100, < 7.0"}
        self.add_override("terraform.required_providers.aws", provider)
        self.network()
        self.firewall()
        self.database()
        self.uploads()
        self.load_balancer()
        self.stored()
        self.releases(release)
        self.permissions()
        self.servers((release / "boot.sh").read_text())
        self.outputs()

    def network(self) -> None:
        self.vpc = Vpc(
            self,
            "vpc",
            cidr_block=VPC_CIDR,
            enable_dns_hostnames=True,
            enable_dns_support=True,
            tags={"Name": "handson"},
        )
        DefaultSecurityGroup(self, "default_group", vpc_id=self.vpc.id, tags={"Name": "handson-unused"})
        gateway = InternetGateway(self, "gateway", vpc_id=self.vpc.id, tags={"Name": "handson"})
        tables = {
            name: RouteTable(self, f"{name}_routes", vpc_id=self.vpc.id, tags={"Name": f"handson-{name}"})
            for name in ("public", "private")
        }
        internet = Route(
            self,
            "internet",
            route_table_id=tables["public"].id,
            destination_cidr_block=EVERYWHERE,
            gateway_id=gateway.id,
        )
        self.subnets = {}
        self.routes = [internet]
        for tier, cidrs in CIDRS.items():
            self.subnets[tier] = {}
            for zone, cidr in cidrs.items():
                subnet = Subnet(
                    self,
                    f"{tier}_{zone}",
                    vpc_id=self.vpc.id,
                    availability_zone=ZONES[zone],
                    cidr_block=cidr,
                    tags={"Name": f"handson-{tier}-{zone}", "Tier": tier},
                )
                table = tables["public" if tier == "public" else "private"]
                association = RouteTableAssociation(
                    self, f"{tier}_{zone}_routes", subnet_id=subnet.id, route_table_id=table.id
                )
                self.subnets[tier][zone] = subnet
                if tier == "public":
                    self.routes.append(association)

    def firewall(self) -> None:
        groups = {
            "load_balancer": ("The load balancer", "handson-load-balancer"),
            "web": ("The web servers", "WEB-SG-1"),
            "database": ("The database", "RDS-SG-1"),
            "uploads": ("The shared uploads", "handson-uploads"),
        }
        self.groups = {
            id: SecurityGroup(
                self,
                f"{id}_group",
                vpc_id=self.vpc.id,
                description=description,
                name_prefix=f"{name}-",
                revoke_rules_on_delete=True,
                lifecycle={"create_before_destroy": True},
                tags={"Name": name},
            )
            for id, (description, name) in groups.items()
        }
        for source, target, port in (("load_balancer", "web", 80), ("web", "database", 3306), ("web", "uploads", 2049)):
            self.inward(target, source, port, referenced_security_group_id=self.groups[source].id)
            self.outward(source, target, port, referenced_security_group_id=self.groups[target].id)
        self.inward("load_balancer", "internet", 80, cidr_ipv4=EVERYWHERE)
        self.ways_out = [
            self.outward("web", "internet", 443, cidr_ipv4=EVERYWHERE),
            self.outward("web", "internet", 80, cidr_ipv4=EVERYWHERE),
            self.outward("web", "dns", 53, cidr_ipv4=VPC_CIDR),
            self.outward("web", "dns", 53, protocol="udp", cidr_ipv4=VPC_CIDR),
        ]

    def inward(self, group: str, source: str, port: int, **peer: str) -> None:
        VpcSecurityGroupIngressRule(
            self,
            f"{group}_from_{source}_{port}",
            security_group_id=self.groups[group].id,
            description=f"{source} to {group}".replace("_", " "),
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            tags={"Name": f"{group}-from-{source}-{port}".replace("_", "-")},
            **peer,
        )

    def outward(
        self, group: str, target: str, port: int, protocol: str = "tcp", **peer: str
    ) -> VpcSecurityGroupEgressRule:
        id = f"{group}_to_{target}_{port}" + ("_udp" if protocol == "udp" else "")
        return VpcSecurityGroupEgressRule(
            self,
            id,
            security_group_id=self.groups[group].id,
            description=f"{group} to {target}".replace("_", " "),
            ip_protocol=protocol,
            from_port=port,
            to_port=port,
            tags={"Name": id.replace("_", "-")},
            **peer,
        )

    def secret(self, id: str, description: str, length: int, fields: str) -> SecretsmanagerSecretVersion:
        """A secret whose value Terraform generates; the bindings have no ephemeral blocks."""
        secret = SecretsmanagerSecret(
            self,
            f"{id}_secret",
            name_prefix=f"handson-{id}-",
            description=f"handson: {description}",
            recovery_window_in_days=7,
            tags={"Name": f"handson-{id}"},
        )
        self.add_override(
            f"ephemeral.aws_secretsmanager_random_password.{id}",
            {"password_length": length, "exclude_punctuation": True},
        )
        return SecretsmanagerSecretVersion(
            self,
            f"{id}_secret_version",
            secret_id=secret.id,
            secret_string_wo=f"${{jsonencode({{{fields}}})}}",
            secret_string_wo_version=1,
            lifecycle={"create_before_destroy": True},
        )

    def generated(self, secret: str, start: int, length: int) -> str:
        return f"substr(ephemeral.aws_secretsmanager_random_password.{secret}.random_password, {start}, {length})"

    def database(self) -> None:
        fields = f'username = "wordpress", password = {self.generated("database", 0, 32)}'
        self.database_secret = self.secret("database", "the database's user and password", 32, fields)
        self.add_override(
            "ephemeral.aws_secretsmanager_secret_version.database", {"secret_id": self.database_secret.secret_id}
        )
        parameters = DbParameterGroup(
            self,
            "database_parameters",
            name_prefix="handson-",
            description="handson: the database's parameters",
            family="mysql8.4",
            parameter=[DbParameterGroupParameter(name="require_secure_transport", value="1")],
            lifecycle={"create_before_destroy": True},
            tags={"Name": "handson-database"},
        )
        subnets = DbSubnetGroup(
            self,
            "database_subnets",
            name_prefix="handson-",
            description="handson: the database's subnets",
            subnet_ids=[subnet.id for subnet in self.subnets["database"].values()],
            tags={"Name": "handson-database"},
        )
        stored = "ephemeral.aws_secretsmanager_secret_version.database.secret_string"
        self.mysql = DbInstance(
            self,
            "database",
            identifier="handson-database",
            engine="mysql",
            engine_version="8.4",
            instance_class="db.t3.micro",
            multi_az=True,
            allocated_storage=20,
            max_allocated_storage=100,
            storage_type="gp3",
            storage_encrypted=True,
            db_name="wordpress",
            username="wordpress",
            password_wo=f"${{jsondecode({stored}).password}}",
            password_wo_version=1,
            port=3306,
            publicly_accessible=False,
            db_subnet_group_name=subnets.name,
            parameter_group_name=parameters.name,
            vpc_security_group_ids=[self.groups["database"].id],
            backup_retention_period=7,
            backup_window="17:00-17:30",
            maintenance_window="sat:18:00-sat:18:30",
            auto_minor_version_upgrade=True,
            apply_immediately=True,
            copy_tags_to_snapshot=True,
            deletion_protection=False,
            skip_final_snapshot=True,
            performance_insights_enabled=False,
            tags={"Name": "handson-database"},
        )

    def uploads(self) -> None:
        tags = {"Name": "handson-uploads"}
        self.files = EfsFileSystem(
            self,
            "uploads",
            encrypted=True,
            throughput_mode="elastic",
            lifecycle_policy=[
                EfsFileSystemLifecyclePolicy(transition_to_ia="AFTER_30_DAYS"),
                EfsFileSystemLifecyclePolicy(transition_to_primary_storage_class="AFTER_1_ACCESS"),
            ],
            tags=tags,
        )
        EfsBackupPolicy(
            self,
            "uploads_backup",
            file_system_id=self.files.id,
            backup_policy=EfsBackupPolicyBackupPolicy(status="ENABLED"),
        )
        self.access_point = EfsAccessPoint(
            self,
            "uploads_access",
            file_system_id=self.files.id,
            posix_user=EfsAccessPointPosixUser(uid=48, gid=48),
            root_directory=EfsAccessPointRootDirectory(
                path="/uploads",
                creation_info=EfsAccessPointRootDirectoryCreationInfo(owner_uid=48, owner_gid=48, permissions="0755"),
            ),
            tags=tags,
        )
        self.mounts = [
            EfsMountTarget(
                self,
                f"uploads_{zone}",
                file_system_id=self.files.id,
                subnet_id=subnet.id,
                security_groups=[self.groups["uploads"].id],
            )
            for zone, subnet in self.subnets["database"].items()
        ]

    def load_balancer(self) -> None:
        self.balancer = Lb(
            self,
            "load_balancer",
            name="handson",
            load_balancer_type="application",
            internal=False,
            security_groups=[self.groups["load_balancer"].id],
            subnets=[subnet.id for subnet in self.subnets["public"].values()],
            idle_timeout=60,
            enable_http2=True,
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            enable_deletion_protection=False,
            tags={"Name": "handson-load-balancer"},
        )
        self.targets = LbTargetGroup(
            self,
            "web_targets",
            name_prefix="web-",
            vpc_id=self.vpc.id,
            port=80,
            protocol="HTTP",
            target_type="instance",
            deregistration_delay="30",
            health_check=LbTargetGroupHealthCheck(
                path="/health.php", matcher="200", interval=10, timeout=5, healthy_threshold=2, unhealthy_threshold=2
            ),
            stickiness=LbTargetGroupStickiness(type="lb_cookie", enabled=False),
            lifecycle={"create_before_destroy": True},
            tags={"Name": "handson-web"},
        )
        self.listener = LbListener(
            self,
            "http",
            load_balancer_arn=self.balancer.arn,
            port=80,
            protocol="HTTP",
            default_action=[LbListenerDefaultAction(type="forward", target_group_arn=self.targets.arn)],
            tags={"Name": "handson-http"},
        )

    def stored(self) -> None:
        salts = ", ".join(f"{salt} = {self.generated('salts', 64 * i, 64)}" for i, salt in enumerate(SALTS))
        first_user = (
            f'username = "administrator", email = "wordpress@example.com", password = {self.generated("admin", 0, 24)}'
        )
        self.secrets = {
            "database": self.database_secret,
            "salts": self.secret("salts", "what WordPress signs cookies with, the same on every server", 512, salts),
            "admin": self.secret("admin", "WordPress's first user", 24, first_user),
        }
        self.logs = CloudwatchLogGroup(self, "logs", name="/handson/wordpress", retention_in_days=30)
        CloudwatchLogMetricFilter(
            self,
            "checks",
            name="checks",
            log_group_name=self.logs.name,
            pattern='[at, group = "/*", check = "*-check", result = "failed*", ...]',
            metric_transformation=CloudwatchLogMetricFilterMetricTransformation(
                name="CheckFailed",
                namespace="Pressform",
                value="1",
                dimensions={"LogGroup": "$group", "Check": "$check"},
            ),
        )

    def releases(self, release: Path) -> None:
        self.bucket = S3Bucket(
            self,
            "releases",
            bucket_prefix="handson-releases-",
            force_destroy=True,
            tags={"Name": "handson-releases"},
        )
        protected = self.protected()
        sha256 = hashlib.sha256((release / "release.tar").read_bytes()).hexdigest()
        no_tags = S3ObjectOverrideProvider(default_tags=S3ObjectOverrideProviderDefaultTags(tags={}))
        # A TerraformAsset would have a digest in its path, so that each archive would stand at a place of its own.
        archive = S3Object(
            self,
            "release",
            bucket=self.bucket.id,
            key="release.tar",
            source=f"${{path.module}}/{ARCHIVE}",
            source_hash=sha256,
            content_type="application/x-tar",
            override_provider=no_tags,
            depends_on=protected,
            lifecycle={
                "precondition": [
                    Precondition(
                        condition=f'${{filesha256("${{path.module}}/{ARCHIVE}") == "{sha256}"}}',
                        error_message=f"{ARCHIVE} is not the archive that this plan was made with: apply with the"
                        " folder that it was made in.",
                    )
                ]
            },
        )
        settings = self.filled("web_settings", (release / "settings").read_text())
        self.settings = S3Object(
            self,
            "settings",
            bucket=self.bucket.id,
            key="settings/web",
            content=settings,
            content_type="text/plain; charset=utf-8",
            override_provider=no_tags,
            depends_on=[archive],
        )
        SsmAssociation(
            self,
            "release_step",
            name="AWS-RunShellScript",
            association_name="handson-web-release",
            targets=[SsmAssociationTargets(key="tag:Releases", values=[GROUP])],
            parameters={
                "commands": f"/opt/pressform/bootstrap.sh {Fn.substr(Fn.sha256(settings), 0, 16)}",
                "executionTimeout": "1800",
            },
            max_concurrency="1",
            max_errors="0",
            depends_on=[self.settings],
        )

    def protected(self) -> list[ITerraformDependable]:
        """The bucket is private, its versions are kept for a while. What an object waits for is returned."""
        block = S3BucketPublicAccessBlock(
            self,
            "releases_block",
            bucket=self.bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        versions = S3BucketVersioningA(
            self,
            "releases_versions",
            bucket=self.bucket.id,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )
        S3BucketLifecycleConfiguration(
            self,
            "releases_lifecycle",
            bucket=self.bucket.id,
            rule=[
                S3BucketLifecycleConfigurationRule(
                    id="expire",
                    status="Enabled",
                    filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
                    noncurrent_version_expiration=[
                        S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(noncurrent_days=90)
                    ],
                    abort_incomplete_multipart_upload=[
                        S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(days_after_initiation=7)
                    ],
                )
            ],
        )
        only_tls = self.policy(
            "releases_bucket",
            {
                "Sid": "OnlyTls",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [self.bucket.arn, f"{self.bucket.arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
        )
        policy = S3BucketPolicy(self, "releases_policy", bucket=self.bucket.id, policy=only_tls, depends_on=[block])
        return [versions, policy]

    def permissions(self) -> None:
        tags = {"Name": "handson-web"}
        trust = self.policy(
            "web_trust",
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"},
        )
        allowed = self.policy(
            "web_permissions",
            {
                "Sid": "ReadSecrets",
                "Effect": "Allow",
                "Action": ["secretsmanager:GetSecretValue"],
                "Resource": [self.secret_arn(name) for name in self.secrets],
            },
            {
                "Sid": "WriteLogs",
                "Effect": "Allow",
                "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                "Resource": [f"{self.logs.arn}:*"],
            },
            {
                "Sid": "MountUploads",
                "Effect": "Allow",
                "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
                "Resource": [self.files.arn],
            },
            {
                "Sid": "ReadReleases",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:GetObjectVersion"],
                "Resource": [f"{self.bucket.arn}/{key}" for key in ("release.tar", "settings/web", "good/web")],
            },
            {
                "Sid": "SayWhatIsGood",
                "Effect": "Allow",
                "Action": ["s3:PutObject"],
                "Resource": [f"{self.bucket.arn}/good/web"],
            },
            {
                "Sid": "MoveSites",
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": [f"{self.bucket.arn}/moving/*"],
            },
        )
        role = IamRole(self, "role", name_prefix="handson-web-", assume_role_policy=trust, tags=tags)
        partition = DataAwsPartition(self, "partition")
        self.granted = [
            IamRolePolicyAttachment(
                self,
                "session_manager",
                role=role.name,
                policy_arn=f"arn:{partition.partition}:iam::aws:policy/AmazonSSMManagedInstanceCore",
            ),
            IamRolePolicy(self, "policy", name="site", role=role.id, policy=allowed),
        ]
        self.profile = IamInstanceProfile(self, "profile", name_prefix="handson-web-", role=role.name, tags=tags)

    def policy(self, name: str, *statements: dict[str, Any]) -> str:
        document = TerraformLocal(self, name, {"Version": "2012-10-17", "Statement": list(statements)})
        document.override_logical_id(name)
        return f"${{jsonencode({document.fqn})}}"

    def secret_arn(self, name: str) -> str:
        return f"${{aws_secretsmanager_secret.{name}_secret.arn}}"

    def filled(self, id: str, text: str) -> str:
        """The text as a local value, with references in its gaps."""
        text = text.replace("${", "$${").replace("%{", "%%{")
        for name, value in {
            "BUCKET": self.bucket.id,
            "LOG_GROUP": self.logs.name,
            "LOAD_BALANCER": self.balancer.dns_name,
            "DATABASE_HOST": self.mysql.address,
            "DATABASE_SECRET": self.secret_arn("database"),
            "SALTS_SECRET": self.secret_arn("salts"),
            "ADMIN_SECRET": self.secret_arn("admin"),
            "UPLOADS_FILE_SYSTEM": self.files.id,
            "UPLOADS_ACCESS_POINT": self.access_point.id,
        }.items():
            text = text.replace(f"{{{{{name}}}}}", value)
        return Fn.join("\n", TerraformLocal(self, id, text.split("\n")).as_list)

    def servers(self, boot_script: str) -> None:
        user_data = Fn.base64encode(self.filled("web_user_data", boot_script))
        image = DataAwsSsmParameter(
            self, "image", name="/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
        ).insecure_value
        self.offered()
        processor = DataResource(self, "web_processor")
        processor.add_override("input", "x86_64")  # Its argument takes no string.
        self.web_servers = {}
        for zone, name in SERVERS.items():
            server = Instance(
                self,
                name.lower(),
                ami=image,
                instance_type=INSTANCE_TYPE,
                subnet_id=self.subnets["public"][zone].id,
                associate_public_ip_address=True,
                vpc_security_group_ids=[self.groups["web"].id],
                iam_instance_profile=self.profile.name,
                user_data_base64=user_data,
                user_data_replace_on_change=True,
                metadata_options=InstanceMetadataOptions(
                    http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
                ),
                root_block_device=InstanceRootBlockDevice(
                    encrypted=True, volume_size=16, volume_type="gp3", tags={"Name": name, **TAGS}
                ),
                depends_on=[
                    *self.routes,
                    self.listener,
                    *self.secrets.values(),
                    *self.mounts,
                    self.settings,
                    *self.granted,
                    *self.ways_out,
                ],
                lifecycle={
                    "create_before_destroy": True,
                    "ignore_changes": ["ami"],
                    "replace_triggered_by": ["terraform_data.web_processor"],
                },
                tags={"Name": name, "Releases": GROUP},
            )
            LbTargetGroupAttachment(
                self, f"{name.lower()}_target", target_group_arn=self.targets.arn, target_id=server.id, port=80
            )
            if not self.web_servers:
                image = AmiFromInstance(
                    self,
                    "copy",
                    name=f"handson-{name}-{server.id}",
                    description=f"handson: {name}, for the servers beside it",
                    source_instance_id=server.id,
                    lifecycle={"create_before_destroy": True},
                    tags={"Name": f"handson-{name}"},
                ).id
            self.web_servers[name] = server

    def offered(self) -> None:
        zones = ", ".join(f'"{zone}"' for zone in ZONES.values())
        missing = f"setsubtract([{zones}], self.locations)"
        DataAwsEc2InstanceTypeOfferings(
            self,
            "offerings",
            location_type="availability-zone",
            filter=[DataAwsEc2InstanceTypeOfferingsFilter(name="instance-type", values=[INSTANCE_TYPE])],
            lifecycle={
                "postcondition": [
                    Postcondition(
                        condition=f"${{length({missing}) == 0}}",
                        error_message=f'web.instance_type: AWS has no {INSTANCE_TYPE} in ${{join(", ", {missing})}}.'
                        f" The types of a zone: aws ec2 describe-instance-type-offerings --region {REGION}"
                        " --location-type availability-zone --filters Name=location,Values=ZONE",
                    )
                ]
            },
        )

    def outputs(self) -> None:
        shell = f"aws ssm start-session --region {REGION} --target "
        for id, value, description in (
            ("site_url", f"http://{self.balancer.dns_name}", "The site's address"),
            ("load_balancer_dns_name", self.balancer.dns_name, "The load balancer's own name"),
            (
                "admin_secret_arn",
                self.secret_arn("admin"),
                "Where the first user's password is: aws secretsmanager get-secret-value --secret-id ARN",
            ),
            (
                "database_endpoint",
                self.mysql.address,
                "The database's host name, the same before and after a failover",
            ),
            ("database_secret_arn", self.secret_arn("database"), "Where the database's user and password are"),
            (
                "web_servers",
                {name: {"id": server.id, "shell": shell + server.id} for name, server in self.web_servers.items()},
                "The servers, and the command that opens a shell on each",
            ),
        ):
            TerraformOutput(self, id, value=value, description=description)


if __name__ == "__main__":
    app = App(outdir=sys.argv[2])
    release = Path(sys.argv[1])
    HandsOn(app, "handson", release)
    app.synth()
    archive = Path(sys.argv[2], "stacks", "handson", ARCHIVE)
    archive.parent.mkdir()
    shutil.copyfile(release / "release.tar", archive)
