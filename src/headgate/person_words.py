"""The words in which records speak of depicted people: folding, and the closed vocabulary of people.py.

data/person_terms.csv has one term a row and its use. likeness: as whole words of a tag or a name it says that a
real person is depicted; likeness-tag: only as the whole tag. pipeline, artifact, artifact-weak: it makes images,
video or voices; pipeline-other: it does not. safe, extension, licence: may stay in a rewritten record. base: the id
of a well-known base model, which may stay as a parent. noise: no part of a name, yet never kept. field: a field
whose value may stay.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_TERMS = Path(__file__).with_name("data") / "person_terms.csv"
_APOSTROPHES = re.compile("['\u2018\u2019\u02bc`\u00b4]")
# Letters that Unicode does not decompose.
_FOLDED = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ħ": "h", "ð": "d", "þ": "th"})
_NUMBER = re.compile(r"v?\d{1,6}[bkmpvx]?|(?:e|ep|epoch|r|rank|dim|step|steps|ver|q|vol)\d+", re.ASCII)
_AS_WRITTEN = ("field", "base")
_NO_WORD = re.compile(r"[^\w\x00-\x7f]+")
# Upper to lower case, and nothing between the words, in one pass.
_SQUEEZED = {c: chr(c).lower() if chr(c).isalnum() else None for c in range(128)}
_LONGEST = 100_000  # characters of a text in which words are looked for


def words(text: object) -> list[str]:
    """The words of `text`, case and accents folded, apostrophes left out: O'Brien is one word."""
    folded = _fold(str(text)[:_LONGEST])
    if not folded.isascii():
        folded = "".join(c for c in folded if unicodedata.category(c)[0] != "M" and unicodedata.category(c) != "Cf")
    return re.findall(r"[^\W_]+", _APOSTROPHES.sub("", folded))


def squash(text: object) -> str:
    """The words of `text` without what is between them."""
    return "".join(words(text))


def squeezed(text: str) -> str:
    """`text` as `squash` gives it, near enough to see quickly whether a look at its words is worth it."""
    return (text if text.isascii() else _NO_WORD.sub("", _fold(text))).translate(_SQUEEZED)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKD", text).casefold().translate(_FOLDED)


@cache
def terms(*uses: str) -> frozenset[str]:
    """The squashed terms of these uses; fields are given as written, ids of bases in lower case."""
    return frozenset(term if use in _AS_WRITTEN else squash(term) for term, use in _rows() if use in uses)


@cache
def stems() -> tuple[str, ...]:
    """Few short strings, at least one of which every likeness term contains in lower case."""
    split = sorted((words(term) for term, use in _rows() if use.startswith("likeness")), key=len)
    found: set[str] = set()
    for parts in split:
        if not any(stem in part for part in parts for stem in found):
            found.add(max(reversed(parts), key=len))
    return tuple(sorted(s for s in found if not any(o != s and o in s for o in found)))


def has(text: str, known: frozenset[str]) -> bool:
    """Whether up to four words of `text` in a row are a term."""
    found = words(text)
    return any("".join(found[i : i + n]) in known for i in range(len(found)) for n in range(1, 5))


def scan(text: object, known: frozenset[str]) -> Iterator[tuple[str, bool]]:
    """The words of `text`, terms of several words as one, and whether each is a term or a number."""
    found = words(text)
    at = 0
    while at < len(found):
        n = next((n for n in (6, 5, 4, 3, 2, 1) if "".join(found[at : at + n]) in known), 0)
        phrase = " ".join(found[at : at + (n or 1)])
        yield phrase, bool(n) or bool(_NUMBER.fullmatch(phrase))
        at += n or 1


@cache
def _rows() -> tuple[tuple[str, str], ...]:
    with _TERMS.open(encoding="utf-8", newline="") as file:
        return tuple((row["term"], row["use"]) for row in csv.DictReader(file))
