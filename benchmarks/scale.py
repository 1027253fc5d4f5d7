"""What many environments cost: `python -m benchmarks.scale [COUNT...]` writes benchmarks/results/scale.*.

Copies of environments/handson.toml are rendered by main.py, from start to exit, with an empty output folder, and each
environment of the project alone, in turns; the most of them once more when none has changed, and when one has. Then one
process renders some more, once as it is and once under a profiler, which tells where the processor's time goes.
"""

import cProfile
import json
import os
import pstats
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psutil

from benchmarks.__main__ import machine
from modules import PROJECT
from modules.settings import load
from modules.synthesis.rendering import render

RESULTS = Path(__file__).parent / "results"
ENVIRONMENTS = PROJECT / "environments"
SITE = ENVIRONMENTS / "handson.toml"
ROUNDS = 5
"""Runs of each environment alone, and of many that were rendered before."""

COUNTS = (1, 10, 100, 1_000)
PROFILED = 20
"""Sites under the profiler; more change nothing but the time it takes."""

SAMPLE_EVERY = 0.1
"""Seconds between looks at the memory: Node grows by less than a megabyte in between."""

SHARES = {
    "messages to Node and back": ("readline", "flush", "write"),
    "requests and answers as JSON": ("json/", "cattr", "attr/", "process.py"),
    "jsii, which turns objects into requests": ("jsii/",),
    "checks of every argument": ("typeguard", "typing.py", "inspect.py"),
    "the bindings": ("cdktf",),
    "Pressform": ("modules/",),
}
"""Where a function's own time goes: the first row of which a word is in its file or, if built in, its name."""


class Run(NamedTuple):
    seconds: float
    processor: float
    """Seconds of processor time, of all processes."""
    largest: float
    """Peak of the largest process, megabytes of resident memory."""
    together: float
    """Peak of all processes together."""


def main(counts: list[int]) -> None:
    load = os.getloadavg()[0]
    runs = {count: measure(copies(count)) for count in counts}
    again = once_more(max(counts))
    alone = one_by_one()
    processor, shares, requests = profile()
    result = {
        "machine": machine(),
        "measured": f"{datetime.now(UTC):%Y-%m-%d}",
        "load_before": round(load, 1),
        "runs": {str(count): run._asdict() for count, run in runs.items()},
        "again": again,
        "alone": alone,
        "processor_seconds_a_site": processor,
        "shares_of_python": shares,
        "requests_a_site": requests,
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "scale.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    (RESULTS / "scale.md").write_text(page(runs, result), encoding="utf-8")
    print(page(runs, result))


def one_by_one() -> dict[str, dict[str, float]]:
    """Medians of seconds and of processor time, for each environment of the project."""
    runs: dict[str, list[Run]] = {path.stem: [] for path in sorted(ENVIRONMENTS.glob("*.toml"))}
    for _ in range(ROUNDS):
        for name, done in runs.items():
            done.append(measure({name: ENVIRONMENTS / f"{name}.toml"}))
    return {
        name: {part: round(median(getattr(run, part) for run in done), 2) for part in ("seconds", "processor")}
        for name, done in runs.items()
    }


def copies(count: int) -> dict[str, Path]:
    """The hands-on site under so many names."""
    return {f"customer-{number:04}": SITE for number in range(count)}


def once_more(count: int) -> dict[str, dict[str, float]]:
    """Medians of runs with so many environments that were rendered before, by how many of them have changed."""
    runs: dict[int, list[Run]] = {0: [], 1: []}
    sizes = ('"t3.micro"', '"t2.micro"')
    with tempfile.TemporaryDirectory() as folder:
        measure(copies(count), folder)
        changed = Path(folder, "environments", f"customer-{count // 2:04}.toml")
        for number in range(ROUNDS):
            text = changed.read_text(encoding="utf-8").replace(sizes[1 - number % 2], sizes[number % 2])
            changed.write_text(text, encoding="utf-8")
            runs[1].append(main_py(folder, count))
            runs[0].append(main_py(folder, count))
    return {
        str(changes): {part: round(median(getattr(run, part) for run in done), 2) for part in ("seconds", "processor")}
        for changes, done in runs.items()
    }


def measure(sites: Mapping[str, Path], place: str | None = None) -> Run:
    """One run of main.py from nothing.

    Args:
        sites: the environment files, by the names that they get.
        place: an empty folder; by default one that goes away.
    """
    with tempfile.TemporaryDirectory() as passing:
        folder = place or passing
        environments = Path(folder, "environments")
        environments.mkdir()
        for name, file in sites.items():
            (environments / f"{name}.toml").write_bytes(file.read_bytes())
        return main_py(folder, len(sites))


def main_py(folder: str, count: int) -> Run:
    """One run of main.py in a folder with so many environments."""
    print(f"{count} environments", file=sys.stderr)
    before, start = os.times(), time.perf_counter()
    run = psutil.Popen([sys.executable, PROJECT / "main.py"], cwd=folder, stdout=subprocess.DEVNULL)
    largest = together = 0
    while run.poll() is None:
        sizes = memory(run)
        largest, together = max(largest, *sizes), max(together, sum(sizes))
        time.sleep(SAMPLE_EVERY)
    seconds, after = time.perf_counter() - start, os.times()
    if run.returncode or len(list(Path(folder).glob("cdktf.out/stacks/*/*.json"))) != count:
        sys.exit(f"main.py failed with {count} environments")
    busy = after.children_user + after.children_system - before.children_user - before.children_system
    return Run(seconds, busy, largest / 1e6, together / 1e6)


def memory(process: psutil.Process) -> list[int]:
    """Bytes that each of the processes holds now."""
    sizes = [0, 0]
    try:
        for member in (process, *process.children(recursive=True)):
            sizes.append(member.memory_info().rss)
    except psutil.NoSuchProcess:
        pass  # It ended between being listed and being asked.
    return sizes


def profile() -> tuple[dict[str, float], dict[str, float], float]:
    """Seconds of processor time that each process takes for a site; what Python's are spent on, as shares; and how many
    requests Node gets for each site."""
    site = load(SITE)

    def render_some() -> None:
        for number in range(PROFILED):
            with tempfile.TemporaryDirectory() as folder:
                render({f"site-{number}": site}, Path(folder))

    def processor() -> list[float]:
        # Node is two processes: one starts the other, and passes every message on.
        family = [psutil.Process(), *psutil.Process().children(recursive=True)]
        return [sum(member.cpu_times()[:2]) for member in family]

    render_some()  # warms everything up
    before = processor()
    render_some()
    each = [(end - start) / PROFILED for start, end in zip(before, processor(), strict=True)]
    profiler = cProfile.Profile(time.process_time)
    profiler.runcall(render_some)
    seconds = dict.fromkeys([*SHARES, "everything else"], 0.0)
    requests = 0
    for (file, _, name), (_, calls, own, *_) in pstats.Stats(profiler).stats.items():
        place = name if file == "~" else file
        row = next((row for row, words in SHARES.items() if any(word in place for word in words)), "everything else")
        seconds[row] += own
        if name == "send" and "jsii" in file:
            requests = calls
    shares = {row: round(part / sum(seconds.values()), 3) for row, part in seconds.items()}
    names = ("Python", "Node: the starter, which passes messages on", "Node: the constructs")
    return dict(zip(names, (round(part, 4) for part in each), strict=True)), shares, requests / PROFILED


def page(runs: dict[int, Run], result: dict) -> str:
    facts = result["machine"]
    one = next(iter(runs.values()))
    lines = [
        "# What many environments cost",
        "",
        "| environments | time | | for each | processor, for each | largest process | all together |",
        "|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for count, run in runs.items():
        lines.append(
            f"| {count:,} | {run.seconds:.1f} s | {run.seconds / one.seconds:.1f}x | {run.seconds / count:.3f} s"
            f" | {run.processor / count:.3f} s | {run.largest:.0f} MB | {run.together:.0f} MB |"
        )
    lines += [
        "",
        "`python main.py` with copies of `environments/handson.toml` and an empty `cdktf.out`, each number once, from",
        "start to exit. Memory is resident, the peak of all looks at it. Where other programs share the cores, the",
        "time on idle ones is nearer to the processor's, divided by the number of cores.",
        "",
        f"Once they are rendered, with {max(runs):,} environments, medians of {ROUNDS} runs in turns:",
        "",
        "| changed since | time | processor |",
        "|--:|--:|--:|",
        *(
            f"| {changes} | {run['seconds']:.2f} s | {run['processor']:.2f} s |"
            for changes, run in result["again"].items()
        ),
        "",
        f"Each environment of the project alone, medians of {ROUNDS} runs in turns:",
        "",
        "| environment | time | processor | beside `handson` |",
        "|---|--:|--:|--:|",
        *(
            f"| {name} | {run['seconds']:.1f} s | {run['processor']:.2f} s"
            f" | {run['processor'] / result['alone']['handson']['processor']:.2f}x |"
            for name, run in result["alone"].items()
        ),
        "",
        f"Where the processor's time goes, in one process that renders {PROFILED} sites. Node gets"
        f" {result['requests_a_site']:.0f} requests for each.",
        "",
        "| process | for each site |",
        "|---|--:|",
        *(f"| {name} | {part * 1000:.0f} ms |" for name, part in result["processor_seconds_a_site"].items()),
        "",
        "| in Python | share |",
        "|---|--:|",
        *(f"| {row} | {share:.0%} |" for row, share in result["shares_of_python"].items()),
        "",
        f"Measured {result['measured']} on {facts['system']}, {facts['cores']} cores, load {result['load_before']}:"
        f" Python {facts['python']}, Node {facts['node']}, cdktf {facts['cdktf']}, jsii {facts['jsii']}.",
        "Again: `python -O -m benchmarks.scale`; without `-O`, the shares have the checks that main.py leaves out.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or list(COUNTS))
