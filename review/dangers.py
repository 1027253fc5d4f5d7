"""The checks that find risks in a plan, one function each."""

from __future__ import annotations

from collections.abc import Iterator

from review.address import parse
from review.exposures import exposures
from review.holds import HOLDS_DATA, fate
from review.matrix import Matrix
from review.moment import Action
from review.part import Kind
from review.plan import Change, Plan
from review.risks import Danger, Risk
from review.survival import NOTHING, Answer, Works
from review.values import follow
from review.view import View

BACKUPS_OFF = {
    "aws_db_instance": ("backup_retention_period", 0),
    "aws_rds_cluster": ("backup_retention_period", 0),
    "aws_efs_backup_policy": ("backup_policy.status", "DISABLED"),
    "aws_dynamodb_table": ("point_in_time_recovery.enabled", False),
    "aws_s3_bucket_versioning": ("versioning_configuration.status", "Suspended"),
    "aws_redshift_cluster": ("automated_snapshot_retention_period", 0),
    "aws_memorydb_cluster": ("snapshot_retention_limit", 0),
    "aws_elasticache_replication_group": ("snapshot_retention_limit", 0),
}
"""The value that turns backups off. RDS then deletes the automated backups that there are.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html"""

KEPT = {
    "backup_retention_period": "days",
    "retention_in_days": "days",
    "retention_period": "hours",
    "message_retention_seconds": "seconds",
    "automated_snapshot_retention_period": "days",
    "snapshot_retention_limit": "days",
}
"""How long data is kept, in what unit: with a smaller number, what is older goes. 0 days of logs are for ever.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"""

STOPS = {
    "aws_instance": ("server", ("instance_type", "user_data", "user_data_base64")),
    "aws_db_instance": ("database", ("instance_class", "engine_version", "port")),
    "aws_rds_cluster": ("database", ("engine_version", "db_cluster_instance_class", "port")),
    "aws_rds_cluster_instance": ("database instance", ("instance_class",)),
}
"""A common name for each type, and the attributes that stop it for some minutes when they are changed in place.

Changed user data stops and starts a server, and does not run again.
https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/instance#user_data
"""

QUESTIONS = {
    "answers": "takes the site down",
    "gets_out": "cuts servers off from the internet",
    "shell": "locks operators out of servers",
}
"""The questions that an `Outcome` answers, and what a "no" to each means for the site."""

MAY = {
    "answers": "may take the site down",
    "gets_out": "may cut servers off from the internet",
    "shell": "may lock operators out of servers",
}
"""The same, where the plan does not tell."""


def risks(plan: Plan, before: View | None, after: View | None, matrix: Matrix) -> list[Risk]:
    """All risks, the worst first.

    Args:
        before: the site as it is; None where there is none.
        after: the site as it will be; None where there is none.
        matrix: what the change opens and closes.
    """
    checks = (_destroyed_data, _backups, _kept_shorter, _state, _incomplete, _interruption, _replaced)
    found = [risk for check in checks for risk in check(plan)]
    found += exposures(plan, before, after, matrix)
    if before:
        found += [*_uploads_on_disks(before), *_blocked(before)]
    if before and after:
        found += _resilience(before, after)
    return sorted(found, key=lambda risk: list(Danger).index(risk.danger))


def _destroyed_data(plan: Plan) -> Iterator[Risk]:
    destroyed = [change for change in plan.changes if change.action.destroys and change.type in HOLDS_DATA]
    for change in sorted(destroyed, key=lambda change: list(HOLDS_DATA).index(change.type)):
        holder = HOLDS_DATA[change.type]
        if holder.stays and (change.before or {}).get(holder.stays) is True:
            continue
        done = "replaced by an empty one" if change.action is Action.REPLACE else "destroyed"
        text = f"{holder.what} is {done} (`{change.address}`): {fate(holder, change.before or {}, change.after)}"
        yield Risk(Danger.DATA_LOSS, text, f"{holder.what} (data at risk)")
    for address in plan.beside.deposed:
        kind = parse(address).block.partition(".")[0]
        if kind in HOLDS_DATA:
            text = f"{HOLDS_DATA[kind].what} that a replacement left behind is destroyed (`{address}`)"
            yield Risk(Danger.DATA_LOSS, text, f"{HOLDS_DATA[kind].what} left behind (data at risk)")


def _kept_shorter(plan: Plan) -> Iterator[Risk]:
    for change in plan.changes:
        if change.action is not Action.UPDATE:
            continue
        for path, unit in KEPT.items():
            was, becomes = ((values or {}).get(path) for values in (change.before, change.after))
            if not isinstance(was, int) or not isinstance(becomes, int) or becomes == was:
                continue
            forever = path == "retention_in_days"
            is_shorter = (was == 0 or becomes < was) and becomes != 0 if forever else 0 < becomes < was
            if is_shorter:
                before = "for ever" if was == 0 else f"for {was} {unit}"
                text = f"`{change.address}` keeps what it holds for {becomes} {unit}, no longer {before}"
                text += ": what is older goes"
                yield Risk(Danger.DATA_LOSS, text, f"{change.address} keeps less")


def _state(plan: Plan) -> Iterator[Risk]:
    """What Terraform no longer knows, or knows wrongly."""
    for change in plan.changes:
        if change.action is Action.FORGET:
            text = f"`{change.address}` is forgotten: it stays as it is, and Terraform no longer keeps it"
            yield Risk(Danger.STATE, text, f"{change.address} is no longer kept")
    for drift in plan.beside.drift:
        if drift.is_gone:
            text = f"`{drift.address}` was destroyed outside Terraform"
        else:
            text = f"`{drift.address}` was changed outside Terraform: {', '.join(drift.paths[:LISTED])}"
        yield Risk(Danger.STATE, text, f"{drift.address} changed outside Terraform")


def _incomplete(plan: Plan) -> Iterator[Risk]:
    beside = plan.beside
    if beside.is_errored:
        text = "Terraform could not finish this plan (`errored` is true), and will not apply it"
        yield Risk(Danger.INCOMPLETE, f"{text}: what is missing is not in it", "")
    elif not beside.is_complete:
        text = "this plan is a part of what there is to do (`-target`, or changes that are put off)"
        text += ": what else would change is not in it"
        yield Risk(Danger.INCOMPLETE, text, "an incomplete plan")
    for address in beside.deferred:
        yield Risk(Danger.INCOMPLETE, f"`{address}` is put off to a later plan", "")
    for check in beside.checks:
        says = f": {check.says}" if check.says else ""
        if check.is_failed:
            yield Risk(
                Danger.INCOMPLETE, f"the check `{check.address}` fails{says}", f"{check.address} fails its check"
            )
        else:
            text = f"whether `{check.address}` passes its check is known only after the apply"
            yield Risk(Danger.INCOMPLETE, text, f"a check of {check.address} is unknown")


LISTED = 6
"""So many attributes are named."""


def _backups(plan: Plan) -> Iterator[Risk]:
    for change in plan.changes:
        if change.action is not Action.UPDATE or change.type not in BACKUPS_OFF:
            continue
        path, off = BACKUPS_OFF[change.type]
        steps = tuple(path.split("."))
        was, becomes = (next(follow(values, steps), None) for values in (change.before, change.after))
        if becomes == off != was:
            yield Risk(Danger.DATA_LOSS, f"backups are turned off (`{change.address}`)", "backups off")


def _uploads_on_disks(before: View) -> Iterator[Risk]:
    """Servers that need the database run WordPress; without a shared file system, each keeps uploads on its disk."""
    databases, shared = ({part.name for part in before.site.of(kind)} for kind in (Kind.DATABASE, Kind.UPLOADS))
    for part in before.site.of(Kind.SERVERS):
        needed = before.needs.get(part.name, set())
        going = [member.name for member in part.members if member.resource.action.destroys]
        if going and needed & databases and not needed & shared:
            text = f"uploads are on the servers' own disks, which go: {', '.join(going)}"
            yield Risk(Danger.DATA_LOSS, text, "uploads on disks that go")


def _resilience(before: View, after: View) -> Iterator[Risk]:
    if before.missing:
        return
    if after.missing:
        text = f"the change itself takes the site down: no {' and no '.join(after.missing)} is left"
        yield Risk(Danger.RESILIENCE, text, "the change itself takes the site down")
        return
    was_there = {member.name for part in before.site.of(Kind.SERVERS) for member in part.members}
    for lost, outcome in after.survival.outcomes.items():
        if lost not in before.survival.outcomes:
            continue
        for question, does in QUESTIONS.items():
            was: Answer = getattr(before.survival.outcomes[lost], question)
            now: Answer = getattr(outcome, question)
            if now.works >= was.works:
                continue
            # A new server that does without something takes nothing from those that were there.
            is_for_new = bool(now.without) and not (now.without - was.without) & was_there
            if not is_for_new:
                what = "the change itself" if lost == NOTHING else f"losing {lost} now"
                if now.works is Works.UNKNOWN:
                    what = "the change itself" if lost == NOTHING else f"losing {lost}"
                what += f" {MAY[question] if now.works is Works.UNKNOWN else does}"
                yield Risk(Danger.RESILIENCE, f"{what}: {now.note}", what)
                # One risk for each loss: if the site is down, that is why the later questions fail. And if the change
                # by itself takes the site down, every further loss would only repeat that.
                if lost == NOTHING and question == "answers":
                    return
                break


def _blocked(before: View) -> Iterator[Risk]:
    """AWS deletes no subnet while a database that stays has an interface in it."""
    for part in [*before.site.of(Kind.DATABASE), *before.site.of(Kind.CACHE)]:
        for member in part.members:
            going = [subnet.address for subnet in member.subnets if subnet.action.destroys]
            if going and len(going) == len(member.subnets) and not member.resource.action.destroys:
                text = f"`{going[0]}` goes while the {part.name} ({member.name}) stays in it: AWS will refuse that"
                yield Risk(Danger.BLOCKED, text, f"{going[0]} is in use")


def _interruption(plan: Plan) -> Iterator[Risk]:
    for kind, (what, attributes) in STOPS.items():
        for attribute in attributes:
            stopped = [
                change.address
                for change in plan.changes
                if change.type == kind and change.action is Action.UPDATE and _differs(change, attribute)
            ]
            if stopped:
                names = ", ".join(f"`{address}`" for address in stopped)
                at_once = ", all at once" if len(stopped) > 1 else ""
                short = f"stops {len(stopped)} {what}s at once" if len(stopped) > 1 else f"stops a {what}"
                yield Risk(Danger.INTERRUPTION, f"another {attribute} stops {names} for some minutes{at_once}", short)


def _differs(change: Change, attribute: str) -> bool:
    return (change.before or {}).get(attribute) != (change.after or {}).get(attribute)


def _replaced(plan: Plan) -> Iterator[Risk]:
    orders = {True: "their successors come first", False: "they go before their successors come"}
    for creates_first, order in orders.items():
        changes = [c for c in plan.changes if c.action is Action.REPLACE and c.creates_first is creates_first]
        if changes:
            names = ", ".join(f"`{change.address}`" for change in changes)
            yield Risk(Danger.REPLACE, f"replaced, and {order}: {names}", "")
