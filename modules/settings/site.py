"""What is wrong with a site folder, told as a problem of the environment file that names it."""

from collections.abc import Iterator

from modules.settings.problems import Problem
from modules.wordpress.site_folder import Refusal

SHOWN = 100
"""Of what is wrong with one folder: a backup of a database in pieces may be wrong in thousands of places."""


def refused(site: str, refusals: list[Refusal]) -> Iterator[Problem]:
    """
    Args:
        site: the folder, as the file names it.
    """
    for refusal in refusals[:SHOWN]:
        place = f"{site}/{refusal.name}" if refusal.name else site
        yield Problem("wordpress.site", f"{place}: {refusal.found}", refusal.allowed)
    if len(refusals) > SHOWN:
        yield Problem("wordpress.site", f"{len(refusals) - SHOWN:,} more problems in {site}", "as above")
