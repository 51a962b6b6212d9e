"""Clauses of licences, terms of use and cards: paragraphs, the types they carry, and the words that say so.

The rules are rows of data/clause_patterns.csv: a type, a use and a regular expression, case ignored, in which a space
stands for any white space and signs of comments. A sentence carries a type where a `find` of the type matches and no
`unless` does; a paragraph is looked at for a type only where every `stem` of the type matches, which is quick to tell.

Reference: TermMiner ("Harmful Terms and Where to Find Them"), the order of steps: fetch, paragraphs, sentences, label,
quote. Its embeddings, clusters and language model are not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from headgate import tables

TYPES = (
    "use_restriction", "commercial_limit", "attribution", "share_alike", "disclaimer", "patent", "training_ban",
    "real_person_ban", "termination", "redistribution",
)  # fmt: skip
QUOTED = 240  # characters of a quote
_HEADING = 6  # words below which a sentence is hardly more than a heading
BLANK = r"\n[ \t\r]*\n[ \t\r\n]*"  # between two paragraphs; RE2 reads this and the next alike
FRONT = r"^\s*---[ \t]*\r?\n(?s:.*?)\n---[ \t]*(\r?\n|$)"  # the front matter of a card: fields, no prose
_SIGNS = re.compile(r"^[ \t]*(?:#+|>+|//+|;+|\|+|\.(?=[ \t]*$))|\s|[*\u200b]", re.MULTILINE)  # of layout and comments
# between two sentences: white space after a full stop and what may close it, before what may open the next
_END = re.compile(r"(?<=[.!?])[\"\u201d\u2019')*_]*\s+(?=[\"\u201c\u2018'(\[*_#>-]*\s*[A-Z0-9\"\u201c\u2018'(\[*-])")
_WORDS = re.compile(r"[^\W_]+")


class Span(NamedTuple):
    """Where a paragraph or sentence stands in its text: characters from `start` to `end`, first `line` from 1."""

    start: int
    end: int
    line: int


class Clause(NamedTuple):
    """One clause: its type, line, place in the text, and the words there, `text[start:end]`."""

    type: str
    line: int
    start: int
    end: int
    quote: str


class _Rules(NamedTuple):
    """The patterns of one type."""

    stems: list[re.Pattern[str]]
    find: re.Pattern[str]
    unless: re.Pattern[str] | None


def paragraphs(text: str) -> list[Span]:
    """The paragraphs of `text`: what stands between blank lines."""
    return [_span(text, start, end) for start, end in _between(re.compile(BLANK), text, 0, len(text))]


def clauses(text: str) -> list[Clause]:
    """The clauses of `text` in the order they stand in, each type once a paragraph."""
    found = []
    for part in paragraphs(text):
        for type_, start, end in labelled(text[part.start : part.end]):
            at, to = part.start + start, part.start + end
            line = part.line + text.count("\n", part.start, at)
            found.append(Clause(type_, line, at, to, text[at:to]))
    return sorted(found, key=lambda clause: (clause.start, clause.type))


def labelled(paragraph: str) -> list[tuple[str, int, int]]:
    """The types that `paragraph` carries, each with the start and end of the words that first say so."""
    found: dict[str, tuple[str, int, int]] = {}
    wanted = [t for t in TYPES if all(stem.search(paragraph) for stem in _rules()[t].stems)]
    if not wanted:
        return []
    flat = _SIGNS.sub(lambda match: " " * len(match[0]), paragraph)
    for start, end in _between(_END, paragraph, 0, len(paragraph)):
        sentence = flat[start:end]
        for type_ in wanted:
            # a heading says the type, and the sentence after it what is meant
            if (type_ not in found or _short(flat, found[type_])) and (match := _match(_rules()[type_], sentence)):
                found[type_] = (type_, *_quoted(flat, start, end, start + match.start(), start + match.end()))
    return list(found.values())


def stems() -> dict[str, list[str]]:
    """The `stem` patterns of each type as regular expressions that RE2 and Python read alike."""
    return {type_: ["(?i)" + _spaced(row, r"[ \t\r\n*#>/;|]+") for row in _rows(type_, "stem")] for type_ in TYPES}


def verified(text: str, quote: str) -> bool:
    """Whether `quote` stands in `text`, differences of white space aside."""
    return bool(quote.strip()) and " ".join(quote.split()) in " ".join(text.split())


def folded(text: str) -> str:
    """The words of `text` in lower case, so that layout and punctuation make no difference."""
    return " ".join(_WORDS.findall(text.lower()))


def _between(cut: re.Pattern[str], text: str, at: int, end: int) -> Iterator[tuple[int, int]]:
    for match in cut.finditer(text, at, end):
        if text[at : match.start()].strip():
            yield at, match.start()
        at = match.end()
    if text[at:end].strip():
        yield at, end


def _span(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    at = start + len(piece) - len(piece.lstrip())
    return Span(at, start + len(piece.rstrip()), text.count("\n", 0, at) + 1)


def _match(rules: _Rules, sentence: str) -> re.Match[str] | None:
    match = rules.find.search(sentence)
    return None if match is None or (rules.unless and rules.unless.search(sentence)) else match


def _short(text: str, found: tuple[str, int, int]) -> bool:
    return len(text[found[1] : found[2]].split()) < _HEADING


def _quoted(text: str, start: int, end: int, first: int, last: int) -> tuple[int, int]:
    # The sentence where it is short enough, else whole words around those that matched, as many as fit.
    if end - start <= QUOTED:
        return start, end
    at = max(start, first - max(0, QUOTED - (last - first)) // 2)
    to = min(end, at + QUOTED)
    before, after = text.find(" ", at, first), text.rfind(" ", at, to)
    return (before + 1 if at > start and before >= 0 else at), (after if to < end and after > at else to)


@cache
def _rules() -> dict[str, _Rules]:
    told = stems()
    return {
        type_: _Rules(
            [re.compile(stem, re.ASCII) for stem in told[type_]],
            _joined(_rows(type_, "find")),
            _joined(rows) if (rows := _rows(type_, "unless")) else None,
        )
        for type_ in TYPES
    }


def _rows(type_: str, use: str) -> list[str]:
    return [row["pattern"] for row in tables.rows("clause_patterns.csv") if row["type"] == type_ and row["use"] == use]


def _joined(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(_spaced(pattern, "(?: +)") for pattern in patterns), re.IGNORECASE)


def _spaced(pattern: str, space: str) -> str:
    return re.sub(r"\[[^\]]*\]| ", lambda match: space if match[0] == " " else match[0], pattern)
