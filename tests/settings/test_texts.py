"""The texts that each setting takes."""

from datetime import date
from typing import Any, get_args, get_origin

import pytest

from modules.settings import Environment
from modules.settings.problems import shown
from modules.settings.vocabulary import plain_type, sections
from tests.settings.files import PAIR, at, changed, problems, read, refused

KEY = "AAAAC3NzaC1lZDI1NTE5AAAAILGCliQkdI0enmWGHBomNIRvqznuauCt7RMfjiprPTsZ"
"""The inner part of an Ed25519 public key."""

TEXTS: dict[str, tuple[list[str], list[str]]] = {
    "region": (
        ["ap-northeast-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1"],
        ["", "Tokyo", "ap-" + "a" * 20_000 + "-1", "ap-northeast", "ap-northeast-1a", "AP-NORTHEAST-1"],
    ),
    "project": (
        ["ab", "a" * 40, "Shop-2"],
        ["a", "a" * 41, "2shop", "shop-", "-shop", "my shop", "my_shop", "ショップ"],
    ),
    "state.bucket": (["a-1", "a" * 63], ["ab", "a" * 64, "Bucket", "a.b", "-ab", "ab-"]),
    "database.name": (
        ["ab", "wp_2", "a" * 32],
        ["a", "a" * 33, "2wp", "Wp", "w-p", "mysql", "sys", "information_schema"],
    ),
    "database.username": (["ab", "wp_2", "a" * 16], ["a", "a" * 17, "2wp", "Wp", "w-p", "rdsadmin", "root"]),
    "database.instance_class": (
        ["db.t4g.small", "db.r6g.16xlarge"],
        ["t4g.small", "db.small", "db.T3.micro", "db.t3", "db.t3.nano", "db.m5.metal", "db.r6g.0xlarge"],
    ),
    "database.security_group": (["RDS-SG-1", "sgx"], ["sg-1", "SG-1", "a", "a" * 41]),
    "database.engine_version": (["8.4", "8.0"], ["8.4.3", "5.7", ""]),
    "database.backup_window": (["17:00-17:30", "23:45-00:15"], ["24:00-24:30", "17:00", "5pm-6pm", "17:60-18:30"]),
    "database.maintenance_window": (
        ["sun:23:45-mon:00:15"],
        ["Sun:18:00-Sun:18:30", "18:00-18:30", "sun:24:00-mon:00:30"],
    ),
    "database.restore_from": (
        [
            "shop-final",
            "rds:shop-database-2026-01-01-17-05",
            "awsbackup:job-0123abcd-0123-0123-0123-0123456789ab",
            "arn:aws:rds:us-east-1:123456789012:snapshot:shop-final",
        ],
        ["", "shop--final", "shop-", "2shop", "arn:aws:s3:::bucket"],
    ),
    "database.point_in_time.source": (
        ["shop-database", "a", "db-ABCDEFGHIJKLMNOPQRSTUVWXYZ", "cluster-ABCDEFGHIJKLMNOPQRSTUVW123"],
        [
            "",
            "Shop",
            "shop-",
            "shop--database",
            "db-ABC",
            "snap-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            "db-abcDEFGHIJKLMNOPQRSTUVWXYZ",
        ],
    ),
    "database.point_in_time.time": (
        ["2026-11-28T03:00:00Z", "2026-01-31T23:59:59Z"],
        ["2026-11-28", "2026-11-28 03:00:00", "2026-11-28T03:00:00+09:00", "2026-02-30T00:00:00Z", "latest"],
    ),
    "uploads.file_system_id": (["fs-01234567", "fs-0123456789abcdef0"], ["", "fs-0", "0123456789abcdef0"]),
    "uploads.folder": (
        ["/uploads", "/aws-backup-restore_2026-11-28T03-00-00-123Z/uploads", "/" + "a" * 99],
        ["", "/", "uploads", "/uploads/", "/../etc", "/a/b/c/d/e", "/" + "a" * 100],
    ),
    "wordpress.title": (
        [
            "x",
            "x" * 200,
            "ブログ　東京",
            "L'été\u00a0: 10 %",
            "🗻",
            "👩‍💻",
            'It\'s "quoted"',
            "${HOME} %{x} $(id) `id` \\n @TITLE@",
        ],
        [
            "",
            " ",
            "　",
            "x" * 201,
            "two\nlines",
            "tab\t",
            "\x00",
            "\x1b[31m",
            "\u202etxt.exe",
            "\u2028",
            "${TfToken[TOKEN.1]}",
        ],
    ),
    "wordpress.site": (["sites/example"], ["", "/etc", "../other", "sites/../..", "sites//shop", ".git", "sites/"]),
    "wordpress.theme": (["twentytwentyfive", "Shop.2-child_a"], ["", "a/b", "../a", "-a", "a b"]),
    "wordpress.table_prefix": (
        ["wp_", "a_", "Shop2_wp_", "a" * 19 + "_"],
        ["", "_", "wp", "2_", "wp-", "a" * 20 + "_", "pressform_", "Pressform_x_"],
    ),
    "wordpress.locale": (
        ["ja", "en_US", "ckb", "de_DE_formal", "pt_PT_ao90"],
        ["", "JA", "en-US", "en_us", "japanese"],
    ),
    "wordpress.version": (["7.1", "7.1.2", "10.0"], ["", "7", "latest", "7.1-beta", "v7.1", "7.1.2.3"]),
    "wordpress.archive_sha256": (["0a" * 32], ["0A" * 32, "0a" * 31, "0a" * 33, "zz" * 32, ""]),
    "wordpress.admin_user": (["ab", "a" * 32], ["a", "a" * 33, "Admin", "me@example.com"]),
    "wordpress.admin_email": (
        ["me@example.com", "first.last+wp@a-b.example.co.jp"],
        [
            "",
            "me",
            "me@localhost",
            "@example.com",
            "me@example..com",
            "me@-a.com",
            'a"b@example.com',
            "x" * 90 + "@example.com",
        ],
    ),
    "mail.sender": (["shop@example.com"], ["shop", "shop@localhost", "Shop <shop@example.com>", "シ@example.com"]),
    "mail.name": (["Läden & Co.", "L'été", "お店"], ["", 'The "shop"', "a\\b", "<b>", "a\nb", "${x}"]),
    "mail.reply_to": (["help@example.com"], ["", "help", "Help <help@example.com>"]),
    "mail.region": (["us-east-1"], ["us-east-1a", "Virginia"]),
    "mail.configuration_set": (["a", "our-Set_2"], ["", "our set", "a" * 65]),
    "mail.mail_from": (["b", "bounce-2"], ["", "a.b", "-a", "Bounce", "a" * 64]),
    "mail.zone_id": (["Z0123456789ABCDEFGHIJ"], ["", "example.com"]),
    "mail.smtp.host": (["smtp.example.com"], ["smtp", "smtp.example.com:587", "192.0.2.1"]),
    "mail.smtp.secret_arn": (
        ["arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:smtp-AbCdEf"],
        ["", "smtp", "arn:aws:iam::123456789012:role/a"],
    ),
    "https.domain": (
        ["example.com", "a-b.example.co.jp", "xn--eckwd4c7cu47r2wf.example.jp"],
        [
            "Example.com",
            "localhost",
            "https://example.com",
            "example.com.",
            "*.example.com",
            "a_b.example.com",
            "-a.example.com",
        ],
    ),
    "https.zone": (["example.com"], ["com", "Example.com", "example.com."]),
    "https.zone_id": (["Z0123456789ABCDEFGHIJ"], ["0123456789", "z0123456789", "/hostedzone/Z0123456789"]),
    "https.certificate_arn": (
        ["arn:aws:acm:ap-northeast-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"],
        [
            "arn:awsome:acm:ap-northeast-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef",
            "arn:aws:iam::123456789012:server-certificate/shop",
            "arn:aws:acm:ap-northeast-1:1:certificate/0",
            "01234567",
        ],
    ),
    "network.vpc_id": (["vpc-01234567", "vpc-0123456789abcdef0"], ["vpc-1", "0123456789abcdef0", "subnet-01234567"]),
    "database.existing.identifier": (["database-1"], ["Database-1", "1-database", "database-", "a--b"]),
    "database.existing.secret_arn": (
        ["arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:shop/database-AbCdEf"],
        ["shop-database", "arn:aws:kms:ap-northeast-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"],
    ),
    "encryption.key_arn": (
        ["arn:aws:kms:ap-northeast-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"],
        ["alias/shop", "arn:aws:kms:ap-northeast-1:123456789012:alias/shop", "01234567-89ab-cdef-0123-456789abcdef"],
    ),
    "cdn.certificate_arn": (
        ["arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"],
        [
            "arn:awsome:acm:ap-northeast-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef",
            "arn:aws:iam::123456789012:server-certificate/shop",
            "arn:aws:acm:us-east-1:1:certificate/0",
            "01234567",
        ],
    ),
    "cache.node_type": (
        ["cache.t4g.micro", "cache.r7g.16xlarge"],
        ["t4g.micro", "cache.micro", "cache.T3.micro", "cache.t3"],
    ),
    "cache.maintenance_window": (
        ["sun:23:30-mon:00:30"],
        ["Sun:18:00-Sun:19:00", "18:00-19:00", "sun:24:00-mon:01:00"],
    ),
    "web.instance_type": (["t2.micro", "m7g.medium", "c7i.metal-24xl"], ["t2", "micro", "T2.micro", "t2.micro "]),
    "web.image_id": (
        ["ami-01234567", "ami-0123456789abcdef0"],
        ["ami-0123", "0123456789abcdef0", "ami-0123456789ABCDEF0"],
    ),
    "web.security_group": (["WEB-SG-1"], ["sg-web"]),
    "ssh.public_key": (
        [f"ssh-ed25519 {KEY}", f"ssh-ed25519 {KEY} me@example.com"],
        [
            "",
            KEY,
            f"ssh-dss {KEY}",
            f"ssh-rsa {KEY}",
            f"ssh-ed25519 {KEY[:-4]}",
            f"ssh-ed25519 {KEY}\nssh-ed25519 {KEY}",
            f"ssh-ed25519 {KEY} 私@example.com",
            f"ssh-ed25519 {KEY} {'x' * 1000}",
        ],
    ),
}
"""Of each setting what it takes and what it refuses."""

HOSTILE = [
    "a\x00",
    "a\nb",
    "a\n",
    "a\r",
    "\x1b[2J",
    "🗻",
    "${var.x}",
    "%{ if true }",
    "$(id)",
    "`id`",
    "a'b",
    'a"b',
    "a\\b",
]

SHOWN_ABOVE = {"state.region": "region", "backups.copy_to": "region", "state.organization": "project"}
"""Settings of a kind that is tested at another one."""


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, (good, _) in TEXTS.items() for value in good])
def test_a_text_is_accepted(key: str, value: str):
    assert refused(key, value) == []


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, (_, bad) in TEXTS.items() for value in bad])
def test_a_text_is_refused(key: str, value: str):
    assert len(refused(key, value)) == 1


@pytest.mark.parametrize("value", [5, 1.5, True, ["a"], {"a": "b"}, date(2026, 1, 1)])
@pytest.mark.parametrize("key", TEXTS)
def test_a_text_is_no_other_value(key: str, value: Any):
    assert [problem.found for problem in refused(key, value)] == [shown(value)]


@pytest.mark.parametrize("key", [key for key in TEXTS if key not in ("wordpress.title", "mail.name")])
def test_a_name_holds_nothing_that_a_shell_or_terraform_would_read(key: str):
    for good in TEXTS[key][0]:
        for hostile in HOSTILE:
            assert refused(key, good + hostile), hostile


@pytest.mark.parametrize(
    ("table", "value", "names"),
    [
        ("network.public", "10.0.9.0/24", ["1a", "ap-northeast-1", "ap-northeast-1a\n"]),
        ("web.servers", "ap-northeast-1a", ["my server", "a" * 41, "${x}", ""]),
        ("tags", "x", ["aws:name", "AWS:name", "", "k" * 129, "a\nb", "naïve"]),
    ],
)
def test_the_names_in_a_table_are_checked_too(table: str, value: str, names: list[str]):
    base = changed(PAIR, **at(table, dict.fromkeys(names, value)))
    wrong = {problem.found for problem in problems(base)}
    assert {f"the name {shown(name)}" for name in names} <= wrong


def test_tags_are_forty_at_the_most_and_their_values_plain_text():
    assert refused("tags", {f"tag{number}": "x" * 256 for number in range(40)}) == []
    (many,) = refused("tags", {f"tag{number}": "x" for number in range(41)})
    assert (many.found, many.allowed) == ("41 entries", "at most 40 entries: a table of tag names and values")
    for value in ["x" * 257, "naïve", "a\nb", "${x}"]:
        assert len(refused("tags.Owner", value)) == 1


REDIRECTS = {
    "good": [
        *(("/old", "/new"), ("/old/*", "/new/*"), ("/blog/*", "/*"), ("/a.html", "410"), ("/古い", "302 /新しい")),
        *(("/a", "https://shop.example"), ("/a/*", "301 http://shop.example:8080/b/*"), ("/a", "/")),
    ],
    "bad": [
        *(("old", "/new"), ("//old", "/new"), ("/o ld", "/new"), ("/old?a=1", "/new"), ("/a/*/b", "/new"), ("", "/")),
        *(("/old", ""), ("/old", "new"), ("/old", "//evil.example"), ("/old", "303 /new"), ("/old", "410 /new")),
        *(("/old", "/ne\nw"), ("/old", "/new?a=1"), ("/old", "javascript:x"), ("/old", "/$uri"), ('/o"ld', "/new")),
        ("/old", "https://shop.example/${x}"),
    ],
}


@pytest.mark.parametrize(("source", "target"), REDIRECTS["good"])
def test_a_redirect(source: str, target: str):
    assert problems(changed(PAIR, redirects={source: target})) == []


@pytest.mark.parametrize(("source", "target"), REDIRECTS["bad"])
def test_a_redirect_that_is_none(source: str, target: str):
    assert len(problems(changed(PAIR, redirects={source: target}))) == 1


@pytest.mark.parametrize("value", [True, False, 0, -5, 2**53 - 1, 0.5, "", "text ${x} あ"])
def test_a_constant_is_plain(value: Any):
    assert refused("wordpress.constants.SHOP", value) == []


@pytest.mark.parametrize("value", [2**53, float("nan"), float("inf"), "two\nlines", ["a"], {"a": 1}, date(2026, 1, 1)])
def test_a_constant_that_is_not_plain(value: Any):
    (found,) = refused("wordpress.constants.SHOP", value)
    assert found.allowed == "true, false, a number, or one line of text"


@pytest.mark.parametrize("name", ["shop", "2SHOP", "SHOP-A", "S", "PHP_VERSION", "TRUE", "S" * 101, "SHOP\\A"])
def test_a_constants_name(name: str):
    assert len(problems(changed(PAIR, wordpress={"constants": {name: 1}}))) == 1


def test_letters_and_their_accents_are_composed_as_terraform_does_it():
    assert read(changed(PAIR, **at("wordpress.title", "e\u0301te\u0301"))).wordpress.title == "été"


def test_every_text_is_tested():
    texts = {
        ".".join((*place, key))
        for place, section in sections(Environment)
        for key, setting in section.model_fields.items()
        if str in (plain_type(setting), *map(plain_type, get_args(plain_type(setting))))
        and get_origin(plain_type(setting)) not in (dict, tuple)
    }
    # The three groups of servers have one vocabulary.
    texts = {key for key in texts if not key.startswith(("frontend.", "api."))}
    assert texts - TEXTS.keys() - SHOWN_ABOVE.keys() == set()
