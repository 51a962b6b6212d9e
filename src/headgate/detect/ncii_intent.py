"""Sexual signals on image adapters that depict a real person: a sign of intent, reported apart from the person itself.

Reads: `artifacts` (nsfw, tags, name, card) of image adapters, and the person evidence of `detect real_person_adapter`.
Finds: 1 where an adapter with evidence for a real person bears the hub's adult flag, or sexual words in tags or name;
0 where there is no such evidence, or nothing sexual in a record that could be read; NULL where the person evidence
clashes, where nothing was there to read, and where only the card has sexual words: cards forbid as often as they offer.
Cannot see: intent itself, or what is made with the adapter; an adult flag that an uploader left out; Civitai's levels,
which are not collected, only its yes or no. Hugging Face flags adult repositories only where the author says so.
Reference: Hawkins, Russell and Mittelstadt, "Deepfakes on Demand" (2025), arXiv 2505.03859, intent from metadata; the
rule is ours.
Checked against: the synthetic hub; see docs/methods/ncii_intent.md.
"""

from __future__ import annotations

from headgate import adapters
from headgate.shapes import Db, Relation

SENSITIVE = True
HARM = "use"
RISKS = ("4.2",)

_SQL = f"""
{adapters.SQL},
judged AS (
    SELECT *, list_contains($clashes, said) AS clash, said & $for_bits > 0 AS person,
           coalesce(nsfw, false) OR sexual_tag AS sexual
    FROM looked
)
SELECT ref AS subject,
       CASE WHEN said = 0 AND NOT read OR clash THEN NULL WHEN NOT person THEN 0 WHEN sexual THEN 1
            WHEN sexual_card THEN NULL WHEN read OR nsfw IS NOT NULL THEN 0 END AS value,
       (read OR said > 0)::INT AS n,
       CASE WHEN said = 0 AND NOT read THEN 'nothing to read: no telling tag, no card'
            WHEN clash THEN 'person evidence clashes' WHEN NOT person THEN 'no person evidence'
            WHEN nsfw THEN 'person evidence and adult flag' WHEN sexual_tag THEN 'person evidence and sexual tag'
            WHEN sexual_card THEN 'person evidence, sexual words in the card only'
            WHEN read OR nsfw IS NOT NULL THEN 'person evidence, nothing sexual' ELSE 'person evidence, nothing to read'
       END AS evidence
FROM judged
"""


def detect(db: Db) -> Relation:
    """Findings subject, value (1 sexual signals beside person evidence, 0 not, NULL could not tell), n, evidence."""
    db.execute(adapters.prepare())
    clashes = [said for said in range(2 ** len({**adapters.FOR, **adapters.AGAINST})) if adapters.clash(said)]
    return db.sql(_SQL, params={**adapters.parameters(), "clashes": clashes, "for_bits": sum(adapters.FOR)})
