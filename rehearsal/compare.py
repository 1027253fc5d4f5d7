"""Two pictures of a page: how much of it looks different, and where.

A pixel differs where its colour is outside of what the other picture has within one pixel around it, by more than
`TOLERANCE`; a square of `SQUARE` by `SQUARE` pixels is marked where `FEWEST` of its pixels differ. So neither
anti-aliasing nor the shift of a pixel is a difference. What changes by itself, such as a date, is a few squares: a page
looks different where more than `VISIBLE` of its area is marked.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from PIL import Image, ImageChops, ImageFilter

from rehearsal.record import PageSeen, Rehearsal

TOLERANCE = 24
"""Of the 255 steps of each of a pixel's colours."""

SQUARE, FEWEST = 16, 8
"""A square's side in pixels, and how many pixels differ in one that is marked."""

VISIBLE = 0.01
"""The share of a page's area."""

MARK, STRENGTH = (255, 0, 128), 0.3
"""The colour that lies over what differs, and how much of it there is: one sees what is below."""


@dataclass(frozen=True)
class Difference:
    """How two pictures differ.

    Attributes:
        share: of the area, from 0 to 1, by the squares in which something does.
        marked: the second picture, with those squares marked.
    """

    share: float
    marked: Image.Image

    @property
    def is_visible(self) -> bool:
        """It is more than what changes by itself."""
        return self.share > VISIBLE


def difference(before: Path, after: Path) -> Difference:
    """Compares two PNGs. Where one is larger, what it has more is different.

    Raises:
        OSError: one of them is no picture, or cannot be read.
    """
    first, second = (Image.open(file).convert("RGB") for file in (before, after))
    size = (max(first.width, second.width), max(first.height, second.height))
    one, other = (_on_paper(picture, size) for picture in (first, second))
    more = Image.new("L", size, 255)
    more.paste(0, (0, 0, min(first.width, second.width), min(first.height, second.height)))
    changed = ImageChops.lighter(more, _changed(one, other))
    squares = _squares(changed)
    mask = squares.resize((squares.width * SQUARE, squares.height * SQUARE), Image.Resampling.NEAREST)
    marked = other.copy()
    marked.paste(MARK, mask=mask.crop((0, 0, *size)).point(lambda on: int(on * STRENGTH)))
    return Difference(squares.histogram()[255] / (squares.width * squares.height), marked)


def _on_paper(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    paper = Image.new("RGB", size, "white")
    paper.paste(picture)
    return paper


def _changed(one: Image.Image, other: Image.Image) -> Image.Image:
    """White where the pictures differ."""
    changed = Image.new("L", one.size, 0)
    if box := ImageChops.difference(one, other).getbbox():
        # With a pixel around it, by which what differs is judged; most pictures differ in a small part, or not at all.
        left, top, right, bottom = box
        box = (max(left - 1, 0), max(top - 1, 0), min(right + 1, one.width), min(bottom + 1, one.height))
        one, other = one.crop(box), other.crop(box)
        changed.paste(ImageChops.lighter(_outside(one, other), _outside(other, one)), box)
    return changed


def _outside(one: Image.Image, other: Image.Image) -> Image.Image:
    """White where a pixel has a colour that the other picture has not within one pixel around it."""
    above = ImageChops.subtract(one, other.filter(ImageFilter.MaxFilter(3)))
    below = ImageChops.subtract(other.filter(ImageFilter.MinFilter(3)), one)
    red, green, blue = ImageChops.lighter(above, below).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return most.point(lambda step: 255 if step > TOLERANCE else 0)


def _squares(changed: Image.Image) -> Image.Image:
    """A pixel for each square, white where it is marked."""
    whole = Image.new("L", tuple(-(-side // SQUARE) * SQUARE for side in changed.size))  # type: ignore[arg-type]
    whole.paste(changed)
    least = round(255 * FEWEST / SQUARE**2)
    return whole.reduce(SQUARE).point(lambda mean: 255 if mean >= least else 0)


@dataclass(frozen=True)
class Pair:
    """A page at one width, before and after the change."""

    before: PageSeen
    after: PageSeen

    @cached_property
    def difference(self) -> Difference | None:
        """How its pictures differ; None where one of them is missing."""
        if not self.before.picture or not self.after.picture:
            return None
        return difference(self.before.picture, self.after.picture)


def pairs(rehearsal: Rehearsal) -> list[Pair]:
    """The pages that were seen both before and after, in the order in which they were."""
    after = {(page.name, page.width): page for page in rehearsal.pages_after}
    return [
        Pair(page, after[page.name, page.width]) for page in rehearsal.pages_before if (page.name, page.width) in after
    ]


def packed(picture: Image.Image) -> bytes:
    """The picture as WebP, a tenth of what PNG takes."""
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=75)
    return file.getvalue()
