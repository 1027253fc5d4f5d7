"""The CloudWatch dashboard: a row for each hop of a request, top to bottom."""

from collections.abc import Iterator, Mapping
from typing import Any

from constructs import Construct

from modules import aws
from modules.monitoring.metrics import METRICS, Metric
from modules.terraform.configuration import name_everywhere
from modules.terraform.local_value import local_value
from modules.terraform.metric_source import MetricSource

WIDTH = 24
"""Columns of a dashboard. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""

ALARMS, HEADING, GRAPH = 4, 1, 6
"""Heights of the widgets. That of the alarms is fixed, so that one more moves nothing; the console scrolls in it."""

RED = "#d62728"


class Dashboard(Construct):
    """One page that shows where a request slows down or fails. It costs 3 USD a month; an account's first three are
    free."""

    def __init__(self, scope: Construct, id: str, *, name: str, region: str) -> None:
        super().__init__(scope, id)
        self._region = region
        self._alarms: list[str] = []
        self._y = 0
        self._widgets: list[dict[str, Any]] = []
        self._place("alarm", 0, WIDTH, ALARMS, {"title": "Alarms", "alarms": self._alarms})
        self._y += ALARMS
        self._body = local_value(self, id, {})
        # Dashboards have one name space for all regions.
        body = f"${{jsonencode({self._body.fqn})}}"
        aws.CloudwatchDashboard(self, id, dashboard_name=name_everywhere(name, region), dashboard_body=body)

    def add_row(self, source: MetricSource, alarms: list[str]) -> None:
        """Puts a part below those that are there already.

        Args:
            alarms: the ARNs of its alarms, for the dashboard's first line.
        """
        self._alarms += alarms
        self._place("text", 0, WIDTH, HEADING, {"markdown": f"## {source.title}", "background": "transparent"})
        self._y += HEADING
        namespace, metrics = METRICS[source.kind]
        drawn = [metric for metric in metrics if metric.drawn]
        width = min(WIDTH // len(drawn), WIDTH // 2)
        for column, metric in enumerate(drawn):
            self._place("metric", column * width, width, GRAPH, self._graph(source, metric, namespace))
        self._y += GRAPH
        self._body.expression = {"widgets": self._widgets}

    def _place(self, kind: str, x: int, width: int, height: int, properties: dict[str, Any]) -> None:
        place = {"x": x, "y": self._y, "width": width, "height": height}
        self._widgets.append({"type": kind, **place, "properties": properties})

    def _graph(self, source: MetricSource, metric: Metric, namespace: str) -> dict[str, Any]:
        graph = {
            "title": metric.title,
            "view": "timeSeries",
            "region": source.region or self._region,
            "period": metric.period,
            "stat": metric.statistic,
            "yAxis": {"left": {"min": 0, "showUnits": False}},
            "metrics": [
                line
                for id, dimensions in source.members.items()
                for line in _lines(metric, namespace, dimensions, id if len(source.members) > 1 else "")
            ],
        }
        if metric.threshold is not None:
            alarm = {
                "label": f"alarm after {metric.minutes} minutes",
                "value": metric.limit(source.limits),
                "fill": "below" if metric.above is None else "above",
                "color": RED,
            }
            graph["annotations"] = {"horizontal": [alarm]}
        return graph


def _lines(metric: Metric, namespace: str, dimensions: Mapping[str, str], member: str) -> Iterator[list[Any]]:
    """What is drawn of one member, in the dashboard's form: namespace, metric, names and values of its dimensions.

    Args:
        member: whose line it is, where the graph has several.
    """
    if metric.expression:
        shown = {"id": "shown", "expression": metric.expression.format(**dimensions)}
        # A search labels its lines itself.
        yield [shown | {"label": metric.title} if metric.names else shown]
    place = [word for dimension in metric.dimensions_of(dimensions).items() for word in dimension]
    for id, name in metric.names.items():
        part = id if len(metric.names) > 1 else ""
        label = {"id": id, "visible": False} if metric.expression else {"label": f"{member} {part}".strip()}
        yield [namespace, name, *place, *([label] if any(label.values()) else [])]
