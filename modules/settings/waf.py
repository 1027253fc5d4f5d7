"""[waf]: the web application firewall in front of the site."""

from typing import Annotated, Literal

from pydantic import Field

from modules.settings.types import Allowed, Section

XMLRPC = "WordPressExploitablePaths_URIPATH"
"""The rule that refuses xmlrpc.php, among other addresses."""

RULES: dict[str, tuple[str, ...]] = {
    "AWSManagedRulesAmazonIpReputationList": (
        "AWSManagedIPReputationList",
        "AWSManagedReconnaissanceList",
        "AWSManagedIPDDoSList",
    ),
    "AWSManagedRulesAnonymousIpList": (
        "AnonymousIPList",
        "HostingProviderIPList",
    ),
    "AWSManagedRulesCommonRuleSet": (
        "NoUserAgent_HEADER",
        "UserAgent_BadBots_HEADER",
        "SizeRestrictions_QUERYSTRING",
        "SizeRestrictions_Cookie_HEADER",
        "SizeRestrictions_URIPATH",
        "EC2MetaDataSSRF_BODY",
        "EC2MetaDataSSRF_COOKIE",
        "EC2MetaDataSSRF_URIPATH",
        "EC2MetaDataSSRF_QUERYARGUMENTS",
        "GenericLFI_QUERYARGUMENTS",
        "GenericLFI_URIPATH",
        "GenericLFI_BODY",
        "RestrictedExtensions_URIPATH",
        "RestrictedExtensions_QUERYARGUMENTS",
        "GenericRFI_QUERYARGUMENTS",
        "GenericRFI_BODY",
        "GenericRFI_URIPATH",
        "CrossSiteScripting_COOKIE",
        "CrossSiteScripting_QUERYARGUMENTS",
        "CrossSiteScripting_BODY",
        "CrossSiteScripting_URIPATH",
    ),
    "AWSManagedRulesKnownBadInputsRuleSet": (
        "JavaDeserializationRCE_HEADER",
        "JavaDeserializationRCE_BODY",
        "JavaDeserializationRCE_URIPATH",
        "JavaDeserializationRCE_QUERYSTRING",
        "Host_localhost_HEADER",
        "PROPFIND_METHOD",
        "ExploitablePaths_URIPATH",
        "Log4JRCE_HEADER",
        "Log4JRCE_QUERYSTRING",
        "Log4JRCE_BODY",
        "Log4JRCE_URIPATH",
    ),
    "AWSManagedRulesSQLiRuleSet": (
        "SQLi_QUERYARGUMENTS",
        "SQLiExtendedPatterns_QUERYARGUMENTS",
        "SQLi_BODY",
        "SQLiExtendedPatterns_BODY",
        "SQLi_COOKIE",
    ),
    "AWSManagedRulesPHPRuleSet": (
        "PHPHighRiskMethodsVariables_HEADER",
        "PHPHighRiskMethodsVariables_QUERYSTRING",
        "PHPHighRiskMethodsVariables_BODY",
    ),
    "AWSManagedRulesWordPressRuleSet": (
        "WordPressExploitableCommands_QUERYSTRING",
        "WordPressExploitablePaths_URIPATH",
    ),
}
"""AWS's groups of rules in the order in which they are asked, the cheapest answer first, and the rules of each that
may refuse something here.
https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html"""

Rule = Annotated[
    str,
    Field(pattern=f"^(?:{'|'.join(rule for rules in RULES.values() for rule in rules)})$"),
    Allowed('a rule of the groups of AWS\'s that are used here, such as "GenericLFI_BODY"'),
]


class Waf(Section):
    """Left out, there is none. With it, AWS's managed rules for common attacks, known bad inputs, SQL injection, PHP
    and WordPress, and a rate limit on signing in. What people who are signed in save, in the administration and by the
    REST API, is counted and never refused for its words: an article may be about script tags and SQL. CloudWatch keeps
    what the rules find for a year, in the log group `aws-waf-logs-` and the site's name, and Logs Insights has
    the saved query "which rule blocked whom". About 15 USD a month and 0.60 USD for a million requests."""

    mode: Literal["count", "block"] = "count"
    """`count` lets everything through and counts what would be blocked: watch it for a week, then `block`."""

    anonymous: Literal["count", "block"] = "count"
    """What hides where it comes from: Tor, proxies, and the servers of hosting companies. `count` lets it through
    whatever the mode, because readers with a VPN are among it; `block` refuses it where the mode is `block` too."""

    count: Annotated[tuple[Rule, ...], Field(strict=False, max_length=20)] = ()
    """Rules that count only, where the mode is `block`: those that refuse what the site needs. Their names are AWS's:
    the saved query shows them."""

    login_limit: Annotated[int, Field(ge=10, le=10_000)] = 100
    """Requests to wp-login.php that one address may make in five minutes."""
