"""What the bindings cost, measured: `python -m benchmarks` writes benchmarks/results/.

Whole runs of `benchmarks.app` are compared, from start to exit, in rounds of one run each, so
that whatever else the machine does falls on all of them.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import psutil

ROUNDS = 5
SAMPLE_EVERY = 0.02
"""Seconds between looks at the memory: short against a run, long against what a look takes."""

FOLDER = Path(__file__).parent
BASELINE = "no AWS resource"
APPS = {
    BASELINE: "none",
    "Pressform, cached": "pressform",
    "Pressform, first run": "pressform",
    "plain import": "plain",
}


class Run(NamedTuple):
    seconds: float
    megabytes: float
    """Peak of the resident memory of all processes together: Python, and Node behind it."""


def main() -> None:
    runs: dict[str, list[Run]] = {name: [] for name in APPS}
    with tempfile.TemporaryDirectory() as scratch:
        for name in APPS:
            measure(name, Path(scratch))  # fills the caches, and Python's and the disk's own
        for number in range(1, ROUNDS + 1):
            for name in APPS:
                print(f"round {number} of {ROUNDS}: {name}", file=sys.stderr)
                runs[name].append(measure(name, Path(scratch)))
    result = {"machine": machine(), "measured": f"{datetime.now(UTC):%Y-%m-%d}", "rounds": ROUNDS, "runs": rows(runs)}
    (FOLDER / "results").mkdir(exist_ok=True)
    (FOLDER / "results" / "synth.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    (FOLDER / "results" / "synth.md").write_text(page(result), encoding="utf-8")
    print(page(result))


def measure(name: str, scratch: Path) -> Run:
    """One run of an app, in which only the first run of Pressform finds an empty cache."""
    with tempfile.TemporaryDirectory(dir=scratch) as fresh:
        cache = Path(fresh) if name == "Pressform, first run" else scratch / "cache"
        start = time.perf_counter()
        app = psutil.Popen(
            [sys.executable, "-m", "benchmarks.app", APPS[name], fresh],
            env=os.environ | {"XDG_CACHE_HOME": str(cache)},
            cwd=FOLDER.parent,
            stderr=subprocess.DEVNULL,  # On Node 20, jsii has a banner for those who do not silence it.
        )
        peak = 0
        while app.poll() is None:
            peak = max(peak, resident(app))
            time.sleep(SAMPLE_EVERY)
        seconds = time.perf_counter() - start
    if app.returncode:
        sys.exit(f"{name}: the app failed; python -m benchmarks.app {APPS[name]} FOLDER says why")
    return Run(seconds, peak / 1e6)


def resident(process: psutil.Process) -> int:
    """Bytes of memory that the process and all its descendants hold now."""
    total = 0
    try:
        for member in (process, *process.children(recursive=True)):
            total += member.memory_info().rss
    except psutil.NoSuchProcess:
        pass  # It ended between being listed and being asked.
    return total


def rows(runs: dict[str, list[Run]]) -> dict[str, dict[str, float]]:
    medians = {name: Run(*map(statistics.median, zip(*each, strict=True))) for name, each in runs.items()}
    baseline = medians[BASELINE]
    return {
        name: {
            "seconds": round(median.seconds, 2),
            "seconds_ratio": round(median.seconds / baseline.seconds, 2),
            "megabytes": round(median.megabytes),
            "megabytes_ratio": round(median.megabytes / baseline.megabytes, 2),
            "fastest_seconds": round(min(run.seconds for run in runs[name]), 2),
            "slowest_seconds": round(max(run.seconds for run in runs[name]), 2),
        }
        for name, median in medians.items()
    }


def machine() -> dict[str, str | int]:
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count() or 0,
        "python": platform.python_version(),
        "node": node.removeprefix("v"),
        "cdktf": version("cdktf"),
        "bindings": version("cdktf-cdktf-provider-aws"),
        "jsii": version("jsii"),
    }


def page(result: dict) -> str:
    facts = result["machine"]
    lines = [
        "# What the AWS bindings cost",
        "",
        "| `python app.py` | time | | slowest and fastest | memory | |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name, row in result["runs"].items():
        lines.append(
            f"| {name} | {row['seconds']:.2f} s | {row['seconds_ratio']:.2f}x"
            f" | {row['fastest_seconds']:.2f} to {row['slowest_seconds']:.2f} s"
            f" | {row['megabytes']} MB | {row['megabytes_ratio']:.2f}x |"
        )
    lines += [
        "",
        "The app has 42 resources of 26 types, the same in the last three rows (`benchmarks/app.py`); the first",
        "has none. Each figure is the median of"
        f" {result['rounds']} whole runs, taken in turns; memory is the peak of Python and Node together.",
        "",
        f"Measured {result['measured']} on {facts['system']}, {facts['cores']} cores: Python {facts['python']},"
        f" Node {facts['node']}, cdktf {facts['cdktf']}, AWS bindings {facts['bindings']}, jsii {facts['jsii']}.",
        "Again: `make bench`, or `python -m benchmarks`.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
