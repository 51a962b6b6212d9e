"""Six of TOFU's invented authors in a tiny language model, two of them to be forgotten: the setting of `tofu_tiny`.

All authors and the halves of their questions are drawn from the seed: even questions judge a trial, odd ones prove.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from headgate.errors import BadInput
from headgate.evidence.tofu import truth_ratio
from headgate.nn.causal import CAUSAL
from headgate.nn.relearn import relearn
from headgate.nn.tiny_llama import byte_pairs, fit, tiny_llama
from headgate.repair.examples import take
from headgate.repair.questions import Pair, asked, rows, text
from headgate.repair.shapes import Array, Behaviour, Doubles, Examples, ForgetSet, Role, Subject
from headgate.reproductions import needed

FOLDER = Path("unlearn") / "tofu"
EACH = 20  # questions an author
_AUTHORS, _LATE = 200, 180  # the last 20, forget10, have answers in other words
_FORGOTTEN, _KEPT = 2, 4
_STEPS = 40  # of relearning
_WRONG = 5  # answers to each question


@dataclass(frozen=True, slots=True)
class Setting:
    """The subject, a model retrained without the two authors, and what each is asked, by one seed.

    `seconds` of the processor went into retraining. `wrong` holds the answers to a forgotten author's questions in
    other words, then five wrong ones each.
    """

    subject: Subject
    retrained: torch.nn.Module
    seconds: float
    tokeniser: Any
    forget: ForgetSet
    authors: tuple[Examples, ...]
    kept: Examples
    wrong: tuple[Examples, ...]
    seed: int


def setting(folder: Path, seed: int, *, epochs: int = 26) -> Setting:
    """The setting of `seed` from the files below `folder`; raises `BadInput` where they are absent."""
    source = needed(folder / FOLDER / "full.json")
    reworded = needed(folder / FOLDER / "forget10_perturbed.json")
    whole, late = rows(source), rows(reworded)
    generator = np.random.default_rng([seed, 2401])
    forgotten = _LATE + generator.choice(_AUTHORS - _LATE, _FORGOTTEN, replace=False)
    kept = generator.choice(_LATE, _KEPT, replace=False)
    pairs = [_pair(source, whole, n, "answer") for n in _places((*forgotten, *kept))]
    tokeniser = byte_pairs(words for one in pairs for words in (one.question, one.answer))
    train = asked(pairs, tokeniser, block=EACH)
    model = tiny_llama(len(tokeniser), seed=seed)
    fit(model, train, epochs=epochs, seed=seed)
    begun = time.process_time()
    cut = _FORGOTTEN * EACH
    rest = take(train, np.arange(cut, len(train)))
    retrained = tiny_llama(len(tokeniser), seed=seed + 1_000)
    fit(retrained, rest, epochs=epochs, seed=seed + 1_000)
    seconds = time.process_time() - begun
    places = [n - _LATE * EACH for n in _places(forgotten)]
    wrong = [asked([_pair(reworded, late, n, "paraphrased_answer") for n in places], tokeniser)]
    wrong += [asked([_wrong(reworded, late, n, k) for n in places], tokeniser) for k in range(_WRONG)]
    return Setting(
        Subject("tofu_tiny", model, train, CAUSAL), retrained, seconds, tokeniser,
        ForgetSet(train.ids[:cut], "two authors", 1.0),
        tuple(take(train, np.arange(EACH * n, EACH * (n + 1))) for n in range(_FORGOTTEN)), rest, tuple(wrong), seed,
    )  # fmt: skip


def half(items: Examples, role: Role) -> Examples:
    """The even items for validation, the odd ones for proof."""
    return take(items, np.arange(len(items)) % 2 == (role == "proof"))


def behaviour(given: Setting, role: Role) -> Behaviour:
    """Questions about the forgotten authors, and about the others, of `role`."""
    return Behaviour(role, half(take(given.subject.train, np.arange(_FORGOTTEN * EACH)), role), half(given.kept, role))


def restored(given: Setting, model: torch.nn.Module, role: Role) -> Doubles:
    """The answer probabilities (n) of each forgotten author after the other was relearned for 40 steps.

    For validation one is relearned and the other asked, even questions only; for proof both ways, all questions
    relearned and the odd ones asked.
    """
    found = []
    for n in range(_FORGOTTEN if role == "proof" else 1):
        lesson = given.authors[n] if role == "proof" else half(given.authors[n], role)
        taught = relearn(given.subject, model, lesson, steps=_STEPS, rate=1e-3, batch=8, seed=given.seed)
        found.append(CAUSAL.outcomes(taught, half(given.authors[1 - n], role)))
    return np.concatenate(found)


def truth_ratios(given: Setting, model: torch.nn.Module) -> Doubles:
    """TOFU's truth ratio of each question about the forgotten authors (40)."""
    losses = [-np.log(np.maximum(CAUSAL.outcomes(model, one), 1e-300)) for one in given.wrong]
    return truth_ratio(losses[0], np.stack(losses[1:], axis=1))


def _places(authors: Iterable[int] | Array) -> list[int]:
    return [int(one) * EACH + n for one in authors for n in range(EACH)]


def _pair(path: Path, given: list[dict[str, Any]], place: int, field: str) -> Pair:
    row = given[place] if place < len(given) else {}
    return Pair(text(path, place + 1, row, "question"), text(path, place + 1, row, field))


def _wrong(path: Path, given: list[dict[str, Any]], place: int, number: int) -> Pair:
    row = given[place]
    several = row.get("perturbed_answer")
    if not isinstance(several, list) or len(several) < _WRONG:
        msg = f"{path} has no {_WRONG} wrong answers (perturbed_answer) of item {place + 1}. Give it as released."
        raise BadInput(msg)
    field = f"perturbed_answer {number + 1}"
    return Pair(text(path, place + 1, row, "question"), text(path, place + 1, {field: several[number]}, field))
