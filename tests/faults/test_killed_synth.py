"""`python main.py`, killed at any moment: the JSON there is whole, and the next run makes all of it."""

from __future__ import annotations

import json
import random
import time

from tests.faults.conftest import SITE, Copy, kill_some, rounds
from tests.sandbox.conftest import LIMIT, processes_in, wait_until

LATER = SITE.replace("t2.micro", "t3.micro")


@rounds(3)
def test_a_killed_synth(copy: Copy, chance: int):
    chance = random.Random(chance)
    # The bindings' copy is made within the first run, and may be killed in the making too.
    copy.environment["XDG_CACHE_HOME"] = str(copy.folder / "cache")
    began = time.monotonic()
    assert copy.synth() == (0, "")
    before, takes = copy.stacks(), time.monotonic() - began

    copy.write(LATER)
    run = copy.start()
    time.sleep(chance.uniform(0, takes))
    killed = kill_some(chance, copy.folder)
    _, complaints = run.communicate(timeout=LIMIT)
    wait_until(lambda: not processes_in(copy.folder))
    assert "Traceback" not in complaints, f"{killed}: {complaints}"
    left = copy.stacks()
    json.loads((copy.output / "manifest.json").read_text())

    assert copy.synth() == (0, ""), killed
    after = copy.stacks()
    assert after.keys() == before.keys()
    for name, content in left.items():
        assert content in (before[name], after[name]), f"{name} was half-written when these were killed: {killed}"
        assert after[name] != before[name]


def test_the_bindings_cache_killed_while_it_is_made(copy: Copy):
    copy.environment["XDG_CACHE_HOME"] = str(copy.folder / "cache")
    run = copy.start()
    wait_until(lambda: list(copy.folder.glob("cache/pressform/*")) or run.poll() is not None)
    kill_some(random.Random(1), copy.folder)
    run.communicate(timeout=LIMIT)
    wait_until(lambda: not processes_in(copy.folder))
    assert copy.synth() == (0, "")


def test_two_synths_at_once_of_different_environments_both_write_all(copy: Copy):
    assert copy.synth() == (0, "")
    one = copy.start()
    copy.write(LATER)
    other = copy.start()
    said = [run.communicate(timeout=LIMIT)[1] for run in (one, other)]
    assert (said, one.returncode, other.returncode) == (["", ""], 0, 0)
    stacks = copy.stacks()
    assert copy.synth() == (0, "")
    # Whoever came last, each file is one of the two and whole.
    for name, content in stacks.items():
        assert json.loads(content)["resource"], name
    assert [path.name for path in copy.output.iterdir() if path.name.startswith(".")] == []
