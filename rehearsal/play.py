"""What is done to the base's site: the change as AWS would make it, and then the failures."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from rehearsal.change import Change
from rehearsal.record import LogLine, Prediction, Step
from review.needs import servers
from review.survival import NOTHING, Answer, Works
from review.view import View
from testbed import Environment, Site
from testbed.load import Load, ask_for_front_page
from testbed.namespace import until

Say = Callable[[str], None]

PACE = 4
"""How many times as often load balancers look at their servers here: a failure takes that much less of a reviewer's
time."""

PROBES = 12
"""Pages after a failure: more than there are servers, so that each has some of them."""

RATE = 4
"""Pages a second while failures are played."""

PATIENCE = 20
"""Seconds that a visitor waits then. A load balancer waits longer for a server that died while it answered."""

# The change.


def take(site: Site, head: Environment, change: Change) -> Iterator[Step]:
    """Makes the change. It ends where a server does not take the release: that is undone there, and begun nowhere else.

    Yields:
        What was done, with times on the monotonic clock.
    """
    before = site.publish()
    site.adopt(head)
    site.publish_wordpress(head.setting("WORDPRESS_VERSION"))
    yield from _boot_anew(site, change.replaced, "replace")
    yield from _boot_anew(site, change.restarted, "restart")
    for name in change.refreshed:
        yield _succeed(site, name)
    if site.publish() != before:
        yield from _release(site)


def _release(site: Site) -> Iterator[Step]:
    began = time.monotonic()
    # Not waited for where somebody has had enough: it ends with the servers.
    pool = ThreadPoolExecutor(1)
    try:
        answers = pool.submit(site.roll_out).result()
    finally:
        pool.shutdown(wait=False)
    for name, answer in answers.items():
        if answer.status == "Skipped":
            yield Step("release skipped", began, began, "the roll-out had stopped before it came here", server=name)
        else:
            failed = answer.status != "Success"
            yield Step("release", answer.began, answer.ended, answer.output, failed, name)


def _boot_anew(site: Site, names: tuple[str, ...], what: str) -> Iterator[Step]:
    """All at once: AWS calls an instance running, and Terraform goes on, long before it serves."""
    began = time.monotonic()
    for name in names:
        site.every_server[name].down()
        if what == "replace":
            site.every_server[name].wipe()
    if names:
        site.boot(*names)
    for name in names:
        site.wait_for_boot(name)
        ended = time.monotonic()
        _wait_for("UP", site, {name})
        yield Step(what, began, ended, "\n".join(site.boot_log(name)), server=name)


def _succeed(site: Site, name: str) -> Step:
    """A server of a fleet makes way. On AWS its successor serves before that."""
    began = time.monotonic()
    before = [balancer for balancer in site.balancers.values() if name in balancer.targets]
    for balancer in before:
        balancer.drain(name)
    site.every_server[name].down()
    site.every_server[name].wipe()
    site.boot(name)
    site.wait_for_boot(name)
    ended = time.monotonic()
    for balancer in before:
        balancer.admit(name)
    _wait_for("UP", site, {name})
    return Step("replace", began, ended, "\n".join(site.boot_log(name)), server=name)


def _wait_for(state: str, site: Site, names: set[str]) -> None:
    for balancer in site.balancers.values():
        if targets := names & balancer.targets.keys():
            balancer.wait_for(state, *targets)


def version_of_tables(site: Site) -> str:
    """Of WordPress's tables; it goes up when a WordPress has upgraded them."""
    rows = site.query("SELECT option_value FROM wp_options WHERE option_name = 'db_version'")
    return rows[0][0] if rows else ""


# The logs.

LOGS = ("/var/log/nginx/error.log", "/var/log/php-fpm/error.log", "/var/log/php-fpm/www-error.log")

CHATTER = re.compile(r"\[(notice|info)\]|\bNOTICE:|\bseems busy\b|^\s*(#\d|thrown in |Stack trace)")
"""What nginx and PHP write in their error logs when all is well, or much is asked of them; and what follows the first
line of an error."""

PASSING = re.compile(r"^\[[^]]*\]|^\d{4}/\d\d/\d\d [\d:]+|\b\d+#\d+:|\*\d+\b|\b[0-9a-f]{16}\b|, client: .*$")
"""Of a line, what is another each time: the date, processes, connections, releases, who asked."""


def read_logs(site: Site) -> list[LogLine]:
    """What the error logs of the servers say."""
    found = []
    for name, host in site.every_server.items():
        for file in LOGS:
            log = host.path(file)
            if log.is_file():
                lines = log.read_text(errors="replace").splitlines()
                found += [LogLine(name, file, line) for line in lines if line.strip() and not CHATTER.search(line)]
    return found


def new_lines(before: list[LogLine], after: list[LogLine]) -> list[LogLine]:
    """Those that say what no server has said before, each once."""
    known = {(line.file, PASSING.sub("", line.line)) for line in before}
    found = []
    for line in after:
        key = (line.file, PASSING.sub("", line.line))
        if key not in known:
            known.add(key)
            found.append(line)
    return found


# The failures.


@dataclass(frozen=True)
class Loss:
    """Something that fails.

    Attributes:
        servers: those that go, by the bed's names.
        database: the primary goes.
        cache: the object cache goes, and what it held.
    """

    event: str
    servers: frozenset[str] = frozenset()
    database: bool = False
    cache: bool = False


CACHE = "the object cache"
"""The review does not lose it: it counts it among what the site can do without."""


def losses(environment: Environment, view: View) -> tuple[list[Loss], list[str]]:
    """What can be played of what the review loses, those of the same servers one after the other; and the rest."""
    named = _names(view)
    zones = {server.name: _zone(environment, server.subnet) for server in environment.servers}
    found, rest = [], []
    for event in view.survival.outcomes:
        kind, _, place = event.rpartition(" ")
        if event == NOTHING:
            continue
        if event in named:
            found.append(Loss(event, frozenset({named[event]})))
        elif kind == "zone":
            gone = frozenset(name for name, zone in zones.items() if zone == place)
            found.append(Loss(event, gone, place in _zones_of_the_database(environment)))
        elif event.endswith("'s primary"):
            found.append(Loss(event, database=True))
        else:
            rest.append(event)
    if environment.cache:
        found.append(Loss(CACHE, cache=True))
    return sorted(found, key=lambda loss: (sorted(loss.servers), loss.database)), rest


def _names(view: View) -> dict[str, str]:
    """The bed's name of a server, by the review's."""
    count: Counter[str] = Counter()
    found = {}
    for _, member in servers(view.site):
        kind, name = member.resource.type, member.resource.address.rpartition(".")[2]
        count[name] += 1
        found[member.name] = f"{name}{count[name]}" if kind == "aws_autoscaling_group" else name
    return found


def _zone(environment: Environment, subnet: object) -> str:
    (name,) = [name for name, network in environment.subnets.items() if network == subnet]
    return str(environment.each("aws_subnet")[name]["availability_zone"]).rpartition("-")[2]


def _zones_of_the_database(environment: Environment) -> set[str]:
    names = re.findall(r"aws_subnet\.(\w+)\.", str(environment.one("aws_db_subnet_group")["subnet_ids"]))
    return {_zone(environment, environment.subnets[name]) for name in names}


def has_standby(environment: Environment) -> bool:
    """Whether something takes the database's place."""
    instances = environment.each("aws_db_instance").values()
    return any(one.get("multi_az") for one in instances) or len(environment.each("aws_rds_cluster_instance")) > 1


def play(site: Site, view: View, found: list[Loss], say: Say) -> Iterator[Prediction]:
    """Loses one after the other, and looks whether visitors get what the review says. Leaves the last one lost."""
    for loss in found:
        say(f"loses {loss.event}")
        _bring_back(site, loss.servers)
        outcome = view.survival.outcomes.get(loss.event)
        answer = outcome.answers if outcome else Answer(Works.YES, "it is slower without")
        with Load(site, RATE, lambda: ask_for_front_page(site, PATIENCE)) as load:
            began = time.monotonic()
            _lose(site, loss.servers)
            noticed = time.monotonic() - began
            works = _lose_database(site) if loss.database else None
            if loss.cache and site.cache:
                site.cache.stop()
            works = _probe(site) if works is None else works
        if loss.database:
            site.recover_database()
        if loss.cache and site.cache:
            site.cache.start()
        lost = f"{len(load.failures())} of {len(load.results)} requests were lost"
        if loss.servers and noticed > 1:
            lost += f"; the load balancer noticed after {noticed:.0f} s"
        held = answer.works is Works.UNKNOWN or (answer.works is Works.YES) == (works is Works.YES)
        yield Prediction(loss.event, _predicted(answer), f"{WORDS[works]}; {lost}", held)


WORDS = {
    Works.YES: "the site answers",
    Works.PARTLY: "the site answers some of its visitors",
    Works.UNKNOWN: "not known whether the site answers",
    Works.NO: "the site does not answer",
}


def _predicted(answer: Answer) -> str:
    return WORDS[answer.works] + (f": {answer.note}" if answer.note else "")


def _bring_back(site: Site, but: frozenset[str]) -> None:
    """Has all servers on but these, as soon as the load balancers have noticed."""
    back = {name for name, host in site.every_server.items() if name not in but and not host.processes}
    if back:
        site.boot(*back)
        site.wait_for_boot(*back)
        _wait_for("UP", site, back)


def _lose(site: Site, names: frozenset[str]) -> None:
    on = {name for name in names & site.every_server.keys() if site.every_server[name].processes}
    for name in on:
        site.every_server[name].down()
    _wait_for("DOWN", site, on)


def _lose_database(site: Site) -> Works | None:
    """A standby takes over under the primary's name: to the servers, a database that is back. Without one, says how the
    site fares while it is gone."""
    site.stop_database()
    if not has_standby(site.environment):
        return _probe(site)
    until(lambda: not _is_answered(site), "a page that misses the database")
    site.start_database()
    until(lambda: _is_answered(site), "a page after the failover")
    return None


def _probe(site: Site) -> Works:
    """Whether visitors get the front page, made for each of them."""
    answered = [_is_answered(site) for _ in range(PROBES)]
    if all(answered):
        return Works.YES
    return Works.PARTLY if any(answered) else Works.NO


def _is_answered(site: Site) -> bool:
    return not ask_for_front_page(site, PATIENCE).failed
