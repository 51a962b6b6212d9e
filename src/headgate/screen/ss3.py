"""Text classes by SS3, a white box trained on your labelled rows: word-level evidence, and how early it is decided.

Reads: texts, and a model file or labelled rows (CSV or JSON Lines) to train one on.
Finds: for each text its confidence in each class, against the best other class (0.5 and more: it is the decision), the
words that weigh most, masked in the middle, and after how many words the decision was safe.
Cannot see: word order beyond `grams`, irony, quotation, words that the training rows do not have. On short offensive
texts it is much weaker than TF-IDF with logistic regression (docs/methods/ss3.md): take it where its evidence and early
decisions are worth that. It was published to tell depressed people by what they write; here it is for texts, model
cards and files, and must not be used to profile persons or their health.
Reference: Burdisso, Errecalde and Montes-y-Gomez (2019), Expert Systems with Applications 133, 182-197 (S066).
Checked against: pyss3 0.6.5 (docs/methods/ss3.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from headgate.errors import UsageError
from headgate.plain import plain
from headgate.shapes import Batch, Errors, Scores, Screener
from headgate.texts.decode import deobfuscated
from headgate.texts.ss3 import ONE, Ints, Model, cumulated, leads, runs, shares, units
from headgate.texts.ss3_files import MOST_GRAMS, load, rows, save
from headgate.texts.ss3_train import train as trained

RISKS = ("1.3",)
READS = "texts"
_SHOWN = 4  # words of evidence
_LONGEST = 24  # characters of one


def screen(
    *, model: Path | None = None, of: str | None = None, threshold: float = 0.5, train: Path | None = None,
    train_text: str = "text", train_label: str = "label", grams: int = 1, deobfuscate: bool = False,
) -> Screener:  # fmt: skip
    """Score texts by class.

    `model` is the model file to use, or to write where `train` is given too; `of` is the class whose confidence is
    the headline, the first by name where it is left out; `threshold` is the confidence from which a text counts;
    `train` is a file of labelled rows to train on; `train_text` is its column of texts; `train_label` is its column
    of labels; `grams` is the longest run of words to learn; `deobfuscate` has disguised texts scored as they read
    (those to train on stay as they are), without measured errors.
    """
    if not 0 < threshold <= 1 or not 1 <= grams <= MOST_GRAMS:
        msg = (
            f"threshold {threshold} or grams {grams} is out of range. Give a threshold in (0, 1] and grams from 1 to 8."
        )
        raise UsageError(msg)
    if train is not None:
        used = trained(*rows(train, train_text, train_label), grams=grams)
        if model is not None:
            save(used, model)
    elif model is not None:
        used = load(model)
    else:
        msg = "SS3 needs a model: name one with --model FILE, or labelled rows with --train FILE."
        raise UsageError(msg)
    if of is not None and of not in used.classes:
        msg = f"the model has no class {of!r}; it has {', '.join(used.classes)}."
        raise UsageError(msg)
    headline = used.classes.index(of) if of is not None else 0
    as_measured = threshold == 0.5 and not deobfuscate  # errors were counted at the decision, which is confidence 0.5
    errors = _errors(used, headline) if as_measured else ()
    own = frozenset(used.words) if deobfuscate else None
    return Screener(partial(score, used, headline, own=own), used.classes, threshold, errors)


def score(model: Model, headline: int, batch: Batch, *, own: frozenset[str] | None = None) -> Scores:
    """The confidences of the texts of `batch`, and the evidence of each.

    With `own` disguises are undone, and the words in it count as ordinary.
    """
    texts = batch.texts if own is None else [deobfuscated(text, own) for text in batch.texts]
    words = [units(text) for text in texts]
    so_far, ends = cumulated(model, words)
    added = so_far[ends[1:]] - so_far[ends[:-1]]
    share = shares(added).astype(np.float32)
    told = [
        _evidence(model, text, so_far[ends[n] + 1 : ends[n + 1] + 1] - so_far[ends[n]]) for n, text in enumerate(words)
    ]
    return Scores(share[:, headline], share, told)


def _evidence(model: Model, words: Sequence[str], so_far: Ints) -> str | None:
    if not len(so_far) or not so_far[-1].any():
        return None
    best = int(so_far[-1].argmax())
    worth: dict[str, int] = {}
    for length in range(1, model.grams + 1):
        for run in runs(words, length):
            if (row := model.words.get(run)) is not None and (gain := int(model.worth[row, best])) > 0:
                worth[run] = worth.get(run, 0) + gain
    most = sorted(worth.items(), key=lambda pair: (-pair[1], pair[0]))[:_SHOWN]
    short = len(words) <= 2 * _SHOWN  # of a short Chinese text single characters would show most
    shown = ", ".join(f"{'*' if short and len(word) == 1 else masked(word)} {gain / ONE:.2f}" for word, gain in most)
    name = plain(model.classes[best], 60)
    if model.lead is None:
        return f"{name}: {shown}"
    safe = np.flatnonzero(leads(so_far) >= model.lead)
    when = f"decided at word {safe[0] + 1} of {len(words)}" if len(safe) else f"not decided early, {len(words)} words"
    return f"{name}: {shown}; {when}"


def masked(run: str) -> str:
    """A word, or each word of a run, with its middle starred: what it is can be guessed and not read.

    Of a run of single characters, as in Chinese, only the first is shown.
    """
    words = run.split(" ")
    return " ".join("*" if n and len(word) == 1 else _starred(word[:_LONGEST]) for n, word in enumerate(words))


def _starred(word: str) -> str:
    if len(word) <= 2:
        return word[0] + "*"
    ends = 2 if len(word) >= 6 else 1
    return word[:ends] + "*" * (len(word) - 2 * ends) + word[-ends:]


def _errors(model: Model, headline: int) -> tuple[Errors, ...]:
    if model.held is None:
        return ()
    kinds = [("", model.classes[headline]), *((kind, kind) for kind in model.classes)]
    return tuple(_error(axis, model.held[kind]) for axis, kind in kinds)


def _error(axis: str, held: Sequence[int]) -> Errors:
    hits, positives, passed, negatives = held
    return Errors(axis, hits, positives, passed, negatives, "labelled rows kept out of training, about a fifth")
