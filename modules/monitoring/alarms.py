"""CloudWatch alarms, made from the table of metrics."""

from collections.abc import Mapping

from constructs import Construct

from modules import aws
from modules.monitoring.metrics import METRICS, Metric
from modules.terraform.metric_source import MetricSource


class Alarms(Construct):
    """The alarms of one part: one for each of its members and each metric that has a threshold. They cost
    0.10 USD a month each, one with metric math 0.10 USD for each metric in it.

    Attributes:
        arns: of all of them.
    """

    def __init__(self, scope: Construct, id: str, source: MetricSource, *, name: str, topic_arn: str) -> None:
        """
        Args:
            name: the beginning of every alarm's name.
            topic_arn: who is told, of the beginning and of the end.
        """
        super().__init__(scope, id)
        namespace, metrics = METRICS[source.kind]
        self.arns = []
        for member, dimensions in source.members.items():
            for metric in metrics:
                if metric.threshold is None:
                    continue
                words = f"{member}_{metric.id}".replace("_", "-")
                measured = _math if metric.expression else _plain
                alarm = aws.CloudwatchMetricAlarm(
                    self,
                    f"{member}_{metric.id}",
                    # It is the mail's subject.
                    alarm_name=f"{name}-{metric.severity}-{words}",
                    alarm_description=metric.meaning,
                    comparison_operator="LessThanThreshold" if metric.above is None else "GreaterThanThreshold",
                    threshold=metric.limit(source.limits),
                    evaluation_periods=metric.minutes * 60 // metric.period,
                    treat_missing_data=metric.missing_data,
                    alarm_actions=[topic_arn],
                    ok_actions=[topic_arn],
                    tags={"Name": f"{name}-{words}"},
                    **measured(metric, namespace, metric.dimensions_of(dimensions)),
                )
                self.arns.append(alarm.arn)


def _plain(metric: Metric, namespace: str, dimensions: Mapping[str, str]) -> dict[str, object]:
    [name] = metric.names.values()
    percentile = metric.statistic.startswith("p")
    return {
        "namespace": namespace,
        "metric_name": name,
        "dimensions": dimensions,
        "period": metric.period,
        "extended_statistic" if percentile else "statistic": metric.statistic,
    }


def _math(metric: Metric, namespace: str, dimensions: Mapping[str, str]) -> dict[str, object]:
    metrics = [
        aws.CloudwatchMetricAlarmMetricQuery(
            id=id,
            metric=aws.CloudwatchMetricAlarmMetricQueryMetric(
                namespace=namespace,
                metric_name=name,
                dimensions=dimensions,
                period=metric.period,
                stat=metric.statistic,
            ),
        )
        for id, name in metric.names.items()
    ]
    shown = aws.CloudwatchMetricAlarmMetricQuery(
        id="shown", expression=metric.expression, label=metric.title, return_data=True
    )
    return {"metric_query": [shown, *metrics]}
