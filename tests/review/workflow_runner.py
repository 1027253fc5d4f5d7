"""GitHub Actions on this machine, as far as the workflows go: reads the YAML, and runs the `run:` blocks of a job step
by step, with its conditions, expressions, outputs, artifacts and permissions. What others wrote (`uses:`) is a stub.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax
"""

from __future__ import annotations

import glob
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

OUTPUT_LIMIT = 1024 * 1024
"""Characters of a job's outputs: https://docs.github.com/actions/reference/limits"""


class Nothing(str):
    """What is not there, and all below it: an empty text to whoever compares it."""

    def __getattr__(self, name: str) -> Nothing:
        return self


class Lenient(dict):
    """A context: `github.event.pull_request` is `github["event"]["pull_request"]`, or nothing."""

    def __getattr__(self, name: str) -> Any:
        value = self.get(name.replace("__", "-"), Nothing())
        return Lenient(value) if isinstance(value, dict) else value


def evaluate(text: str, contexts: Mapping[str, Any], status: str = "success") -> Any:
    """An expression's value.

    Args:
        contexts: github, needs, matrix, ... by name.
        status: how the job stands.
    """
    functions = {
        "contains": lambda all_, one: one in all_,
        "format": lambda text, *words: re.sub(r"\{(\d)\}", lambda number: str(words[int(number[1])]), text),
        "fromJson": json.loads,
        "cancelled": lambda: False,
        "success": lambda: status == "success",
        "failure": lambda: status == "failure",
        "hashFiles": lambda pattern: "a hash" if glob.glob(pattern, root_dir=contexts["workspace"]) else "",
    }
    literals: list[str] = []

    def aside(literal: re.Match[str]) -> str:
        literals.append(literal[1].replace("''", "'"))
        return f"_literals[{len(literals) - 1}]"

    python = re.sub(r"'((?:[^']|'')*)'", aside, text)
    python = re.sub(r"([\w.]+)\.\*\.(\w+)", r"[one['\2'] for one in \1]", python)
    python = python.replace("&&", " and ").replace("||", " or ")
    python = re.sub(r"!(?!=)", " not ", python)
    python = re.sub(r"(?<=\w)-(?=\w)", "__", python)
    scope = functions | {name: Lenient(value) for name, value in contexts.items() if isinstance(value, dict)}
    return eval(python.strip(), {"__builtins__": {}}, scope | {"_literals": literals, "true": True, "false": False})


def filled(text: Any, contexts: Mapping[str, Any]) -> Any:
    """A value with its expressions filled in. One that is an expression as a whole keeps its type."""
    if not isinstance(text, str):
        return text
    if whole := re.fullmatch(r"\s*\$\{\{((?:(?!\}\}).)*)\}\}\s*", text, re.DOTALL):
        return evaluate(whole[1], contexts)
    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: str(evaluate(found[1], contexts)), text)


@dataclass
class Done:
    """A job that has run.

    Attributes:
        result: success, failure or skipped.
        steps: for each step its name, or the action that it uses, and its outcome.
        outputs: the job's.
        log: what was printed.
        summary: the page of the run.
    """

    result: str
    steps: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""
    summary: str = ""


class Runner:
    """A repository's runs of one event.

    Attributes:
        artifacts: the folder with the run's artifacts.
        environment: variables for every step.
    """

    def __init__(self, workspace: Path, scratch: Path, github: Mapping[str, Any], **variables: str) -> None:
        """
        Args:
            workspace: the repository's working tree.
            scratch: a folder for artifacts and the files that steps write.
            github: the context of that name.
            variables: the repository's.
        """
        self.workspace, self.artifacts, self.scratch = workspace, scratch / "artifacts", scratch
        self.artifacts.mkdir(parents=True, exist_ok=True)
        self._github = {"token": "a token", "repository": "owner/site", "run_id": "7", "server_url": "https://git"} | {
            **github
        }
        self._variables = variables
        self.environment: dict[str, str] = {}

    def workflow(self, name: str) -> dict[str, Any]:
        """A workflow of the repository, as YAML 1.1 reads it: its key `on` is True."""
        return yaml.safe_load((self.workspace / ".github/workflows" / name).read_text())

    def matrix(self, workflow: str, job: str, **contexts: Any) -> list[dict[str, str]]:
        """The entries of a job's matrix."""
        given = filled(self.workflow(workflow)["jobs"][job]["strategy"]["matrix"]["include"], self._contexts(contexts))
        return given if isinstance(given, list) else json.loads(given)

    def goes(self, workflow: str, job: str, **contexts: Any) -> bool:
        """Whether a job's own condition lets it run."""
        condition = str(self.workflow(workflow)["jobs"][job].get("if", "true"))
        return bool(self._condition(condition, self._contexts(contexts), "success"))

    def run(self, workflow: str, job: str, **contexts: Any) -> Done:
        """Runs a job, with the contexts `needs`, `matrix` and `inputs`."""
        described = self.workflow(workflow)["jobs"][job]
        context = self._contexts(contexts)
        if not self.goes(workflow, job, **contexts):
            return Done("skipped")
        variables = {name: str(filled(value, context)) for name, value in described.get("env", {}).items()}
        # Each job has a machine of its own.
        clean = ["git", "clean", "-fdxq", "-e", ".venv"]
        subprocess.run(clean, cwd=self.workspace, check=True)
        done, steps = Done("success"), {}
        for number, step in enumerate(described["steps"]):
            context["steps"] = steps
            name = step.get("name") or step.get("uses", "").partition("@")[0] or step["run"].splitlines()[0]
            if not self._condition(str(step.get("if", "true")), context, done.result):
                outcome, outputs = "skipped", {}
            else:
                own = variables | {key: str(filled(value, context)) for key, value in step.get("env", {}).items()}
                granted = described.get("permissions", {})
                outcome, outputs = self._step(step, number, context, own, granted, done)
            done.steps[name] = outcome
            if "id" in step:
                steps[step["id"]] = {"outcome": outcome, "outputs": outputs}
            if outcome == "failure":
                done.result = "failure"
        context["steps"] = steps
        done.outputs = {key: filled(value, context) for key, value in described.get("outputs", {}).items()}
        assert sum(map(len, done.outputs.values())) < OUTPUT_LIMIT
        return done

    def _contexts(self, given: Mapping[str, Any]) -> dict[str, Any]:
        runner = {"temp": str(self.scratch / "temp")}
        fixed = {"github": self._github, "vars": self._variables, "runner": runner, "workspace": str(self.workspace)}
        return {"needs": {}, "matrix": {}, "inputs": {}, "steps": {}} | fixed | dict(given)

    def _condition(self, text: str, context: Mapping[str, Any], status: str) -> bool:
        text = text.removeprefix("${{").removesuffix("}}").strip()
        if not re.search(r"\b(success|failure|cancelled|always)\(", text) and status != "success":
            return False
        return bool(evaluate(text, context, status))

    def _step(
        self,
        step: Mapping[str, Any],
        number: int,
        context: Mapping[str, Any],
        variables: Mapping[str, str],
        granted: Mapping[str, str],
        done: Done,
    ) -> tuple[str, dict[str, str]]:
        if "uses" in step:
            words = {key: filled(value, context) for key, value in step.get("with", {}).items()}
            return self._action(step["uses"].partition("@")[0], words, granted), {}
        output, summary = (self.scratch / f"{kind}-{number}" for kind in ("output", "summary"))
        output.write_text("")
        summary.write_text("")
        files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary), "GRANTED": json.dumps(granted)}
        ran = subprocess.run(
            ["bash", "-e", "-c", step["run"]],  # as GitHub does where no shell is named
            cwd=self.workspace,
            env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **self.environment, **variables, **files},
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        done.log += ran.stdout
        done.summary += summary.read_text()
        outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return "failure" if ran.returncode else "success", outputs

    def _action(self, name: str, words: Mapping[str, Any], granted: Mapping[str, str]) -> str:
        match name:
            case "actions/checkout":
                assert granted["contents"] == "read"
                revision = words.get("ref", "main")
                subprocess.run(["git", "checkout", "--quiet", revision], cwd=self.workspace, check=True)
            case "aws-actions/configure-aws-credentials":
                assert words["role-to-assume"]
                return "success" if granted.get("id-token") == "write" else "failure"
            case "actions/upload-artifact":
                place = self.artifacts / words["name"]
                for pattern in words["path"].split():
                    root = self.workspace / pattern.partition("*")[0]
                    for found in map(Path, glob.glob(str(self.workspace / pattern), include_hidden=True)):
                        put = place / found.relative_to(root)
                        put.parent.mkdir(parents=True, exist_ok=True)
                        (shutil.copytree if found.is_dir() else shutil.copy)(found, put)
            case "actions/download-artifact":
                names = [words["name"]] if "name" in words else glob.glob(words["pattern"], root_dir=self.artifacts)
                assert "name" in words or words["merge-multiple"]
                for one in names:
                    shutil.copytree(self.artifacts / one, self.workspace / words["path"], dirs_exist_ok=True)
        return "success"
