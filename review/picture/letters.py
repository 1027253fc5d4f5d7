"""How wide text will be: there is no font to ask."""

from __future__ import annotations

from unicodedata import east_asian_width

BOLD = 14
"""A bold name is as wide as if it were this large."""


DETAIL = 12
"""A domain's name, which has many wide letters, is as wide as if it were this large."""


def width(text: str, size: float) -> float:
    """About as wide as the text will be, in a wide font."""
    return size * sum(_share(letter) for letter in text)


def fitted(text: str, size: float, room: float) -> str:
    """As much of the text as fits, with an ellipsis for the rest."""
    if width(text, size) <= room:
        return text
    while text and width(f"{text}…", size) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def wrapped(text: str, size: float, room: float) -> str:
    """The text in lines that fit, as far as its words do."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and width(f"{lines[-1]} {word}", size) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines)


def _share(letter: str) -> float:
    """A letter's width as a share of the font's size. East Asian characters are square."""
    if east_asian_width(letter) in "WF":
        return 1
    if letter in " .,:/ijl'":
        return 0.34
    return 0.7 if letter.isupper() else 0.61
