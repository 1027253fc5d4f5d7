"""A plan reviewed: everything that the Markdown and the HTML page show."""

from __future__ import annotations

from review.archives import Files
from review.changes import by_section
from review.dangers import risks
from review.matrix import Matrix
from review.moment import Moment
from review.part import Kind
from review.plain import one_line
from review.plan import OURS, Plan
from review.releases import releases
from review.risks import verdict
from review.survival import Survival
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

    def __init__(self, plan: Plan, title: str, cost: str, files: Files | None = None) -> None:
        """
        Args:
            files: what the release changes of the servers' files; None where that is not known.
        """
        self.title, self.cost, self._plan = title, cost, plan
        self.before = _view(plan.before, None)
        self.after = _view(plan.after, self.before)
        before, after = (
            view.reach.flows | view.reach.possible if view else set() for view in (self.before, self.after)
        )
        parts = [name for view in (self.after, self.before) if view for name in view.site.parts]
        self.matrix = Matrix.of(before, after, parts)
        self.sections = by_section(plan.changes)
        self.risks = risks(plan, self.before, self.after, self.matrix)
        self.releases = releases(plan.changes, files)
        self.verdict = verdict(plan, self.risks)

    @property
    def caveats(self) -> list[str]:
        """What to keep in mind when reading who reaches whom: sentences without their full stop."""
        if not self.after:
            return []
        idle = ", ".join(f"`{address}`" for address in sorted(rule.address for rule in self.after.reach.idle))
        vpc, reach = self.after.site.network.vpc, self.after.reach
        said = [f"no route leads to what these rules open: {idle}"] if idle else []
        if vpc and vpc.is_read:
            said.append("the VPC's routes are kept elsewhere: they are taken to lead where they should")
        unrelated, rules = reach.unrelated
        if unrelated:
            said.append(
                f"related {rules - unrelated} of {rules} rules: of the others the plan does not tell whose they are"
            )
        if reach.possible:
            said.append("what is marked as unknown may be possible: the plan does not tell")
        return said

    @property
    def beside(self) -> list[str]:
        """What happens beside the changes of resources and is no risk: sentences without their full stop."""
        said = []
        for output in () if self.is_new else self._plan.beside.outputs:
            before, after = (one_line(str(value)) for value in (output.before, output.after))
            said.append(f"the output `{output.name}` is {output.verb}: `{before}` → `{after}`")
        said += [f"`{address}`, which a replacement left behind, is destroyed" for address in self._plan.beside.deposed]
        if self._plan.beside.only_refreshes:
            said.append("this plan changes only what Terraform knows, and no resource")
        return said

    @property
    def survival(self) -> Survival | None:
        """What survives which loss; None where there is no site that could."""
        return self.after.survival if self.after and not self.after.missing else None

    @property
    def survival_before(self) -> Survival | None:
        """The same before the change."""
        return self.before.survival if self.before and not self.before.missing else None

    @property
    def why_no_site(self) -> str:
        """Why nothing is said of what survives: a sentence without its full stop."""
        if self.survival_before:
            return "nothing is left of the site"
        kinds = (Kind.LOAD_BALANCER, Kind.SERVERS)
        missing = self.after.missing if self.after else [kind.value for kind in kinds]
        lacks = " and no ".join(missing)
        return f"this is told of sites with load balancers and servers on EC2, and this plan has no {lacks}"

    @property
    def is_new(self) -> bool:
        """There was no site before: to mark everything as new would mark nothing."""
        return not any(self._plan.before.of(*types) for types in OURS.values())


def _view(moment: Moment, before: View | None) -> View | None:
    return None if moment.is_empty else View(moment, before)
