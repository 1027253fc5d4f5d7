"""A plan reviewed: everything that the Markdown and the HTML page show."""

from __future__ import annotations

from review.changes import by_section
from review.dangers import risks
from review.matrix import Matrix
from review.moment import Moment
from review.plan import OURS, Plan
from review.releases import releases
from review.risks import verdict
from review.view import View


class Report:
    """What is told of a plan.

    Attributes:
        title: what is reviewed, for people.
        before: the site as it is; None where there is none.
        after: the site as it will be; None where there is none.
        sections: the changes, under the parts of the site.
        matrix: who reaches whom, and what the change does to that.
        risks: what a reviewer must not miss, the worst first.
        verdict: the plan in one line.
        releases: what changes of what the servers run: sentences without their full stop.
        cost: its monthly difference, or why there is none.
    """

    def __init__(self, plan: Plan, title: str, cost: str) -> None:
        self.title, self.cost = title, cost
        self.before = _view(plan.before, None)
        self.after = _view(plan.after, self.before)
        before, after = (view.reach.flows if view else set() for view in (self.before, self.after))
        parts = [name for view in (self.after, self.before) if view for name in view.site.parts]
        self.matrix = Matrix.of(before, after, parts)
        self.sections = by_section(plan.changes)
        self.risks = risks(plan, self.before, self.after, self.matrix)
        self.releases = releases(plan.changes)
        self.verdict = verdict(plan.changes, self.risks)

    @property
    def caveats(self) -> list[str]:
        """What to keep in mind when reading who reaches whom: sentences without their full stop."""
        if not self.after:
            return []
        idle = ", ".join(f"`{address}`" for address in sorted(rule.address for rule in self.after.reach.idle))
        vpc = self.after.site.network.vpc
        said = [f"no route leads to what these rules open: {idle}"] if idle else []
        if vpc and vpc.is_read:
            said.append("the VPC's routes are kept elsewhere: they are taken to lead where they should")
        return said

    @property
    def is_new(self) -> bool:
        """There was no site before: to mark everything as new would mark nothing."""
        return self.before is None


def _view(moment: Moment, before: View | None) -> View | None:
    is_there = any(moment.of(*types) for types in OURS.values())
    return View(moment, before.needs if before else None) if is_there else None
