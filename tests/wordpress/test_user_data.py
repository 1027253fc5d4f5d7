"""The script that carries the servers' files: what it makes of settings, and what it may weigh."""

import random
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from modules import wordpress
from modules.wordpress import FOLDER, SETTINGS, user_data
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
def unpack(tmp_path: Path):
    """Runs the script up to where it hands over to systemd, with another folder in /opt/pressform's place."""

    def run(template: str) -> Path:
        script = as_terraform_renders(template).replace("/opt/pressform", str(tmp_path))
        carried, _ = script.rsplit("#!/bin/bash\n", 1)
        subprocess.run(["bash"], input=carried.encode(), env={"LC_ALL": "C"}, check=True)
        return tmp_path

    return run


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_value_reaches_the_server_as_it_was_typed(unpack, value: str):
    folder = unpack(user_data("web", values(TITLE=value)))
    read = subprocess.run(
        ["bash", "-c", '. ./settings; printf "%s" "$TITLE"'], cwd=folder, env={}, capture_output=True, check=True
    )
    assert read.stdout.decode() == value


def test_random_values_reach_the_server_as_they_were_typed(unpack):
    dice = random.Random(4)
    typed = {
        name: "".join(dice.choices("'\"$`\\{}%!&@#~ \n\tax()|;<>*?[]=あ🗻", k=dice.randrange(1, 40)))
        for name in SETTINGS["web"]
    }
    folder = unpack(user_data("web", typed))
    echo = "; ".join(f'printf "%s\\0" "${name}"' for name in typed)
    read = subprocess.run(["bash", "-c", f". ./settings; {echo}"], cwd=folder, env={}, capture_output=True, check=True)
    assert dict(zip(typed, read.stdout.decode().split("\0"), strict=False)) == typed


def test_no_value_runs_as_code(unpack):
    mark = Path("/tmp/pwned")
    mark.unlink(missing_ok=True)
    for value in HOSTILE.values():
        unpack(user_data("web", dict.fromkeys(SETTINGS["web"], value)))
    assert not mark.exists()


@pytest.mark.parametrize("role", SETTINGS)
def test_every_file_arrives_whole_but_for_its_comments_and_indentation(unpack, role: str):
    folder = unpack(user_data(role, values(role)))
    folders = ("common", role, *(["cache"] if role == "web" else []))
    expected = {path.name: path for part in folders for path in (FOLDER / part).iterdir()}
    del expected["start.sh"]
    assert {path.name for path in folder.iterdir()} == {"settings", *expected}
    for name, path in expected.items():
        arrived = (folder / name).read_text().replace(str(folder), "/opt/pressform").splitlines()
        left = (line.lstrip() for line in path.read_text().splitlines())
        missing = [line for line in left_out(arrived, left) if not re.match(r"(#|;|//|/\*\*|\*|$)", line)]
        assert missing == [], name


def test_the_caches_files_come_along_only_where_there_is_one(unpack):
    folder = unpack(user_data("web", values(CACHE_HOST="")))
    assert (folder / "steps.sh").exists()
    assert not {path.name for path in (FOLDER / "cache").iterdir()} & {path.name for path in folder.iterdir()}


def left_out(arrived: list[str], lines: Iterator[str]) -> list[str]:
    """The lines between those that arrived, which must come in the same order."""
    between = []
    for wanted in arrived:
        for line in lines:
            if line == wanted:
                break
            between.append(line)
        else:
            pytest.fail(f"not in the file, or not in its order: {wanted}")
    return [*between, *lines]


@pytest.mark.slow
@pytest.mark.parametrize("role", SETTINGS)
def test_what_arrives_is_valid(unpack, role: str):
    folder = unpack(user_data(role, values(role)))
    for path in folder.iterdir():
        check = {
            ".sh": ["bash", "-n"],
            ".php": [require("php", "apt-get install php-cli"), "--syntax-check"],
        }.get(path.suffix, ["true"])
        checked = subprocess.run([*check, path], check=False, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("role", SETTINGS)
def test_the_script_is_a_boothook_that_ends_by_starting_the_boot(role: str):
    lines = user_data(role, values(role)).splitlines()
    assert lines[:2] == ["#cloud-boothook", "#!/bin/bash"]
    assert lines[-1] == "systemctl start --no-block pressform.service"


def test_a_reference_passes_through():
    script = user_data("web", values(SITE_URL="http://${TfToken[TOKEN.12]}", DATABASE_SECRET="${TfToken[TOKEN.3]}"))
    assert "\nSITE_URL='http://${TfToken[TOKEN.12]}'\n" in script
    assert "\nDATABASE_SECRET='${TfToken[TOKEN.3]}'\n" in script


@pytest.mark.parametrize("around", ["'; x '", "$(x)", "${x}", "\n", "`x`", "%{x}"])
def test_what_stands_beside_a_reference_must_be_plain_text(around: str):
    with pytest.raises(ValueError, match="SITE_URL may hold plain text beside its references"):
        user_data("web", values(SITE_URL=f"http://${{TfToken[TOKEN.12]}}{around}"))


def test_a_value_that_no_shell_can_hold_is_refused():
    with pytest.raises(ValueError, match="TITLE must not contain a NUL character"):
        user_data("web", values(TITLE="a\0b"))


def test_missing_and_unknown_settings_are_told_together():
    given = values()
    del given["LOCALE"]
    with pytest.raises(ValueError, match=r"LOCALE is missing \(.+\); COLOUR is not a setting of this role"):
        user_data("web", {**given, "COLOUR": "red"})


@pytest.mark.parametrize("role", SETTINGS)
def test_the_same_settings_give_the_same_bytes_in_any_order(role: str):
    given = values(role)
    assert user_data(role, given) == user_data(role, dict(reversed(given.items())))


@pytest.mark.parametrize("role", SETTINGS)
def test_it_fits_into_what_ec2_takes(role: str):
    """With values of the length that AWS gives them."""
    user_data(role, {name: (f"arn:aws:{name}:" + "0123456789abcdef" * 8)[:100] for name in SETTINGS[role]})


def test_more_than_ec2_takes_is_refused(monkeypatch):
    monkeypatch.setattr(wordpress, "SIZE_LIMIT", 3_000)
    with pytest.raises(ValueError, match=r"the user data of role 'web' is \d+ bytes compressed, allowed are 1976 "):
        user_data("web", values())
