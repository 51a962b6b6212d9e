"""TOFU's model utility and forget quality, from the released evaluation logs of 16 models.

Reads: unlearn/tofu_eval_logs/ft_epoch5_lr*_{llama2-7b,phi}_{full,retain90,retain95,retain99}_{wd0,wd0.01}.json.gz of
locuslab/tofu: losses of each right, paraphrased and wrong answer, and generated texts with their ROUGE.
Finds: the model utility of each, the forget quality of the models trained on everything against those never shown the
forget set, and how far our ROUGE-L recall, which does not stem, is from the logged one.
Cannot see: whether the logs are what the models said; they cover 300 of the 400 forget items; the full models' logs
are of forget10 alone, so retain95 and retain99 have nothing to be compared with.
Reference: P. Maini et al., TOFU (COLM 2024), arXiv 2401.06121.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from headgate.errors import BadInput
from headgate.evidence import tofu
from headgate.reproductions import Figure, Reproduced, needed

FOLDER = Path("unlearn") / "tofu_eval_logs"
MODELS = {"Llama-2-7B": "ft_epoch5_lr1e-05_llama2-7b", "Phi-1.5": "ft_epoch5_lr2e-05_phi"}
DATA = ("full", "retain90", "retain95", "retain99")
DECAYS = ("0.01", "0")
RETAIN, FORGET = "eval_log.json", "eval_log_forget.json"
CHOSEN = ("eval_real_author_wo_options.json", "eval_real_world_wo_options.json")
_UTILITY = "harmonic mean of probability, ROUGE-L recall and truth on items kept, real authors and the world."
_QUALITY = "p-value of a two-sample Kolmogorov-Smirnov test of the truth ratios of the forget items."
_EQUAL = "of all generated texts, our ROUGE-L recall is the logged one."
_APART = "mean of our ROUGE-L recall less the logged one."
# open-unlearning prints these of models that it trained anew
_THEIRS = {("Llama-2-7B", "full"): "0.63 (open-unlearning)", ("Llama-2-7B", "retain90"): "0.61 (open-unlearning)"}

_LARGEST = 64 * 2**20  # bytes of a log

Log: TypeAlias = dict[str, dict[str, dict[str, Any]]]


def reproduce(folder: Path) -> Reproduced:
    """The figures of the logs below `folder`; raises `BadInput` where one is absent or no such log."""
    logs = {
        (model, data, decay): _read(needed(folder / FOLDER / f"{stem}_{data}_wd{decay}.json.gz"))
        for (model, stem), data, decay in product(MODELS.items(), DATA, DECAYS)
    }
    figures = [
        Figure(model, f"{data}, weight decay {decay}", "model utility", 0, 0, None, None, _UTILITY,
               _THEIRS.get((model, data)) if decay == "0.01" else None, utility(log), 4)
        for (model, data, decay), log in logs.items()
    ]  # fmt: skip
    for model in MODELS:
        figures += [
            _quality(model, f"full against retain90, weight decay {decay}",
                     logs[model, "full", decay], logs[model, "retain90", decay])
            for decay in DECAYS
        ]  # fmt: skip
        pair = (logs[model, "retain90", decay] for decay in reversed(DECAYS))
        figures.append(_quality(model, "retain90, weight decay 0 against 0.01", *pair))
    return Reproduced(
        "tofu_oracle",
        "P. Maini et al., TOFU: A task of fictitious unlearning for LLMs, arXiv 2401.06121; logs: locuslab/tofu, MIT.",
        (*figures, *_rouge(logs.values())),
        ("Forget quality is of 300 items each. A p-value near 1: the test saw no difference; there may be one.",),
    )


def utility(log: Log) -> float:
    """The model utility of one log."""
    parts = []
    for name in (RETAIN, *CHOSEN):
        losses, wrong = _column(log[name], "avg_gt_loss"), _column(log[name], "average_perturb_loss")
        right = tofu.choice_probability(losses, wrong) if name in CHOSEN else tofu.probability(losses)
        ratios = tofu.truth_ratio(_column(log[name], "avg_paraphrased_loss"), wrong)
        parts += [float(right.mean()), float(_column(log[name], "rougeL_recall").mean()), tofu.truth(ratios)]
    return tofu.model_utility(parts)


def _quality(model: str, about: str, first: Log, second: Log) -> Figure:
    ratios = [
        tofu.truth_ratio(_column(log[FORGET], "avg_paraphrased_loss"), _column(log[FORGET], "average_perturb_loss"))
        for log in (first, second)
    ]
    value = tofu.forget_quality(*ratios)
    return Figure(model, about, "forget quality", 0, 0, None, None, _QUALITY, value=value, digits=3)


def _rouge(logs: Any) -> Iterator[Figure]:
    apart: list[float] = []
    for log, name in product(logs, (RETAIN, FORGET, *CHOSEN)):
        texts, logged = log[name]["generated_text"].values(), _column(log[name], "rougeL_recall")
        apart += [tofu.rouge_l_recall(said, right) - was for (_, said, right), was in zip(texts, logged, strict=True)]
    found, of = int((np.abs(apart) < 1e-9).sum()), len(apart)
    yield Figure("all logs", "generated texts", "same ROUGE-L", found, of, None, None, _EQUAL)
    yield Figure("all logs", "generated texts", "ROUGE-L apart", 0, 0, None, None, _APART,
                 value=float(np.mean(apart)), digits=4)  # fmt: skip


def _column(part: dict[str, dict[str, Any]], name: str) -> tofu.Floats:
    return np.asarray(list(part[name].values()), float)


def _checked(part: dict[str, dict[str, Any]]) -> None:
    """Raise `ValueError` where the columns of `part` are of other items, or hold what is no loss and no share."""
    single = [_column(part, name) for name in ("avg_gt_loss", "avg_paraphrased_loss", "rougeL_recall")]
    several, texts = _column(part, "average_perturb_loss"), part["generated_text"].values()
    tofu.truth_ratio(single[1], several)  # of as many items, with wrong answers
    sizes = {len(several), len(texts), *map(len, single)}
    numbers = np.concatenate([*single, several.ravel()])
    said = all(len(one) == 3 and all(isinstance(words, str) for words in one) for one in texts)
    if len(sizes) > 1 or not len(texts) or not said or not (np.isfinite(numbers) & (numbers >= 0)).all():
        raise ValueError
    if single[2].max() > 1:
        raise ValueError


def _read(file: Path) -> Log:
    try:
        with gzip.open(file) as opened:
            whole = opened.read(_LARGEST + 1)
        if len(whole) > _LARGEST:
            raise ValueError
        found = json.loads(whole)
        for name in (RETAIN, FORGET, *CHOSEN):
            _checked(found[name])
    except (OSError, EOFError, zlib.error, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        msg = f"{file} is no evaluation log of TOFU ({type(error).__name__}). Give it as locuslab/tofu released it."
        raise BadInput(msg) from error
    return dict(found)
