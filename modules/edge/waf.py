"""The web application firewall."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from constructs import Construct

from modules import aws
from modules.aws.plain import Plain
from modules.settings.cdn import EDGE_REGION
from modules.settings.waf import RULES
from modules.settings.waf import Waf as Settings
from modules.terraform.accepted import accept
from modules.terraform.log_group import log_group
from modules.terraform.metric_source import MetricSource, offer_metrics

ANONYMOUS = "AWSManagedRulesAnonymousIpList"

LABELS = {
    "AWSManagedRulesCommonRuleSet": "core-rule-set",
    "AWSManagedRulesKnownBadInputsRuleSet": "known-bad-inputs",
    "AWSManagedRulesSQLiRuleSet": "sql-database",
    "AWSManagedRulesPHPRuleSet": "php-app",
}
"""How the labels of a group begin, behind `awswaf:managed:aws` and a colon."""

LARGE_BODIES = "SizeRestrictions_BODY"
"""Of the common rules: refuses bodies over 8 KB, and so every upload of a picture."""

SIGNED_IN = "wordpress_logged_in_"
"""How the cookie begins by which WordPress knows who is signed in. Whoever forges it is not known to WordPress, and
gets no further there."""

BLOCKED_WHOM = """fields @timestamp
| filter action = "BLOCK"
| stats count(*) as requests, max(@timestamp) as last
    by terminatingRuleId, labels.0.name, httpRequest.clientIp, httpRequest.httpMethod, httpRequest.uri
| sort requests desc
| limit 200"""
"""https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html"""


class HasArn(Protocol):
    """A load balancer, of which its ARN is enough here."""

    arn: str


class Waf(Construct):
    """AWS WAF in front of a load balancer or of CloudFront: managed rules, and a limit on signing in. It costs about
    15 USD a month, and buys a shield while a hole in a plugin is known and not yet mended. What it refuses, or would
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
                        "scope_down_statement": _matches(
                            {"uri_path": {}}, "EXACTLY", "/wp-login.php", "NORMALIZE_PATH"
                        ),
                    }
                },
                "visibility_config": _counted("LoginLimit"),
            }
        ]
        for group in RULES:
            refuses = block and (group != ANONYMOUS or settings.anonymous == "block")
            rules.append(_managed(group, len(rules), settings.count, refuses))
        rules += _refused_bodies(len(rules), settings.count, block)
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
        aws.CloudwatchQueryDefinition(
            self,
            id,
            provider=edge,
            name=f"{name}/which rule blocked whom",
            log_group_names=[group.name],
            query_string=BLOCKED_WHOM,
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


def _managed(group: str, priority: int, counted: Sequence[str], block: bool) -> dict[str, Any]:
    """A group of AWS's, whose rules on bodies leave a label only: what becomes of it is said by `_refused_bodies`."""
    only_count = [LARGE_BODIES] if group == "AWSManagedRulesCommonRuleSet" else []
    only_count += [rule for rule in RULES[group] if rule in counted or rule.endswith("_BODY")]
    statement: dict[str, Any] = {"name": group, "vendor_name": "AWS"}
    if only_count:
        statement["rule_action_override"] = [{"name": rule, "action_to_use": {"count": {}}} for rule in only_count]
    return {
        "name": group.removeprefix("AWSManagedRules"),
        "priority": priority,
        "override_action": {"none": {}} if block else {"count": {}},
        "statement": {"managed_rule_group_statement": statement},
        "visibility_config": _counted(group),
    }


def _refused_bodies(priority: int, counted: Sequence[str], block: bool) -> Iterator[dict[str, Any]]:
    """Refuses what a rule on bodies has found, unless somebody who is signed in saves it in WordPress: what strangers
    send, and what is sent anywhere else. Two rules, because AWS's provider nests statements three deep.
    https://docs.aws.amazon.com/waf/latest/developerguide/waf-labels.html"""
    found = [
        {
            "label_match_statement": {
                "scope": "LABEL",
                "key": f"awswaf:managed:aws:{LABELS[group]}:{rule.removesuffix('_BODY')}_Body",
            }
        }
        for group in LABELS
        for rule in RULES[group]
        if rule.endswith("_BODY") and rule not in counted
    ]
    if not found:
        return
    cookie = _matches({"single_header": {"name": "cookie"}}, "CONTAINS", SIGNED_IN, "NONE")
    places = [_matches({"uri_path": {}}, "STARTS_WITH", path, "NORMALIZE_PATH") for path in ("/wp-admin/", "/wp-json/")]
    for name, unless in {"BodiesOfStrangers": [cookie], "BodiesElsewhere": places}.items():
        one_of_them = {"or_statement": {"statement": found}} if len(found) > 1 else found[0]
        exceptions = [{"not_statement": {"statement": [one]}} for one in unless]
        yield {
            "name": name,
            "priority": priority,
            "action": {"block": {}} if block else {"count": {}},
            "statement": {"and_statement": {"statement": [one_of_them, *exceptions]}},
            "visibility_config": _counted(name),
        }
        priority += 1


def _matches(field: dict[str, Any], how: str, text: str, transformation: str) -> dict[str, Any]:
    return {
        "byte_match_statement": {
            "search_string": text,
            "field_to_match": field,
            "positional_constraint": how,
            "text_transformation": [{"priority": 0, "type": transformation}],
        }
    }


def _counted(metric: str) -> dict[str, Any]:
    return {"cloudwatch_metrics_enabled": True, "metric_name": metric, "sampled_requests_enabled": True}
