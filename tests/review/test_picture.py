"""The picture, as SVG and as Mermaid text."""

from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks.reviewers.changes import Site
from modules import PROJECT
from review.mermaid import mermaid
from review.outside import Service
from review.picture.scene import Scene
from review.picture.svg import picture
from review.plan import Plan
from review.report import Report
from tests.review.browser import Browser
from tests.review.conftest import change
from tests.site.sites import SHIPPED

pytestmark = pytest.mark.xdist_group("review")

PICTURES = PROJECT / "docs/pictures"

SVG = "{http://www.w3.org/2000/svg}"

TEXTS = """(() => {
  const svg = inside.querySelector("svg");
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top + 2 < b.bottom && b.top + 2 < a.bottom;
  const crosses = (wire, box) => {
    const onScreen = wire.getScreenCTM();
    for (let at = 0; at <= wire.getTotalLength(); at += 2) {
      const {x, y} = wire.getPointAtLength(at).matrixTransform(onScreen);
      if (box.left + 2 < x && x < box.right - 2 && box.top + 2 < y && y < box.bottom - 2) return true;
    }
    return false;
  };
  // The label of the way out, where it is in one line, interrupts its own wire.
  const isOwn = (text, wire) => text.textContent.startsWith("out: ") && wire.classList.contains("out")
    && !text.querySelector("tspan");
  const faults = {outside: [], overlapping: [], crossed: []};
  for (const width of [880, 800]) {
    svg.style.width = width + "px";
    const frame = svg.getBoundingClientRect();
    const boxes = [...svg.querySelectorAll("text")].map(it => ({it, box: it.getBoundingClientRect()}));
    faults.outside.push(...boxes.filter(({box}) => box.left < frame.left || box.right > frame.right
      || box.bottom > frame.bottom).map(({it}) => it.textContent));
    faults.overlapping.push(...boxes.flatMap(({it, box}, i) => boxes.slice(i + 1)
      .filter(other => meet(box, other.box)).map(other => it.textContent + " / " + other.it.textContent)));
    faults.crossed.push(...boxes.filter(({it, box}) => [...svg.querySelectorAll("path.wire")]
      .some(wire => crosses(wire, box) && !isOwn(it, wire))).map(({it}) => it.textContent));
  }
  return faults;
})()"""

GOOD = {"outside": [], "overlapping": [], "crossed": []}


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
def test_no_text_leaves_the_picture_or_covers_another_and_no_wire_crosses_it(
    planned, browser: Browser, environment: str
):
    seen = browser.look(picture(report(planned(environment))), 880, TEXTS)
    assert seen == GOOD


@pytest.mark.parametrize("change", ["SSH", "one zone", "another subnet", "another database", "database unreachable"])
def test_no_text_of_a_change_leaves_the_picture_or_covers_another(golden, browser: Browser, change: str):
    seen = browser.look(picture(golden.report(change)), 880, TEXTS)
    assert seen["outside"] == seen["overlapping"] == []


def test_many_addresses_outside_stand_beside_each_other_as_far_as_there_is_room(browser: Browser):
    site = Site()
    for zone in ("1a", "1c"):
        server = site.resources[f"aws_instance.web_{zone}"]["change"]["after"]
        server |= {"subnet_id": f"aws_subnet.public_{zone}", "associate_public_ip_address": True}
    for i in range(8):
        site.rule("ingress", f"office_{i}", "web", 22, action="create", cidr_ipv4=f"203.0.113.{16 * i}/28")
    drawn = report(site.plan)
    seen = browser.look(picture(drawn), 880, TEXTS)

    assert seen["outside"] == seen["overlapping"] == []
    shown = texts(drawn)
    assert {"203.0.113.0/28", "6 more"} <= set(shown)


def configured(document, address: str) -> dict[str, Any]:
    """What the configuration says of a resource, to be changed by a test."""
    resources = document["configuration"]["root_module"]["resources"]
    return next(found["expressions"] for found in resources if found["address"] == address)


LOCAL = {"references": ["local.somewhere"]}
"""Terraform does not tell what a local value is."""


def test_what_production_has_outside_its_vpc_is_drawn_around_it(planned):
    scene = Scene(report(planned("production")))

    assert [(place.name, place.detail, place.region, sorted(place.behind)) for place in scene.places] == [
        ("DNS", "example.com, www.example.com", "", ["CloudFront"]),
        ("CloudFront", "example.com, www.example.com", "", ["load balancer"]),
        ("WAF", "", "", ["CloudFront"]),
        ("releases", "S3", "ap-northeast-1", []),
        ("mail", "example.com", "ap-northeast-1", []),
        ("backups", "database, uploads", "ap-northeast-1", []),
        ("backups", "database, uploads", "ap-northeast-3", []),
    ]
    assert {(place.mark, place.is_certain) for place in scene.places} == {("", True)}
    shown = texts(report(planned("production")))
    assert {"DNS", "CloudFront", "WAF", "releases", "mail", "ap-northeast-3", "copies"} <= set(shown)
    assert shown.count("backups") == 2
    text = mermaid(scene)
    assert "n_internet --> n_CloudFront" in text
    assert "s_WAF -.-|guards| n_CloudFront" in text
    assert "s_backups -.->|copies| s_backups_away" in text


def test_a_bucket_of_releases_alone_has_no_place_of_its_own(planned):
    assert Scene(report(planned("handson"))).places == []


def test_a_firewall_may_guard_the_load_balancer_itself(planned):
    document = planned("production")
    configured(document, "aws_cloudfront_distribution.cdn").pop("web_acl_id")
    references = {"web_acl_arn": ["aws_wafv2_web_acl.waf"], "resource_arn": ["aws_lb.load_balancer"]}
    address, kind = "aws_wafv2_web_acl_association.waf", "aws_wafv2_web_acl_association"
    document["configuration"]["root_module"]["resources"].append(
        {"address": address, "expressions": {path: {"references": named} for path, named in references.items()}}
    )
    made = {"actions": ["create"], "before": None, "after": {}, "after_unknown": dict.fromkeys(references, True)}
    document["resource_changes"].append({"address": address, "mode": "managed", "type": kind, "change": made})

    firewall = Scene(report(document)).place(Service.WAF)

    assert firewall.behind == {"load balancer"}
    assert "WAF" in texts(report(document))


def test_what_goes_and_comes_outside_the_vpc_is_marked(planned):
    document = planned("production")
    for item in document["resource_changes"]:
        if item["mode"] == "managed":
            item["change"] |= {"actions": ["no-op"], "before": item["change"]["after"]}
    change(document, "aws_backup_vault.backups_copy")["change"] |= {"actions": ["delete"], "after": None}
    change(document, "aws_sesv2_email_identity.mail")["change"] |= {"actions": ["create"], "before": None}
    change(document, "aws_route53_record.domain_example_com_a")["change"] |= {"actions": ["create"], "before": None}

    places = Scene(report(document)).places

    marks = {(place.name, place.region): place.mark for place in places if place.mark}
    assert marks == {("DNS", ""): "changed", ("mail", "ap-northeast-1"): "new", ("backups", "ap-northeast-3"): "gone"}


def test_parts_that_the_plan_does_not_tell_of_are_drawn_in_their_own_colour(planned, browser: Browser):
    document = planned("production")
    configured(document, "aws_lb.load_balancer")["subnets"] = LOCAL
    for origin in configured(document, "aws_cloudfront_distribution.cdn")["origin"]:
        origin.pop("vpc_origin_config")
        origin["domain_name"] = LOCAL

    drawing, shown = picture(report(document)), texts(report(document))

    assert 'class="part load_balancer unknown"' in drawing
    assert 'class="part cloudfront unknown"' in drawing
    assert {"unknown: where it stands", "the plan does not tell where these stand"} <= set(shown)
    assert browser.look(drawing, 880, TEXTS) == GOOD
    text = mermaid(Scene(report(document)))
    assert "class n_load_balancer unknown" in text
    assert "class n_CloudFront unknown" in text
    assert "unknown: where it stands" in text


@pytest.mark.parametrize("environment", SHIPPED)
def test_of_our_own_environments_nothing_is_unknown(planned, environment: str):
    assert "unknown" not in " ".join(texts(report(planned(environment))))


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
