"""A card as the pieces in which a claim can stand: sentences, list items, table rows and headings, with their places.

Text of licences and templates (data/questions/boilerplate.csv) is marked, and the few words right before a placeholder,
which it was to fill, are left out. Linear in the length of the text; no piece has more than `WIDEST` characters.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

WIDEST = 1_200  # characters of a piece; longer ones are cut at white space
_BOILERPLATE = Path(__file__).parent.parent / "data" / "questions" / "boilerplate.csv"
_LABEL = 6  # words that a placeholder may fill
_HEADING = re.compile(r"[ \t]{0,3}#{1,6}[ \t]")
_ITEM = re.compile(r"[ \t]{0,12}([-*+•·✅❌☑✔️]|\d{1,3}[.)])[ \t]+")
_END = re.compile(r"[.!?][\"\u201d\u2019')]{0,3}\s+(?=[^\sa-z])|\x1f")


class Segment(NamedTuple):
    """A piece of a card from character `start` to `end`; `lead` is the line that a list belongs to."""

    start: int
    end: int
    kind: str  # sentence, item, row or heading; licence where it is text of a licence or of a template
    heading: str
    lead: str


def segments(text: str) -> list[Segment]:
    """The pieces of `text`, a card as `blanked` gives it, in their order."""
    found: list[Segment] = []
    heading = lead = ""
    in_list = False
    for kind, start, end in _blocks(text):
        if kind == "heading":
            heading, lead = " ".join(text[start:end].split()), ""
            found.append(Segment(start, end, kind, heading, ""))
            continue
        if kind == "item" and not in_list:
            before = text[found[-1].start : found[-1].end].rstrip() if found else ""
            lead = before if before.endswith(":") else ""
        in_list = kind == "item"
        for left, right in _sentences(text, start, end):
            words = text[left:right]
            legal = bool(_legal().search(words)) or (in_list and bool(lead) and bool(_legal().search(lead)))
            found.append(Segment(left, right, "licence" if legal else kind, heading, lead if in_list else ""))
    return found


def _blocks(text: str) -> Iterator[tuple[str, int, int]]:
    """Lines that belong together: kind, start, end."""
    kind, start, end, at = "", 0, 0, 0
    for line in text.splitlines(keepends=True):
        own = (
            "" if not line.strip()
            else "heading" if _HEADING.match(line)
            else "item" if _ITEM.match(line)
            else "row" if line.lstrip().startswith("|")
            else "more"
        )  # fmt: skip
        if own != "more" or kind in {"", "heading", "row"}:
            if kind:
                yield kind, start, end
            kind, start = ("sentence" if own == "more" else own), at
        at += len(line)
        end = at
    if kind:
        yield kind, start, end


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    at = start
    for match in _END.finditer(text, start, end):
        filled = match[0] == "\x1f"
        # words right before a placeholder are its label, not a claim
        stop = _without_label(text, at, match.start()) if filled else match.start() + 1
        yield from _pieces(text, at, stop)
        at = match.end()
    yield from _pieces(text, at, end)


def _without_label(text: str, start: int, end: int) -> int:
    words = list(re.finditer(r"\S+", text[start:end][-400:]))
    return start if len(words) <= _LABEL else end - len(text[start:end][-400:]) + words[-_LABEL].start()


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    while end - start > WIDEST:
        cut = max(text.rfind(" ", start, start + WIDEST), text.rfind("\n", start, start + WIDEST))
        cut = cut if cut > start else start + WIDEST
        yield start, cut
        start = cut
    if start < end:
        yield start, end


@cache
def _legal() -> re.Pattern[str]:
    with _BOILERPLATE.open(encoding="utf-8", newline="") as file:
        words = [row["text"].replace(" ", r"\s+") for row in csv.DictReader(file)]
    return re.compile("|".join(f"(?:{one})" for one in words), re.IGNORECASE)
