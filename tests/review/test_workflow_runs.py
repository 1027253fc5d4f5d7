"""The workflows, run on this machine step by step: with the real commands of the project, and stand-ins for GitHub's
command line, Terraform and AWS that write down what they were asked."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from modules import PROJECT
from modules.synthesis.changed import Changes, matrices
from tests.review.workflow_runner import Done, Runner, evaluate

pytestmark = pytest.mark.slow

SITE = (PROJECT / "environments/handson.toml").read_text()
LARGER = SITE.replace("t2.micro", "t3.micro")
RELEASED = LARGER + "\n[page_cache]\nseconds = 30\n"
NAMES = ("blog", "handson", "news", "shop")

PLAN = {
    "format_version": "1.2",
    "terraform_version": "1.13.0",
    "planned_values": {"root_module": {}},
    "resource_changes": [],
    "configuration": {"root_module": {}},
}

STAND_INS = {
    "make": """
case $1 in
synth) .venv/bin/python main.py ;;
rehearse) stack=${2#ENV=}
    folder=.sandbox/rehearse-$stack
    mkdir -p "$folder"
    echo "### Rehearsal of $stack" >"$folder/rehearsal.md"
    echo "<p>The page" >"$folder/rehearsal.html"
    [ "$stack" != "$BROKEN" ] ;;
esac""",
    "sudo": """[[ $* == *apt-get* ]] || env "$@\"""",
    "gh": """
case "$*" in
*comments*) [[ $GRANTED == *'"pull-requests": "write"'* ]] || exit 4
    [[ $* != *PATCH* && $* != *body.md* ]] || cp body.md "$ASKED.comment"
    [[ $* == *body.md* ]] || jq "${@: -1}" <<<"$COMMENTS" ;;
*/issues*) [[ $GRANTED == *'"issues": "write"'* ]] || exit 4
    [[ $* != *body.md* ]] || cp body.md "$ASKED.issue"
    [[ $* == *PATCH* || $* == *body.md* ]] || echo "$COMMENT" ;;
*) [[ $GRANTED == *'"actions": "read"'* ]] || exit 4
    if [[ $* == *jobs* ]]; then echo -n "$FAILED"; else echo "$APPLIED"; fi ;;
esac""",
    "terraform": """
folder=${1#-chdir=}
case $2 in
init) touch "$folder/.terraform.lock.hcl" ;;
plan) echo planned >"$folder/plan.tfplan"
    [[ $* != *-detailed-exitcode* || ${folder##*/} != "$BROKEN" ]] || exit 2 ;;
show) cat "$PLAN" ;;
apply) [ "$(cat "$folder/plan.tfplan")" = planned ] && [ -f "$folder/assets/release.tar" ]
    [ "${folder##*/}" != "$BROKEN" ] ;;
output) echo "http://${folder##*/}.example.com" ;;
esac""",
    "curl": """[[ $* != *"http://$SILENT.example.com"* ]]""",
}

PYTHON = """#!/bin/sh
case "$*" in
*pytest*|*tests.scanners*|*modules.rollout*|*modules.wordpress_versions*) echo "python ${*#-m }" >>"$ASKED" ;;
*"-m review --env"*) mkdir -p ".sandbox/review-$4" && cp "$PLAN" ".sandbox/review-$4/plan.json"
    echo "python $*" >>"$ASKED" ;;
*) exec REAL "$@" ;;
esac
"""


class Repository:
    """A project on GitHub whose newest commit changes `blog` and `shop`, which gets a new release, and removes `news`.

    Attributes:
        folder: the working tree.
        base: the commit before.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self._scratch = folder / "tree", folder
        self.folder.mkdir()
        for name in ("main.py", "requirements.txt", "cdktf.json", ".gitignore", ".github", "modules", "review"):
            source = PROJECT / name
            ignored = shutil.ignore_patterns("__pycache__")
            if source.is_dir():
                shutil.copytree(source, self.folder / name, ignore=ignored)
            else:
                shutil.copy(source, self.folder)
        shutil.copytree(PROJECT / "sandbox", self.folder / "sandbox", ignore=ignored)
        shutil.copy(PROJECT / "pyproject.toml", self.folder)
        (self.folder / "testbed").mkdir()
        shutil.copy(PROJECT / "testbed/packages.txt", self.folder / "testbed")
        environments = self.folder / "environments"
        environments.mkdir()
        for name in NAMES:
            (environments / f"{name}.toml").write_text(SITE)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("add", ".")
        self.git("commit", "--quiet", "-m", "All")
        self.base = self.git("rev-parse", "HEAD").strip()
        (environments / "blog.toml").write_text(LARGER)
        (environments / "shop.toml").write_text(RELEASED)
        (environments / "news.toml").unlink()
        self.git("commit", "--quiet", "-a", "-m", "Larger")
        programs = folder / "programs"
        programs.mkdir()
        for name, script in STAND_INS.items():
            line = f'echo "{name} $*" >>"$ASKED"\n'
            (programs / name).write_text(f"#!/bin/bash\nset -e\n{line}{script}\n")
            (programs / name).chmod(0o755)
        python = self.folder / ".venv/bin/python"
        python.parent.mkdir(parents=True)
        python.write_text(PYTHON.replace("REAL", sys.executable))
        python.chmod(0o755)
        self._programs, self._plan = programs, folder / "plan.json"
        self._plan.write_text(json.dumps(PLAN))
        self._runs = 0

    def git(self, *words: str) -> str:
        identity = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
        done = subprocess.run(["git", *identity, *words], cwd=self.folder, check=True, capture_output=True, text=True)
        return done.stdout

    def event(self, name: str, pull: dict[str, Any] | None = None, **variables: str) -> Runner:
        """A new run."""
        self.git("checkout", "--quiet", "main")
        self._runs += 1
        event = {"pull_request": pull or {}, "before": self.base}
        runner = Runner(
            self.folder, self._scratch / f"run-{self._runs}", {"event_name": name, "event": event}, **variables
        )
        self.asked = self._scratch / f"asked-{self._runs}"
        self.asked.write_text("")
        runner.environment = {
            "PATH": f"{self._programs}:{os.environ['PATH']}",
            "ASKED": str(self.asked),
            "PLAN": str(self._plan),
            "APPLIED": self.base,
        } | dict.fromkeys(("FAILED", "COMMENT", "COMMENTS", "BROKEN", "SILENT"), "")
        return runner

    def calls(self, program: str) -> list[str]:
        return [line for line in self.asked.read_text().splitlines() if line.startswith(program)]


ROLES = {"AWS_PLAN_ROLE": "arn:plan", "AWS_APPLY_ROLE": "arn:apply", "AWS_REGION": "ap-northeast-1"}
PULL = {"number": 3, "labels": [], "head": {"repo": {"fork": False}}, "base": {"sha": "not this one"}}
FORK = PULL | {"head": {"repo": {"fork": True}}}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    return Repository(tmp_path_factory.mktemp("repository"))


def changes(runner: Runner) -> dict[str, Any]:
    """The context `needs` after plan.yml's first job."""
    done = runner.run("plan.yml", "changes")
    assert done.result == "success", done.log
    return {"changes": {"result": done.result, "outputs": done.outputs}}


def reviewed(runner: Runner) -> tuple[dict[str, Any], list[Done]]:
    """The first job of plan.yml, and then a job for each entry of its matrix."""
    needs = changes(runner)
    matrix = runner.matrix("plan.yml", "review", needs=needs)
    return needs, [runner.run("plan.yml", "review", needs=needs, matrix=entry) for entry in matrix]


def test_a_pull_request_plans_what_it_changes_and_says_so_in_one_comment(repository: Repository):
    runner = repository.event("pull_request", PULL, **ROLES)
    needs, reviews = reviewed(runner)
    told = "2 stacks differ, 1 are unchanged; gone, but not from AWS: news."
    assert needs["changes"]["outputs"]["told"] == told
    assert needs["changes"]["outputs"]["base"] == repository.base, "what it is merged into"
    assert [review.result for review in reviews] == ["success", "success"], reviews
    for review in reviews:
        assert review.steps["Plan against AWS"] == "success"
        assert review.steps["Plan in the sandbox"] == "skipped"
    planned = [call.split()[1] for call in repository.calls("terraform") if " plan " in call]
    assert planned == ["-chdir=reviews/blog", "-chdir=reviews/shop"]

    assert runner.matrix("plan.yml", "rehearse", needs=needs) == [{"stack": "shop"}], "blog's release is the same"
    rehearsal = runner.run("plan.yml", "rehearse", needs=needs, matrix={"stack": "shop"})
    assert rehearsal.result == "success", rehearsal.log
    assert rehearsal.summary == "### Rehearsal of shop\n"
    asked = f"make rehearse ENV=shop BASE={repository.base} FAIL_ON=lost-requests,errors,broken-links"
    assert [call for call in repository.calls("make") if "rehearse" in call] == [asked]

    done = runner.run("plan.yml", "comment", needs=needs | {"review": {"result": "success"}})
    assert done.result == "success", done.log
    comment = Path(f"{repository.asked}.comment").read_text()
    assert comment.startswith(f"<!-- pressform: review -->\n{told}\n")
    assert comment.index("## blog") < comment.index("### Rehearsal of shop") < comment.index("## shop")
    assert [call for call in repository.calls("gh") if "PATCH" in call] == []


def test_a_rehearsal_that_is_refused_is_red_and_told_all_the_same(repository: Repository):
    needs = {"changes": {"outputs": {"base": repository.base, "rehearse": '[{"stack":"shop"}]'}}}
    shop = {"stack": "shop"}
    runner = repository.event("pull_request", PULL | {"labels": [{"name": "risk accepted"}]})
    runner.environment["BROKEN"] = "shop"
    done = runner.run("plan.yml", "rehearse", needs=needs, matrix=shop)
    assert done.result == "failure"
    assert (runner.artifacts / "reviews-rehearsal-shop/shop/rehearsal.html").exists()
    assert repository.calls("make rehearse")[0].endswith(" FAIL_ON="), "a person has weighed it"

    assert repository.event("pull_request", FORK).goes("plan.yml", "rehearse", needs=needs)
    assert not repository.event("pull_request", PULL, REHEARSE="off").goes("plan.yml", "rehearse", needs=needs)
    assert not repository.event("push").goes("plan.yml", "rehearse", needs=needs)


def test_a_fork_gets_no_role_and_no_comment(repository: Repository):
    runner = repository.event("pull_request", FORK, **ROLES)
    needs, reviews = reviewed(runner)
    assert [review.result for review in reviews] == ["success", "success"]
    for review in reviews:
        assert review.steps["Take on the role"] == review.steps["Plan against AWS"] == "skipped"
    base = f"--base {repository.base}"
    assert repository.calls("python -m review --env") == [
        f"python -m review --env blog {base}",
        f"python -m review --env shop {base}",
    ]
    assert not runner.goes("plan.yml", "comment", needs=needs)
    assert repository.calls("terraform") == []


def test_where_nothing_differs_nothing_is_planned_and_the_run_is_green(repository: Repository):
    runner = repository.event("push")
    runner.environment["APPLIED"] = repository.git("rev-parse", "HEAD").strip()
    needs = changes(runner)
    assert needs["changes"]["outputs"]["told"] == "0 stacks differ, 3 are unchanged."
    assert not runner.goes("plan.yml", "review", needs=needs)
    plan = {"plan": {"outputs": needs["changes"]["outputs"]}}
    assert not runner.goes("apply.yml", "canary", needs=plan)
    assert not runner.goes("apply.yml", "rest", needs=plan)


@pytest.mark.parametrize(
    ("event", "applied"),
    [("workflow_dispatch", None), ("push", "0" * 40)],
    ids=["by hand", "gone"],
)
def test_without_anything_to_compare_with_all_is_planned(repository: Repository, event: str, applied: str | None):
    runner = repository.event(event)
    if applied is not None:
        runner.environment["APPLIED"] = applied
    needs = changes(runner)
    assert needs["changes"]["outputs"]["told"] == "3 stacks differ, 0 are unchanged."
    assert needs["changes"]["outputs"]["canary"] == '[{"group":"canary-001","stacks":"handson"}]'
    assert needs["changes"]["outputs"]["rest"] == (
        '[{"group":"rest-001","stacks":"blog"},{"group":"rest-002","stacks":"shop"}]'
    )


@pytest.fixture(scope="module")
def planned_push(repository: Repository) -> tuple[Runner, dict[str, Any]]:
    runner = repository.event("push", **ROLES)
    needs, reviews = reviewed(runner)
    assert [review.result for review in reviews] == ["success", "success"]
    return runner, {"plan": {"outputs": needs["changes"]["outputs"]}}


@pytest.fixture
def pushed(
    repository: Repository, planned_push: tuple[Runner, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> tuple[Runner, dict[str, Any]]:
    """A push whose plans are there, and what they were given."""
    runner, needs = planned_push
    monkeypatch.setattr(runner, "environment", dict(runner.environment))
    repository.asked = Path(runner.environment["ASKED"])
    repository.asked.write_text("")
    return runner, needs


def wave(runner: Runner, name: str, needs: dict[str, Any]) -> list[Done]:
    """The jobs of a wave, as apply.yml calls it."""
    called = runner.workflow("apply.yml")["jobs"][name]
    granted = called["permissions"]
    jobs = runner.workflow("wave.yml")["jobs"]
    for job in jobs.values():
        assert job["permissions"].items() <= granted.items(), "a called job gets no more than its caller has"
    key = called["with"]["groups"].removeprefix("${{ needs.plan.outputs.").removesuffix(" }}")
    inputs = {"groups": needs["plan"]["outputs"][key]}
    matrix = runner.matrix("wave.yml", "apply", inputs=inputs)
    return [runner.run("wave.yml", "apply", inputs=inputs, matrix=entry) for entry in matrix]


def test_a_push_applies_the_reviewed_plans_canary_first_until_the_sites_answer(
    repository: Repository, pushed: tuple[Runner, dict[str, Any]]
):
    runner, needs = pushed
    (canary,) = wave(runner, "canary", needs)
    assert canary.result == "success", canary.log
    assert "blog answers at http://blog.example.com" in canary.log
    assert [call.split()[2] for call in repository.calls("terraform")] == ["init", "apply", "output"]
    assert repository.calls("python") == ["python modules.rollout blog"]
    (rest,) = wave(runner, "rest", needs)
    assert rest.result == "success", rest.log
    assert "shop answers at http://shop.example.com" in rest.log
    assert runner.workflow("apply.yml")["jobs"]["rest"]["needs"] == ["plan", "canary"]


@pytest.mark.parametrize("trouble", ["BROKEN", "SILENT"])
def test_a_site_that_fails_or_does_not_answer_is_red_and_says_where_to_look(
    pushed: tuple[Runner, dict[str, Any]], trouble: str
):
    runner, needs = pushed
    runner.environment[trouble] = "blog"
    (canary,) = wave(runner, "canary", needs)
    assert canary.result == "failure"
    if trouble == "SILENT":
        assert "::error::blog is applied, but does not answer at http://blog.example.com: see the" in canary.log


def test_nothing_begins_after_another_job_has_failed(repository: Repository, pushed: tuple[Runner, dict[str, Any]]):
    runner, needs = pushed
    runner.environment["FAILED"] = "rest / apply rest-002\n"
    (rest,) = wave(runner, "rest", needs)
    assert rest.result == "failure"
    assert "::error::Not begun, because these have failed: rest / apply rest-002" in rest.log
    assert repository.calls("terraform") == []


def drift(repository: Repository, runner: Runner, there: str = "") -> Path:
    """A run of drift.yml, in which an issue may be there already; what the issue says in the end, if it was written."""
    listed = runner.run("drift.yml", "stacks")
    assert listed.result == "success", listed.log
    needs = {"stacks": {"outputs": listed.outputs}}
    for entry in runner.matrix("drift.yml", "plan", needs=needs):
        done = runner.run("drift.yml", "plan", needs=needs, matrix=entry)
        assert done.result == "success", done.log
    runner.environment["COMMENT"] = there
    done = runner.run("drift.yml", "issue", needs=needs | {"plan": {"result": "success"}})
    assert done.result == "success", done.log
    return Path(f"{repository.asked}.issue")


def issue_calls(repository: Repository) -> list[str]:
    """What was written."""
    return [call for call in repository.calls("gh api") if "--silent" in call]


def test_drift_opens_an_issue_and_nothing_is_locked(repository: Repository):
    runner = repository.event("schedule", **ROLES)
    runner.environment |= {"APPLIED": repository.git("rev-parse", "HEAD").strip(), "BROKEN": "shop"}
    text = drift(repository, runner).read_text()
    assert text.startswith("<!-- pressform: drift -->\n")
    assert ("shop" in text, "blog" in text) == (True, False)
    (opened,) = issue_calls(repository)
    assert opened.startswith("gh api --silent repos/owner/site/issues -f title=Drift")
    plans = [call for call in repository.calls("terraform") if " plan " in call]
    assert [call.split()[1] for call in plans] == [
        f"-chdir=cdktf.out/stacks/{name}" for name in ("blog", "handson", "shop")
    ]
    assert all("-lock=false" in call for call in plans)
    assert not any(" apply " in call for call in repository.calls("terraform"))


def test_the_issue_is_written_anew_while_there_is_drift_and_closed_after_it(repository: Repository):
    runner = repository.event("schedule", **ROLES)
    runner.environment |= {"APPLIED": repository.git("rev-parse", "HEAD").strip(), "BROKEN": "shop"}
    drift(repository, runner, there="12")
    assert issue_calls(repository) == ["gh api --silent -X PATCH repos/owner/site/issues/12 -F body=@body.md"]
    runner = repository.event("schedule", **ROLES)
    drift(repository, runner, there="12")
    assert issue_calls(repository) == [
        "gh api --silent -X PATCH repos/owner/site/issues/12 -f state=closed -f state_reason=completed"
    ]


def test_before_anything_was_applied_there_is_no_drift(repository: Repository):
    runner = repository.event("schedule", **ROLES)
    runner.environment["APPLIED"] = ""
    listed = runner.run("drift.yml", "stacks")
    assert listed.outputs["shards"] == "[]", listed.log
    assert not runner.goes("drift.yml", "plan", needs={"stacks": {"outputs": listed.outputs}})
    assert not repository.event("schedule").goes("drift.yml", "stacks"), "the variables are not set"


@pytest.mark.parametrize("count", [1, 300, 1000])
def test_the_jobs_of_many_sites_are_within_githubs_limits(repository: Repository, count: int):
    """https://docs.github.com/actions/reference/limits"""
    given = matrices(Changes([f"customer-{number:04}" for number in range(count)], [], [], []), ["customer-0*"])
    runner = repository.event("push")
    needs = {"changes": {"outputs": {"all": json.dumps(given["all"])}}}
    matrix = runner.matrix("plan.yml", "review", needs=needs)
    assert len(matrix) <= 256
    assert sum(len(entry["stacks"].split()) for entry in matrix) == count


def test_a_comment_of_a_thousand_reviews_is_one_that_github_takes(repository: Repository):
    runner = repository.event("pull_request", PULL)
    for number in range(1000):
        report = runner.artifacts / f"reviews-{number % 200}" / f"customer-{number:04}" / "review.md"
        report.parent.mkdir(parents=True)
        report.write_text(f"# customer-{number:04}\n\nNothing is lost.\n" + "A line of the review.\n" * 50)
    needs = {"changes": {"result": "success", "outputs": {"told": "1000 stacks differ, 0 are unchanged."}}}
    mark = "<!-- pressform: review -->\n"
    comments = [(76, "somebody", mark), (77, "github-actions[bot]", mark), (78, "github-actions[bot]", "Drift")]
    runner.environment["COMMENTS"] = json.dumps(
        [{"id": number, "user": {"login": who}, "body": body} for number, who, body in comments]
    )
    done = runner.run("plan.yml", "comment", needs=needs | {"review": {"result": "success"}})
    assert done.result == "success", done.log
    assert "gh api --silent -X PATCH repos/owner/site/issues/comments/77 -F body=@body.md" in repository.calls("gh")
    comment = (repository.folder / "body.md").read_text()
    assert len(comment) < 65_536
    left = int(comment.partition(" more reviews")[0].splitlines()[-1])
    assert left + comment.count("# customer-") == 1000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("github.event_name == 'push' && 'a' || ''", "a"),
        ("!contains(github.event.labels.*.name, 'risk accepted')", False),
        ("vars.NONE != '' && !github.event.fork", False),
        ("format('x-{0}', github.event_name)", "x-push"),
    ],
)
def test_expressions_are_read_as_github_reads_them(text: str, value: object):
    github = {"event_name": "push", "event": {"labels": [{"name": "risk accepted"}]}}
    assert evaluate(text, {"github": github, "vars": {}, "workspace": "."}) == value
