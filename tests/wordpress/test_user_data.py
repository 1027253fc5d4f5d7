"""What a release is made of, and the script that fetches it: what they make of settings, and that they do not change by
themselves."""

import hashlib
import io
import os
import random
import re
import subprocess
import tarfile
import time
from pathlib import Path

import pytest

from modules.reference import Reference
from modules.wordpress import FOLDER, PARTS, SETTINGS, archive, archive_sha256, release_settings, user_data
from tests.tools import require

HOSTILE = {
    "quote": "It's",
    "quotes": "'''\"''",
    "command": "$(touch /tmp/pwned)`touch /tmp/pwned`",
    "end of quotes": "'; touch /tmp/pwned; '",
    "variable": "$HOME ${HOME} $$ ${",
    "terraform": '${file("/etc/passwd")} %{ if true }x%{ endif }',
    "terraform, escaped": "$${x} %%{x} $$${x} %%%{x}",
    "here-document": "a\nEND_OF_settings\nEND_OF_boot.sh\ntouch /tmp/pwned\n",
    "lines": "\n\nfirst\n\tsecond\\\n",
    "backslashes": "\\ \\n \\\\ \\'",
    "unicode": "ブログ 🗻 é \u2018\u2019 \u202e",
    "placeholder": "@HEALTH_PATH@ & \\1",
    "history": "!! !x",
    "empty": "",
    "spaces": "   ",
    "option": "-n",
}


def values(role: str = "web", **changes: str) -> dict[str, str]:
    return {**{name: f"value-of-{name.lower()}" for name in SETTINGS[role]}, **changes}


def as_terraform_renders(template: str) -> str:
    """A template string without references, which is all that Terraform has to do with one of ours."""
    assert not re.search(r"(?<!\$)\$\{|(?<!%)%\{", template), "Terraform would take this for a template"
    assert not re.search(r"\$\$\$\{|%%%\{", template), "which of these Terraform takes for an escape is its own affair"
    return template.replace("$${", "${").replace("%%{", "%{")


@pytest.fixture
def read(tmp_path: Path):
    """What a shell reads of the settings: NAME=VALUE of each that is asked for."""

    def run(lines: list[str], *names: str) -> dict[str, str]:
        (tmp_path / "settings").write_text(as_terraform_renders("\n".join(lines)))
        script = ". ./settings; " + "; ".join(f'printf "%s\\0" "${name}"' for name in names)
        shell = subprocess.run(["bash", "-euc", script], cwd=tmp_path, env={}, capture_output=True, check=True)
        return dict(zip(names, shell.stdout.decode().split("\0"), strict=False))

    return run


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_value_reaches_the_server_as_it_was_typed(read, value: str):
    assert read(release_settings("web", values(TITLE=value)), "TITLE") == {"TITLE": value}


def test_random_values_reach_the_server_as_they_were_typed(read):
    dice = random.Random(4)
    typed = {
        name: "".join(dice.choices("'\"$`\\{}%!&@#~ \n\tax()|;<>*?[]=あ🗻", k=dice.randrange(1, 40)))
        for name in SETTINGS["web"]
    }
    assert read(release_settings("web", typed), *typed) == typed


def test_no_value_runs_as_code(read):
    mark = Path("/tmp/pwned")
    mark.unlink(missing_ok=True)
    for value in HOSTILE.values():
        read(release_settings("web", dict.fromkeys(SETTINGS["web"], value)), "TITLE")
    assert not mark.exists()


@pytest.mark.parametrize("value", [*HOSTILE.values(), f"\nARCHIVE='{'0' * 64}'\n", f"\nARCHIVE={'0' * 64}\n"])
def test_the_archive_that_a_server_looks_for_is_none_that_a_value_names(value: str):
    """As bootstrap.sh looks for it."""
    text = as_terraform_renders("\n".join(release_settings("web", dict.fromkeys(SETTINGS["web"], value))))
    found = re.findall(r"^ARCHIVE='([0-9a-f]{64})'$", text, re.MULTILINE)
    assert found == [archive_sha256()]


def test_the_settings_say_what_they_go_with(read):
    for software in SETTINGS:
        found = read(release_settings(software, values(software)), "ARCHIVE", "SOFTWARE")
        assert found == {"ARCHIVE": hashlib.sha256(archive()).hexdigest(), "SOFTWARE": software}


def test_a_reference_passes_through():
    distribution = Reference("${aws_cloudfront_distribution.cdn.id}")
    lines = release_settings(
        "web",
        values(
            SITE_URL="http://${TfToken[TOKEN.12]}", DATABASE_SECRET="${TfToken[TOKEN.3]}", DISTRIBUTION=distribution
        ),
    )
    assert "DISTRIBUTION='${aws_cloudfront_distribution.cdn.id}'" in lines
    assert "SITE_URL='http://${TfToken[TOKEN.12]}'" in lines
    assert "DATABASE_SECRET='${TfToken[TOKEN.3]}'" in lines


@pytest.mark.parametrize("around", ["'; x '", "$(x)", "${x}", "\n", "`x`", "%{x}"])
def test_what_stands_beside_a_reference_must_be_plain_text(around: str):
    with pytest.raises(ValueError, match="SITE_URL may hold plain text beside its references"):
        release_settings("web", values(SITE_URL=f"http://${{TfToken[TOKEN.12]}}{around}"))


def test_a_value_that_no_shell_can_hold_is_refused():
    with pytest.raises(ValueError, match="TITLE must not contain a NUL character"):
        release_settings("web", values(TITLE="a\0b"))


def test_missing_and_unknown_settings_are_told_together():
    given = values()
    del given["LOCALE"]
    with pytest.raises(ValueError, match=r"LOCALE is missing \(.+\); COLOUR is not a setting of this software"):
        release_settings("web", {**given, "COLOUR": "red"})


@pytest.mark.parametrize("software", SETTINGS)
def test_the_same_settings_give_the_same_lines_in_any_order(software: str):
    given = values(software)
    assert release_settings(software, given) == release_settings(software, dict(reversed(given.items())))


# The archive.


def test_the_archive_holds_every_file_as_it_is():
    with tarfile.open(fileobj=io.BytesIO(archive())) as packed:
        held = {member.name: packed.extractfile(member).read() for member in packed.getmembers()}
    sources = [(part, path) for part in PARTS for path in (FOLDER / part).rglob("*") if path.is_file()]
    assert held == {f"{part}/{path.name}": path.read_bytes() for part, path in sources}
    assert len(held) == len(sources)  # no two of a name


def test_the_archive_is_the_same_at_another_time_in_another_folder_and_of_other_owners(tmp_path, monkeypatch):
    here = archive()
    copied = tmp_path / "elsewhere"
    for part in reversed(PARTS):
        for path in sorted((FOLDER / part).rglob("*"), reverse=True):
            copy = copied / path.relative_to(FOLDER)
            copy.parent.mkdir(parents=True, exist_ok=True)
            if path.is_file():
                copy.write_bytes(path.read_bytes())
                copy.chmod(0o700)
                os.utime(copy, (1, 1))
    (copied / "web/.DS_Store").write_text("left behind")
    (copied / "web/steps.sh~").write_text("left behind")
    monkeypatch.setattr("modules.wordpress.FOLDER", copied)
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    archive.cache_clear()
    try:
        assert archive() == here
    finally:
        archive.cache_clear()


@pytest.mark.slow
def test_every_script_in_it_is_valid():
    for path in [path for part in (*PARTS, "bootstrap") for path in (FOLDER / part).rglob("*")]:
        check = {
            ".sh": ["bash", "-n"],
            ".php": [require("php", "apt-get install php-cli"), "--syntax-check"],
        }.get(path.suffix, ["true"])
        checked = subprocess.run([*check, path], check=False, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout + checked.stderr


# The user data.

SITE = {"BUCKET": "${aws_s3_bucket.releases.id}", "REGION": "ap-northeast-1", "GROUP": "web"}


def test_the_user_data_is_a_boothook_that_ends_by_starting_the_boot():
    lines = user_data(**SITE).splitlines()
    assert lines[:2] == ["#cloud-boothook", "#!/bin/bash"]
    assert lines[-1] == "systemctl start --no-block pressform.service"


def test_the_user_data_carries_its_files_whole(tmp_path):
    script = user_data(**SITE).replace("${aws_s3_bucket.releases.id}", "releases-1")
    carried, _ = as_terraform_renders(script).replace("/opt/pressform", str(tmp_path)).rsplit("#!/bin/bash\n", 1)
    subprocess.run(["bash"], input=carried.encode(), env={"LC_ALL": "C"}, check=True)
    assert (tmp_path / "site").read_text() == "BUCKET='releases-1'\nREGION='ap-northeast-1'\nGROUP='web'\n"
    for name in ("bootstrap.sh", "pressform.service"):
        whole = (FOLDER / "bootstrap" / name).read_text()
        assert (tmp_path / name).read_text() == whole.replace("/opt/pressform", str(tmp_path))


@pytest.mark.parametrize("bucket", ["'; x '", "$(x)", "a b", "x${y}", ""])
def test_the_user_data_takes_plain_words_and_references(bucket: str):
    with pytest.raises(ValueError, match="BUCKET must be a plain word or a reference"):
        user_data(**SITE | {"BUCKET": bucket})


def test_the_user_data_names_what_it_needs():
    with pytest.raises(ValueError, match="the user data takes BUCKET, REGION, GROUP, got BUCKET"):
        user_data(BUCKET="x")


def test_it_fits_into_what_ec2_takes():
    assert len(user_data(**SITE).encode()) < 16_384 - 1024
