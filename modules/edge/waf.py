"""The web application firewall."""

from typing import Any, Protocol

from constructs import Construct

from modules import aws
from modules.aws.plain import Plain
from modules.settings.cdn import EDGE_REGION
from modules.settings.waf import Waf as Settings
from modules.terraform.accepted import accept
from modules.terraform.log_group import log_group
from modules.terraform.metric_source import MetricSource, offer_metrics

ANONYMOUS = "AWSManagedRulesAnonymousIpList"

MANAGED_RULES = (
    "AWSManagedRulesAmazonIpReputationList",
    ANONYMOUS,
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesSQLiRuleSet",
    "AWSManagedRulesPHPRuleSet",
    "AWSManagedRulesWordPressRuleSet",
)
"""AWS's rule groups, in the order in which they are asked: the cheapest answer first.
https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html"""

LARGE_BODIES = "SizeRestrictions_BODY"
"""Of the common rules: refuses bodies over 8 KB, and so every upload of a picture."""


class HasArn(Protocol):
    """A load balancer, of which its ARN is enough here."""

    arn: str


class Waf(Construct):
    """AWS WAF in front of a load balancer or of CloudFront: managed rules, and a limit on signing in. It costs about
    13 USD a month, and buys a shield while a hole in a plugin is known and not yet mended. What it refuses, or would
    refuse, is written down.

    Attributes:
        arn: the web ACL, for a distribution of CloudFront's.
        name: of it, in CloudWatch's metrics.
    """

    LOGS_KEPT = 365
    """Days."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        settings: Settings,
        *,
        name: str,
        key_arn: str | None = None,
        edge: aws.AwsProvider | None = None,
    ) -> None:
        """
        Args:
            name: the beginning of its name.
            key_arn: the key of the logs, in the firewall's region; None for CloudWatch's own.
            edge: the provider of us-east-1, for one that protects CloudFront.
        """
        super().__init__(scope, id)
        self.name = f"{name}-waf"
        members = {id: {"WebACL": self.name}}
        kind, region = ("edge_waf", EDGE_REGION) if edge else ("waf", None)
        offer_metrics(self, MetricSource(kind, "Web application firewall", members, region=region))
        block = settings.mode == "block"
        rules = [
            {
                "name": "LoginLimit",
                "priority": 0,
                "action": {"block": {}} if block else {"count": {}},
                "statement": {
                    "rate_based_statement": {
                        "limit": settings.login_limit,
                        "evaluation_window_sec": 300,
                        "aggregate_key_type": "IP",
                        "scope_down_statement": {
                            "byte_match_statement": {
                                "search_string": "/wp-login.php",
                                "field_to_match": {"uri_path": {}},
                                "positional_constraint": "EXACTLY",
                                "text_transformation": [{"priority": 0, "type": "NORMALIZE_PATH"}],
                            }
                        },
                    }
                },
                "visibility_config": _counted("LoginLimit"),
            }
        ]
        for priority, rule in enumerate(MANAGED_RULES, start=1):
            rules.append(_managed(rule, priority, block and (rule != ANONYMOUS or settings.anonymous == "block")))
        acl = Plain(
            self,
            "aws_wafv2_web_acl",
            id,
            provider=edge,
            name=self.name,
            scope="CLOUDFRONT" if edge else "REGIONAL",
            default_action={"allow": {}},
            visibility_config=_counted(self.name),
            rule=rules,
            tags={"Name": self.name},
        )
        why = "It counts for now, so that nobody is refused by mistake."
        accept(acl, "CKV_AWS_192", why, unless=block)
        self._id, self.arn = id, acl.ref("arn")
        self._deliver_logs(id, name, key_arn, edge)

    def protect(self, load_balancer: HasArn) -> None:
        """Looks at what reaches a load balancer. CloudFront names its firewall itself."""
        aws.Wafv2WebAclAssociation(self, self._id, resource_arn=load_balancer.arn, web_acl_arn=self.arn)

    def _deliver_logs(self, id: str, name: str, key_arn: str | None, edge: aws.AwsProvider | None) -> None:
        """Keeps each request that a rule found, without what signs its visitor in."""
        # AWS takes a group of this prefix only.
        group = log_group(
            self,
            id,
            name=f"aws-waf-logs-{name}",
            retention=self.LOGS_KEPT,
            key_arn=key_arn,
            edge=edge,
        )
        found = [{"action_condition": {"action": action}} for action in ("BLOCK", "COUNT")]
        Plain(
            self,
            "aws_wafv2_web_acl_logging_configuration",
            id,
            provider=edge,
            resource_arn=self.arn,
            log_destination_configs=[group.arn],
            logging_filter={
                "default_behavior": "DROP",
                "filter": [{"behavior": "KEEP", "requirement": "MEETS_ANY", "condition": found}],
            },
            redacted_fields=[{"single_header": {"name": header}} for header in ("authorization", "cookie")],
        )


def _managed(rule: str, priority: int, block: bool) -> dict[str, Any]:
    statement: dict[str, Any] = {"name": rule, "vendor_name": "AWS"}
    if rule == "AWSManagedRulesCommonRuleSet":
        statement["rule_action_override"] = [{"name": LARGE_BODIES, "action_to_use": {"count": {}}}]
    return {
        "name": rule.removeprefix("AWSManagedRules"),
        "priority": priority,
        "override_action": {"none": {}} if block else {"count": {}},
        "statement": {"managed_rule_group_statement": statement},
        "visibility_config": _counted(rule),
    }


def _counted(metric: str) -> dict[str, Any]:
    return {"cloudwatch_metrics_enabled": True, "metric_name": metric, "sampled_requests_enabled": True}
