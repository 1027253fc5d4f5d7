"""What a part of the site says of itself so that it can be watched."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from constructs import Construct

from modules.aws.addresses import stack_of


@dataclass(frozen=True)
class MetricSource:
    """A part of the site as CloudWatch knows it.

    Attributes:
        kind: whose rows of the table in monitoring/metrics.py it has.
        title: what people call it.
        members: the CloudWatch dimensions of each thing that has the metrics, by the id that its alarms begin with.
        limits: thresholds that follow from the part's size, by name.
        region: where its metrics are, if not in the site's region. CloudWatch draws them, and has no alarms on them.
        hop: the group of servers that a request is on its way to here, for the parts that each topology has another
            number of: load balancers, and the servers themselves.
    """

    kind: str
    title: str
    members: Mapping[str, Mapping[str, str]]
    limits: Mapping[str, float] = field(default_factory=dict)
    region: str | None = None
    hop: str | None = None


_offered: defaultdict[str, list[MetricSource]] = defaultdict(list)
"""By their stack's jsii reference."""

_collected: set[str] = set()


def offer_metrics(scope: Construct, source: MetricSource) -> None:
    """Lets a part be watched, where its site is.

    Args:
        scope: a construct of the part's stack.

    Raises:
        ValueError: the monitoring exists already, and would miss this part.
    """
    stack = stack_of(scope).__jsii_ref__.ref
    if stack in _collected:
        raise ValueError(f"{source.title} offers metrics after the monitoring was made: make the monitoring last")
    _offered[stack].append(source)


def collect_metrics(scope: Construct) -> list[MetricSource]:
    """All that can be watched in a stack, once its parts are complete: none may come later."""
    stack = stack_of(scope).__jsii_ref__.ref
    _collected.add(stack)
    return _offered[stack]
