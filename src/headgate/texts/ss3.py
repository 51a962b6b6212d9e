"""SS3: a text classifier that is a table of word counts, reads as a stream and says which words spoke.

The confidence gv(w, c) of word w in class c is local value x significance x sanction. A text's score for a class is the
sum over its words, kept in whole units of 2^-32: integers add up to the same in any order, so a text read in pieces,
cut anywhere, gives exactly what it gives read at once.

Reference: S. G. Burdisso, M. Errecalde and M. Montes-y-Gomez (2019), A text classification framework for simple and
effective early depression detection over social media streams, Expert Systems with Applications 133, 182-197.
Checked against: pyss3 0.6.5, the authors' own code, in its mode sg_m="vanilla", cv_m="gv" (docs/methods/ss3.md). Like
it we take the mean deviation from the lower median where the paper says median deviation, the smaller of two where
there are two classes, and no local value of a word met once in a class. A word never met in a class has no significance
there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Doubles: TypeAlias = npt.NDArray[np.float64]

ONE = 2**32  # the confidence 1 in whole units
_NOISE = 1  # a word met so often in a class, or less, does not count there
_IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff"
_LETTER = rf"[^\W_{_IDEOGRAPHS}]"
_UNIT = re.compile(rf"[{_IDEOGRAPHS}]|{_LETTER}+(?:'{_LETTER}+)?")
# After these nothing that follows can change how what came before is read.
_ENDS = re.compile(rf"[\s{_IDEOGRAPHS}]")


@dataclass(frozen=True, slots=True)
class Model:
    """A trained classifier: `words` gives the row of each word or run of words in `counts` (V x C) and `worth`.

    `worth` (V + 1 x C) holds gv in whole units, and zeros for what is not known. `grams` is the longest run. `lead` is
    the lead from which a decision is safe, in units of gv, None where none was found. `held` has for each class what
    was measured on texts kept out: hits, positives, passed, negatives.
    """

    classes: tuple[str, ...]
    words: dict[str, int]
    counts: Ints
    worth: Ints
    grams: int
    sigma: float
    lam: float
    rho: float
    lead: float | None = None
    held: dict[str, list[int]] | None = None


@dataclass(slots=True)
class Stream:
    """A text being read: sums so far, the words a run may begin with, letters that may go on, words seen."""

    sums: Ints
    before: list[str]
    rest: str = ""
    seen: int = 0
    decided: int | None = None  # words after which the lead was safe for the first time


def units(text: str) -> list[str]:
    """The words of `text`, case and width folded; a Chinese character is a word of its own."""
    return _UNIT.findall(text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold())


def confidence(counts: Ints, lengths: Ints, *, sigma: float, lam: float, rho: float) -> Doubles:
    """The global values gv (V x C) of words met `counts` (V x C) times, from 0 to 1; `lengths` (V): words in each run.

    `sigma` flattens the local value, `lam` is how far above the other classes a word must be, `rho` how harshly a word
    of several classes is sanctioned.
    """
    kinds = counts.shape[1]
    most = np.ones((int(lengths.max(initial=0)) + 1, kinds))
    np.maximum.at(most, lengths, counts)
    local = (np.where(counts > _NOISE, counts, 0) / most[lengths]) ** sigma
    middle = np.sort(local, axis=1)[:, (kinds - 1) // 2, None]
    spread = middle if kinds == 2 else np.abs(local - middle).mean(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        above = 0.5 * np.tanh(3.0 / (lam * spread) * (local - middle) - 3.0) + 0.5
    above = np.where(spread > 0, above, local > 0) * (counts > 0)
    others = above.sum(axis=1, keepdims=True) - above
    sanction = ((kinds - 1 - others).clip(0) / ((kinds - 1) * (others + 1))) ** rho
    return np.asarray(local * above * sanction)


def build(
    classes: Sequence[str], table: dict[str, list[int]], *, grams: int = 1, sigma: float = 0.45, lam: float = 0.5,
    rho: float = 1.0, lead: float | None = None, held: dict[str, list[int]] | None = None,
) -> Model:  # fmt: skip
    """The model of the counts in `table`: word or run -> how often in each class. Two classes or more."""
    words = sorted(word for word, row in table.items() if max(row) > _NOISE)
    counts = np.array([table[word] for word in words], np.int64).reshape(len(words), len(classes))
    lengths = np.array([word.count(" ") + 1 for word in words], np.int64)
    worth = np.zeros((len(words) + 1, len(classes)), np.int64)
    worth[:-1] = np.rint(confidence(counts, lengths, sigma=sigma, lam=lam, rho=rho) * ONE)
    rows = {word: row for row, word in enumerate(words)}
    return Model(tuple(classes), rows, counts, worth, grams, sigma, lam, rho, lead, held)


def runs(words: Sequence[str], length: int) -> list[str]:
    """The runs of `length` successive words, in the order in which they end."""
    if length == 1:
        return list(words)
    return [" ".join(run) for run in zip(*(words[n:] for n in range(length)), strict=False)]


def steps(model: Model, texts: Sequence[Sequence[str]]) -> Ints:
    """What each word of each text, all texts in one column, adds to each class (T x C), in whole units.

    A word brings the runs that end with it.
    """
    get, none = model.words.get, len(model.words)
    total = None
    for length in range(1, model.grams + 1):
        early = [none] * (length - 1)
        rows = [r for text in texts for r in [*early[: len(text)], *(get(run, none) for run in runs(text, length))]]
        part = model.worth[rows]
        total = part if total is None else total + part
    assert total is not None
    return total


def sums(model: Model, texts: Sequence[Sequence[str]]) -> Ints:
    """What all words of each text add to each class (n x C), in whole units."""
    so_far, ends = cumulated(model, texts)
    return np.asarray(so_far[ends[1:]] - so_far[ends[:-1]])


def cumulated(model: Model, texts: Sequence[Sequence[str]]) -> tuple[Ints, Ints]:
    """Sums over the words of all texts in one column, after none, one, two (T + 1 x C), and where each text ends.

    The sums of the first k words of text n are the row `ends`[n] + k less the row `ends`[n].
    """
    each = steps(model, texts)
    ends = np.concatenate([[0], np.cumsum([len(text) for text in texts], dtype=np.int64)]).astype(np.int64)
    return np.concatenate([np.zeros((1, each.shape[1]), np.int64), np.cumsum(each, axis=0)]), ends


def leads(added: Ints) -> Doubles:
    """How far the best class is before the next (n), in units of gv, from sums `added` (n x C)."""
    ordered = np.partition(added, -2, axis=1)
    return np.asarray((ordered[:, -1] - ordered[:, -2]) / ONE)


def start(model: Model) -> Stream:
    """A text of which nothing was read."""
    return Stream(np.zeros(len(model.classes), np.int64), [])


def add(model: Model, stream: Stream, text: str, *, last: bool = False) -> Stream:
    """Read on; the letters after the last end of a word wait for the next piece, unless this is the `last`."""
    text = stream.rest + text
    end = len(text) if last else max((found.end() for found in _ENDS.finditer(text)), default=0)
    stream.rest = text[end:]
    fresh = units(text[:end])
    words = stream.before + fresh
    so_far = stream.sums + np.cumsum(steps(model, [words])[len(stream.before) :], axis=0)
    if fresh:
        if stream.decided is None and model.lead is not None:
            safe = np.flatnonzero(leads(so_far) >= model.lead)
            stream.decided = stream.seen + int(safe[0]) + 1 if len(safe) else None
        stream.sums = so_far[-1]
    stream.seen += len(fresh)
    stream.before = words[max(0, len(words) - model.grams + 1) :]
    return stream


def shares(added: Ints) -> Doubles:
    """Sums (n x C) as confidences from 0 to 1: each class against the best of the others; NaN where no word spoke.

    From 0.5 on a class is the decision, or shares it.
    """
    ordered = np.sort(added, axis=1)
    best, second = ordered[:, -1:], ordered[:, -2:-1]
    rival = np.where(added == best, second, best)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(best > 0, added / (added + rival), np.nan))
