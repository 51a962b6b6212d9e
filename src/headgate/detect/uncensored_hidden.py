"""Models whose name does not say that their alignment was removed but whose lineage and account do.

Reads: `artifacts`, `edges`, `labels` (question uncensored); without labels the keyword rule gives the seeds.
Finds: as `detect uncensored`, but from links and accounts alone, nothing of the artifact's own name, tags,
card or numbers; only for models whose name and tags carry no keyword. The second queue for reviewers.
Cannot see: a hidden variant that declares no lineage and whose account has published nothing else; and
whatever `detect uncensored` cannot see.
Reference: Lin, Li, Liao and Wang, "Consiglieres in the Shadow" (arXiv 2508.12622).
Checked against: see docs/methods/uncensored_hidden.md.
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

    return findings(db, "uncensored", "graph", seed)
