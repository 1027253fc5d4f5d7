"""The picture, as SVG and as Mermaid text."""

from xml.etree import ElementTree

import pytest

from modules import PROJECT
from review.mermaid import mermaid
from review.picture.scene import Scene
from review.picture.svg import picture
from review.plan import Plan
from review.report import Report
from tests.review.browser import Browser
from tests.site.sites import SHIPPED

pytestmark = pytest.mark.xdist_group("review")

PICTURES = PROJECT / "docs/pictures"

SVG = "{http://www.w3.org/2000/svg}"

TEXTS = """(() => {
  const frame = inside.querySelector("svg").getBoundingClientRect();
  const boxes = [...inside.querySelectorAll("svg text")].map(it => ({it, box: it.getBoundingClientRect()}));
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom;
  return {
    outside: boxes.filter(({box}) => box.left < frame.left || box.right > frame.right || box.bottom > frame.bottom)
      .map(({it}) => it.textContent),
    overlapping: boxes.flatMap(({it, box}, i) => boxes.slice(i + 1)
      .filter(other => meet(box, other.box)).map(other => it.textContent + " / " + other.it.textContent)),
  };
})()"""


def texts(report: Report) -> list[str]:
    return ["".join(text.itertext()) for text in ElementTree.fromstring(picture(report)).iter(f"{SVG}text")]


def report(document) -> Report:
    return Report(Plan(document), "test", "")


@pytest.mark.parametrize("environment", SHIPPED)
def test_every_shipped_environment_has_a_picture_of_all_its_parts(planned, environment: str):
    shown = texts(reviewed := report(planned(environment)))

    site = reviewed.after.site
    named = {part.name for part in site.parts.values() if part.name != "AWS endpoints"}
    assert named <= set(shown)
    assert set(site.network.zones) <= set(shown)
    assert {subnet.name.replace("_", " ") for subnet in site.network.subnets.values()} <= set(shown)
    assert shown.count("NAT gateway") == len(site.network.nats)


@pytest.mark.parametrize("environment", SHIPPED)
def test_the_pictures_in_the_documentation_are_those_of_the_environments(planned, environment: str):
    drawn = picture(Report(Plan(planned(environment)), environment, ""))
    assert (PICTURES / f"{environment}.svg").read_text() == drawn, "`make pictures` draws them anew"


@pytest.mark.parametrize("environment", SHIPPED)
def test_no_text_leaves_the_picture_or_covers_another(planned, browser: Browser, environment: str):
    seen = browser.look(picture(report(planned(environment))), 880, TEXTS)
    assert seen == {"outside": [], "overlapping": []}


@pytest.mark.parametrize("change", ["SSH", "one zone", "another subnet", "another database", "database unreachable"])
def test_no_text_of_a_change_leaves_the_picture_or_covers_another(golden, browser: Browser, change: str):
    seen = browser.look(picture(golden.report(change)), 880, TEXTS)
    assert seen == {"outside": [], "overlapping": []}


def test_the_flows_of_the_article_are_drawn_with_their_ports(golden):
    assert {"HTTP 80", "MySQL 3306", "NFS 2049", "out: 80, 443"} <= set(texts(golden.report("no change")))


def test_an_opened_port_is_red_and_named(golden):
    drawing = picture(golden.report("SSH"))
    assert 'class="wire exposed"' in drawing
    assert "opened: SSH 22" in texts(golden.report("SSH"))
    assert "203.0.113.0/24" in texts(golden.report("SSH"))


def test_what_goes_is_still_shown(golden):
    shown = texts(golden.report("one zone"))
    assert "WEBSERVER2" in shown
    assert shown.count("gone") >= 4
    assert "closed: MySQL 3306" in texts(golden.report("database unreachable"))


def test_a_new_site_is_not_marked_as_new_everywhere(golden):
    assert "new" not in texts(golden.report("create all"))


def test_mermaid_says_the_same(golden):
    text = mermaid(Scene(golden.report("SSH")))

    assert text.startswith("flowchart TB\n")
    assert 'n_203_0_113_0_24 ==>|"opened: 22"| n_web_servers' in text
    assert 'n_web_servers -->|"3306"| n_database' in text
    assert "class n_web_servers replaced" in text
    assert "n_out([" in text
    assert text.count("subgraph ") == text.count("\n  end") + text.count("\n    end")
