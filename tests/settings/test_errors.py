"""What a person reads when a file is wrong."""

from pathlib import Path
from typing import Any

import pytest

from modules.settings import Environment, InvalidEnvironment, Problem, load, load_all
from modules.settings.problems import count, dotted, shown
from tests.settings.files import PAIR, TIERS, changed, problems, refused


def test_every_problem_is_told_in_one_go(tmp_path: Path):
    path = tmp_path / "Shop.toml"
    path.write_text(
        """
        regio = "us-east-1"
        [network]
        cidr = "10.0.0.5/21"
        public = { ap-northeast-1a = "10.0.0.0/24" }
        [web]
        fleet = { min = 1 }
        [database]
        multi_az = "yes"
        publicly_accessible = true
        """
    )
    with pytest.raises(InvalidEnvironment) as refusal:
        load(path)
    assert str(refusal.value) == (
        f"""{path}: 8 problems
  the file
    found    the name "Shop"
    allowed  1 to 20 lower-case letters, digits and single hyphens, the first a letter, the last no hyphen: AWS's names are made from it
  network.cidr
    found    "10.0.0.5/21", which has host bits: the network is 10.0.0.0/21
    allowed  an IPv4 network whose host bits are zero, such as "10.0.0.0/21"
  network.public
    found    1 entry
    allowed  at least 2 entries: a table of one subnet per zone, such as ap-northeast-1a = "10.0.0.0/24"
  network.database
    found    nothing: it is missing
    allowed  a table of one subnet per zone, such as ap-northeast-1a = "10.0.0.0/24"
  web.fleet.min
    found    1
    allowed  a whole number from 2 to 100
  database.multi_az
    found    "yes", in quotes
    allowed  true or false
  database.publicly_accessible
    found    a key that is left out on purpose
    allowed  the database is never public: only the servers of WordPress reach it
  regio
    found    an unknown key: did you mean "region"?
    allowed  the keys {", ".join(Environment.model_fields)}"""  # noqa: E501
    )


def test_one_problem_is_counted_as_one(tmp_path: Path):
    (tmp_path / "shop.toml").write_text("")
    with pytest.raises(InvalidEnvironment, match=r"shop\.toml: 1 problem\n"):
        load(tmp_path / "shop.toml")


@pytest.mark.parametrize(
    ("content", "found", "allowed"),
    [
        ("", "no setting at all", "the settings of a site; environments/handson.toml is an example"),
        ("# nothing yet\n", "no setting at all", "the settings of a site; environments/handson.toml is an example"),
        (b"title = '\xff\xfe'", "bytes that are not text", "TOML, in UTF-8"),
    ],
    ids=["empty", "only a comment", "not UTF-8"],
)
def test_a_file_that_cannot_be_read_says_why(content: str | bytes, found: str, allowed: str):
    assert problems(content) == [Problem("", found, allowed)]


@pytest.mark.parametrize(
    "content", ["x = " + "9" * 5000, "x = " + "[" * 5000, "x = 2026-13-45", 'x = "\\ud800"', "\x00"]
)
def test_whatever_toml_chokes_on_is_a_problem_and_no_crash(content: str):
    (problem,) = problems(content)
    assert problem.found.startswith("no TOML: ")


def test_a_folder_in_a_files_place_is_unreadable(tmp_path: Path):
    (tmp_path / "shop.toml").mkdir()
    with pytest.raises(InvalidEnvironment) as refusal:
        load(tmp_path / "shop.toml")
    assert refusal.value.problems == [Problem("", "unreadable: Is a directory", "a file that you may read")]


def test_every_wrong_file_of_a_folder_is_told(tmp_path: Path):
    (tmp_path / "one.toml").write_text("")
    (tmp_path / "two.toml").write_text("=")
    with pytest.raises(ExceptionGroup) as refused_files:
        load_all(tmp_path)
    assert [error.path.name for error in refused_files.value.exceptions] == ["one.toml", "two.toml"]


@pytest.mark.parametrize(
    ("missing", "found", "allowed"),
    [
        (True, "no such folder", "the folder with the environment files, beside main.py: run it there"),
        (
            False,
            "no environment file",
            "one NAME.toml for each site; `git checkout -- environments` brings the examples back",
        ),
    ],
)
def test_no_environment_at_all_says_what_to_do(tmp_path: Path, missing: bool, found: str, allowed: str):
    with pytest.raises(ExceptionGroup) as refusals:
        load_all(tmp_path / "environments" if missing else tmp_path)
    (refusal,) = refusals.value.exceptions
    assert refusal.problems == [Problem("the folder", found, allowed)]


@pytest.mark.parametrize("name", ["a", "shop", "shop-2", "a" * 20, "sg", "international"])
def test_an_environments_name_is_short_and_plain(name: str):
    assert problems(PAIR, name) == []


@pytest.mark.parametrize(
    "name",
    ["a" * 21, "Shop", "2shop", "shop-", "-shop", "shop--2", "my shop", "shop_2", "shop.eu", "ショップ", "$(id)"],
)
def test_a_name_that_aws_would_refuse_is_refused(name: str):
    (problem,) = problems(PAIR, name)
    assert (problem.key, problem.found) == ("", f'the name "{name}"')
    assert problem.allowed.startswith("1 to 20 lower-case letters, digits and single hyphens")


@pytest.mark.parametrize("name", ["sg-shop", "internal", "internal-shop", "shop-internal"])
def test_a_name_that_aws_keeps_for_itself_is_refused(name: str):
    (problem,) = problems(PAIR, name)
    assert (problem.key, problem.found) == ("", f'the name "{name}"')
    assert problem.allowed.startswith(
        'a name that does not start with "sg-", and neither starts nor ends with "internal"'
    )


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("wordpress.tittle", ': did you mean "title"?'),
        ("databse", ': did you mean "database"?'),
        ("load_balancer.idletimeout", ': did you mean "idle_timeout"?'),
        ("wordpress.multi_az", ": it belongs to [database]"),
        ("web.min", ": it belongs to [web.fleet]"),
        ("load_balancer.interval", ": it belongs to [load_balancer.health_check]"),
        ("instance_type", ": it belongs to [web] or [frontend] or [api]"),
        ("wordpress.project", ": it belongs to the top of the file, above every [table]"),
        ("uploads.qqqq", ""),
    ],
)
def test_an_unknown_key_is_told_where_it_belongs(key: str, hint: str):
    (problem,) = refused(key, 1)
    assert problem.found == f"an unknown key{hint}"
    assert problem.allowed.startswith("the keys ")


@pytest.mark.parametrize(
    ("key", "allowed"),
    [
        ("database.publicly_accessible", "the database is never public: only the servers of WordPress reach it"),
        ("database.password", "no secret stands in an environment file: the password is generated"),
        ("database.storage_encrypted", "the database is always encrypted"),
        ("php.upload_max_filesize", "wordpress.upload_limit is the size of uploads, for all on the way"),
        ("wordpress.multisite", "one environment is one site, with one address: give each site its own"),
    ],
)
def test_a_key_that_is_left_out_on_purpose_says_why_and_shows_no_value(key: str, allowed: str):
    assert refused(key, "s3cret") == [Problem(key, "a key that is left out on purpose", allowed)]


@pytest.mark.parametrize(
    ("cidr", "why"),
    [
        ("10.0.0.5/24", ", which has host bits: the network is 10.0.0.0/24"),
        ("10.0.0.0", ", without a prefix length; one address is 10.0.0.0/32"),
        ("10.0.0.0/", ", no network"),
        ("10.0.0.0/33", ", no network"),
        ("10.0.0/24", ", no network"),
        ("10.0.0.256/24", ", no network"),
        ("010.0.0.0/24", ", no network"),
        ("10.0.0.0/255.255.255.0", ", no prefix length"),
        ("10.0.0.0/024", ", no prefix length"),
        ("::/0", ", an IPv6 network"),
        ("2001:db8::/64", ", an IPv6 network"),
        ("everywhere", ", no network"),
        ("", ", no network"),
        (167772160, ""),
    ],
)
def test_what_is_wrong_with_a_network_is_said(cidr: Any, why: str):
    (problem,) = refused("network.cidr", cidr)
    assert problem.found == shown(cidr) + why
    assert problem.allowed == 'an IPv4 network whose host bits are zero, such as "10.0.0.0/21"'


@pytest.mark.parametrize(
    ("cidr", "why"),
    [
        ("2001:db8::1/64", ", which has host bits: the network is 2001:db8::/64"),
        ("2001:DB8::1", ", without a prefix length; one address is 2001:DB8::1/128"),
        ("2001:db8::/129", ", no network"),
        ("2001:db8::/ffff::", ", no network"),
        ("fe80::%eth0/64", ", whose addresses are of one machine alone"),
    ],
)
def test_what_is_wrong_with_a_network_of_ipv6_is_said(cidr: str, why: str):
    found = problems(changed(PAIR, ssh={"public_key": "", "allowed_cidrs": [cidr]}))
    assert ("ssh.allowed_cidrs, entry 1", shown(cidr) + why) in [(problem.key, problem.found) for problem in found]


def test_an_entry_of_a_list_is_counted_from_one():
    (problem,) = [
        problem
        for problem in problems(changed(PAIR, ssh={"public_key": "", "allowed_cidrs": ["192.0.2.0/24", "1.2.3.4"]}))
        if problem.key.startswith("ssh.allowed_cidrs")
    ]
    assert problem.key == "ssh.allowed_cidrs, entry 2"


def test_a_private_key_is_called_one_and_not_shown_whole():
    (problem,) = refused("ssh.public_key", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r" + "c2VjcmV0" * 50)
    assert problem.found.endswith(", a private key, which belongs into no file but its owner's")
    assert "c2VjcmV0c2VjcmV0" not in problem.found


def test_of_a_private_key_nothing_is_shown_but_that_it_is_one():
    """A short one's secret begins within what would be shown of another text."""
    (problem,) = refused("ssh.public_key", "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIc2VjcmV0")
    assert problem.found.startswith('"-----BEGIN EC PRIVATE KEY-----..." (48 characters), a private key')


@pytest.mark.parametrize(
    ("value", "why"),
    [("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILGCliQk", "cut short"), ("ssh-rsa AAAAB3NzaC1yc2E=", "damaged")],
)
def test_a_public_key_that_was_not_copied_whole_is_noticed(value: str, why: str):
    (problem,) = refused("ssh.public_key", value)
    assert problem.found == f"{shown(value)}, which is {why}"


@pytest.mark.parametrize("missing", ["network", "frontend"])
def test_a_missing_table_names_what_it_needs(missing: str):
    found = problems(changed(TIERS, **{missing: None}))
    assert (
        found[0]
        == {
            "network": Problem("network", "nothing: it is missing", "a table with public and database"),
            "frontend": Problem("", "[api]", "[web] for two tiers, or [frontend] and [api] for three"),
        }[missing]
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (1.5, "1.5"),
        ('a"b\\c\n', r'"a\"b\\c\n"'),
        ("\x1b[31m\x7f\u202e", r'"\u001b[31m\u007f\u202e"'),
        ("\U000e0001", r'"\U000e0001"'),
        ("ブログ　🗻", '"ブログ　🗻"'),
        ("x" * 61, f'"{"x" * 60}..." (61 characters)'),
        ({"a": 1}, "a table"),
        ([], "[]"),
        ([1, "a", [2], {"b": 3}], '[1, "a", [...], a table]'),
        ([1, 2, 3, 4, 5, 6], "[1, 2, 3, 4, 5, ...]"),
    ],
)
def test_values_are_shown_in_tomls_manner_on_one_harmless_line(value: Any, text: str):
    assert shown(value) == text


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("web", "servers", "WEB-1"), "web.servers.WEB-1"),
        (("tags", "cost:center"), 'tags."cost:center"'),
        (("tags", "\x1b[2J"), r'tags."\u001b[2J"'),
        (("tags", ""), 'tags.""'),
        (("https", "more_names", 0), "https.more_names, entry 1"),
    ],
)
def test_keys_are_written_in_tomls_manner(path: tuple[str | int, ...], text: str):
    assert dotted(*path) == text


def test_a_files_odd_name_cannot_reach_the_terminal(tmp_path: Path):
    with pytest.raises(InvalidEnvironment) as refusal:
        load(tmp_path / "a\x1b[2J.toml")
    assert "\x1b" not in str(refusal.value)


def test_things_are_counted_in_words():
    assert [count(number, "problem") for number in (0, 1, 2)] == ["no problem", "1 problem", "2 problems"]
