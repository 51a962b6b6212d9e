"""Behaviour rate: how often the model still does what it should not, and what it lost on clean items.

Reads: the outcomes of the models before and after, and of those retrained without the forget set, on the proof items.
Finds: the rate of the behaviour on the proof queries, and on clean items how far the right answer is lost (1 -
outcome), each against the retrained models, both ways: less behaviour than theirs is `over`, a trace of its own.
Cannot see: whether the behaviour is gone or only suppressed: relearning and quantisation tell; triggers and wordings
that no proof query has; clean items unlike the proof items.
Reference: Goel et al., "Corrective Machine Unlearning" (TMLR 2024, arXiv 2402.14015): removal is judged on held-out
items with the trigger and on clean ones; Kurmanji et al., "Towards Unbounded Machine Unlearning" (NeurIPS 2023, arXiv
2302.09880): forget error is to be that of a retrained model, not the highest.
"""

from __future__ import annotations

import numpy as np

from headgate.errors import UsageError
from headgate.repair.checks import check
from headgate.repair.shapes import Case, Check, Doubles, Examples
from headgate.repair.splits import open_to

RISKS = ()


def prove(case: Case, *, margin: float = 0.1, ceiling: float = 0.1) -> list[Check]:
    """Two checks: the behaviour on the proof queries (axis ""), and `utility`, how far clean answers are lost.

    `margin` is how far from the retrained models, either way, is still close enough;
    `ceiling` is how much of the behaviour there may be at all, whatever the retrained models do; 1 for no such limit.
    Raises `UsageError` for a margin or ceiling outside 0 to 1.
    """
    for name, value in (("margin", margin), ("ceiling", ceiling)):
        if not 0 <= value <= 1:
            msg = f"a {name} of {value:g} is no rate. Give 0 to 1."
            raise UsageError(msg)
    behaviour = open_to(case.behaviour, "prove")
    before, after, *references = _outcomes(case, behaviour.queries)
    limit = ceiling if ceiling < 1 else None
    shown = check("behaviour_rate", "", before, after, references, margin=margin, ceiling=limit,
                  evidence=_said("the unwanted answer", "queries", after, references))  # fmt: skip
    before, after, *references = (1 - one for one in _outcomes(case, behaviour.clean))
    lost = check("behaviour_rate", "utility", before, after, references, margin=margin,
                 evidence=_said("the right answer lost", "clean items", after, references))  # fmt: skip
    return [shown, lost]


def _outcomes(case: Case, items: Examples) -> list[Doubles]:
    models = (case.subject.model, case.after, *case.references)
    return [np.asarray(case.subject.adapter.outcomes(model, items), float) for model in models]


def _said(what: str, items: str, after: Doubles, references: list[Doubles]) -> str:
    if not len(after):
        return f"no {items}"
    gold = [float(one.mean()) for one in references]
    told = f", by {len(gold)} retrained {min(gold):.3f} to {max(gold):.3f}" if gold else ", none retrained"
    return f"{what} on {len(after)} {items}: {after.mean():.3f}{told}"
