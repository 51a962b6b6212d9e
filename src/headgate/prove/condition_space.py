"""Search among all conditions of a diffusion model for one that draws the removed class again, beside retrained models.

The search is the core of UnlearnDiffAtk on embeddings: the condition under which the model itself best denoises
pictures of the class, with no other classifier. One condition is sought for all exemplars (the paper: one a picture,
of words). A model that never saw the class is given the same search, since it too can be steered some way.

Reads: the models before and after and retrained ones, training pictures of the class as exemplars, proof queries.
Finds: the share of drawings that show the class under the best condition, for budgets of steps; against the reference.
Cannot see: attacks that change weights (relearning) or mix scores (composition_leak); what a longer search may find.
Reference: Zhang, Jia, Chen et al., "To Generate or Not? Safety-Driven Unlearned Diffusion Models Are Still Easy To
Generate Unsafe Images ... For Now" (ECCV 2024, arXiv 2310.11868), equation 5.
"""

from __future__ import annotations

from headgate.nn.condition_search import exemplar_aims, search
from headgate.nn.diffusion import inward
from headgate.nn.pictures import missing_class
from headgate.nn.threads import device_of
from headgate.nn.training import tensor
from headgate.repair.checks import check
from headgate.repair.examples import parted
from headgate.repair.shapes import Case, Check, Doubles, Model
from headgate.repair.splits import open_to

NEEDS = ("torch",)
RISKS = ()


def prove(
    case: Case, *, steps: int = 120, rate: float = 0.05, starts: int = 2, margin: float = 0.15, seed: int = 0,
) -> list[Check]:  # fmt: skip
    """One check at the full budget, and one each at no step, a twelfth and a third of it.

    `steps` is the budget of the search;
    `rate` is its learning rate (Adam);
    `starts` is the number of places it begins at;
    `margin` is the distance to the reference that is close enough;
    `seed` draws starts, noise and exemplars.
    """
    open_to(case.behaviour, "prove")
    missing_class(case)
    exemplars = parted(case.subject.train, case.forget)[0]
    budgets = tuple(sorted({0, steps // 12, steps // 3, steps}))

    def found(model: Model) -> list[Doubles]:
        aims = exemplar_aims(inward(tensor(exemplars.x, device_of(model))))
        asked = search(model, aims, budgets=budgets, rate=rate, starts=starts, seed=seed)
        return [case.subject.adapter.outcomes(one, case.behaviour.queries) for one in asked]

    before, after, references = found(case.subject.model), found(case.after), [found(one) for one in case.references]
    checks = [
        check("condition_space", "" if budget == steps else f"{budget} steps", before[n], after[n],
              [one[n] for one in references], margin=margin,
              evidence=f"share of drawings judged the class after {budget} steps among {len(exemplars)} exemplars")
        for n, budget in enumerate(budgets)
    ]  # fmt: skip
    return checks[::-1]
