"""[load_balancer]."""

from collections.abc import Iterator

from modules.settings.load_balancer import LoadBalancer
from modules.settings.problems import Problem


def the_health_check_ends_before_the_next(load_balancer: LoadBalancer) -> Iterator[Problem]:
    check = load_balancer.health_check
    if check.timeout >= check.interval:
        allowed = f"less than health_check.interval, {check.interval} seconds"
        yield Problem("load_balancer.health_check.timeout", str(check.timeout), allowed)
