"""The checks that find risks in a plan, one function each."""

from __future__ import annotations

from collections.abc import Iterator

from review.matrix import Mark, Matrix
from review.moment import Action
from review.part import Kind
from review.plan import Change, Plan
from review.risks import Danger, Risk
from review.rules import not_read
from review.survival import NOTHING, Answer
from review.values import follow
from review.view import View

HOLDS_DATA = {
    "aws_db_instance": "the database",
    "aws_rds_cluster": "the database",
    "aws_efs_file_system": "the uploads",
    "aws_ebs_volume": "a disk",
    "aws_s3_bucket": "a bucket",
    "aws_backup_vault": "the backups",
    "aws_kms_key": "a key, with all that it encrypts",
    "aws_secretsmanager_secret": "a secret",
    "aws_cloudwatch_log_group": "the logs",
}
"""What is gone for good when one of these is destroyed, the worst first."""

BACKUPS_OFF = {
    "aws_db_instance": ("backup_retention_period", 0),
    "aws_rds_cluster": ("backup_retention_period", 0),
    "aws_efs_backup_policy": ("backup_policy.status", "DISABLED"),
}
"""The value that turns backups off. RDS then deletes the automated backups that there are.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html"""

STOPS = {
    "aws_instance": ("server", ("instance_type",)),
    "aws_db_instance": ("database", ("instance_class", "engine_version")),
    "aws_rds_cluster": ("database", ("engine_version",)),
}
"""A common name for each type, and the attributes that stop it for some minutes when they are changed in place."""

QUESTIONS = {
    "answers": "takes the site down",
    "gets_out": "cuts servers off from the internet",
    "shell": "locks operators out of servers",
}
"""The questions that an `Outcome` answers, and what a "no" to each means for the site."""


def risks(plan: Plan, before: View | None, after: View | None, matrix: Matrix) -> list[Risk]:
    """All risks, the worst first.

    Args:
        before: the site as it is; None where there is none.
        after: the site as it will be; None where there is none.
        matrix: what the change opens and closes.
    """
    found = [*_destroyed_data(plan), *_backups(plan), *_interruption(plan), *_replaced(plan), *_unread(plan)]
    if before:
        found += [*_uploads_on_disks(before), *_blocked(before)]
    if after:
        found += _exposure(after, matrix)
    if before and after:
        found += _resilience(before, after)
    return sorted(found, key=lambda risk: list(Danger).index(risk.danger))


def _destroyed_data(plan: Plan) -> Iterator[Risk]:
    destroyed = [change for change in plan.changes if change.action.destroys and change.type in HOLDS_DATA]
    for change in sorted(destroyed, key=lambda change: list(HOLDS_DATA).index(change.type)):
        what, was = HOLDS_DATA[change.type], change.before or {}
        done = "replaced by an empty one" if change.action is Action.REPLACE else "destroyed"
        saved = was.get("skip_final_snapshot") is False
        text = f"{what} is {done} (`{change.address}`): "
        text += "a final snapshot keeps what it held" if saved else "what it held is gone for good"
        if was.get("deletion_protection"):
            text += "; its deletion protection will stop the apply"
        yield Risk(Danger.DATA_LOSS, text, f"{what} (data at risk)")


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


def _exposure(after: View, matrix: Matrix) -> Iterator[Risk]:
    """Everything that the change opens to the outside, except the load balancer's own listeners."""
    parts = after.site.parts
    for flow in matrix.marked(Mark.OPENED):
        target = parts.get(flow.target)
        if flow.source in parts or not target:
            continue
        is_door = target.kind is Kind.LOAD_BALANCER and flow.ports.single in target.ports
        if not is_door:
            text = f"{flow.source} can now reach the {target.name} on port {flow.ports}"
            yield Risk(Danger.EXPOSURE, text, f"opens the {target.name} to {flow.source}, port {flow.ports}")


def _unread(plan: Plan) -> Iterator[Risk]:
    for address in sorted({*not_read(plan.after)} - {*not_read(plan.before)}):
        text = f"`{address}` also decides who reaches whom, and this review cannot read it: look for yourself"
        yield Risk(Danger.EXPOSURE, text, f"{address} may open anything")


def _resilience(before: View, after: View) -> Iterator[Risk]:
    for lost, outcome in after.survival.outcomes.items():
        if lost not in before.survival.outcomes:
            continue
        for question, does in QUESTIONS.items():
            was: Answer = getattr(before.survival.outcomes[lost], question)
            now: Answer = getattr(outcome, question)
            if now.works < was.works:
                what = "the change itself" if lost == NOTHING else f"losing {lost} now"
                yield Risk(Danger.RESILIENCE, f"{what} {does}: {now.note}", f"{what} {does}")
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
