"""Six facts of a model that its card gives, withholds (with or without a reason) or passes over in silence.

Reads: `artifacts` (card of models).
Finds: of architecture, size, hardware, compute, dataset and training method how many are withheld in words, n = 6.
The evidence lists what is withheld with the reason, withheld without one, given, and what the card is silent on.
Silence is never counted as withholding.
Cannot see: facts in the hub's own fields, in front matter, in config files, in a paper or behind a link; whether what
is given is true or complete; cards that are not in English.
Reference: OpenAI, "GPT-4 Technical Report" (2023), arXiv 2303.08774, section 2, whose passage withholds all six.
Checked against: 94 hand-labelled cards, none of which withholds anything, and cases written by hand; see
docs/methods/withheld_facts.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from headgate.disclosure.answers import Answer
from headgate.disclosure.over import Told, count, findings, in_words
from headgate.disclosure.questions import Questions
from headgate.shapes import Db, Relation

HARM = "implementation"
RISKS = ()
SET = "withheld_facts"


def detect(db: Db) -> Relation:
    """Findings subject, value (facts withheld, 0 to 6), n (6), evidence (withheld, given and silent apart, quotes)."""
    return findings(db, SET, weigh, kinds=("model", "version"))


def weigh(answers: Sequence[Answer], _: Questions, __: bool) -> Told:
    """Value, n and evidence of the answers of one card."""
    withheld = [one for one in answers if one.answer == "withheld"]
    spoken = sorted(withheld, key=lambda one: not one.because) + [one for one in answers if one.answer == "given"]
    silent = [one.answer_to for one in answers if one.answer == "silent"]
    told = [in_words(spoken)] if spoken else []
    told += [f"silent: {', '.join(silent)}"] if silent else []
    return count(answers, "withheld"), len(answers), "; ".join(told)
