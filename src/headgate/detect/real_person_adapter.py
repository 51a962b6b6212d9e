"""Image adapters made to depict a real person, as a probability with its interval, or none where the record cannot say.

Reads: `artifacts` (person, depicts, tags, name, card) of image adapters, as they stand after pseudonymisation.
Finds: a probability from the few kinds of evidence for a real person (platform or card flag, likeness tag, likeness
words in the card, a prompt of a person) and against one (fictional character, own likeness or consent, style, place
or object); NULL where the two clash, or where there was nothing to read: no tag that says anything, no card, no word
in the name. Evidence names kinds only, never who is depicted.
Cannot see: who it is; an adapter whose record says nowhere that it depicts somebody; consent that nobody wrote down.
On a rewritten record flag and pseudonym are one fact, so a likeness word among the tags and the hub's own flag cannot
be told apart. Gender, ethnicity and the like are never inferred.
Reference: Hawkins, Russell and Mittelstadt, "Deepfakes on Demand" (2025), arXiv 2505.03859; the rule is ours.
Checked against: 430 hand-labelled records of the shared data, half of them held out, and the synthetic hub; see
docs/methods/real_person_adapter.md.
"""

from __future__ import annotations

import csv
from functools import cache
from math import exp, sqrt
from pathlib import Path

from headgate import adapters
from headgate.shapes import Db, Relation

SENSITIVE = True
HARM = "use"
RISKS = ("4.2",)

# Weights of a logistic model and their covariance, made by bench/real_person.py --fit.
_WEIGHTS = Path(__file__).parent.parent / "data" / "adapter_weights.csv"
_Z = 1.959963984540054  # of a 95 % interval
_SQL = f"""
{adapters.SQL},
patterns AS (
    SELECT unnest($patterns) AS said, unnest($chances) AS value, unnest($lows) AS low, unnest($highs) AS high,
           unnest($words) AS evidence
)
SELECT l.ref AS subject, CASE WHEN l.read OR l.said > 0 THEN p.value END AS value,
       CASE WHEN l.read OR l.said > 0 THEN p.low END AS low, CASE WHEN l.read OR l.said > 0 THEN p.high END AS high,
       (l.read OR l.said > 0)::INT AS n,
       CASE WHEN l.read OR l.said > 0 THEN p.evidence ELSE 'nothing to read: no telling tag, no card' END AS evidence
FROM looked AS l JOIN patterns AS p ON p.said = l.said
"""


def detect(db: Db) -> Relation:
    """Findings subject, value (probability), low, high (95 % interval), n (0 nothing to read), evidence (kinds)."""
    db.execute(adapters.prepare())
    patterns = list(range(2 ** len({**adapters.FOR, **adapters.AGAINST})))
    told = [_chance(said) for said in patterns]
    columns = dict(zip(("chances", "lows", "highs"), map(list, zip(*told, strict=True)), strict=True))
    words = [adapters.evidence(said) for said in patterns]
    return db.sql(_SQL, params={**adapters.parameters(), **columns, "patterns": patterns, "words": words})


def _chance(said: int) -> tuple[float | None, float | None, float | None]:
    if adapters.clash(said):
        return None, None, None
    weights, covariance = _model()
    here = [bit for bit in weights if bit == 0 or said & bit]
    centre = sum(weights[bit] for bit in here)
    spread = _Z * sqrt(sum(covariance[one, other] for one in here for other in here))
    low, value, high = (1 / (1 + exp(-z)) for z in (centre - spread, centre, centre + spread))
    return value, low, high


@cache
def _model() -> tuple[dict[int, float], dict[tuple[int, int], float]]:
    """Weight of each bit, 0 the intercept, and the covariance of each pair."""
    with _WEIGHTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    weights = {int(row["bit"]): float(row["weight"]) for row in rows}
    return weights, {(int(row["bit"]), other): float(row[f"with_{other}"]) for row in rows for other in weights}
