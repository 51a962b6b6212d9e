"""Text as a person reads it: the key under which a text rule should look for words.

`canonical` undoes what makes a word look the same to people and different to machines: full-width and
mathematical letters, look-alikes of other scripts, invisible characters, stacked marks, letters spaced out.
Text that is written in another script is left as it is, and accents stay. `leet` goes further (digits and signs
for letters, accents dropped) and is a key for keyword rules only, never a text to show. `changes` lists what
`canonical` put right, as evidence. Everything here reads; nothing here makes a disguise.

Reference: Unicode Technical Standard #39, confusable characters (data/confusables.csv and its LICENSE);
Seth et al., "Learning the Legibility of Visual Text Perturbations" (2023), for why such text is looked at.
Checked against: genuine translations in 140 locales and words with random substitutions; see docs/normalise.md.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

_TABLE = Path(__file__).with_name("data") / "confusables.csv"
_WHOLE = 3  # letters from which on a word that is wholly look-alike is read as Latin: shorter ones are often genuine
_MARKS = re.compile(
    "([A-Za-z\u00c0-\u024f\u1e00-\u1eff])([\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f]+)"
)
_OVERLAY = re.compile("[\u0334-\u0338\u20d0-\u20f0]")
# Chinese as it is mostly written: nothing in it looks like anything else (the tests hold that).
_ORDINARY = re.compile(
    "[\0-\x7f\u4e00-\u9fff\u3001\u3002\u300a\u300b\u3010\u3011\u2014\u2018\u2019\u201c\u201d\u2026\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]*"
)
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"  # drawn as nothing, yet no format characters
_SPACED = re.compile(r"(?<![a-z\d])[a-z](?:([-_.*~+\u00b7])[a-z](?:\1[a-z]){2,}|(?: [a-z]){4,})(?![a-z\d])")
_SPACED_LEET = re.compile(r"(?<![^\W_])[a-z\d@$!]([-_.*~+ \u00b7])[a-z\d@$!](?:\1[a-z\d@$!]){2,}(?![^\W_])")
# What ends a word is punctuation more often than a letter.
_LEET_WORD = re.compile(r"[a-z\d@$!|+\u20ac\u00a3\u00a2\u00d7]*[a-z\d@$\u20ac\u00a3\u00a2]")
_LEET = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s", "!": "i", "|": "l",
         "+": "t", "\u20ac": "e", "\u00a3": "l", "\u00a2": "c", "\u00d7": "x"}  # fmt: skip
_READINGS = tuple(str.maketrans({**_LEET, "1": one}) for one in "il")


class Change(NamedTuple):
    """One thing put right: what kind (invisible, styled, mark, homoglyph, spaced), as it stood, as it is read."""

    kind: str
    seen: str
    read: str


def canonical(text: str) -> str:
    """`text` in case-folded NFKC with disguises undone; see the module for which."""
    return _read(text, None)


def changes(text: str) -> list[Change]:
    """What `canonical(text)` put right beyond NFKC and case, by kind; empty where nothing was disguised."""
    return reading(text)[1]


def reading(text: str) -> tuple[str, list[Change]]:
    """`canonical(text)` and `changes(text)` in one go."""
    found: list[Change] = []
    return _read(text, found), found


def leet(text: str) -> tuple[str, ...]:
    """Keys of `text` for keyword rules: accents dropped, digits and signs inside words read as letters.

    One key, or two where a 1 may stand for i or l. Numbers and words that are mostly digits stay as they are.
    """
    key = canonical(text)
    if not key.isascii():
        key = "".join(c for c in unicodedata.normalize("NFKD", key) if not unicodedata.combining(c))
        key = key.translate(_table("key"))
    key = _SPACED_LEET.sub(lambda m: m[0].replace(m[1], ""), key)
    return tuple(dict.fromkeys(_LEET_WORD.sub(partial(_letters, reading), key) for reading in _READINGS))


def readings(word: str) -> tuple[str, ...]:
    """A lower-case word with every digit and sign read as a letter, whatever it is: one reading, or two as `leet`."""
    return tuple(dict.fromkeys(word.translate(reading) for reading in _READINGS))


def crude(text: str) -> tuple[str, ...]:
    """Keys that are quick to make and read everything as Latin that could be: a word in none is in no other key.

    They say only that a closer look is worth it, since genuine text of other scripts is read as Latin too.
    """
    key = text.casefold()
    if not text.isascii():
        # before NFKD and after it, which makes new look-alikes
        key = unicodedata.normalize("NFKD", text.translate(_table())).translate(_table()).casefold()
        key = "".join(c for c in key if c.isascii() or not (_invisible(c) or unicodedata.combining(c)))
    joined = _SPACED_LEET.sub(lambda m: m[0].replace(m[1], ""), key)
    return tuple(dict.fromkeys(k.translate(r) for k in (key, joined) for r in ({}, *_READINGS)))


def _letters(reading: dict[int, str], match: re.Match[str]) -> str:
    word = match[0]
    digits = sum(c.isdigit() for c in word)
    return word.translate(reading) if 0 < len(word) - digits > digits else word


def _read(text: str, found: list[Change] | None) -> str:
    if not text.isascii() and _ORDINARY.fullmatch(text):
        text = unicodedata.normalize("NFKC", text)
    elif not text.isascii():
        text = _visible(text, found)
        if found is not None:
            found += [Change("styled", c, n) for c in text if (n := _styled(c))]
        text = unicodedata.normalize("NFKC", text)
        text = _MARKS.sub(lambda m: _unmarked(m, found), text)
        text = _latin(text, found)
    return _SPACED.sub(lambda m: _noted(found, "spaced", m[0], m[0].replace(m[1] or " ", "")), text.casefold())


def _noted(found: list[Change] | None, kind: str, seen: str, read: str) -> str:
    if found is not None:
        found.append(Change(kind, seen, read))
    return read


def _visible(text: str, found: list[Change] | None) -> str:
    """Without invisible characters, save where a script, an emoji or a direction of writing needs them."""
    unseen = "".join(c for c in set(text) if not c.isascii() and _invisible(c))
    if not unseen:
        return text
    right_to_left = any(unicodedata.bidirectional(c) in ("R", "AL") for c in set(text))

    def shown(run: re.Match[str]) -> str:
        before, after = text[max(run.start() - 1, 0) : run.start()], text[run.end() : run.end() + 1]
        if _needed(before, after, right_to_left=right_to_left):
            return run[0]
        return _noted(found, "invisible", " ".join(f"U+{ord(c):04X}" for c in run[0]), "")

    return re.sub(f"[{unseen}]+", shown, text)


@cache
def _invisible(c: str) -> bool:
    return unicodedata.category(c) == "Cf" or c in _BLANK or "VARIATION SELECTOR" in unicodedata.name(c, "")


def _needed(before: str, after: str, *, right_to_left: bool) -> bool:
    if _cased(before) and _cased(after):
        return False  # inside a word of Latin, Greek or Cyrillic nothing needs one
    beside = [c for c in (before, after) if c and not c.isascii() and not _cased(c)]
    return right_to_left or any(unicodedata.category(c)[0] in "LMS" for c in beside)


def _cased(c: str) -> bool:
    return c.lower() != c.upper()


def _styled(c: str) -> str:
    if c.isascii() or c in "\u00aa\u00ba":  # the ordinal signs of Spanish and Italian
        return ""
    plain = unicodedata.normalize("NFKC", c)
    return plain if len(plain) == 1 and plain.isascii() and plain.isalpha() else ""


def _unmarked(match: re.Match[str], found: list[Change] | None) -> str:
    letter, marks = match.groups()
    if len(marks) == 1 and not _OVERLAY.match(marks):
        return match[0]  # some languages write one mark for which there is no composed letter
    return _noted(found, "mark", match[0], unicodedata.normalize("NFD", letter)[0])


def _latin(text: str, found: list[Change] | None) -> str:
    """With the look-alikes read as Latin, in the words where they can only be that."""
    odd = {c for c in text if not c.isascii()}
    if not any(ord(c) in _table("word") or ord(c) in _table("mixed") or ord(c) in _table("any") for c in odd):
        return text
    others = {c for c in odd if c.isalpha() and not _is_latin(c)}
    among_latin = all(ord(c) in _table("word") for c in others) and bool(re.search("[A-Za-z]{2}", text))
    return _words().sub(lambda m: _word(m[0], found, among_latin=among_latin), text)


def _word(word: str, found: list[Change] | None, *, among_latin: bool) -> str:
    if word.isascii():
        return word
    read = word.translate(_table("any"))
    others = [c for c in read if not c.isascii() and not _is_latin(c)]
    latin = sum(c.isalpha() for c in read) - sum(c.isalpha() for c in others)
    strict, loose = _table("word"), {**_table("word"), **_table("mixed")}
    if latin and others and (latin > len(others) or all(ord(c) in loose for c in others)):
        read = read.translate(loose)
    elif among_latin and len(others) == len(word) >= _WHOLE and all(ord(c) in strict for c in others):
        read = read.translate(strict)
    return word if read == word else _noted(found, "homoglyph", word, read)


@cache
def _is_latin(c: str) -> bool:
    return unicodedata.name(c, "").startswith("LATIN")


@cache
def _table(when: str = "") -> dict[int, str]:
    """Code point -> the Latin letter it looks like, for the rows of the table with this `when`, or for all.

    any: always; word: in words that mix scripts or are wholly look-alike; mixed: only in those that mix;
    key: letters of living Latin orthographies, for keyword keys only.
    """
    with _TABLE.open(encoding="ascii", newline="") as file:
        rows = [row for row in csv.DictReader(file) if when in ("", row["when"])]
    return {int(code, 16): row["latin"] for row in rows for code in row["code_points"].split()}


@cache
def _words() -> re.Pattern[str]:
    signs = "".join(re.escape(chr(c)) for when in ("any", "mixed") for c in _table(when) if not chr(c).isalnum())
    return re.compile(rf"(?:[^\W_]|[{signs}])+")
