"""The Markdown report."""

import re

import pytest

from review.markdown import LONGEST, markdown
from review.plan import Plan
from review.report import Report
from review.version import PRODUCT
from tests.review.conftest import Document, Golden, change

pytestmark = pytest.mark.xdist_group("review")


def test_the_verdict_comes_first(golden: Golden):
    heading, _, verdict, *_ = markdown(golden.report("another database")).splitlines()
    assert heading == "## another database"
    assert verdict == "**2 to change, 1 output to change, 1 to REPLACE: the database (data at risk)**"


def test_it_ends_with_the_version_that_wrote_it(golden: Golden):
    assert markdown(golden.report("no change")).splitlines()[-1] == f"<sub>{PRODUCT}</sub>"


def test_a_release_is_told_in_a_sentence_and_line_by_line(golden: Golden):
    text = markdown(golden.report("a release"))
    told = "WordPress 7.1 -\\> 7.1.2; they take it one at a time, and none is replaced.\n"
    assert f"\n- A new release for the web servers: pages are kept for 60 -\\> 30 seconds, {told}" in text
    assert "    -WORDPRESS_VERSION='7.1'\n    +WORDPRESS_VERSION='7.1.2'\n" in text


def test_what_gets_worse_is_marked(golden: Golden):
    (row,) = [line for line in markdown(golden.report("no standby")).splitlines() if "the database's primary |" in line]
    assert row == "| the database's primary | **no**: no database is left ⚠ *worse than before* | yes | yes |"


def test_what_opens_and_what_closes_is_marked(golden: Golden):
    assert "| **203.0.113.0/24** |  |  | **opened: 22** |  |  |" in markdown(golden.report("SSH"))
    assert "~~3306~~ closed" in markdown(golden.report("database unreachable"))


def test_what_forces_a_replacement_is_said(golden: Golden):
    text = markdown(golden.report("another subnet"))
    assert "  - `cidr_block` `10.0.3.0/24` → `10.0.4.0/24` **forces replacement**" in text


def test_a_plan_without_changes_still_tells_about_the_site(golden: Golden):
    text = markdown(golden.report("no change"))
    assert "**Nothing changes**" in text
    assert "**No single point of failure**" in text
    assert "### Changes" not in text


def test_a_destroyed_site_leaves_nothing(golden: Golden):
    document = golden.plan("no change")
    for item in document["resource_changes"]:
        item["change"] |= {"actions": ["delete"], "after": None}
    text = markdown(Report(Plan(document), "destroy", ""))
    assert "to DESTROY: the database (data at risk); the uploads (data at risk)" in text
    assert "Nothing is left of the site." in text


def test_what_a_plan_says_stays_text(golden: Golden):
    document = golden.plan("SSH")
    server = change(document, "aws_instance.webserver1")["change"]
    for values in (server["before"], server["after"]):
        values["tags"] = {"Name": "<img src=x> [link](http://x) @everyone | `"}
    text = markdown(Report(Plan(document), "test", ""))
    diagram, prose = text.split("```")[1], "".join(text.split("```")[::2])
    assert "\\<img src=x\\> \\[link\\](http:&#8203;//x) &#64;&#8203;everyone &#124; &#96;" in prose
    assert not re.search(r"(?<!\\)(<img|\[link|@everyone)", prose)
    assert "<img" not in diagram


def test_a_long_report_makes_room_and_says_so(golden: Golden):
    document: Document = golden.plan("no change")
    document["resource_changes"] += [
        {
            "address": f"aws_route53_record.number_{i}",
            "mode": "managed",
            "type": "aws_route53_record",
            "change": {"actions": ["create"], "before": None, "after": {}},
        }
        for i in range(2_000)
    ]
    text = markdown(Report(Plan(document), "long", ""))
    assert len(text) <= LONGEST
    assert "The changes are too long for a comment" in text
    assert "### Picture" in text
