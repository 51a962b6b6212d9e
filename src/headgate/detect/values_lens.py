"""Which side of four pairs of values a dataset card documents, and questions back to its author. No score.

Reads: `artifacts` (card of datasets).
Finds: for efficiency or care, universality or context, impartiality or positionality, model work or data work: which
side is documented, with the words, and what to ask the author of the other. The value is always NULL: there is no
total, and neither side is better.
Cannot see: values that are practised and not written down, cards that are not in English, what stands in the paper.
Words are a poor sign of context: see the measured recall before reading anything into silence.
Reference: Scheuerman, Hanna and Denton, "Do Datasets Have Politics? Disciplinary Values in Computer Vision Dataset
Development" (2021), arXiv 2108.04308.
Checked against: 94 hand-labelled cards; see docs/methods/values_lens.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from headgate.disclosure.answers import Answer
from headgate.disclosure.over import Told, findings, shortened
from headgate.disclosure.questions import Questions
from headgate.shapes import Db, Relation

HARM = "implementation"
RISKS = ("1.2",)
SET = "values_lens"


def detect(db: Db) -> Relation:
    """Findings subject, value (always NULL), n (1), evidence (for each pair the sides documented, and a question)."""
    return findings(db, SET, weigh, kinds=("dataset",))


def weigh(answers: Sequence[Answer], questions: Questions, _: bool) -> Told:
    """Value, n and evidence of the answers of one card."""
    pairs: dict[str, list[str]] = {}
    for item, one in zip(questions.items, answers, strict=True):
        words = f"{one.answer_to} “{shortened(one.quote)}”" if one.quote else f"ask: {item.question}"
        pairs.setdefault(item.pair, []).append(words)
    told = (f"{pair}: " + ("neither" if _silent(sides) else "; ".join(sides)) for pair, sides in pairs.items())
    return None, 1, " | ".join(told)


def _silent(sides: Sequence[str]) -> bool:
    return all(side.startswith("ask: ") for side in sides)
