"""A card with everything blank that says nothing of its author's doings, each character where it was.

Blank become front matter, code, comments, addresses, references in BibTeX, signs of layout, and placeholders of
templates. Every step is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 60_000  # characters of a card that are read
_REFERENCE = 4_000  # characters of one BibTeX entry at most
_FENCE = re.compile(r"[ \t]{0,3}(```+|~~~+)")
_KEY = re.compile(r"[\w-]{1,60}:")
_CITED = re.compile(r"@\w{3,20}\s?\{")
_LAYOUT = re.compile(
    r"…\s{0,3}See the full description on the dataset page:|https?://\S+|\]\([^)\s]{0,500}\)|</?[A-Za-z][^<>]{0,500}>|"
    r"!?\[(?!\s*(?i:more info|needs? more|mention|insert|add|specify|describe|your|number|percentage))|"
    r"(?<=\S)\*+|\*+(?=\S)|(?<!\w)_+|_+(?!\w)|[`\\]|~~|^[ \t]{0,3}>+",
    re.MULTILINE,
)
_PLACEHOLDER = re.compile(
    r"\[?\b(more information needed|needs? more information|information needed|todo|tbd|"
    r"to be (added|determined|filled))\b\]?|(?<=:)[ \t]{0,3}(n/a|none|-|\?)[ \t]*$|"
    r"\[(mention|insert|add|specify|describe|your|number|percentage)\b[^\[\]\n]{0,200}\]|\{\{[^{}\n]{0,200}\}\}",
    re.IGNORECASE | re.MULTILINE,
)


def blanked(text: str) -> str:
    """The first `LONGEST` characters of `text`, same length, what cannot count blank, a separator at placeholders."""
    text = text[:LONGEST].replace("\x1f", " ")
    for start, end in (*_front(text), *_fenced(text), *_comments(text), *_references(text)):
        text = text[:start] + _blank(text[start:end]) + text[end:]
    text = _LAYOUT.sub(lambda m: _blank(m[0]), text)
    return _PLACEHOLDER.sub(lambda m: "\x1f" + " " * (len(m[0]) - 1), text)


def lowered(text: str) -> str:
    """`text` in lower case, same length: a letter whose lower case is longer stays."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(one if len(one.lower()) > 1 else one.lower() for one in text)


def _front(text: str) -> Iterator[tuple[int, int]]:
    """Front matter, also a second block right after the first, and one that was cut before its end."""
    at = len(text) - len(text.lstrip("\ufeff \t\r\n"))
    while text.startswith("---", at):
        line = text.find("\n", at)
        close = text.find("\n---", line) if line >= 0 else -1
        if line < 0 or not _KEY.match(text, line + 1):
            return
        end = close + 4 if close >= 0 else len(text)
        yield at, end
        at = end + len(text[end:]) - len(text[end:].lstrip())


def _fenced(text: str) -> Iterator[tuple[int, int]]:
    at, opened, sign = 0, -1, ""
    for line in text.splitlines(keepends=True):
        fence = _FENCE.match(line)
        if fence and opened < 0:
            opened, sign = at, fence[1]
        elif fence and fence[1].startswith(sign):
            yield opened, at + len(line)
            opened = -1
        at += len(line)
    if opened >= 0:
        yield opened, len(text)


def _comments(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    while (start := text.find("<!--", at)) >= 0:
        close = text.find("-->", start)
        at = close + 3 if close >= 0 else len(text)
        yield start, at


def _references(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    while match := _CITED.search(text, at):
        depth, at = 1, match.end()
        stop = min(len(text), match.start() + _REFERENCE)
        while at < stop and depth:
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
        yield match.start(), at


def _blank(part: str) -> str:
    return re.sub(r"[^\n]", " ", part)
