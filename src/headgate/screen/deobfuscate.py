"""How much of each text is disguised, by what, and how much of that can be read.

Reads: texts, in any language; what is undone is Latin letters drawn otherwise in any text, bent spelling in English
ones, and other characters for words in Chinese ones.
Finds: the share of each text's characters that stand in something disguised (`score`), one share for each kind, and
`readable`: of the disguised words in Latin letters, the share that reads as a word of the list. `joined` and
`misspelt` have their own axis but do not count for the score, since people who hide nothing write so; neither does
`traditional`, characters strewn into simplified Chinese. Other screeners read `headgate.texts.decode.deobfuscated`.
Cannot see: a disguise in a spelling that is a word itself (`duck`), substitutions by sound in English, Chinese
homophones outside the table, text in pictures or emoji, bent spelling in languages other than English. `readable` is
no estimate of what a person could read: LEGIT's ratings are not at hand.
Reference: Seth et al., "Learning the Legibility of Visual Text Perturbations" (2023); Röttger et al., HateCheck (2021),
for the kinds of spelling.
Checked against: HateCheck's spelling functions, genuine Greek, Russian and Chinese prose; see the page.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from headgate.errors import UsageError
from headgate.normalise import Change
from headgate.shapes import Batch, Errors, Scores, Screener
from headgate.texts.decode import Decoded, decoded
from headgate.texts.respell import known

if TYPE_CHECKING:
    from headgate.shapes import Floats

RISKS = ("1.3", "4.1")
READS = "texts"

_AXES = {
    "homoglyph": ("homoglyph",), "leet": ("leet",), "spaced": ("spaced",), "invisible": ("invisible",),
    "styled": ("styled",), "mark": ("mark",), "chinese_variant": ("variant", "shape", "split"),
    "chinese_homophone": ("homophone", "pinyin"), "traditional": ("traditional",), "joined": ("joined",),
    "misspelt": ("misspelt",),
}  # fmt: skip
_KIND = {kind: n for n, kinds in enumerate(_AXES.values()) for kind in kinds}
_COUNTED = [name not in ("traditional", "joined", "misspelt") for name in _AXES]
_THRESHOLD = 0.01  # at which the errors were measured
_WORD_KINDS = {"homoglyph", "leet", "spaced", "joined", "misspelt"}
# By bench/deobfuscate.py: HateCheck's half of templates that nobody tuned on; prose of Debian's packages in seven
# languages, English alone for misspellings. None for `joined`: how many compounds a text has hangs on its subject.
_ROWS = "HateCheck and package texts of Debian"
_MEASURED = (
    Errors("", 168, 192, 170_206, 170_323, _ROWS),
    Errors("leet", 66, 89, 170_290, 170_323, _ROWS),
    Errors("spaced", 102, 103, 170_310, 170_323, _ROWS),
    Errors("misspelt", 117, 126, 20_134, 20_417, _ROWS),
)
_SHOWN = 3  # substitutions of a kind that the evidence names


def screen(*, words: Path | None = None, threshold: float = 0.01) -> Screener:
    """How much of each text is disguised, by what.

    `words` is a file of lower-case words, one a line, that count as ordinary besides our list; `threshold` is the share
    of a text's characters from which on it counts as disguised.
    """
    ordinary = _ordinary(words)

    def score(batch: Batch) -> Scores:
        axes = np.zeros((len(batch.texts), len(_AXES) + 1), dtype=np.float32)
        axes[:, -1] = np.nan
        evidence: list[str | None] = [None] * len(batch.texts)
        for n, text in enumerate(batch.texts):
            read = decoded(text, ordinary)
            if read.changes:
                axes[n] = _shares(text, read, ordinary)
                evidence[n] = _evidence(read.changes)
        return Scores(np.minimum(axes[:, :-1][:, _COUNTED].sum(axis=1), 1.0), axes, evidence)

    measured = _MEASURED if words is None and threshold == _THRESHOLD else ()
    return Screener(score, (*_AXES, "readable"), threshold, measured)


def _ordinary(path: Path | None) -> frozenset[str]:
    if path is None:
        return frozenset()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        msg = f"cannot read the words of {path} ({error}). Give a file with one word a line, in UTF-8."
        raise UsageError(msg) from None
    return frozenset(text.casefold().split())


def _shares(text: str, read: Decoded, ordinary: frozenset[str]) -> Floats:
    shares = np.zeros(len(_AXES) + 1, dtype=np.float32)
    total = sum(not c.isspace() for c in text) or 1
    for change in read.changes:
        shares[_KIND[change.kind]] += _extent(change) / total
    shares[:-1] = np.minimum(shares[:-1], 1.0)
    hidden = [change.read for change in read.changes if change.kind in _WORD_KINDS and change.read.isascii()]
    listed = sum(all(known(word, ordinary) for word in one.split()) for one in hidden)
    shares[-1] = listed / len(hidden) if hidden else np.nan
    return shares


def _extent(change: Change) -> int:
    """Characters of the text that a change accounts for."""
    if change.kind == "invisible":
        return len(change.seen.split())
    return sum(not c.isspace() for c in change.seen)


def _evidence(changes: list[Change]) -> str:
    """Kinds and counts, with single characters as substituted: never the word that was hidden."""
    parts = []
    for kind, count in Counter(change.kind for change in changes).most_common():
        pairs = Counter(pair for change in changes if change.kind == kind for pair in _pairs(change))
        shown = ", ".join(pair for pair, _ in pairs.most_common(_SHOWN))
        parts.append(f"{kind} {count}" + (f" ({shown})" if shown else ""))
    return "; ".join(parts)


def _pairs(change: Change) -> list[str]:
    if change.kind == "invisible":
        return change.seen.split()
    if change.kind in {"leet", "homoglyph", "styled"} and len(change.seen) == len(change.read):
        return [
            f"{_shown(a)}>{b}" for a, b in zip(change.seen.casefold(), change.read.casefold(), strict=False) if a != b
        ]
    return []


def _shown(c: str) -> str:
    return c if c.isascii() else f"U+{ord(c):04X}"
