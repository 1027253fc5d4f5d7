"""From environment files to Terraform JSON on disk: who renders what, and what becomes of it."""

import difflib
import fnmatch
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib.util import cache_from_source
from math import ceil
from pathlib import Path

from modules import PROJECT
from modules.aws.assembly import source_of
from modules.synthesis import prerequisites
from modules.synthesis.fingerprints import Record, of_the_project
from modules.synthesis.output_folder import STACK_FILE, list_stacks, remove_others, scratch_folder
from modules.synthesis.progress import Progress
from modules.synthesis.rendering import NODE_ENDED, render
from modules.synthesis.workers import WorkerDied, Workers

__all__ = ["STACK_FILE", "render", "synthesize"]

SITES_EACH = 500
"""Sites that a process renders before another takes its place: Node holds on to all of them, 0.5 MB each."""

SITES_EACH_AT_LEAST = 8
"""A process takes as long to start as about so many sites take to render."""


class NothingToRender(Exception):
    """No environment file is there, or none has a name that was asked for; the text says so to a person."""


def synthesize(
    environments: Path, output: Path, only: Sequence[str] = (), jobs: int | None = None, *, anew: bool = False
) -> int:
    """Writes the Terraform JSON of the environment files, and says what is wrong with those that cannot be used.

    What is up to date is not rendered again: the bytes would be the same. The JSON that a file gave before it was
    broken stays as it is.

    Args:
        environments: the folder of the environment files.
        output: the folder that CDKTF and Terraform read, usually cdktf.out.
        only: names of environments, or patterns of names; all where there are none.
        jobs: how many processes render at a time; by default as many as there are cores.
        anew: renders what is up to date, too.

    Returns:
        The exit status: 0; 2 where a person has something to mend; 1 where a process died; 130 after Ctrl-C.
    """
    try:
        node = prerequisites.require_node()
        files = _files(environments)
        chosen = _chosen(files, only) if only else files
        refused = _render_all(chosen, output, node, jobs or _cores(), others_go=not only, anew=anew)
    except prerequisites.Missing as error:
        print(error, file=sys.stderr)
        return 2
    except NothingToRender as error:
        print(error, _closing(0, 1, output), sep="\n\n", file=sys.stderr)
        return 2
    except OSError as error:
        place = error.filename2 or error.filename or output
        print(f"{place}: cannot be written: {error.strerror}. No file there is half written.", file=sys.stderr)
        return 2
    except WorkerDied as death:
        print(_obituary(death), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted. What was rendered is in its place, and no file is half written.", file=sys.stderr)
        return 130
    if refused:
        print(*refused, _closing(len(chosen) - len(refused), len(refused), output), sep="\n\n", file=sys.stderr)
    return 2 if refused else 0


def _files(folder: Path) -> dict[str, Path]:
    """The environment files by name. Nobody reads them here: each process reads its own.

    Raises:
        NothingToRender: there are none.
    """
    # Hidden files are an editor's, not a person's.
    files = {path.stem: path for path in sorted(folder.glob("*.toml")) if not path.name.startswith(".")}
    if not files:
        from modules.settings import load_all  # has the words for it

        try:
            load_all(folder)
        except ExceptionGroup as refused:
            raise NothingToRender(*refused.exceptions) from None
    return files


def _chosen(files: Mapping[str, Path], only: Sequence[str]) -> dict[str, Path]:
    """The files whose name matches a pattern.

    Raises:
        NothingToRender: a pattern that matches none, with the names near it.
    """
    if strays := [pattern for pattern in only if not fnmatch.filter(files, pattern)]:
        from modules.settings.problems import Problem, count, shown

        problems = [
            Problem("--only", f"{shown(pattern)}, which no environment is called", _near(pattern, list(files)))
            for pattern in strays
        ]
        heading = f"the command line: {count(len(problems), 'problem')}"
        raise NothingToRender("\n".join([heading, *map(str, problems)]))
    return {name: path for name, path in files.items() if any(fnmatch.fnmatch(name, pattern) for pattern in only)}


def _near(pattern: str, names: list[str]) -> str:
    plain = Path(pattern).name.removesuffix(".toml").strip("*?")
    near = difflib.get_close_matches(plain, names, n=5, cutoff=0.5) or names[:5]
    more = f" and {len(names) - len(near):,} more" if len(names) > len(near) else ""
    return f"a name, or a pattern of names in quotes: {', '.join(near)}{more}"


def _render_all(
    files: Mapping[str, Path], output: Path, node: str, jobs: int, *, others_go: bool, anew: bool
) -> list[str]:
    """Renders every file that is not up to date, each process its share, and lists in the manifest what is there.

    Args:
        node: the version of Node.js.
        others_go: whether the files are all there are, and other stacks are left from files that are no more.
        anew: renders what is up to date, too.

    Returns:
        What is wrong with the files that cannot be used, in their order.
    """
    refused: list[str] = []
    project = of_the_project(node)
    record = Record(output, project)
    up_to_date = {} if anew else record.up_to_date(files)
    stale = {name: path for name, path in files.items() if name not in up_to_date}
    with scratch_folder(output) as scratch:
        workers = _workers(max(1, min(jobs, ceil(len(stale) / SITES_EACH_AT_LEAST))), output, scratch)
        try:
            with workers, Progress(len(stale)) as bar:
                for name, answer in zip(stale, workers.answers([str(path) for path in stale.values()]), strict=True):
                    bar.step(name)
                    if "unwritable" in answer:
                        raise OSError(*answer["unwritable"])
                    if "refused" in answer:
                        refused.append(answer["refused"])
                    elif not bar.shown:
                        print(answer["stack"], *answer["notes"], sep="\n", flush=True)
            if others_go and len(refused) < len(files):
                remove_others(files, output)
        finally:
            # Also what was finished after the first failure.
            rendered = [answer for answer in workers.done if "stack" in answer]
            if manifests := [*up_to_date.values(), *(answer["manifest"] for answer in rendered)]:
                list_stacks(manifests, output, scratch)
            # Of code that was edited meanwhile nobody knows which was run.
            if rendered and of_the_project(node) == project:
                record.add(rendered, scratch)
    if bar.shown:
        changed = sum(answer["changed"] for answer in rendered)
        notes = dict.fromkeys(note for answer in rendered for note in answer["notes"])
        print(f"{output}: {len(rendered):,} environments rendered, {changed:,} of them changed", *notes, sep="\n")
    if up_to_date:
        were = "environment was" if len(up_to_date) == 1 else "environments were"
        print(f"{output}: {len(up_to_date):,} {were} up to date")
    return refused


def _workers(jobs: int, output: Path, scratch: Path) -> Workers:
    """Processes of rendering.py. What they, and Node behind them, put into folders for temporary files goes away with
    the scratch folder, however they end."""
    return Workers(
        [sys.executable, *_without_checks(), "-P", "-m", f"{__package__}.rendering", str(output), str(scratch)],
        jobs,
        tasks_each=SITES_EACH,
        PYTHONPATH=str(PROJECT),
        TMPDIR=str(scratch.absolute()),
    )


def _without_checks() -> list[str]:
    """Python's option that leaves out what the bindings check of every argument, a third of Python's time. The
    settings are checked when they are read, and Node checks again.

    It has bytecode of its own: where that cannot be kept, compiling it each time would cost more than it saves.
    """
    kept = Path(cache_from_source(source_of("constructs"), optimization=1))
    may_be_kept = not sys.dont_write_bytecode and os.access(kept.parent, os.W_OK)
    return ["-O"] if may_be_kept or kept.exists() else []


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _closing(rendered: int, refused: int, output: Path) -> str:
    """What follows the problems."""
    if not rendered:
        return f"Nothing was written: mend the above; {output} is as it was."
    others = "The other environment was" if rendered == 1 else f"The other {rendered:,} environments were"
    earlier = "what it gave before is" if refused == 1 else "what they gave before is"
    return f"{others} rendered. Mend the above: {earlier} still in {output}."


def _obituary(death: WorkerDied) -> str:
    """What a person can do about a process that died."""
    if death.status < 0:
        cause = f"the process that was on it was killed by {signal.Signals(-death.status).name}"
    elif death.status == NODE_ENDED:
        cause = "Node.js, which writes the JSON, ended in the middle of it"
    else:
        return f"{death.task}: not rendered: an error in the program, told above. Please report it."
    return (
        f"{death.task}: not rendered: {cause}. If this machine ran out of memory, render fewer at a time: "
        "python main.py --jobs 1"
    )
