"""Which licences the prose of a card states for the artifact itself, each with the words that say so.

Front matter is no prose: it is what the card declares. A statement is a name that `resolve` knows, in a line about
licences: after a colon, in a link, before or after the word. What is said of code, of training data or of the base
model is left out, and so is what is negated.
Source: the cards of the Hugging Face Hub. Error on 70 cards: docs/licences.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from headgate.licences.resolve import resolve, without_families
from headgate.licences.text import Found

LONGEST = 200_000  # characters of a card that are looked at
_LINES = 60  # lines that speak of licences; a card with more is a list of them
_WIDTH = 400  # characters of a line
_UNDER = 3  # lines that a heading speaks for
_CELLS = 4  # bars of a table row; one with more compares artifacts

_FRONT = re.compile(r"\A\s*---[ \t]*\r?\n(?:.*?\n)??---[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_OPEN = re.compile(r"\A\s*---[ \t]*\r?\n(?=[\w-]+:)")
_SPEAKS = ("license", "licence", "licensing", "licencing", "terms of use")
_HEADING = re.compile(r"\s*(?:#{1,6}\s*|\*\*\s*)\W*(?:licen[cs]e|licen[cs]ing)\b[^:]{0,40}$", re.IGNORECASE)
_BADGE = re.compile(r"badge/licen[cs]e-((?:[^-/?()\s]|--){1,60})-", re.IGNORECASE)
_LINK = re.compile(r"\[([^\[\]]{1,120})\]\(([^()\s]{1,300})\)")
_INSIDE = re.compile(r"\(#[^()\s]{0,200}\)")  # a link within the card names nothing
_URL = re.compile(r"https?://[^\s()<>\[\]\"']{5,200}")
_AFTER = re.compile(
    r"licen[cs]e[sd]?(?:/terms of use)?\**\s*(?:is|are)?\s*[:=]\s*|terms of use\**\s*[:=]\s*"
    r"|(?:licen[cs]ed|released|distributed|available|published|provided|shared|governed|covered|inherits)\s"
    r"(?:[^.\n]{0,40}?\s)??(?:under|by|with|the)\s",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"[\s-]licen[cs]ed?\b", re.IGNORECASE)
_WORDS = re.compile(r"[^\s*_`\"'|<>\[\]]+")
_EDGE = " \t.,;:!?()[]{}*_`\"'|-"
_OTHERS = re.compile(
    r"\b(?:(?:base|original|source|upstream|parent|underlying|teacher|reward)[\s-]+models?|codebase|code|software|"
    r"scripts?|librar(?:y|ies)|tokenizers?|papers?|images?|benchmarks?|docs|documentation|finetuned from)\b",
    re.IGNORECASE,
)
_DATA = re.compile(r"\b(?:data|datasets?|corpus|corpora)\b", re.IGNORECASE)
_OURS = re.compile(r"\b(?:models?|weights|checkpoints?|adapters?|loras?)\b", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|n't|never|isn't|unlike|than|instead of|no longer)\b[^.]{0,40}$", re.IGNORECASE)
_EMPTY = re.compile(r"more information needed|specify your", re.IGNORECASE)
_CLAUSE = re.compile("[.;]\\s|\\n|\\s[\\u2013\\u2014-]\\s")
_MOST = 9  # words of a name


def in_card(card: str, kind: str = "model") -> tuple[Found, ...]:
    """The licences that the prose of `card` states for the artifact, which is a `kind` (model or dataset)."""
    found: dict[str, Found] = {}
    for line, headed in _statements(_prose(card[:LONGEST])):
        for start, name in _names(line, headed=headed):
            about = line[:start]
            if _NOT.search(about) or _elsewhere(about, kind):
                continue
            for id_ in resolve(name):
                found.setdefault(id_, Found(id_, line.strip()[:160] if len(line) < 160 else name))
    return tuple(found[id_] for id_ in without_families(found) if found[id_].quote in card)


def _prose(card: str) -> str:
    for _ in range(3):  # cards made of others carry their front matter along
        card = _FRONT.sub("", card, count=1)
    return "" if _OPEN.match(card) and "\n---" not in card else card


def _statements(prose: str) -> list[tuple[str, bool]]:
    """Lines that speak of licences, and whether each stands right under a heading that does."""
    found: list[tuple[str, bool]] = []
    under = 0
    for line in prose.splitlines():
        lower = line.lower()
        speaks = any(word in lower for word in _SPEAKS)
        if speaks and _HEADING.match(line):
            under = _UNDER
        elif line.strip() and line.count("|") <= _CELLS and (under or speaks):
            found.append((line[:_WIDTH], under == _UNDER))
            under -= bool(under)
        elif line.lstrip().startswith("#"):
            under = 0
    return found[:_LINES]


def _names(line: str, *, headed: bool) -> Iterator[tuple[int, str]]:
    """Each part of `line` that could name a licence, and where it begins; if `headed` its beginning too."""
    line = _INSIDE.sub(lambda match: " " * len(match[0]), line)
    if headed and (name := _longest(line, first=True)):
        yield 0, name
    for match in _BADGE.finditer(line):
        yield match.start(), match[1].replace("--", "-").replace("%20", " ")
    for match in _LINK.finditer(line):
        yield from ((match.start(), text) for text in (match[1].strip(_EDGE), match[2]))
    for match in _URL.finditer(line):
        yield match.start(), match[0].rstrip(".,;")
    for match in _AFTER.finditer(line):
        if name := _longest(line[match.end() : match.end() + 120], first=True):
            yield match.start(), name
    for match in _BEFORE.finditer(line):
        if name := _longest(line[max(0, match.start() - 100) : match.start()], first=False):
            yield match.start() - len(name), name


def _longest(text: str, *, first: bool) -> str | None:
    """The longest run of words at the beginning (`first`) or end of `text` that names a licence."""
    clause = _CLAUSE.split(text)[0 if first else -1]
    if _EMPTY.search(clause[:40]):
        return None
    spans = [match.span() for match in _WORDS.finditer(clause)]
    spans = spans[: _MOST + 3] if first else spans[-_MOST:]
    lead = range(3 if first else 1)  # articles and praise before the name: "under a permissive Apache 2.0"
    for skip in lead:
        for count in range(min(_MOST, len(spans) - skip), 0, -1):
            chosen = spans[skip : skip + count] if first else spans[len(spans) - count :]
            name = clause[chosen[0][0] : chosen[-1][1]].strip(_EDGE)
            if name and resolve(name):
                return name
    return None


def _elsewhere(about: str, kind: str) -> bool:
    sentence = re.split(r"[.;]\s", about[-160:])[-1]
    left = _OTHERS.sub("", sentence)
    others = bool(_OTHERS.search(sentence)) or (kind != "dataset" and bool(_DATA.search(sentence)))
    return others and not _OURS.search(left)
