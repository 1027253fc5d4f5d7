"""What is watched, as a table: every graph of the dashboard, and the alarm on it where it has a threshold."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

Severity = Literal["urgent", "soon"]
"""`urgent`: visitors notice it now, or within the hour. `soon`: they will, if nobody acts within days. It stands in the
mail's subject."""


@dataclass(frozen=True)
class Metric:
    """A row of the table.

    Attributes:
        id: what its alarms end with.
        title: the graph's, with the unit.
        name: CloudWatch's name of it, or several names, each by what the graph calls it.
        statistic: how the values of a period become one: Average, Sum, Maximum, Minimum or a percentile.
        above: the alarm's threshold: a number, or the name of a setting or of a part's limit.
        below: the same, for an alarm at values under it.
        minutes: how long that must last, every period of it.
        meaning: for the mail: what has happened, and where to look first.
        severity: how soon someone must look.
        missing_data: what no data means: "breaching" is bad, "notBreaching" good, "missing" unknown, "ignore" no
            change.
        period: seconds between two values, as long as the service takes to publish them.
        expression: metric math over `name`, or a search over the dimensions, in place of the metrics themselves.
            The part has one member then.
        dimensions: those of the part's that the metric has; all of them where left out.
        drawn: has a graph.
    """

    id: str
    title: str
    name: str | Mapping[str, str]
    statistic: str = "Average"
    above: float | str | None = None
    below: float | str | None = None
    minutes: int = 15
    meaning: str = ""
    severity: Severity = "soon"
    missing_data: Literal["breaching", "notBreaching", "missing", "ignore"] = "missing"
    period: int = 60
    expression: str | None = None
    dimensions: tuple[str, ...] = ()
    drawn: bool = True

    @property
    def names(self) -> Mapping[str, str]:
        return {self.id: self.name} if isinstance(self.name, str) else self.name

    @property
    def threshold(self) -> float | str | None:
        return self.below if self.above is None else self.above

    def limit(self, named: Mapping[str, float]) -> float:
        """The threshold as a number.

        Args:
            named: the part's limits, and the settings, by name.

        Raises:
            ValueError: it has none.
        """
        threshold = self.threshold
        if threshold is None:
            raise ValueError(f"{self.id} has no threshold")
        return named[threshold] if isinstance(threshold, str) else threshold

    def dimensions_of(self, member: Mapping[str, str]) -> dict[str, str]:
        return {name: member[name] for name in self.dimensions or member}


FAILED = "(FILL(by_servers, 0) + FILL(by_balancer, 0))"

BALANCER = ("LoadBalancer",)


def _found_by_rules(dimensions: str) -> tuple[Metric, ...]:
    """A line for each rule, so that the mode `count` shows which one would block what.

    Args:
        dimensions: those of a rule's metrics, in CloudWatch's order.
    """
    search = f"SEARCH('{{{{AWS/WAFV2,{dimensions}}}}} WebACL=\"{{WebACL}}\" MetricName=\"%s\"', 'Sum', 300)"
    return (
        Metric("blocked", "Blocked, requests in 5 minutes", {}, expression=search % "BlockedRequests", period=300),
        Metric(
            "counted", "Would be blocked, requests in 5 minutes", {}, expression=search % "CountedRequests", period=300
        ),
    )


def _reputation() -> tuple[Metric, ...]:
    return (
        Metric(
            "bounces",
            "Bounces, share of mails",
            "Reputation.BounceRate",
            above=0.05,
            minutes=60,
            period=3600,
            missing_data="ignore",
            meaning="Too many mails go to addresses that do not exist: does a form send to whoever is typed in?",
        ),
        Metric(
            "complaints",
            "Complaints, share of mails",
            "Reputation.ComplaintRate",
            above=0.001,
            minutes=60,
            period=3600,
            missing_data="ignore",
            meaning="Too many people say that the site's mail is spam.",
        ),
    )


def _without_alarms(metrics: tuple[Metric, ...]) -> tuple[Metric, ...]:
    """For another region than the site's: CloudWatch has alarms on metrics of its own region alone."""
    return tuple(replace(metric, above=None, meaning="") for metric in metrics)


# fmt: off
METRICS: dict[str, tuple[str, tuple[Metric, ...]]] = {
    # Published twice a day, and no more after the end. https://docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html
    "certificate": ("AWS/CertificateManager", (
        Metric("ends", "Days left", "DaysToExpiry", "Minimum", below="certificate_days", minutes=1440, period=86400,
                missing_data="ignore",
                meaning="The certificate was not renewed. Are the validation records still in DNS?"),
    )),
    # https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html
    "waf": ("AWS/WAFV2", _found_by_rules("Region,Rule,WebACL")),
    # A firewall of CloudFront's has no region among its dimensions.
    "edge_waf": ("AWS/WAFV2", _found_by_rules("Rule,WebACL")),
    # Without alarms: those of the load balancer see what CloudFront passes on.
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html
    "cdn": ("AWS/CloudFront", (
        Metric("requests", "Requests at the edge, a minute", "Requests", "Sum"),
        Metric("errors", "Failed at the edge (5xx), %", "5xxErrorRate"),
        Metric("sent", "Sent to visitors, bytes a minute", "BytesDownloaded", "Sum"),
    )),
    # What servers write when they ask themselves for a page, each once a minute (wordpress/web/checks/check-page.sh).
    # Five minutes, because a failover of the database takes two.
    "pages": ("Pressform", (
        Metric("failed", "Page checks that failed, a minute", "CheckFailed", "Sum", above=0, minutes=5,
                severity="urgent", missing_data="notBreaching",
                meaning="WordPress makes no page though its server is healthy: a plugin's error, a missing theme or no "
                        "database. The streams page-check and php of the servers' log group say which."),
    )),
    # What they write when they ask wordpress.org, each twice a day (wordpress/web/checks/check-version.sh).
    "version": ("Pressform", (
        Metric("insecure", "Found to have known holes, times a day", "CheckFailed", "Sum", above=0, minutes=1440,
                period=86400, missing_data="notBreaching",
                meaning="WordPress has published a security release. Set wordpress.version to it and apply: a release, "
                        "one server at a time. The streams version-check of the servers' log group say what they run."),
    )),
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
    "load_balancer": ("AWS/ApplicationELB", (
        Metric("requests", "Requests, a minute", "RequestCount", "Sum", dimensions=BALANCER),
        # Requests without a server to go to are in the load balancer's own errors and not in RequestCount.
        Metric("errors", "Failed requests (5xx), %", {"requests": "RequestCount",
                "by_servers": "HTTPCode_Target_5XX_Count", "by_balancer": "HTTPCode_ELB_5XX_Count"}, "Sum",
                above="server_errors", minutes=5, severity="urgent", missing_data="notBreaching", dimensions=BALANCER,
                expression=f"100 * {FAILED} / MAX([FILL(requests, 0), {FAILED}])",
                meaning="Visitors get error pages. Look at the servers' log group, and at the database's row."),
        Metric("slow", "95 of 100 answered within, seconds", "TargetResponseTime", "p95", above="latency", period=300,
                missing_data="notBreaching", dimensions=BALANCER,
                meaning="Visitors wait. Look for the first row below whose CPU or latency rose at the same time."),
        # The maximum over the load balancer's nodes: a node that was just added has found nobody healthy yet.
        Metric("no_server", "Healthy servers", "HealthyHostCount", "Maximum", below=1, minutes=3,
                severity="urgent", missing_data="breaching",
                meaning="No server passes its health check: the site is down. Open a shell on one of them."),
        # Fifteen minutes, because a new server is unhealthy until it has booted.
        Metric("unhealthy_server", "Unhealthy servers", "UnHealthyHostCount", "Maximum", above=0,
                missing_data="notBreaching", drawn=False,
                meaning="A server fails its health check; the others carry the load. Replace it, or let the fleet."),
    )),
    # Five minutes are EC2's basic monitoring, which costs nothing.
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/viewing_metrics_with_cloudwatch.html
    "servers": ("AWS/EC2", (
        Metric("cpu", "CPU, %", "CPUUtilization", above=80, period=300,
                meaning="Pages become slow. Take a larger instance type, or more servers."),
        Metric("sent", "Sent, bytes in 5 minutes", "NetworkOut", "Sum", period=300),
        Metric("broken", "Failed status checks", "StatusCheckFailed", "Maximum", above=0, minutes=5, period=300,
                missing_data="notBreaching", drawn=False,
                meaning="A server's hardware or system is broken. Replace it."),
    )),
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheMetrics.WhichShouldIMonitor.html
    "cache": ("AWS/ElastiCache", (
        Metric("cpu", "CPU of the engine, %", "EngineCPUUtilization", above=80, meaning="Take a larger node type."),
        Metric("memory", "Memory, %", "DatabaseMemoryUsagePercentage", above=90,
                meaning="The cache is nearly full, and will drop what is still wanted."),
        Metric("evictions", "Dropped for lack of memory, a minute", "Evictions", "Sum", above=100,
                missing_data="notBreaching", meaning="The cache is too small: pages ask the database again."),
        Metric("hits", "Found in the cache, %", "CacheHitRate"),
    )),
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html
    "database": ("AWS/RDS", (
        Metric("cpu", "CPU, %", "CPUUtilization", above=80,
                meaning="Pages become slow. Turn on the slow log, or take a larger instance class."),
        Metric("connections", "Connections", "DatabaseConnections", "Maximum", above="connections", minutes=5,
                meaning="Soon new connections are refused. Look for slow queries, or take a larger class."),
        Metric("storage", "Free storage, bytes", "FreeStorageSpace", "Minimum", below="storage", severity="urgent",
                meaning="A full database stops. Raise database.max_allocated_storage, or allocated_storage."),
        Metric("latency", "Disk latency, seconds", {"read": "ReadLatency", "write": "WriteLatency"}),
    )),
    # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html
    "aurora": ("AWS/RDS", (
        Metric("capacity", "Capacity, % of max_capacity", "ACUUtilization", "Maximum", above=90,
                meaning="The database cannot grow further. Look for slow queries, or raise max_capacity."),
        Metric("cpu", "CPU, %", "CPUUtilization", "Maximum", above=80, meaning="Pages become slow."),
        Metric("connections", "Connections", "DatabaseConnections", "Maximum"),
        Metric("lag", "Readers behind the writer, ms", "AuroraReplicaLagMaximum", "Maximum", above=1000,
                missing_data="notBreaching", meaning="A failover takes longer. Look at the writer's CPU."),
    )),
    # No burst credits: elastic throughput has none. https://docs.aws.amazon.com/efs/latest/ug/efs-metrics.html
    "uploads": ("AWS/EFS", (
        Metric("limit", "Operations, % of the limit", "PercentIOLimit", above=95, missing_data="notBreaching",
                meaning="Uploads and pictures become slow: the file system answers no more operations a second."),
        Metric("traffic", "Read and written, bytes a minute", "TotalIOBytes", "Sum"),
        Metric("clients", "Servers that mounted it", "ClientConnections", "Sum"),
    )),
    # What the servers' queues write (wordpress/web/mail/send-mail.sh).
    "mail": ("Pressform", (
        Metric("sent", "Sent, a minute", "MailSent", "Sum"),
        Metric("deferred", "Refused for now, tries a minute", "MailDeferred", "Sum"),
        Metric("given_up", "Given up, a minute", "MailGivenUp", "Sum", above=0, minutes=5, period=300,
                missing_data="notBreaching",
                meaning="A mail was refused until its time was over, and is lost. The stream mail of the servers' log "
                        "group says whose and why: SES's sandbox, a domain that is not verified, a wrong address."),
    )),
    # Above these, AWS looks at the account, and may end its sending.
    # https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html
    "ses": ("AWS/SES", _reputation()),
    "ses_elsewhere": ("AWS/SES", _without_alarms(_reputation())),
    # https://docs.aws.amazon.com/aws-backup/latest/devguide/cloudwatch.html
    "backups": ("AWS/Backup", (
        Metric("failed", "Backups and copies that failed, an hour", {"backups": "NumberOfBackupJobsFailed",
                "copies": "NumberOfCopyJobsFailed"}, "Sum", above=0, minutes=60, period=3600,
                missing_data="notBreaching", expression="FILL(backups, 0) + FILL(copies, 0)",
                meaning="The jobs in AWS Backup's console say why. The copies of the days before are still there."),
        # Two windows of a day each, because a job of the next day may end some hours later in it.
        Metric("missing", "Backups that completed, a day", "NumberOfBackupJobsCompleted", "Sum", below="resources",
                minutes=2880, period=86400, missing_data="breaching",
                meaning="No copy of everything was made in a day; on a new site, until its second night. Does the "
                "plan's selection in AWS Backup's console still find database and uploads?"),
    )),
    # https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html
    "nat": ("AWS/NATGateway", (
        Metric("refused", "Connections refused for lack of ports", "ErrorPortAllocation", "Sum", above=0,
                missing_data="notBreaching",
                meaning="Servers do not reach the internet: too many connections to one host."),
        Metric("sent", "Sent to the internet, bytes a minute", "BytesOutToDestination", "Sum"),
        Metric("connections", "Connections", "ActiveConnectionCount", "Maximum"),
    )),
}
# fmt: on
