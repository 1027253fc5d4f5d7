"""[tags]."""

from collections.abc import Iterator, Mapping

from modules.settings.problems import Problem, dotted

OWN = ("Name", "Environment", "Project", "ManagedBy")


def tag_names_differ_in_more_than_case(tags: Mapping[str, str]) -> Iterator[Problem]:
    """IAM takes no two tags that differ in case only.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html"""
    taken = {name.lower(): name for name in OWN}
    for name in tags:
        other = taken.setdefault(name.lower(), name)
        if other != name:
            allowed = f"a name that differs from {other} in more than upper and lower case"
            yield Problem(dotted("tags", name), "the name of another tag", allowed)
