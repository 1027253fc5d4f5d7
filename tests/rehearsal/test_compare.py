"""What of two pictures looks different."""

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from rehearsal.compare import MARK, SQUARE, STRENGTH, Difference, difference

WIDTH, HEIGHT = 390, 844
SQUARES = 25 * 53
"""Of 16 pixels, in a picture of 390 x 844."""


def page(right: float = 0) -> Image.Image:
    """A page whose text stands so many pixels further to the right, a quarter of one at least: as browsers draw it."""
    fine = 4
    picture = Image.new("RGB", (WIDTH * fine, HEIGHT * fine), "white")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, WIDTH * fine, 60 * fine - 1), fill="navy")
    for line in range(9):
        place = ((20 + right) * fine, (90 + 80 * line) * fine)
        draw.text(place, "It says what a page says", fill="black", font_size=16 * fine)
    return picture.reduce(fine)


@pytest.fixture
def compared(tmp_path: Path):
    def compare(before: Image.Image, after: Image.Image) -> Difference:
        before.save(tmp_path / "before.png")
        after.save(tmp_path / "after.png")
        return difference(tmp_path / "before.png", tmp_path / "after.png")

    return compare


def test_the_same_page_does_not_differ(compared):
    found = compared(page(), page())
    assert found.share == 0
    assert not found.is_visible
    assert found.marked.tobytes() == page().tobytes()


def test_what_differs_is_marked_lightly_and_nothing_else_is(compared):
    after = page()
    after.paste("white", (0, 0, 160, 48))
    found = compared(page(), after)
    assert found.is_visible
    # The edge's own pixels are within one pixel of what was there before.
    assert found.share == pytest.approx(10 * 3 / SQUARES)
    tinted = tuple(round(255 * (1 - STRENGTH) + part * STRENGTH) for part in MARK)
    assert found.marked.getpixel((5, 5)) == pytest.approx(tinted, abs=2)
    assert found.marked.crop((0, 64, WIDTH, HEIGHT)).tobytes() == page().crop((0, 64, WIDTH, HEIGHT)).tobytes()


@pytest.mark.parametrize("right", [0.25, 0.5, 1])
def test_anti_aliasing_and_a_pixel_s_shift_are_no_difference(compared, right: float):
    assert page().tobytes() != page(right).tobytes()
    assert compared(page(), page(right)).share == 0


def test_a_date_that_changes_is_marked_and_makes_no_noise(compared):
    pages = []
    for date in ("28 November 2026", "3 December 2026"):
        picture = page()
        ImageDraw.Draw(picture).text((20, 68), date, fill="black", font_size=14)
        pages.append(picture)
    found = compared(*pages)
    assert 0 < found.share < 0.01
    assert not found.is_visible


def test_a_page_that_is_longer_differs_by_what_it_has_more(compared):
    longer = Image.new("RGB", (WIDTH, HEIGHT + 4 * SQUARE), "white")
    longer.paste(page())
    found = compared(page(), longer)
    assert found.is_visible
    assert found.share == pytest.approx(5 / 57, abs=0.001), "four rows of squares, and the one that both have a part of"
    assert found.marked.size == longer.size


def test_a_layout_that_breaks_is_visible(compared):
    broken = Image.new("RGB", (WIDTH, HEIGHT), "white")
    broken.paste(page(), (60, 25))
    assert compared(page(), broken).share > 0.3
