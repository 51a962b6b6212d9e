"""Which families of metrics a card of synthetic data reports: fidelity, utility, privacy, fairness, robustness.

Reads: `artifacts` (card of datasets).
Finds: of five families how many are reported with a figure, n = 5; the evidence gives each as reported, mentioned
(a claim such as "realistic", or a metric without a figure) or missing, with the words. NULL with n = 0 where a card
mentions no synthetic data.
Cannot see: figures in tables of images, papers or behind links; whether a metric was computed rightly; cards that are
not in English. Two cards that report a family need not have used the same metric, so the counts rank nobody.
Reference: "Synthetic Observational Health Data with GANs: from slow adoption to a boom in medical research and
ultimately digital twins?" (review), whose finding is that such metrics lack a standard.
Checked against: 51 hand-labelled cards; see docs/methods/metric_coverage.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from headgate.disclosure.answers import Answer
from headgate.disclosure.over import Told, count, findings, in_words
from headgate.disclosure.questions import Questions
from headgate.shapes import Db, Relation

HARM = "implementation"
RISKS = ("1.4", "2.1")
SET = "metric_coverage"


def detect(db: Db) -> Relation:
    """Findings subject, value (families reported, 0 to 5), n (5; 0 where nothing is synthetic), evidence (quotes)."""
    return findings(db, SET, weigh, kinds=("dataset",))


def weigh(answers: Sequence[Answer], _: Questions, synthetic: bool) -> Told:
    """Value, n and evidence of the answers of one card."""
    if not synthetic:
        return None, 0, "no synthetic data is mentioned"
    return count(answers, "reported"), len(answers), in_words(answers)
