"""Models whose alignment was removed, found by their lineage, accounts and words with the obvious keywords masked.

Reads: `artifacts`, `edges`, `labels` (question uncensored); without labels the keyword rule gives the seeds.
Finds: the calibrated probability that a model like this carries the label, with the interval of that share;
NULL where it cannot tell. Evidence: the chain of links to the nearest seed, the seeds that weigh most, how
many others of the account are seeds. The artifact's own label never enters its own score.
Cannot see: what a model does. Until at least 100 artifacts drawn at random were reviewed, the probability is
calibrated to labels that exist, and what nobody labelled counts as clean: a lower bound. Models that were
made to study or to undo the removal look alike: their makers can contest (headgate appeal).
Reference: Lin, Li, Liao and Wang, "Consiglieres in the Shadow" (arXiv 2508.12622), guilt by association over
lineage; Frasca et al., "SIGN" (2020), propagated features.
Checked against: weak labels by name, by component, account, time and at random; see docs/methods/uncensored.md.
"""

from __future__ import annotations

from headgate.shapes import Db, Relation

NEEDS = ("sklearn",)
SENSITIVE = True
HARM = "use"
RISKS = ("1.3", "2.3", "3.3", "4.3")


def detect(db: Db, *, seed: int = 0) -> Relation:
    """Findings subject, value (probability from 0 to 1), low, high, n, evidence.

    `seed` of the folds and of the models fitted.
    """
    from headgate.learn.verdict import findings

    return findings(db, "uncensored", "all", seed)
