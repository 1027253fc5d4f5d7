"""[waf]."""

from collections.abc import Iterator

from modules.settings.problems import Problem, dotted, shown
from modules.settings.waf import XMLRPC, Waf
from modules.settings.wordpress import WordPress


def xmlrpc_is_not_open_and_blocked(waf: Waf | None, wordpress: WordPress) -> Iterator[Problem]:
    """https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-use-case.html"""
    if waf and waf.mode == "block" and wordpress.xmlrpc and XMLRPC not in waf.count:
        allowed = f'false, or "{XMLRPC}" in waf.count: with waf.mode = "block" that rule refuses xmlrpc.php'
        yield Problem("wordpress.xmlrpc", "true", allowed)


def rules_are_named_once(waf: Waf | None) -> Iterator[Problem]:
    counted = waf.count if waf else []
    for index, rule in enumerate(counted):
        if rule in counted[:index]:
            yield Problem(dotted("waf", "count", index), f"{shown(rule)} again", "each rule once")
