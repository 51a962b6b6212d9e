"""What a card says of the people who worked on the data: ethics review, pay, who they were, consent, instructions.

Reads: `artifacts` (card of models and datasets).
Finds: of six items (ethics review, payment, demographics, consent, instructions, number of people) how many are
disclosed, n = 6; the evidence gives each as present, unclear, denied ("no ethics review was sought") or absent, with
the words. Platform and exposure to harm are told beside them and not counted. NULL with n = 0 where a card mentions
no work by people.
Cannot see: what stands in a paper, or behind a link; cards that are not in English; whether what is said is true.
An item that is absent is no misdeed: it is a question to the author.
Reference: Hawkins and Mittelstadt, "The ethical ambiguity of AI data enrichment" (2023), arXiv 2306.01800.
Checked against: 144 hand-labelled cards and 20 hard negations; see docs/methods/disclosure_gaps.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from headgate.disclosure.answers import Answer
from headgate.disclosure.over import Told, count, findings, in_words
from headgate.disclosure.questions import Questions
from headgate.shapes import Db, Relation

HARM = "implementation"
RISKS = ()
SET = "disclosure_gaps"


def detect(db: Db) -> Relation:
    """Findings subject, value (items disclosed, 0 to 6), n (6; 0 where no people are mentioned), evidence (quotes)."""
    return findings(db, SET, weigh)


def weigh(answers: Sequence[Answer], questions: Questions, people: bool) -> Told:
    """Value, n and evidence of the answers of one card."""
    needed = {item.name for item in questions.items if item.required}
    asked = [one for one in answers if one.item in needed]
    more = [one for one in answers if one.item not in needed and one.quote]
    if not people:
        return None, 0, "no work by people is mentioned"
    return count(asked, "present"), len(asked), in_words([*asked, *more])
