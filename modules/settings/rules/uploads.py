"""[uploads]."""

from collections.abc import Iterator

from modules.settings.problems import Problem, shown
from modules.settings.wordpress import Uploads


def a_file_system_is_shared(uploads: Uploads) -> Iterator[Problem]:
    if uploads.file_system_id and not uploads.shared:
        allowed = "no such setting with shared = false, where each server keeps its own"
        yield Problem("uploads.file_system_id", shown(uploads.file_system_id), allowed)
