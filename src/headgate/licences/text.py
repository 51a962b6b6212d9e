"""Which licences a LICENSE text holds, each with the words that show it.

A text is compared word by word, so that comment signs, line breaks and punctuation do not matter. Phrases of
`data/licence_phrases.csv` tell most licences; patterns over the same words tell versions of the GNU and Creative
Commons licences. The quote is always a part of the text as it stands.
Source: the texts of the licences. Error on real files: docs/licences.md.
"""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from headgate import tables
from headgate.licences.knowledge import licences, spdx_index

LONGEST = 60_000  # characters that are looked at
_QUOTE = 160  # characters of a quote

_WORD = re.compile(r"[^\W_]+(?:\.\d+)*\+*")
_VERSION = re.compile(r"v(\d.*)")
_LATER = re.compile(r"(\d(?:\.\d)?)\+")
_DROPPED = frozenset(("the", "version", "v", "copyleft"))
_APPENDIX = " how to apply these terms "
_GNU = re.compile(
    r" (?:gnu (?:(affero|lesser|library) )?general public license(?: gpl| lgpl| agpl)?|gnu (gpl|lgpl|agpl))"
    r"(?: as published by free software foundation)?(?: inc)?(?: either)?(?: under)?(?: terms of)? (\d(?:\.\d)?)"
    r"(?: (?:dated )?(?:june|february|november) \d{4})?"
    r"(?: of license)?( or (?:at your option )?(?:any )?(?:later|newer|greater|higher))?(?= )"
)
_GNU_AFTER = re.compile(
    r" (\d(?:\.\d)?)( or (?:at your option )?(?:any )?(?:later|newer))? of (?:license )?gnu "
    r"(?:(affero|lesser|library) )?general public license(?= )"
)
_TITLE = re.compile(
    r" gnu (?:(affero|lesser|library) )?general public license (\d(?:\.\d)?) "
    r"(?:\d{1,2} )?(?:february|june|november) (?:1989|1991|1999|2007) "
)
_SECONDARY = " secondary license means "
_GFDL = re.compile(r" gnu free documentation license (1\.[123])( or any later)?(?= )")
_GFDL_TITLE = re.compile(r" gnu free documentation license (1\.[123]) (?:\d{1,2} )?(?:march|november) \d{4} ")
_CC = re.compile(
    r" (?:creative commons )?attribution( noncommercial| non commercial)?"
    r"( sharealike| share alike| noderivs| noderivatives| no derivatives| no derivs)? (\d\.\d)(?= )"
)
_CC_SHORT = re.compile(r" cc by( nc)?( sa| nd)? (\d\.\d)(?= )")
_SHORT = {"affero": "AGPL", "lesser": "LGPL", "library": "LGPL", "agpl": "AGPL", "lgpl": "LGPL"}


class Found(NamedTuple):
    """A licence that a text holds, and the words of the text that show it."""

    id: str
    quote: str


class Words(NamedTuple):
    """A text as words: one line of them with a blank around each, and where each begins there and in the text."""

    line: str
    starts: list[int]
    spans: list[tuple[int, int]]


def in_text(text: str) -> tuple[Found, ...]:
    """The licences that the LICENSE `text` holds, one each, in the order of the text.

    A text that is the whole of a GNU licence says nothing of later versions; it counts as that version only.
    """
    text = text[:LONGEST]
    words = as_words(text)
    line = words.line.split(_APPENDIX)[0] + " "
    found: dict[str, tuple[int, int]] = {}
    for id_, start, end in _all_in(line):
        if id_ not in found or start < found[id_][0]:
            found[id_] = (start, end)
    # Beside a notice that allows later versions, a version alone only says where a text is to be found.
    later = {id_.split("-")[0] for id_ in found if id_.endswith("-or-later")}
    found = {id_: at for id_, at in found.items() if not (id_.endswith("-only") and id_.split("-")[0] in later)}
    ordered = sorted(found.items(), key=lambda item: item[1])
    return tuple(Found(id_, quoted(text, words, *where)) for id_, where in ordered)


def as_words(text: str) -> Words:
    """The words of `text`: lower case, numbers without v, `the` and `version` left out, American `license`."""
    line, starts, spans = [" "], [], []
    at = 1
    for match in _WORD.finditer(text):
        for word in _normal(match[0].lower()):
            starts.append(at)
            spans.append(match.span())
            line.append(f"{word} ")
            at += len(word) + 1
    return Words("".join(line), starts, spans)


def quoted(text: str, words: Words, start: int, end: int) -> str:
    """The part of `text` from which the characters `start` to `end` of the line were made, at most 160 long."""
    first = max(bisect_right(words.starts, start + 1) - 1, 0)
    last = max(bisect_right(words.starts, max(end - 1, start + 1)) - 1, first)
    begin = words.spans[first][0]
    return text[begin : min(words.spans[last][1], begin + _QUOTE)]


def _normal(word: str) -> tuple[str, ...]:
    if word in _DROPPED:
        return ()
    if word in {"licence", "licences"}:
        return (word.replace("nc", "ns"),)
    if number := _VERSION.fullmatch(word):
        word = number[1]
    if later := _LATER.fullmatch(word):
        return (later[1], "or", "later")
    return (word if word.startswith("rail") else word.rstrip("+"),)


def _all_in(line: str) -> Iterator[tuple[str, int, int]]:
    if title := _GFDL_TITLE.search(line[:2000]):
        yield f"GFDL-{title[1]}-only", title.start(), title.end()
        return
    yield from _phrases_in(line)
    yield from _gnu_in(line)
    yield from _commons_in(line)


def _phrases_in(line: str) -> Iterator[tuple[str, int, int]]:
    for id_, phrase, also, unless in _phrases():
        at = line.find(phrase)
        if at >= 0 and all(one in line for one in also) and not any(one in line for one in unless):
            yield id_, at, at + len(phrase)


def _gnu_in(line: str) -> Iterator[tuple[str, int, int]]:
    # The whole text of one GNU licence, and of MPL-2.0, speaks of others, which it is not.
    if _SECONDARY in line:
        return
    if title := _TITLE.search(line[:2000]):
        if id_ := _gnu(title[1], title[2], later=False):
            yield id_, title.start(), title.end()
        return
    for match in _GNU.finditer(line):
        if id_ := _gnu(match[1] or match[2], match[3], later=bool(match[4])):
            yield id_, match.start(), match.end()
    for match in _GNU_AFTER.finditer(line):
        if id_ := _gnu(match[3], match[1], later=bool(match[2])):
            yield id_, match.start(), match.end()
    for match in _GFDL.finditer(line):
        yield f"GFDL-{match[1]}-{'or-later' if match[2] else 'only'}", match.start(), match.end()


def _gnu(kind: str | None, number: str, *, later: bool) -> str | None:
    version = number if "." in number else f"{number}.0"
    id_ = f"{_SHORT.get(str(kind), 'GPL')}-{version}-{'or-later' if later else 'only'}"
    return id_ if id_ in licences() or id_ in spdx_index() else None


def _commons_in(line: str) -> Iterator[tuple[str, int, int]]:
    patterns = [_CC_SHORT, *([_CC] if " creative commons " in line else [])]
    for match in (match for pattern in patterns for match in pattern.finditer(line)):
        last = "SA" if match[2] and match[2].strip()[0] == "s" else "ND" if match[2] else ""
        id_ = "-".join(part for part in ("CC", "BY", "NC" if match[1] else "", last, match[3]) if part)
        if id_ in licences():
            yield id_, match.start(), match.end()


@functools.cache
def _phrases() -> tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...]:
    def many(cell: str) -> tuple[str, ...]:
        return tuple(as_words(part).line for part in cell.split("|") if part.strip())

    return tuple(
        (row["id"], as_words(row["phrase"]).line, many(row["also"]), many(row["unless"]))
        for row in tables.rows("licence_phrases.csv")
    )
