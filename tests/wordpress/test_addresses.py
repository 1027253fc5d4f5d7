"""The old address in every form, on PHP itself: modules/wordpress/web/moving/address.php."""

import json
import subprocess

import pytest

from modules.wordpress import files
from tests.tools import require

pytestmark = pytest.mark.slow

PROGRAM = """
require $argv[1];
$result = [];
foreach (json_decode(stream_get_contents(STDIN)) as [$old, $new, $values]) {
    $addresses = new Addresses($old, $new);
    $result[] = [array_map($addresses->replace(...), $values), $addresses->left];
}
echo json_encode($result, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
"""

DEEP = "a:1:{i:0;" * 1200 + 's:20:"https://old.example/";' + "}" * 1200


def serialized(text: str) -> str:
    return f's:{len(text.encode())}:"{text}";'


CASES = {
    # old, new, what it was -> what it is
    "forms": (
        ["https://www.old.example"],
        "https://new.example",
        {
            "http://old.example": "https://new.example",
            "HTTPS://WWW.OLD.EXAMPLE/a": "https://new.example/a",
            "url(//old.example/a.png)": "url(//new.example/a.png)",
            r"https:\/\/old.example\/a": r"https:\/\/new.example\/a",
            r"https:\\/\\/old.example": r"https:\\/\\/new.example",
            "https%3A%2F%2Fold.example%2Fa": "https%3A%2F%2Fnew.example%2Fa",
            "https%3a%2f%2fold.example": "https%3a%2f%2fnew.example",
            "https%3A%5C%2F%5C%2Fold.example%5C%2Fa": "https%3A%5C%2F%5C%2Fnew.example%5C%2Fa",
            "https://old.example.": "https://new.example.",
        },
    ),
    "what is not the old address": (
        ["https://old.example"],
        "https://new.example",
        dict.fromkeys(
            [
                "owner@old.example",
                "https://old.example.org/",
                "https://my-old.example/",
                "https://shop.old.example/",
                "https://old.example-shop/",
                "https://old.example:8443/",
                "ftp://old.example/",
                "//",
                "",
            ]
        ),
    ),
    "a port and a path": (
        ["https://old.example:8080/blog"],
        "http://new.example:81/x",
        {
            "https://old.example:8080/blog/a": "http://new.example:81/x/a",
            r"https:\/\/old.example:8080\/blog\/a": r"http:\/\/new.example:81\/x\/a",
            "https%3A%2F%2Fold.example%3A8080%2Fblog": "http%3A%2F%2Fnew.example%3A81%2Fx",
            "https://old.example:8080/blog-2": None,
            "https://old.example/blog": None,
        },
    ),
    "one address begins with another": (
        ["https://old.example", "https://old.example/wp"],
        "https://new.example",
        {"https://old.example/wp/a https://old.example/b": "https://new.example/a https://new.example/b"},
    ),
    "an address that has the old one in it is not replaced twice": (
        ["https://example.com"],
        "https://example.com/shop",
        {"https://example.com/a": "https://example.com/shop/a"},
    ),
    "serialized": (
        ["https://old.example"],
        "https://new-shop.example",
        {
            serialized("日本😀 https://old.example/é"): serialized("日本😀 https://new-shop.example/é"),
            f"a:1:{{{serialized('https://old.example')}{serialized(serialized('//old.example'))}}}": (
                f"a:1:{{{serialized('https://new-shop.example')}{serialized(serialized('//new-shop.example'))}}}"
            ),
            'O:7:"Unknown":1:{s:19:"https://old.example";s:19:"https://old.example";}': (
                'O:7:"Unknown":1:{s:19:"https://old.example";s:24:"https://new-shop.example";}'
            ),
            'a:3:{i:0;d:1.0E+25;i:1;r:1;i:2;s:13:"//old.example";}': (
                'a:3:{i:0;d:1.0E+25;i:1;r:1;i:2;s:18:"//new-shop.example";}'
            ),
            's:4:"https://old.example";': 's:4:"https://new-shop.example";',
        },
    ),
    "serialized in JSON": (
        ["https://old.example"],
        "https://old.example/shop",
        {
            json.dumps({"é": serialized("https://old.example/é"), "url": "https://old.example"}): (
                json.dumps({"é": serialized("https://old.example/shop/é"), "url": "https://old.example/shop"})
            ),
            json.dumps([serialized("https://old.example/é")], ensure_ascii=False).replace("/", r"\/"): (
                json.dumps([serialized("https://old.example/shop/é")], ensure_ascii=False).replace("/", r"\/")
            ),
            '["a:1:{ https://old.example"]': '["a:1:{ https://old.example/shop"]',
        },
    ),
}  # fmt: skip

LEFT = {
    "in a class's own form": 'C:3:"Foo":19:{https://old.example}',
    "deeper than is looked": DEEP,
    "in JSON of another form": r'["s:19:\u0022https://old.example\u0022;"]',
}


def replace(cases: list) -> list:
    php = require("php", "apt-get install php-cli")
    ran = subprocess.run(
        [php, "-r", PROGRAM, files()["web/address.php"]],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(ran.stdout)


@pytest.fixture(scope="module")
def replaced() -> dict:
    answers = replace([[old, new, list(values)] for old, new, values in CASES.values()])
    return dict(zip(CASES, answers, strict=True))


@pytest.mark.parametrize("name", CASES)
def test_every_form_of_the_old_address_becomes_the_new_ones(replaced: dict, name: str):
    _, _, values = CASES[name]
    expected = [before if after is None else after for before, after in values.items()]
    assert replaced[name] == [expected, 0]


def test_what_cannot_be_taken_apart_is_left_and_counted():
    assert replace([[["https://old.example"], "https://new.example", list(LEFT.values())]]) == [
        [list(LEFT.values()), 3]
    ]
