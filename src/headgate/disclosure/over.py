"""Ask the questions of a set of every card of a workspace: DuckDB finds the different cards, Python reads each once.

Cards are read in batches, so that memory stays bounded; a card without any word of the set's `hint` is not read at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from headgate.disclosure.answers import Answer, applies, ask
from headgate.disclosure.blanks import LONGEST
from headgate.disclosure.questions import Questions, load
from headgate.shapes import Db, Relation

Told: TypeAlias = tuple[float | None, int, str]  # value, n, evidence
Weigh: TypeAlias = Callable[[Sequence[Answer], Questions, bool], Told]
_BATCH = 2_000
_QUOTE = 90  # characters of a quote in an evidence

_SUBJECTS = """
CREATE OR REPLACE TEMP TABLE dc_subjects AS
SELECT ref, md5(left(card, $longest)) AS key FROM artifacts WHERE length(trim(card)) > 0 AND list_contains($kinds, kind)
"""
_CARDS = """
CREATE OR REPLACE TEMP TABLE dc_cards AS
SELECT row_number() OVER () AS id, key, card FROM (
    SELECT md5(left(card, $longest)) AS key, any_value(left(card, $longest)) AS card FROM artifacts
    WHERE length(trim(card)) > 0 AND list_contains($kinds, kind) AND regexp_matches(left(card, $longest), $hint)
    GROUP BY 1)
"""
_TOLD = "CREATE OR REPLACE TEMP TABLE dc_told (key VARCHAR, value DOUBLE, n BIGINT, evidence VARCHAR)"
_ADD = "INSERT INTO temp.dc_told SELECT unnest($keys), unnest($values::DOUBLE[]), unnest($ns), unnest($evidence)"
_SQL = """
SELECT s.ref AS subject, if(t.key IS NULL, $value::DOUBLE, t.value) AS value, coalesce(t.n, $n) AS n,
       coalesce(t.evidence, $evidence) AS evidence
FROM dc_subjects AS s LEFT JOIN dc_told AS t USING (key)
"""


def findings(db: Db, name: str, weigh: Weigh, *, kinds: Sequence[str] = ("model", "dataset", "version")) -> Relation:
    """Findings subject, value, n, evidence: the set `name` asked of each artifact of `kinds` that has a card.

    `weigh` makes value, n and evidence of the answers of one card; it is also told whether the set has a subject there.
    """
    questions = load(name)
    given = {"longest": LONGEST, "kinds": list(kinds)}
    db.execute(_SUBJECTS, given)
    db.execute(_CARDS, given | {"hint": f"(?i){questions.hint}"})
    db.execute(_TOLD)
    (last,) = db.execute("SELECT count(*) FROM dc_cards").fetchall()[0]
    for first in range(1, last + 1, _BATCH):
        rows = db.execute("SELECT key, card FROM dc_cards WHERE id BETWEEN ? AND ?", [first, first + _BATCH - 1])
        told = [(key, *_told(card, questions, weigh)) for key, card in rows.fetchall()]
        columns = [list(column) for column in zip(*told, strict=True)]
        db.execute(_ADD, dict(zip(("keys", "values", "ns", "evidence"), columns, strict=True)))
    value, n, evidence = weigh(_nothing(questions), questions, questions.applies is None)
    return db.sql(_SQL, params={"value": value, "n": n, "evidence": evidence})


def _told(card: str, questions: Questions, weigh: Weigh) -> Told:
    has = applies(card, questions)
    return weigh(ask(card, questions) if has else _nothing(questions), questions, has)


def _nothing(questions: Questions) -> list[Answer]:
    return [Answer(item.name, questions.none) for item in questions.items]


def in_words(answers: Sequence[Answer]) -> str:
    """Answers as one line of text: item, answer, the quoted words, and the reason where one was given."""
    return "; ".join(
        f"{one.answer_to}: {one.answer}"
        + (f" “{shortened(one.quote)}”" if one.quote else "")
        + (f", because “{shortened(one.because)}”" if one.because else "")
        for one in answers
    )


def shortened(words: str) -> str:
    """`words` on one line, cut to the length of a quote in an evidence."""
    line = " ".join(words.split())
    return line if len(line) <= _QUOTE else line[: _QUOTE - 1] + "…"


def count(answers: Sequence[Answer], answer: str) -> int:
    """How many items have `answer`."""
    return sum(one.answer == answer for one in answers)
