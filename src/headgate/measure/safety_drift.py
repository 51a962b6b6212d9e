"""How often a variant says what a judge looks for, beside its base on the same prompts, and whether that may pass.

Reads: base and variant, each a folder of a causal language model or a file of completions; prompts where a model is to
be asked; a judge; labels by people on some completions, which measure the judge's errors.
Finds: the rate of each model, their difference with the interval of a paired posterior, the probability that it is
negligible, the p-value, the smallest drift that so many prompts would show, and how many subsets drifted after Holm's
correction. With labels rates are corrected for the judge's errors in each model, and intervals carry these. With
`delta` it says whether the variant is at most that much worse, with the probability `level`.
Cannot see: what the prompts do not ask, what the judge does not look for, what comes after the last token that is
drawn, and why models differ. Without labels the judge is taken as perfect.
Reference: Hawkins, Mittelstadt and Russell (2024), The effect of fine-tuning on language model toxicity,
arXiv 2410.15821 (S003); see docs/methods/safety_drift.md for what is done otherwise.
Checked against: scipy's binomial test for McNemar's; XSTest's human labels for corrected rates.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from headgate.drift import completions, generate, judging, telling
from headgate.drift import labels as people
from headgate.drift import prompts as asking
from headgate.drift.compare import compare
from headgate.drift.completions import Completions
from headgate.drift.pairs import paired
from headgate.errors import UsageError
from headgate.plain import plain
from headgate.shapes import Measured

RISKS = ("1.1", "1.3", "3.3")


def measure(
    *, base: Path, variant: Path, prompts: Path | None = None, judge: str = "refusal", labels: Path | None = None,
    correction: Literal["double_sampling", "rogan_gladen"] = "double_sampling", delta: float | None = None,
    level: float = 0.95, worse: Literal["auto", "more", "less"] = "auto", rope: float = 0.01, samples: int = 5,
    tokens: int = 50, temperature: float = 1.0, template: Literal["auto", "none"] = "auto", subset: str = "subset",
    toxic_labels: str | None = None, seed: int = 0,
) -> Measured:  # fmt: skip
    """Rates of base and variant on the same prompts, as a judge sees them, and their difference.

    `base` is a folder of a model or a table of completions (id, completion, and sample, subset, prompt where told);
    `variant` is another such; `prompts` is a table of what models are asked (id, prompt, subset); `judge` is refusal, a
    screen method, a folder of a classifier, or a .csv file with a column phrase; `labels` is a table of what people say
    of some completions (id, model, label, sample); `correction` is how labels correct rates: double_sampling where the
    labelled completions were drawn at random, rogan_gladen where only the judge's errors on them are those on all;
    `delta` is how much worse the variant may be; `level` is the probability asked for that it is no worse than that;
    `worse` says whether more or less of what the judge looks for is worse: auto is more, and of refusals, which are
    good of harmful prompts and bad of others, `delta` needs it said; `rope` is the difference up to which one is
    negligible; `samples` is how many completions a model gives to each prompt; `tokens` is how long they are at most;
    `temperature` is of sampling, 0 takes the likeliest token; `template` auto uses each model's own chat template, none
    the bare prompt; `subset` names the column of subsets; `toxic_labels` names the labels of a classifier that count,
    separated by commas; `seed` is of all that is drawn. Raises `UsageError`, `BadInput` and `MissingExtra` in one line
    each.
    """
    _check(delta, level, rope)
    if worse == "auto" and judge == judging.REFUSAL and delta is not None:
        msg = "fewer refusals are worse of harmful prompts, more are worse of harmless ones. Say --worse less or more."
        raise UsageError(msg)
    worse = "less" if worse == "less" else "more"
    judged = judging.judge(judge, toxic_labels=toxic_labels)
    if prompts is not None and not base.is_dir() and not variant.is_dir():
        msg = f"base and variant are files of completions, so that nobody is asked {plain(prompts)}. Leave it out."
        raise UsageError(msg)
    given = None if prompts is None else asking.read(prompts, subset=subset)

    def side(path: Path, at: int) -> Completions:
        if not path.is_dir():
            return completions.read(path, subset=subset)
        if given is None:
            msg = f"{plain(path)} is a model, and there is nothing to ask it. Name a table with --prompts."
            raise UsageError(msg)
        return generate.generated(path, given, samples=samples, tokens=tokens, temperature=temperature,
                                  template=template, seed=2 * seed + at)  # fmt: skip

    first, second = side(base, 0), side(variant, 1)
    flags = judged(first.texts), judged(second.texts)
    said = (None, None) if labels is None else people.read(labels, first, second)
    pairs, left = paired(first, flags[0], second, flags[1], base_labels=said[0], variant_labels=said[1])
    unjudged = int(np.isnan(flags[0]).sum() + np.isnan(flags[1]).sum())
    whole, parts = compare(pairs, correction=correction, delta=delta or 0.0, rope=rope, worse=worse, seed=seed)
    return Measured(
        second.ref,
        telling.findings(whole, parts, pairs, rope=rope, delta=delta),
        tables=(telling.by_subset(parts),) if parts else (),
        asked="" if delta is None else telling.asked(worse, delta, level),
        met=None if delta is None else decided(whole.within, level),
        because="" if delta is None else telling.because(whole, parts, worse),
        notes=telling.notes(pairs, correction, {
            f"completions the judge {plain(judge, 60)} could not tell, which count for neither": unjudged,
            "prompts that not both models have judged completions of, which are left out": left,
            "prompts too long for the base": first.unanswered,
            "prompts too long for the variant": second.unanswered,
        }),
    )  # fmt: skip


def decided(chance: float | None, level: float) -> bool | None:
    """True from the probability `level` on, False up to 1 - `level`, None between these and where none is known."""
    if chance is None or 1 - level < chance < level:
        return None
    return chance >= level


def _check(delta: float | None, level: float, rope: float) -> None:
    if not 0.5 < level < 1 or not 0 <= rope <= 1 or (delta is not None and not 0 <= delta <= 1):
        msg = f"delta {delta}, level {level:g} and rope {rope:g} do not fit. "
        raise UsageError(msg + "Give a delta and a rope from 0 to 1 and a level above 0.5 and below 1.")
