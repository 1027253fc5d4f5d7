"""The HTML report in a real browser."""

from pathlib import Path

import pytest

from review.html import html
from review.plan import Plan
from review.report import Report
from review.version import PRODUCT
from tests.review.browser import Browser
from tests.review.conftest import Golden

pytestmark = pytest.mark.xdist_group("review")

QUESTION = """{
  overflow: inside.documentElement.scrollWidth - window.innerWidth,
  picture: size(inside.querySelector("svg.site")),
  tables: [...inside.querySelectorAll("section > .wide > table")].map(size),
  background: window.getComputedStyle(inside.body).backgroundColor,
  bold: inside.querySelectorAll("h1 b, td b").length,
}""".replace("size", "(it => [it.getBoundingClientRect().width, it.getBoundingClientRect().height])")


@pytest.mark.parametrize(("scheme", "flags"), [("light", []), ("dark", ["--blink-settings=preferredColorScheme=0"])])
@pytest.mark.parametrize("width", [1280, 390])
def test_picture_and_tables_are_visible(golden: Golden, browser: Browser, width: int, scheme: str, flags: list[str]):
    seen = browser.look(html(golden.report("SSH")), width, QUESTION, *flags)

    assert seen["overflow"] <= 0, "wide things scroll in their own box, the page does not"
    assert seen["picture"][0] >= 640
    assert seen["picture"][1] >= 300
    assert len(seen["tables"]) == 2
    assert all(table[0] >= min(width, 1280) / 3 and table[1] > 100 for table in seen["tables"])
    assert seen["background"] == {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}[scheme]


def test_it_ends_with_the_version_that_wrote_it(golden: Golden):
    footer = html(golden.report("no change")).partition("<footer>")[2]
    assert f"{PRODUCT}</p>\n</footer>\n</main>\n</body>" in footer


def test_no_request_leaves_the_page(golden: Golden, browser: Browser, tmp_path: Path):
    page = tmp_path / "page.html"
    page.write_text('<img src="http://127.0.0.1:9/control.png">')
    assert browser.requests(page) == ["http://127.0.0.1:9/control.png"], "a request would be seen"

    page.write_text(html(golden.report("one zone")))
    assert browser.requests(page) == []


def test_what_a_plan_says_never_becomes_part_of_the_page(golden: Golden, browser: Browser):
    document = golden.plan("SSH")
    for item in document["resource_changes"]:
        if item["type"] == "aws_instance":
            for values in (item["change"]["before"], item["change"]["after"]):
                values["tags"] = {"Name": "<b>bold</b><script>alert(1)</script>"}

    page = html(Report(Plan(document), "<b>title</b>", "not estimated"))
    assert "<script" not in page
    assert browser.look(page, 1280, QUESTION)["bold"] == 0
