"""Who is told when something is wrong, and what they look at then."""

from collections.abc import Sequence
from dataclasses import replace

from cdktf import ITerraformDependable
from constructs import Construct

from modules import aws
from modules.monitoring.alarms import Alarms
from modules.monitoring.dashboard import Dashboard
from modules.monitoring.metrics import METRICS
from modules.settings.monitoring import Monitoring as Settings
from modules.terraform.accepted import OWN_KEY, accept
from modules.terraform.account import account_id, partition
from modules.terraform.metric_source import MetricSource, collect_metrics
from modules.terraform.policy import policy
from modules.terraform.subscriptions import subscribe


class Monitoring(Construct):
    """An SNS topic that mails people, and for every part of the stack that offers metrics its alarms and its row of the
    dashboard. It is made last: a part that came later would be an error.

    It costs 3 USD a month for the dashboard and 0.10 USD for each alarm, about 5 USD for a small site, and buys that
    people hear of a fault before the visitors tell them.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        settings: Settings,
        *,
        name: str,
        region: str,
        named: ITerraformDependable,
        key_arn: str | None = None,
    ) -> None:
        """
        Args:
            name: the beginning of every name in AWS.
            named: what AWS refuses to make while another site has the name. The topic, and so the alarms, wait for it:
                AWS would give them to whoever asks last.
            key_arn: the key that encrypts the alarms on their way; its policy must admit CloudWatch. None leaves them
                to SNS's own disk encryption: AWS's key for SNS does not admit CloudWatch, and alarms would be lost.
        """
        super().__init__(scope, id)
        self._name = name
        topic_arn = self._topic(settings, region, named, key_arn)
        dashboard = Dashboard(self, "dashboard", name=name, region=region)
        limits = settings.model_dump(exclude={"emails"})
        for source in _as_requests_meet_them(collect_metrics(self)):
            limited = replace(source, limits=limits | dict(source.limits))
            alarms = Alarms(self, next(iter(source.members)), limited, name=name, topic_arn=topic_arn)
            dashboard.add_row(limited, alarms.arns)

    def _topic(self, settings: Settings, region: str, named: ITerraformDependable, key_arn: str | None) -> str:
        name = f"{self._name}-alarms"
        topic = aws.SnsTopic(
            self,
            "alarms",
            name=name,
            display_name=self._name,
            kms_master_key_id=key_arn,
            tags={"Name": name},
            depends_on=[named],
        )
        accept(topic, "CKV_AWS_26", OWN_KEY, unless=key_arn)
        why = "CloudWatch alone may publish; it speaks TLS, and [encryption] ends the finding."
        accept(topic, "AwsSolutions-SNS3", why, unless=key_arn)
        account = account_id(self)
        own_alarms = f"arn:{partition(self)}:cloudwatch:{region}:{account}:alarm:{self._name}-*"
        only_own_alarms = {
            "Sid": "AlarmsPublish",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": topic.arn,
            "Condition": {
                "ArnLike": {"aws:SourceArn": own_alarms},
                "StringEquals": {"aws:SourceAccount": account},
            },
        }
        aws.SnsTopicPolicy(self, "alarms", arn=topic.arn, policy=policy(self, "alarms_topic", [only_own_alarms]))
        subscribe(self, "alarms", topic.arn, settings.emails)
        return topic.arn


def _as_requests_meet_them(sources: Sequence[MetricSource]) -> list[MetricSource]:
    """In the order of the table's kinds, but hop by hop where a topology has several: a load balancer, the servers
    behind it, the next load balancer."""
    kinds = list(METRICS)
    hops = list(dict.fromkeys(source.hop for source in sources if source.hop))
    first_hop = min((kinds.index(source.kind) for source in sources if source.hop), default=0)

    def place(source: MetricSource) -> tuple[int, int, int]:
        kind = kinds.index(source.kind)
        return (first_hop, hops.index(source.hop), kind) if source.hop else (kind, 0, 0)

    return sorted(sources, key=place)
