"""What a card says nobody should do with the thing, what happens to who does, and where its maker disowns the use.

Reads: `artifacts` (card of models and datasets).
Finds: 1 where a norm of use is stated (a use forbidden, advised against, or the only one meant), 0 where none is. The
evidence quotes the norm, the means of enforcement (ban, report, removal, gated access) or says that none is named, and
quotes phrases that disown what others do ("not responsible for", "only a tool"), as questions to the author. Text of
licences and templates counts as none of them.
Cannot see: norms behind links (a use policy, a code of conduct), in gates before the download, or in other languages;
whether anybody keeps or enforces a norm.
Reference: Widder, Nafus, Dabbish and Herbsleb, "Limits and Possibilities for 'Ethical AI' in Open Source: A Study of
Deepfakes" (FAccT 2022).
Checked against: 186 hand-labelled cards; see docs/methods/norm_statements.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from headgate.disclosure.answers import Answer
from headgate.disclosure.over import Told, findings, in_words
from headgate.disclosure.questions import Questions
from headgate.shapes import Db, Relation

HARM = "use"
RISKS = ("3.3", "4.3")
SET = "norm_statements"


def detect(db: Db) -> Relation:
    """Findings subject, value (1 a norm is stated, 0 none), n (1), evidence (quotes, and questions to the author)."""
    return findings(db, SET, weigh)


def weigh(answers: Sequence[Answer], questions: Questions, _: bool) -> Told:
    """Value, n and evidence of the answers of one card."""
    found = {one.item for one in answers if one.quote}
    asks = {item.name: f"ask: {item.question}" for item in questions.items}
    said = in_words([one for one in answers if one.quote]) or "no norm, enforcement or disavowal"
    more = [asks["enforcement"]] if "norm" in found and "enforcement" not in found else []
    more += [asks["disavowal"]] if "disavowal" in found else []
    return float("norm" in found), 1, "; ".join([said, *more])
