"""CloudWatch alarms, made from the table of measures."""

from collections.abc import Mapping

from constructs import Construct

from modules import aws
from modules.monitoring.metrics import MEASURES, Measure
from modules.terraform.metric_source import Watched


class Alarms(Construct):
    """The alarms of one watched part: one for each of its members and each measure that has a threshold. They cost
    0.10 USD a month each, one with metric math 0.10 USD for each metric in it.

    Attributes:
        arns: of all of them.
    """

    def __init__(self, scope: Construct, id: str, watched: Watched, *, name: str, topic_arn: str) -> None:
        """
        Args:
            name: the beginning of every alarm's name.
            topic_arn: who is told, of the beginning and of the end.
        """
        super().__init__(scope, id)
        namespace, measures = MEASURES[watched.kind]
        self.arns = []
        for member, dimensions in watched.members.items():
            for measure in measures:
                if measure.threshold is None:
                    continue
                words = f"{member}_{measure.id}".replace("_", "-")
                source = _math if measure.expression else _metric
                alarm = aws.CloudwatchMetricAlarm(
                    self,
                    f"{member}_{measure.id}",
                    # It is the mail's subject.
                    alarm_name=f"{name}-{measure.severity}-{words}",
                    alarm_description=measure.meaning,
                    comparison_operator="LessThanThreshold" if measure.above is None else "GreaterThanThreshold",
                    threshold=measure.limit(watched.limits),
                    evaluation_periods=measure.minutes * 60 // measure.period,
                    treat_missing_data=measure.silence,
                    alarm_actions=[topic_arn],
                    ok_actions=[topic_arn],
                    tags={"Name": f"{name}-{words}"},
                    **source(measure, namespace, measure.dimensions_of(dimensions)),
                )
                self.arns.append(alarm.arn)


def _metric(measure: Measure, namespace: str, dimensions: Mapping[str, str]) -> dict[str, object]:
    [metric] = measure.metrics.values()
    percentile = measure.statistic.startswith("p")
    return {
        "namespace": namespace,
        "metric_name": metric,
        "dimensions": dimensions,
        "period": measure.period,
        "extended_statistic" if percentile else "statistic": measure.statistic,
    }


def _math(measure: Measure, namespace: str, dimensions: Mapping[str, str]) -> dict[str, object]:
    metrics = [
        aws.CloudwatchMetricAlarmMetricQuery(
            id=id,
            metric=aws.CloudwatchMetricAlarmMetricQueryMetric(
                namespace=namespace,
                metric_name=metric,
                dimensions=dimensions,
                period=measure.period,
                stat=measure.statistic,
            ),
        )
        for id, metric in measure.metrics.items()
    ]
    shown = aws.CloudwatchMetricAlarmMetricQuery(
        id="shown", expression=measure.expression, label=measure.title, return_data=True
    )
    return {"metric_query": [shown, *metrics]}
