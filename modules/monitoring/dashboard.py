"""The CloudWatch dashboard: a row for each hop of a request, top to bottom."""

from collections.abc import Iterator, Mapping
from typing import Any

from constructs import Construct

from modules import aws
from modules.monitoring.metrics import MEASURES, Measure
from modules.terraform.local_value import local_value
from modules.terraform.metric_source import Watched

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
        aws.CloudwatchDashboard(self, id, dashboard_name=name, dashboard_body=f"${{jsonencode({self._body.fqn})}}")

    def add_row(self, watched: Watched, alarms: list[str]) -> None:
        """Puts a part below those that are there already.

        Args:
            alarms: the ARNs of its alarms, for the dashboard's first line.
        """
        self._alarms += alarms
        self._place("text", 0, WIDTH, HEADING, {"markdown": f"## {watched.title}", "background": "transparent"})
        self._y += HEADING
        namespace, measures = MEASURES[watched.kind]
        drawn = [measure for measure in measures if measure.drawn]
        width = min(WIDTH // len(drawn), WIDTH // 2)
        for column, measure in enumerate(drawn):
            self._place("metric", column * width, width, GRAPH, self._graph(watched, measure, namespace))
        self._y += GRAPH
        self._body.expression = {"widgets": self._widgets}

    def _place(self, kind: str, x: int, width: int, height: int, properties: dict[str, Any]) -> None:
        place = {"x": x, "y": self._y, "width": width, "height": height}
        self._widgets.append({"type": kind, **place, "properties": properties})

    def _graph(self, watched: Watched, measure: Measure, namespace: str) -> dict[str, Any]:
        graph = {
            "title": measure.title,
            "view": "timeSeries",
            "region": watched.region or self._region,
            "period": measure.period,
            "stat": measure.statistic,
            "yAxis": {"left": {"min": 0, "showUnits": False}},
            "metrics": [
                line
                for id, dimensions in watched.members.items()
                for line in _lines(measure, namespace, dimensions, id if len(watched.members) > 1 else "")
            ],
        }
        if measure.threshold is not None:
            alarm = {
                "label": f"alarm after {measure.minutes} minutes",
                "value": measure.limit(watched.limits),
                "fill": "below" if measure.above is None else "above",
                "color": RED,
            }
            graph["annotations"] = {"horizontal": [alarm]}
        return graph


def _lines(measure: Measure, namespace: str, dimensions: Mapping[str, str], member: str) -> Iterator[list[Any]]:
    """What is drawn of one member, in the dashboard's form: namespace, metric, names and values of its dimensions.

    Args:
        member: whose line it is, where the graph has several.
    """
    if measure.expression:
        shown = {"id": "shown", "expression": measure.expression.format(**dimensions)}
        # A search labels its lines itself.
        yield [shown | {"label": measure.title} if measure.metrics else shown]
    place = [word for dimension in measure.dimensions_of(dimensions).items() for word in dimension]
    for id, metric in measure.metrics.items():
        part = id if len(measure.metrics) > 1 else ""
        label = {"id": id, "visible": False} if measure.expression else {"label": f"{member} {part}".strip()}
        yield [namespace, metric, *place, *([label] if any(label.values()) else [])]
