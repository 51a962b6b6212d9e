"""Artifacts whose stated licence breaks what a licence upstream asks, over any number of steps.

Reads: `artifacts`, `edges`, licences as `headgate.licences` knows them (`data/licences.csv`, `licence_terms.csv`,
and `licence_inheritance.csv` for what each relation passes on).
Finds: 1 where the licence stated here cannot keep a duty that is surely inherited, or parents' licences exclude one
another; 0 where it keeps all that is inherited; NULL where that is not clear: a licence nobody knows or nobody
stated, clauses to compare, a relation of which the law is not settled (training data). The evidence names the
licence, the clause, the path, and where on it the duty was first dropped. The most restrictive of several licences
counts. A holder may license their own work anew: between artifacts of one account the child's licence replaces the
parent's. `n` is the number of declared parents; 0 where none is declared, and then nothing inherited is known.
Cannot see: parents that nobody declared, exceptions agreed in private, terms that no table holds, and what a court
would say: the tables are the authors' reading, and no legal advice. Duties that leave the licence free (attribution,
notices) are not checked here.
Reference: Longpre et al., "The Data Provenance Initiative" (2023), the most restrictive wins; Hippocratic License and
Organization for Ethical Source (compatibility of licences); Contractor et al. (FAccT 2022).
Checked against: 60 real edges, 60 pairs and 30 chains solved by hand; see docs/methods/licence_conflict.md.
"""

from __future__ import annotations

from headgate.licences import conflicts
from headgate.shapes import Db, Relation

HARM = "implementation"
RISKS = ("6.3",)

# Weights that load or copy others, while nobody says which: not the same as having no parent.
_SQL = r"""
SELECT subject, value, n, evidence FROM licence_findings
UNION ALL
SELECT ref AS subject, CASE WHEN NOT derived THEN 0 END AS value, 0 AS n, CASE WHEN derived
    THEN 'an adapter or a quantised copy whose base nobody states' ELSE 'no upstream is declared' END AS evidence
FROM (SELECT ref, coalesce(library = 'peft', false) OR coalesce(pipeline IN ('LORA', 'LoCon', 'DoRA'), false)
             OR len(list_intersect(coalesce(tags, []), ['lora', 'adapter', 'peft', 'adapter-transformers'])) > 0
             OR coalesce(regexp_matches(lower(name), '[-_.](gguf|gptq|awq|exl2)$'), false) AS derived
      FROM artifacts ANTI JOIN licence_findings AS f ON f.subject = ref)
"""


def detect(db: Db, *, data: bool = True) -> Relation:
    """Findings subject, value (1 conflict, 0 none, NULL not clear), n, evidence.

    `data` counts what training data asks; without it only licences of weights are inherited.
    """
    conflicts.findings(db, data=data)
    return db.sql(_SQL)
