"""English words as they were before somebody bent their spelling: undone against a list of ordinary words.

`respelt` reads text that is canonical already (`normalise.canonical`) and puts right, word by word, what a reader
puts right without noticing: digits and signs for letters, letters or pieces of a word set apart, words run
together, two letters swapped, one letter left out, letters drawn out. A word that is in the list is never touched, nor
the spelling of a text most of whose words are in no list (it is another language, or no prose). Where several
readings fit, the commonest word wins, so a reading can be wrong: it is for a screener's eyes, never a text to show.

`words` of a caller (a screener's own vocabulary) count as ordinary. Nothing here makes a disguise.

Reference: the noisy-channel speller of Kernighan, Church and Gale, "A Spelling Correction Program Based on a Noisy
Channel Model" (1990), cut down to the edits of HateCheck (Röttger et al. 2021).
Checked against: HateCheck's templates of the half that nobody tuned on; see docs/methods/deobfuscate.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from headgate.normalise import Change, readings
from headgate.tables import rows

_PIECE = re.compile(r"[^\s.,;:!?\"()\[\]]+")
_BEFORE, _AFTER = r"(?<![\w@#/\\.&:'%+*=$!|-])", r"(?![\w/\\@=*%-]|[.:'&]\w)"  # no part of an address or a file name
_TOKEN = re.compile(rf"{_BEFORE}[a-z\d@$!|+][a-z\d'@$!|+]*{_AFTER}")
_LETTERS = re.compile(rf"{_BEFORE}[a-z][a-z']*{_AFTER}")
_RUN = re.compile(rf"{_BEFORE}[a-z]+(?: [a-z]+)+{_AFTER}")
_APART = re.compile(rf"{_BEFORE}[a-z](?:([-_*~+\u00b7 ])[a-z](?:\1[a-z])+){_AFTER}")
_UNIT = re.compile(r"\d+[a-z]{1,2}|[a-z]{1,3}\d+|[a-z']+[!|+$@\d]")  # 4th, mp3, wow!, note5
_DRAWN = re.compile(r"([a-z])\1{2,}")
_LATIN = re.compile("[a-z]")
_LONG = 24  # letters: beyond it a token is no word, and cutting it into words costs the square
_WORD = 16  # letters of the longest word that is looked for in words run together
# In bits, as the rarity of a word is: what each further word, a swap and a lost letter cost, the more at the edges ...
_APIECE, _SWAP, _GAP, _EDGE = 5.0, 9.0, 11.0, 3.0
# ... and up to what cost a reading is believed: each letter speaks for it, since of a long word little else is near.
_DOUBT, _LETTER = 18.0, 2.0
_OWN = 14.0  # how rare a word of the caller's is taken to be
_SOME, _MOST = 0.4, 0.6  # share of a text's words that must be English, before and after words run together are cut
_NEVER = 1e9


def respelt(
    text: str, words: frozenset[str] = frozenset(), apart: frozenset[str] = frozenset()
) -> tuple[str, list[Change]]:
    """`text` (canonical) with bent English spelling undone, and what was put right.

    Kinds: leet, spaced (letters or pieces set apart), joined (words run together), misspelt (swapped or lost
    letters, drawn-out ones). `words` are lower-case words that count as ordinary, besides the list; `apart` are
    those of `text` that stood letter by letter until `canonical` joined them.
    """
    if not _LATIN.search(text) or _plain(text, words, apart):
        return text, []
    found: list[Change] = []
    text = _APART.sub(lambda m: _noted(found, "spaced", m[0], _together(m[0], m[1], words)), text)
    text = _TOKEN.sub(lambda m: _noted(found, "leet", m[0], _unleet(m[0], words)), text)
    if apart:
        text = _LETTERS.sub(lambda m: _spelled(m[0], words) if m[0] in apart else m[0], text)
    if _english(text, words):
        text = _RUN.sub(lambda m: " ".join(_joined(m[0].split(" "), words, found)), text)
        text = _LETTERS.sub(lambda m: _read(m[0], words, found), text)
    return text, found


def known(word: str, words: frozenset[str] = frozenset()) -> bool:
    """Whether a lower-case word is in the list or among `words`."""
    return word in _bits() or word in words


def _plain(text: str, words: frozenset[str], apart: frozenset[str]) -> bool:
    """Whether nothing in `text` could be bent: the common case, so that it is quick."""
    tokens = set(_PIECE.findall(text))
    odd = tokens.difference(_bits(), words)
    if not odd:
        return True
    if not odd.isdisjoint(apart):
        return False
    alphabetic = {token for token in odd if token.isalpha()}
    if sum(len(token) == 1 for token in alphabetic) > 1:
        return False
    if len(alphabetic) > (1 - _SOME) * len(tokens):
        return all(_settled(token, words) for token in odd - alphabetic)
    return len(alphabetic) < 2 and all(_settled(token, words) for token in odd)  # two may be the halves of one


@lru_cache(maxsize=100_000)
def _settled(token: str, words: frozenset[str]) -> bool:
    if token.isalpha():
        return _best(token, words)[1] == token
    if _APART.search(token) or _TOKEN.sub(lambda m: _unleet(m[0], words), token) != token:
        return False
    return all(known(word, words) or _best(word, words)[1] == word for word in _LETTERS.findall(token))


@cache
def _bits() -> dict[str, int]:
    """How rare each word of the list is: -log2 of its share of running words, about."""
    return {word: int(row["bits"]) for row in rows("words_en.csv") for word in row["words"].split()}


def _rarity(word: str, words: frozenset[str]) -> float:
    bits = _bits().get(word, _OWN)
    return min(bits, _OWN) if word in words else bits


def _noted(found: list[Change], kind: str, seen: str, read: str) -> str:
    if seen != read:
        found.append(Change(kind, seen, read))
    return read


def _together(seen: str, sign: str, words: frozenset[str]) -> str:
    """Single letters set apart, read as the words they spell; left as they are where they spell none."""
    joined = seen.replace(sign, "")
    if len(joined) > 2 and known(joined, words):
        return joined
    parts = _parted(joined, words, alone=_OWN) if 3 < len(joined) <= _LONG else None
    return " ".join(parts) if parts and max(map(len, parts)) > 2 else seen


def _spelled(word: str, words: frozenset[str]) -> str:
    """A word that stood letter by letter, with blanks where words end."""
    if known(word, words) or len(word) > 2 * _LONG:
        return word
    return " ".join(_parted(word, words, alone=0.0) or [word])


def _unleet(token: str, words: frozenset[str]) -> str:
    core = token.rstrip("!|+")  # what ends a word is punctuation more often than a letter
    if core.isalpha() or _UNIT.fullmatch(core) or 2 * sum(map(str.isalpha, core)) < len(core):
        return token
    read = next((one for one in readings(core) if len(one) > 2 and known(one, words)), None)
    return token if read is None else read + token[len(core) :]


def _english(text: str, words: frozenset[str]) -> bool:
    tokens = _LETTERS.findall(text)
    if not text.isascii() and 2 * sum(map(len, tokens)) < sum(map(str.isalpha, text)):
        return False  # names and terms in a text of another script
    odd = [token for token in tokens if not known(token, words)]
    english = len(tokens) - len(odd)
    if not tokens or english < _SOME * len(tokens):
        return False
    return english + 0.5 * sum(_best(token, words)[0] == "joined" for token in odd) >= _MOST * len(tokens)


def _joined(tokens: list[str], words: frozenset[str], found: list[Change]) -> Iterator[str]:
    """With words put together again that were cut into two or three pieces, none of which is a word."""
    at = 0
    while at < len(tokens):
        for many in (3, 2):
            pieces = tokens[at : at + many]
            whole = "".join(pieces)
            if (
                len(pieces) == many
                and len(whole) > 3
                and known(whole, words)
                and not any(known(p, words) for p in pieces)
            ):
                yield _noted(found, "spaced", " ".join(pieces), whole)
                at += many
                break
        else:
            yield tokens[at]
            at += 1


def _read(word: str, words: frozenset[str], found: list[Change]) -> str:
    if known(word, words):
        return word
    kind, read = _best(word, words)
    return _noted(found, kind, word, read)


@lru_cache(maxsize=100_000)
def _best(word: str, words: frozenset[str]) -> tuple[str, str]:
    """The likeliest reading of a word that is in no list, with its kind; the word itself where none is likely."""
    if not 2 < len(word) <= _LONG or not (word.isascii() and word.isalpha()):
        return "", word
    shorter = [_DRAWN.sub(times, word) for times in (r"\1\1", r"\1")] if _DRAWN.search(word) else []
    if shorter := [one for one in shorter if known(one, words)]:
        return "misspelt", min(shorter, key=lambda one: _rarity(one, words))
    cost, kind, read = _DOUBT + _LETTER * len(word), "", word
    parts = _parted(word, words)
    if parts and (price := sum(_rarity(part, words) for part in parts) + _APIECE * (len(parts) - 1)) < cost:
        cost, kind, read = price, "joined", " ".join(parts)
    for edit, other in _edits(word):
        if known(other, words) and (price := edit + _rarity(other, words)) < cost:
            cost, kind, read = price, "misspelt", other
    return kind, read


def _edits(word: str) -> Iterator[tuple[float, str]]:
    for n in range(len(word) - 1):
        if word[n] != word[n + 1]:
            yield _SWAP + _EDGE * (n == 0), word[:n] + word[n + 1] + word[n] + word[n + 2 :]
    for n in range(len(word) + 1):
        for c in "abcdefghijklmnopqrstuvwxyz":
            yield _GAP + _EDGE * (n in (0, len(word))), word[:n] + c + word[n:]


def _parted(text: str, words: frozenset[str], alone: float = _NEVER) -> list[str] | None:
    """The likeliest cut of letters into ordinary words, or None; `alone` is what a or i costs after the first word."""
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(text) + 1):
        ways = [
            (best[start][0] + _rarity(part, words) + _APIECE + (alone if len(part) == 1 and start else 0.0), start)
            for start in range(max(0, end - _WORD), end)
            if best[start][0] < _NEVER and known(part := text[start:end], words)
        ]
        best.append(min(ways, default=(_NEVER, 0)))
    if best[-1][0] >= _NEVER:
        return None
    parts, end = [], len(text)
    while end:
        start = best[end][1]
        parts.append(text[start:end])
        end = start
    return parts[::-1]
