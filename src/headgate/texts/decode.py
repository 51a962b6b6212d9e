"""Text with its disguises undone: what other screeners look at where `--deobfuscate` is given.

`deobfuscated` goes through three readers: `normalise` (letters drawn otherwise, invisible characters, letters set
apart), `chinese_forms` (other characters for Chinese words) and `respell` (English spelling that was bent). It is a
key for machines, lower-case and sometimes wrong, never a text to show or to keep.
"""

from __future__ import annotations

from typing import NamedTuple

from headgate.normalise import Change, reading
from headgate.texts.chinese_forms import restored
from headgate.texts.respell import respelt


class Decoded(NamedTuple):
    """A text as it reads, and what was put right to read it so."""

    text: str
    changes: list[Change]


def deobfuscated(text: str, words: frozenset[str] = frozenset()) -> str:
    """`text` as a person reads it, in lower case; `words` count as ordinary besides the list of English words."""
    return decoded(text, words).text


def decoded(text: str, words: frozenset[str] = frozenset()) -> Decoded:
    """`deobfuscated(text)` with the changes, in the order of the readers."""
    key, drawn = reading(text)
    key, forms = restored(key)
    apart = frozenset(change.read for change in drawn if change.kind == "spaced")
    key, bent = respelt(key, words, apart)
    return Decoded(key, [*drawn, *forms, *bent])
