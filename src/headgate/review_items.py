"""The items of a review, read from a workspace: the next of a labeller, and what has to be ruled on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from headgate import review
from headgate.review import Said
from headgate.shapes import Db
from headgate.workspace import Workspace

_SAID = """
SELECT subject, labeller, role, label, made, chance FROM labels WHERE question = $question AND role <> 'seed'
QUALIFY row_number() OVER (PARTITION BY subject, labeller, role ORDER BY made DESC, run DESC) = 1
ORDER BY made, subject, labeller
"""
# Downloads are compared with those counted alike only. What nobody could look at (n = 0) is no item of a review.
_POOL = """
CREATE OR REPLACE TEMP TABLE review_pool AS
SELECT row_number() OVER (ORDER BY f.subject) - 1 AS place, f.subject, f.value, f.low, f.high,
       (1 + ln(1 + coalesce(a.downloads, 0)))
       / (1 + ln(1 + max(coalesce(a.downloads, 0)) OVER (PARTITION BY a.downloads_window))) AS weight
FROM findings AS f JOIN artifacts AS a ON a.ref = f.subject
WHERE f."check" = $check AND coalesce(f.n, 1) > 0 AND f.subject NOT IN (SELECT unnest($closed::VARCHAR[]))
"""
_DETAILS = """
SELECT s.ref, f.evidence, a.kind, a.pipeline, a.base_models, a.tags, a.downloads, a.downloads_window, a.card,
       a.ref IS NOT NULL
FROM (SELECT unnest($refs::VARCHAR[]) AS ref) AS s
LEFT JOIN artifacts AS a ON a.ref = s.ref
LEFT JOIN (SELECT subject, any_value(evidence) AS evidence FROM findings WHERE "check" = $check GROUP BY 1) AS f
       ON f.subject = s.ref
"""
_REASONS = """
SELECT role, label, reason FROM labels WHERE question = $question AND subject = $ref AND role <> 'seed' ORDER BY made
"""
_TAGS, _CARD = 12, 300  # tags and characters of a card that are shown


class Item(NamedTuple):
    """An item to label: what is known of it, as (what, text), the probability it was drawn with, earlier labels.

    The check's value is left out, since it would lead whoever labels. All text is hostile. `earlier` is filled for
    a ruling only: role, label and reason, and no labeller.
    """

    ref: str
    facts: tuple[tuple[str, str], ...]
    chance: float | None
    earlier: tuple[tuple[str, str, str], ...] = ()


def said(db: Db, question: str) -> list[Said]:
    """The newest label of each labeller on each item for `question`; seeds are no part of a review."""
    return [Said(*row) for row in db.execute(_SAID, {"question": question}).fetchall()]


def next_items(
    ws: Workspace, check: str, labeller: str, *, size: int, random_share: float = 0.5, threshold: float = 0.5,
    seed: int | None = None,
) -> list[Item]:  # fmt: skip
    """The next `size` items of `check` for `labeller` (a pseudonym): first those that wait for a second label."""
    known = said(ws.db, check)
    second = review.waiting(known, labeller)
    served: dict[str, float | None] = {one.ref: second[one.ref] for one in _details(ws.db, check, list(second))}
    served = dict(list(served.items())[:size])
    if len(served) < size:
        ws.db.execute(_POOL, {"check": check, "closed": sorted(review.closed(known))})
        try:
            new = _picked(ws.db, size - len(served), random_share, threshold, seed)
        finally:
            ws.db.execute("DROP TABLE temp.review_pool")
        served |= new
    return [one._replace(chance=served[one.ref]) for one in _details(ws.db, check, list(served))]


def to_settle(ws: Workspace, check: str, adjudicator: str, *, size: int) -> tuple[list[Item], int]:
    """The next `size` items to rule on, and how many more there are that `adjudicator` (a pseudonym) reviewed."""
    needed = review.unsettled(said(ws.db, check))
    mine = [ref for ref, reviewers in needed.items() if adjudicator not in reviewers]
    items = _details(ws.db, check, mine[:size], gone=True)
    return [one._replace(earlier=_reasons(ws.db, check, one.ref)) for one in items], len(needed) - len(mine)


def _picked(db: Db, size: int, random_share: float, threshold: float, seed: int | None) -> dict[str, float | None]:
    import numpy as np

    columns = db.execute("SELECT value, low, high, weight FROM review_pool ORDER BY place").fetchnumpy()
    if not len(columns["value"]):
        return {}
    value, low, high, weight = (
        np.ma.filled(np.ma.asarray(columns[name], np.float64), np.nan) for name in ("value", "low", "high", "weight")
    )
    gain = review.worth(value, low, high, weight, threshold=threshold)
    picks = review.pick(gain, size, random_share=random_share, seed=seed)
    sql = "SELECT place, subject FROM review_pool WHERE place IN (SELECT unnest($places::BIGINT[]))"
    names = dict(db.execute(sql, {"places": [one.place for one in picks]}).fetchall())
    return {names[one.place]: one.chance for one in picks}


def _details(db: Db, check: str, listed: Sequence[str], *, gone: bool = False) -> list[Item]:
    """The items of `listed`, in their order; those that are gone from their hub are left out unless `gone`."""
    if not listed:
        return []
    found = {row[0]: row for row in db.execute(_DETAILS, {"check": check, "refs": list(listed)}).fetchall()}
    return [Item(ref, _facts(found[ref]), None) for ref in listed if gone or found[ref][9]]


def _facts(row: Any) -> tuple[tuple[str, str], ...]:
    _, evidence, kind, pipeline, bases, tags, downloads, window, card, present = row
    told = [
        ("evidence", evidence), ("kind", kind), ("task", pipeline), ("base", ", ".join(bases or [])),
        ("tags", ", ".join((tags or [])[:_TAGS])), ("card", (card or "")[:_CARD]),
        ("downloads", f"{downloads:,} ({window or 'window not known'})" if downloads is not None else ""),
        ("state", "" if present else "gone from its hub"),
    ]  # fmt: skip
    return tuple((what, str(text)) for what, text in told if text)


def _reasons(db: Db, question: str, ref: str) -> tuple[tuple[str, str, str], ...]:
    rows = db.execute(_REASONS, {"question": question, "ref": ref}).fetchall()
    return tuple((role, label, reason or "") for role, label, reason in rows)
