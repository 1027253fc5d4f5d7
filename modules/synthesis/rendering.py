"""Rendering, and the process that renders one environment after the other; command.py starts it."""

import gc
import json
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modules.synthesis.output_folder import MANIFEST, STACK_FILE, put
from modules.synthesis.workers import serve

if TYPE_CHECKING:
    from modules.settings import Environment

NODE_ENDED = 70
"""The exit status of a process whose Node.js is gone: EX_SOFTWARE of sysexits.h."""


def render(sites: "dict[str, Environment]", folder: Path) -> None:
    """Lets CDKTF synthesize every site into a folder.

    Args:
        sites: the environments by name.
        folder: where CDKTF puts its manifest and its stacks.
    """
    # Only here, because the bindings take their time and bad input needs none of it.
    from cdktf import App

    from modules.site import WordPressSite
    from modules.terraform.accepted import accepted

    # Node.js, which writes the files, may have started in another working directory.
    app = App(outdir=str(folder.absolute()))
    made = {name: WordPressSite(app, name, environment) for name, environment in sites.items()}
    app.synth()
    version = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["version"]
    for stack in folder.glob(f"stacks/*/{STACK_FILE}"):
        content = json.loads(stack.read_text(encoding="utf-8"), object_pairs_hook=_without_notes)
        content["//"] = {"accepted": accepted(made[stack.parent.name]), "metadata": {"version": version}}
        stack.write_text(json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


def _without_notes(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Leaves out what CDKTF notes on itself, construct paths above all: noise in every review. Its command line
    needs the version alone."""
    return {key: value for key, value in pairs if key != "//"}


def _answer(path: Path, output: Path, scratch: Path) -> dict[str, Any]:
    """What became of one environment file: `refused`, with the words for it; `unwritable`, with what the system says
    of which file; or `stack`, where its JSON is, with `changed` and CDKTF's `manifest` of it."""
    from modules.settings import InvalidEnvironment, load

    try:
        environment = load(path)
    except InvalidEnvironment as refusal:
        return {"refused": str(refusal)}
    try:
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            render({path.stem: environment}, Path(folder))
            made = Path(folder, "stacks", path.stem, STACK_FILE)
            place = output / made.relative_to(folder)
            manifest = json.loads(Path(folder, MANIFEST).read_text(encoding="utf-8"))
            return {"changed": put(made, place), "stack": str(place), "manifest": manifest}
    except (BrokenPipeError, json.JSONDecodeError):
        # Node takes no more, or says nothing. At a regular exit, its bindings would speak to it once more.
        os._exit(NODE_ENDED)
    except OSError as error:
        sys.unraisablehook = lambda _: None  # or jsii, where it has started by half, complains once more at the exit
        return {"unwritable": (error.errno, error.strerror, error.filename2 or error.filename)}
    except RuntimeError as error:
        # What Node could not do with a file: "ENOSPC: no space left on device, write".
        if refused := re.search(r"\bE[A-Z]{2,}: ([^,]+)", str(error)):
            return {"unwritable": (0, refused[1].capitalize(), None)}
        raise


def main(output: Path, scratch: Path) -> None:
    """Renders every environment file that the starter of this process names.

    Args:
        output: the folder that CDKTF and Terraform read.
        scratch: a folder on the same disk.
    """
    gc.disable()  # What a site leaves, jsii holds on to until the process ends: looking for garbage finds none.
    serve(lambda path: _answer(Path(path), output, scratch))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
