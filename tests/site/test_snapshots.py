"""Each environment's whole JSON, and each boot script, as they were last accepted: `make snapshots` renews them."""

import json

import pytest
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from tests.site.sites import SHIPPED, shipped


class Snapshot(SingleFileSnapshotExtension):
    """A file that a reviewer can read on its own."""

    _write_mode = WriteMode.TEXT


class JsonSnapshot(Snapshot):
    file_extension = "tf.json"


class ScriptSnapshot(Snapshot):
    file_extension = "sh"


@pytest.mark.parametrize("environment", SHIPPED)
def test_json(environment, snapshot):
    content = dict(shipped()[environment].content)
    # The script has a snapshot of its own.
    content["locals"] = {
        name: f"{len(value)} lines" if name.endswith("_user_data") else value
        for name, value in content["locals"].items()
    }
    text = json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    # Every changed script is another archive.
    text = text.replace(content["resource"]["aws_s3_object"]["release"]["source_hash"], "SHA-256 of the archive")
    assert text == snapshot(extension_class=JsonSnapshot, name=environment)


@pytest.mark.parametrize(("environment", "group"), [("handson", "web")])
def test_boot_script(environment, group, snapshot):
    """Another one replaces every server of every live site: what may have to change is in the release."""
    assert shipped()[environment].boot_script(group) == snapshot(
        extension_class=ScriptSnapshot, name=f"{environment}-{group}"
    )
