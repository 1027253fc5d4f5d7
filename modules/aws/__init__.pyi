"""Every resource type of AWS that this project may use, one line each.

A line brings a resource, or a data source, and its nested structs. To use another, add
its line; modules/aws says which when the class is named without it.
"""

# ruff: noqa: F403 -- a line stands for all the classes of its submodule

from cdktf_cdktf_provider_aws.acm_certificate import *
from cdktf_cdktf_provider_aws.acm_certificate_validation import *
from cdktf_cdktf_provider_aws.ami_from_instance import *
from cdktf_cdktf_provider_aws.autoscaling_group import *
from cdktf_cdktf_provider_aws.backup_plan import *
from cdktf_cdktf_provider_aws.backup_selection import *
from cdktf_cdktf_provider_aws.backup_vault import *
from cdktf_cdktf_provider_aws.backup_vault_lock_configuration import *
from cdktf_cdktf_provider_aws.cloudfront_function import *
from cdktf_cdktf_provider_aws.cloudfront_vpc_origin import *
from cdktf_cdktf_provider_aws.cloudwatch_dashboard import *
from cdktf_cdktf_provider_aws.cloudwatch_log_delivery import *
from cdktf_cdktf_provider_aws.cloudwatch_log_delivery_destination import *
from cdktf_cdktf_provider_aws.cloudwatch_log_delivery_source import *
from cdktf_cdktf_provider_aws.cloudwatch_log_group import *
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import *
from cdktf_cdktf_provider_aws.data_aws_db_instance import *
from cdktf_cdktf_provider_aws.data_aws_ec2_managed_prefix_list import *
from cdktf_cdktf_provider_aws.data_aws_region import *
from cdktf_cdktf_provider_aws.data_aws_route53_zone import *
from cdktf_cdktf_provider_aws.data_aws_ssm_parameter import *
from cdktf_cdktf_provider_aws.data_aws_subnet import *
from cdktf_cdktf_provider_aws.data_aws_vpc import *
from cdktf_cdktf_provider_aws.db_instance import *
from cdktf_cdktf_provider_aws.db_parameter_group import *
from cdktf_cdktf_provider_aws.db_subnet_group import *
from cdktf_cdktf_provider_aws.default_security_group import *
from cdktf_cdktf_provider_aws.efs_access_point import *
from cdktf_cdktf_provider_aws.efs_backup_policy import *
from cdktf_cdktf_provider_aws.efs_file_system import *
from cdktf_cdktf_provider_aws.efs_file_system_policy import *
from cdktf_cdktf_provider_aws.efs_mount_target import *
from cdktf_cdktf_provider_aws.eip import *
from cdktf_cdktf_provider_aws.elasticache_replication_group import *
from cdktf_cdktf_provider_aws.elasticache_subnet_group import *
from cdktf_cdktf_provider_aws.elasticache_user import *
from cdktf_cdktf_provider_aws.elasticache_user_group import *
from cdktf_cdktf_provider_aws.flow_log import *
from cdktf_cdktf_provider_aws.iam_instance_profile import *
from cdktf_cdktf_provider_aws.iam_role import *
from cdktf_cdktf_provider_aws.iam_role_policy import *
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import *
from cdktf_cdktf_provider_aws.instance import *
from cdktf_cdktf_provider_aws.internet_gateway import *
from cdktf_cdktf_provider_aws.key_pair import *
from cdktf_cdktf_provider_aws.kms_alias import *
from cdktf_cdktf_provider_aws.kms_key import *
from cdktf_cdktf_provider_aws.launch_template import *
from cdktf_cdktf_provider_aws.lb import *
from cdktf_cdktf_provider_aws.lb_listener import *
from cdktf_cdktf_provider_aws.lb_target_group import *
from cdktf_cdktf_provider_aws.lb_target_group_attachment import *
from cdktf_cdktf_provider_aws.nat_gateway import *
from cdktf_cdktf_provider_aws.provider import *
from cdktf_cdktf_provider_aws.rds_cluster import *
from cdktf_cdktf_provider_aws.rds_cluster_instance import *
from cdktf_cdktf_provider_aws.rds_cluster_parameter_group import *
from cdktf_cdktf_provider_aws.route import *
from cdktf_cdktf_provider_aws.route53_record import *
from cdktf_cdktf_provider_aws.route53_zone import *
from cdktf_cdktf_provider_aws.route_table import *
from cdktf_cdktf_provider_aws.route_table_association import *
from cdktf_cdktf_provider_aws.s3_bucket_policy import *
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import *
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import *
from cdktf_cdktf_provider_aws.s3_bucket_versioning import *
from cdktf_cdktf_provider_aws.secretsmanager_secret import *
from cdktf_cdktf_provider_aws.secretsmanager_secret_version import *
from cdktf_cdktf_provider_aws.security_group import *
from cdktf_cdktf_provider_aws.sns_topic import *
from cdktf_cdktf_provider_aws.sns_topic_policy import *
from cdktf_cdktf_provider_aws.sns_topic_subscription import *
from cdktf_cdktf_provider_aws.subnet import *
from cdktf_cdktf_provider_aws.vpc import *
from cdktf_cdktf_provider_aws.vpc_endpoint import *
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import *
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import *
from cdktf_cdktf_provider_aws.wafv2_web_acl_association import *
