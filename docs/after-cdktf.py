"""Moves this project from CDKTF to its continuation, CDK Terrain.

    python3 docs/after-cdktf.py     (in the project's folder)

renames what the two call differently, in the files themselves; `git diff` shows what it did. README.md says what
comes after it. A file that does not say what is expected of it stops the move before anything is written.
"""

import sys
from pathlib import Path
from typing import NamedTuple


class Step(NamedTuple):
    files: tuple[str, ...]
    """Patterns, below the project's folder. One of the files at least has to say `before`."""
    before: str
    after: str


CODE = (
    *("main.py", "modules/**/*.py", "modules/**/*.pyi", "benchmarks/*.py"),
    *("tests/*.py", "tests/[!s]*/*.py", "tests/s[!u]*/*.py"),
)
"""All but the check of this move, and the benchmark's peers, which are compared as what they are."""

STEPS = (
    # The library, and the bindings: their names in Python, and in Node behind it.
    Step(CODE, "from cdktf import", "from cdktn import"),
    Step(CODE, "cdktf_cdktf_provider_aws", "cdktn_provider_aws"),
    Step(("modules/aws/assembly.py",), '"@cdktf/provider-aws"', '"@cdktn/provider-aws"'),
    # The provider class of the newer bindings has functions, which live in a submodule of their own.
    Step(
        ("modules/aws/__init__.pyi",),
        "from cdktn_provider_aws.provider import *\n",
        "from cdktn_provider_aws.provider import *\nfrom cdktn_provider_aws.provider_functions import *\n",
    ),
    # CDK Terrain refuses what the oldest Terraform in use would not take, and supposes 1.5.7, which has no write-only
    # attributes, unless a stack says which it is for.
    Step(
        ("modules/terraform/configuration.py",),
        "    _keep_state(stack, name,",
        '    stack.node.set_context("targetVersions", {"terraform": ">=1.11.0", "opentofu": ">=1.11.0"})\n'
        "    _keep_state(stack, name,",
    ),
    # What is installed. CDK Terrain 0.24 takes no constructs after 10.7.
    Step(("requirements.in",), "cdktf==0.21.0", "cdktn==0.24.0"),
    Step(("requirements.in",), "cdktf-cdktf-provider-aws==21.22.1", "cdktn-provider-aws==25.8.1"),
    Step(("requirements.in",), "constructs==10.8.1", "constructs==10.7.2"),
    Step(("package.json",), '"cdktf-cli": "0.21.0"', '"cdktn-cli": "0.24.0"'),
    # What says how the command is called, and what version wrote the JSON.
    Step(("README.md", "package.json"), "`npx cdktf", "`npx cdktn"),
    Step(("tests/commands/test_fresh_clone.py",), '"npx", "cdktf"', '"npx", "cdktn"'),
    Step(("tests/terraform/test_terraform_block.py",), '{"version": "0.21.0"}', '{"version": "0.24.0"}'),
    Step(("benchmarks/__main__.py",), 'version("cdktf")', 'version("cdktn")'),
    Step(("benchmarks/__main__.py",), 'version("cdktf-cdktf-provider-aws")', 'version("cdktn-provider-aws")'),
)


def move(project: Path) -> list[Path]:
    """Takes all the steps, or none.

    Returns:
        The files that are changed.

    Raises:
        SystemExit: no file of a step says what it replaces.
    """
    texts: dict[Path, str] = {}
    for step in STEPS:
        found = False
        for path in (path for pattern in step.files for path in project.glob(pattern)):
            text = texts.get(path) or path.read_text(encoding="utf-8")
            if step.before in text:
                found = True
                texts[path] = text.replace(step.before, step.after)
        if not found:
            sys.exit(f"Nothing was changed: {', '.join(step.files)}: nothing says {step.before!r} here")
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return sorted(texts)


if __name__ == "__main__":
    for changed in move(Path.cwd()):
        print(changed.relative_to(Path.cwd()))
