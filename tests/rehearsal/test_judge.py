"""What of a rehearsal is refused."""

import argparse
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from rehearsal.findings import Findings
from rehearsal.judge import Kind, faults, kinds, refused
from rehearsal.record import Link, Rehearsal
from rehearsal.report import main
from tests.rehearsal.records import BAD, GOOD, PAGES, URL, with_pictures


def texts(rehearsal: Rehearsal) -> dict[str, list[str]]:
    """What is found, by the words of `--fail-on`."""
    found: dict[str, list[str]] = {}
    for fault in faults(Findings(rehearsal)):
        found.setdefault(fault.kind.value, []).append(fault.text)
    return found


def timed(before: float, after: float, times: int = 20) -> Rehearsal:
    return replace(
        GOOD,
        pages_before=tuple(replace(page, seconds=(before,) * times) for page in PAGES),
        pages_after=tuple(replace(page, seconds=(after,) * times) for page in PAGES),
    )


def test_a_good_change_has_no_fault():
    assert faults(Findings(GOOD)) == []


def test_every_fault_of_a_bad_change_is_named():
    assert texts(BAD) == {
        "lost-requests": ["2 of 725 requests lost, the first at 43 s"],
        "slower": ["the front page takes 310 ms instead of 80 ms (median)"],
        "errors": [
            "release failed on WEBSERVER2",
            "the post answered with 200, and now with 500",
            "3 new lines in error logs",
        ],
        "broken-links": [f"{URL}/about/ answers with 404", f"{URL}/x.png answers with nothing"],
    }


def test_only_what_is_named_is_refused():
    kept = refused(Findings(BAD), {Kind.SLOWER, Kind.VISUAL})
    assert [fault.kind for fault in kept] == [Kind.SLOWER]


@pytest.mark.parametrize(
    ("before", "after", "times", "is_slower"),
    [
        (0.080, 0.190, 20, True),
        (0.080, 0.175, 20, False),  # twice as long, but less than a tenth of a second: noise
        (0.800, 1.150, 20, False),  # a third of a second, but less than by half: noise
        (0.800, 1.250, 20, True),
        (0.080, 0.800, 4, False),  # too few to tell
    ],
)
def test_slower_is_more_than_the_noise_of_a_machine(before: float, after: float, times: int, is_slower: bool):
    assert ("slower" in texts(timed(before, after, times))) is is_slower


def test_a_machine_that_became_slower_makes_no_page_slower():
    busy = timed(0.2, 0.5)
    work = {"pages_before": 0.05, "pages_after": 0.1}
    same_work = {
        moment: tuple(replace(page, machine=(seconds,) * 20) for page in getattr(busy, moment))
        for moment, seconds in work.items()
    }
    assert "slower" in texts(busy)
    assert "slower" not in texts(replace(busy, **same_work))
    assert "slower" in texts(replace(timed(0.2, 0.8), pages_before=same_work["pages_before"]))


def test_one_slow_answer_makes_no_page_slower():
    pages = tuple(replace(page, seconds=(0.08,) * 19 + (9.0,)) for page in PAGES)
    assert texts(replace(GOOD, pages_after=pages)) == {}


def test_a_link_that_was_broken_before_is_not_the_changes_fault():
    before, after = (
        tuple(replace(page, links=(Link(f"{URL}/old/", 404), Link(f"{URL}/a.js?ver={release}", 404))) for page in PAGES)
        for release in ("1f2e", "3d4c")
    )
    assert texts(replace(GOOD, pages_before=before, pages_after=after)) == {}


def test_a_page_that_looks_different_is_named_with_its_width(tmp_path: Path):
    before, after = tmp_path / "before.png", tmp_path / "after.png"
    Image.new("RGB", (390, 844), "white").save(before)
    Image.new("RGB", (390, 844), "navy").save(after)
    assert texts(with_pictures(GOOD, before, before)) == {}
    assert texts(with_pictures(GOOD, before, after))["visual"][:2] == [
        "the front page looks different at 1280 px",
        "the front page looks different at 390 px",
    ]


def test_a_prediction_that_fails_is_ours_and_refuses_no_change():
    wrong = tuple(replace(prediction, held=False) for prediction in GOOD.predictions)
    assert texts(replace(GOOD, predictions=wrong)) == {}


def test_the_words_are_separated_by_commas():
    assert kinds("slower, visual") == {Kind.SLOWER, Kind.VISUAL}
    with pytest.raises(argparse.ArgumentTypeError) as refused:
        kinds("slower,ugly")
    assert str(refused.value) == "found 'ugly'; allowed: lost-requests, slower, errors, broken-links, visual"


def test_the_exit_status_says_whether_it_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    record = tmp_path / "rehearsal.json"
    BAD.write(record)
    assert main([str(record)]) == 0
    assert main([str(record), "--fail-on", "visual"]) == 0
    assert main([str(record), "--fail-on", "visual,lost-requests"]) == 1
    told = capsys.readouterr().err.splitlines()
    assert told[-1] == "rehearsal: lost-requests: 2 of 725 requests lost, the first at 43 s"
    assert set(told[:-1]) == {f"rehearsal: see {record.with_suffix('.md')}, {record.with_suffix('.html')}"}
    assert {file.name for file in tmp_path.iterdir()} == {"rehearsal.json", "rehearsal.md", "rehearsal.html"}


@pytest.mark.parametrize("content", ["", "{}", '{"environment": "shop", "base": "main", "requests": 3}'])
def test_a_file_that_is_no_record_ends_with_2(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str):
    record = tmp_path / "rehearsal.json"
    record.write_text(content)
    assert main([str(record)]) == 2
    assert capsys.readouterr().err.startswith(f"rehearsal: {record}: no record of a rehearsal: ")
    with pytest.raises(SystemExit) as ended:
        main([str(record), "--fail-on", "ugly"])
    assert ended.value.code == 2


def test_a_record_is_read_as_it_was_written(tmp_path: Path):
    for rehearsal in (GOOD, BAD):
        rehearsal.write(tmp_path / "rehearsal.json")
        assert Rehearsal.read(tmp_path / "rehearsal.json") == rehearsal
