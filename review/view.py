"""The site at one moment, from every side that a reviewer looks at it."""

from __future__ import annotations

from review.moment import Moment
from review.needs import Before, needs
from review.part import Kind
from review.reach import Reach
from review.site import Site
from review.survival import Survival


class View:
    """
    Attributes:
        site: its parts and where they stand.
        reach: who may reach whom.
        needs: which part needs which.
        survival: what still works when something is lost.
    """

    def __init__(self, moment: Moment, before: View | None = None) -> None:
        """
        Args:
            before: the site before the change, if there was one.
        """
        self.site = Site(moment)
        self.reach = Reach(self.site)
        self.needs = needs(self.site, self.reach)
        was = Before.of(before.site, before.reach) if before else Before()
        self.survival = Survival(self.site, self.reach, was)

    @property
    def missing(self) -> list[str]:
        """What it takes to answer a visitor, and is not there."""
        return [kind.value for kind in (Kind.LOAD_BALANCER, Kind.SERVERS) if not self.site.of(kind)]
