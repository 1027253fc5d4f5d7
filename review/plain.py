"""Values of a plan as text that stays text: in a comment on a code host nothing of it becomes a link or a mention.

A code host reads more than Markdown: it looks for mentions, issues and addresses in what the Markdown became, where a
backslash is gone. So these are broken by a character without width.
"""

from __future__ import annotations

import re
import unicodedata

INVISIBLE = {"Cf", "Cc", "Co", "Cn", "Cs", "Zl", "Zp"}
"""Unicode's classes of what has no shape, or turns the direction of what follows."""

BREAK = "&#8203;"

SPECIAL = re.compile(r"[\\*_\[\]<>~!$]")
CODE = re.compile(r"`([^`]+)`")

LINKS = (
    (re.compile("@"), f"&#64;{BREAK}"),
    (re.compile(r"#(?=\w)"), f"&#35;{BREAK}"),
    (re.compile(r"\b(GH)(?=\\?-\d)", re.IGNORECASE), rf"\1{BREAK}"),
    (re.compile(r"://"), f":{BREAK}//"),
    (re.compile(r"(www)\.", re.IGNORECASE), rf"\1{BREAK}."),
    (re.compile(r"\b(mailto|xmpp|tel):", re.IGNORECASE), rf"\1{BREAK}:"),
    (re.compile(r"\b([0-9a-f])(?=[0-9a-f]{6,39}\b)"), rf"\1{BREAK}"),
)


def visible(value: str) -> str:
    """The same with what has no shape written out: `\\u202e` turns the rest of a line around."""
    return "".join(
        f"⟨U+{ord(letter):04X}⟩"
        if (unicodedata.category(letter) in INVISIBLE and letter not in "\t\n") or letter == "\u00a0"
        else letter
        for letter in value
    )


def spaced(value: str) -> str:
    """The same with its spaces to be seen, where they are all that differs."""
    return value.replace(" ", "·").replace("\t", "⇥").replace("\n", "⏎")


def one_line(value: str) -> str:
    """The same in one line."""
    return visible(value).replace("\n", "⏎").replace("\t", "⇥")


def text(words: str) -> str:
    """Text with its meaning in Markdown, HTML and to a code host taken away, but for code between backticks."""
    pieces = CODE.split(one_line(words))
    return "".join(code(piece, in_table=True) if i % 2 else _escaped(piece) for i, piece in enumerate(pieces))


def _escaped(piece: str) -> str:
    said = SPECIAL.sub(r"\\\g<0>", piece.replace("&", "&#38;"))
    said = said.replace("|", "&#124;").replace("`", "&#96;")
    for pattern, broken in LINKS:
        said = _outside_entities(pattern, broken, said)
    return said


ENTITY = re.compile(r"(&#\d+;)")


def _outside_entities(pattern: re.Pattern[str], broken: str, words: str) -> str:
    return "".join(
        piece if ENTITY.fullmatch(piece) else pattern.sub(broken, piece) for piece in ENTITY.split(words) if piece
    )


def code(value: str, in_table: bool = False) -> str:
    """A value as code, whatever is in it.

    Args:
        in_table: a bar in it would end the cell.
    """
    said = one_line(value)
    if not said:
        return "*empty*"
    if in_table and "|" in said:
        # Code in a table cannot hold a bar and what stands before it as they are.
        return f"<code>{_escaped(said)}</code>"
    fence = "`" * (max(map(len, re.findall("`+", said)), default=0) + 1)
    needs_pad = said[0] in "` " or said[-1] in "` "
    pad = " " if needs_pad and said.strip(" ") else ""
    return f"{fence}{pad}{said}{pad}{fence}"


def fenced(lines: list[str], language: str, indent: str = "") -> str:
    """A block of code that nothing in it can end."""
    longest = max((len(run) for line in lines for run in re.findall("[`~]+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join(indent + line for line in [fence + language, *map(visible, lines), fence])


def shortened(words: str, longest: int) -> str:
    """Not longer than so many characters, and with a word on what is hidden."""
    return words if len(words) <= longest else f"{words[:longest]}… ({len(words) - longest:,} characters hidden)"
