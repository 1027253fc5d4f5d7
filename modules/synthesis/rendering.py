"""Rendering, and the process that renders one environment after the other; command.py starts it."""

import gc
import json
import os
import re
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modules.synthesis.fingerprints import fingerprint, made
from modules.synthesis.output_folder import MANIFEST, STACK_FILE, put
from modules.synthesis.workers import serve
from modules.wordpress import ARCHIVE, site_folder, write_archive

if TYPE_CHECKING:
    from modules.settings import Environment

NODE_ENDED = 70
"""The exit status of a process whose Node.js is gone: EX_SOFTWARE of sysexits.h."""


def render(sites: "dict[str, Environment]", folder: Path) -> list[str]:
    """Synthesizes every site into a folder, with CDKTF.

    Args:
        sites: the environments by name.
        folder: where CDKTF puts its manifest and its stacks.

    Returns:
        What a person should know of it, a line each.
    """
    # Imported here, because the bindings are slow to import and refusing bad input does not need them.
    from cdktf import App

    from modules.site import WordPressSite
    from modules.terraform.accepted import accepted

    # Node.js, which writes the files, may have started in another working directory.
    app = App(outdir=str(folder.absolute()))
    folder.mkdir(parents=True, exist_ok=True)
    made, notes = {}, []
    for name, environment in sites.items():
        site = environment.wordpress.site
        sha256 = write_archive(folder / f"{name}.tar", site)
        if site and (left := site_folder.left_out(site_folder.place(site))):
            notes.append(f"{site}: {left}")
        made[name] = WordPressSite(app, name, environment, archive=sha256)
    app.synth()
    version = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["version"]
    for stack in folder.glob(f"stacks/*/{STACK_FILE}"):
        content = json.loads(stack.read_text(encoding="utf-8"), object_pairs_hook=_without_notes)
        name = stack.parent.name
        content["//"] = {"accepted": accepted(made[name]), "metadata": {"version": version}}
        if site := sites[name].wordpress.site:
            content["//"]["site"] = site
        (stack.parent / ARCHIVE).parent.mkdir(exist_ok=True)
        (folder / f"{name}.tar").replace(stack.parent / ARCHIVE)
        stack.write_text(json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")
    return notes


def _without_notes(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Leaves out CDKTF's own metadata, mostly construct paths, which would be noise in every review. Its command line
    needs nothing of it but the version."""
    return {key: value for key, value in pairs if key != "//"}


def reads(path: Path, environment: "Environment") -> list[Path]:
    """The files and folders that an environment is rendered from, beside the project's own: its file, and the folder of
    the owner's files where it names one."""
    site = environment.wordpress.site
    return [path, *([site_folder.place(site)] if site else [])]


def answer(path: Path, output: Path, scratch: Path) -> dict[str, Any]:
    """Renders one environment file.

    Returns:
        One of: `refused`, the text of the refusal; `unwritable`, the arguments of the OSError; or `stack`, the path of
        its JSON, with `changed`, CDKTF's `manifest` of it and `notes`, and for the record its `name`, what it `reads`,
        and the digests of these `inputs` (None where they were written meanwhile) and of what was `made`.
    """
    from modules.settings import InvalidEnvironment, load
    from modules.settings.site import refused as told

    file = None
    with suppress(OSError):  # `load` has the words for it
        file = fingerprint([path])
    try:
        environment = load(path)
    except InvalidEnvironment as refusal:
        return {"refused": str(refusal)}
    try:
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            inputs = reads(path, environment)
            before = fingerprint(inputs)
            notes = render({path.stem: environment}, Path(folder))
            stack = Path(folder, "stacks", path.stem, STACK_FILE)
            place = output / stack.relative_to(folder)
            done = {
                "name": path.stem,
                "stack": str(place),
                "manifest": json.loads(Path(folder, MANIFEST).read_text(encoding="utf-8")),
                "notes": notes,
                "reads": list(map(str, inputs)),
                "inputs": before.digest if (fingerprint([path]), fingerprint(inputs)) == (file, before) else None,
                "made": made(stack, stack.parent / ARCHIVE),
            }
            # First what the file names: who reads the file finds it.
            put(stack.parent / ARCHIVE, place.parent / ARCHIVE)
            return done | {"changed": put(stack, place)}
    except site_folder.CannotGoOut as error:
        problems = list(told(environment.wordpress.site or "", error.refusals))
        return {"refused": str(InvalidEnvironment(path, problems))}
    except (BrokenPipeError, json.JSONDecodeError):
        # Node.js has ended: its pipe is broken, or its answer is empty and so no JSON. A regular exit would run jsii's
        # clean-up, which sends it one more request.
        os._exit(NODE_ENDED)
    except OSError as error:
        sys.unraisablehook = lambda _: None  # a jsii that could not start fully prints another error at the exit
        return {"unwritable": (error.errno, error.strerror, error.filename2 or error.filename)}
    except RuntimeError as error:
        # An error of Node.js about a file, such as "ENOSPC: no space left on device, write".
        if refused := re.search(r"\bE[A-Z]{2,}: ([^,]+)", str(error)):
            return {"unwritable": (0, refused[1].capitalize(), None)}
        raise


def main(output: Path, scratch: Path) -> None:
    """Renders every environment file that the process which started this one asks for.

    Args:
        output: the folder that CDKTF and Terraform read.
        scratch: a folder on the same disk.
    """
    gc.disable()  # jsii keeps every object of a site until the process ends, so a collection frees nothing.
    serve(lambda path: answer(Path(path), output, scratch))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
