"""[state]."""

from collections.abc import Iterator

from modules.settings.problems import Problem, shown
from modules.settings.state import State

BACKENDS = {"bucket": "s3", "region": "s3", "organization": "hcp"}


def settings_belong_to_their_backend(state: State) -> Iterator[Problem]:
    for setting, backend in BACKENDS.items():
        value = getattr(state, setting)
        if value is not None and state.backend != backend:
            allowed = f'no such setting with backend = {shown(state.backend)}: it belongs to "{backend}"'
            yield Problem(f"state.{setting}", shown(value), allowed)


def a_shared_state_has_a_place(state: State) -> Iterator[Problem]:
    place = {"s3": "bucket", "hcp": "organization"}.get(state.backend)
    if place and getattr(state, place) is None:
        yield Problem(
            f"state.{place}", "nothing: it is missing", f"what holds the state of backend {shown(state.backend)}"
        )
