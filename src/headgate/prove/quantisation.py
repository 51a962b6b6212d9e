"""Rounding the weights to 8 and to 4 bits, to see whether what was removed comes back.

Reads: the behaviour's proof items, the forget items of a language model, the models before, after and retrained.
Finds: the behaviour after rounding, against retrained models rounded likewise; the worse of the two is the headline.
Cannot see: schemes that also round activations or choose their scales on data; pruning and other compression.
Reference: Zhang et al., "Catastrophic Failure of LLM Unlearning via Quantization" (ICLR 2025, arXiv 2410.16454).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from headgate.errors import UsageError
from headgate.nn.low_bits import rounded
from headgate.repair.checks import check
from headgate.repair.examples import joined, parted
from headgate.repair.shapes import Adapter, Case, Check, Doubles, Examples, Model
from headgate.repair.splits import open_to

NEEDS = ("torch",)
RISKS = ()


def prove(case: Case, *, high: int = 8, low: int = 4, margin: float = 0.1, ceiling: float = 0.1) -> list[Check]:
    """The behaviour of the models before, after and retrained, their weights rounded; likewise the forget items'.

    `high` is the larger number of bits;
    `low` is the smaller;
    `margin` is the distance to the retrained models that is close enough;
    `ceiling` is how much of the behaviour there may be at all, but for language models, whose answers may be guessed.
    """
    open_to(case.behaviour, "prove")
    adapter = case.subject.adapter
    if adapter.kind in ("estimator", "trees"):
        msg = f"{case.subject.name} is a subject of kind {adapter.kind}, with no weights to round. Give a torch model."
        raise UsageError(msg)
    items, most = case.behaviour.queries, None if adapter.kind == "causal" else ceiling
    if adapter.kind == "causal":
        items = joined(items, parted(case.subject.train, case.forget)[0])
    models = (case.subject.model, case.after, *case.references)
    plain = [adapter.outcomes(model, items) for model in models]
    found = {bits: [_rounded(adapter, model, items, bits) for model in models] for bits in (high, low)}
    worst = [np.max(both, axis=0) for both in zip(*found.values(), strict=True)]
    says = f"without rounding: after {plain[1].mean():.3f}{_of(plain[2:])}"
    named = {"": worst, **{f"{bits} bits": one for bits, one in found.items()}}
    return [
        check("quantisation", axis, before, after, references, margin=margin, ceiling=most,
              evidence=f"{axis or 'the more of both roundings, item by item'}; {says}")
        for axis, (before, after, *references) in named.items()
    ]  # fmt: skip


def _rounded(adapter: Adapter, model: Model, items: Examples, bits: int) -> Doubles:
    return adapter.outcomes(rounded(model, bits), items)


def _of(references: Sequence[Doubles]) -> str:
    return f", retrained {np.mean(references):.3f}" if references else ""
