"""How a review stands, as numbers of all items together: how many, how far labellers agree, how common a yes is.

Nothing is said of a single item or person. For a sensitive check small cells are hidden, and with them every figure
that would tell them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from headgate import labels, review, review_items
from headgate.evidence.intervals import SMALL, hide_small, small
from headgate.review import Said
from headgate.shapes import Db

_VERDICTS = ("yes", "no", "unsure", "disputed")
_CLASSES = ("no", "yes")


def status(db: Db, check: str, *, sensitive: bool) -> dict[str, Any]:
    """The state of the review of `check`: counts, and where they can be told `agreement`, `consensus` and `share`.

    `agreement` is Cohen's kappa of the first two labels of each item, `consensus` the shares of the classes and
    the error expected under Dawid and Skene's model, both of the items reviewed; `share` is of all items of the
    check, from those drawn at random. Each is None where there is nothing to compute it from or it is withheld.
    """
    said = review_items.said(db, check)
    columns = "verdict, basis, reviews, contested, chance"
    rows = labels.current(db, check).project(columns).fetchall()
    settled = [row for row in rows if row[1] in {"adjudication", "agreement", "disagreement", "single"}]
    counted = Counter(row[0] for row in settled)
    cells: list[int | str] = [counted[name] for name in _VERDICTS]
    contested = sum(bool(row[3]) for row in rows)
    hidden = False
    if sensitive:
        cells = hide_small([counted[name] for name in _VERDICTS])
        hidden = any(isinstance(cell, str) for cell in cells)
    return {
        "check": check,
        "items": _few(len(settled), sensitive),
        "labels": _few(sum(one.role == "review" for one in said), sensitive),
        "verdicts": dict(zip(_VERDICTS, cells, strict=True)),
        "one_label": _few(sum(row[1] == "single" and row[2] < review.ENOUGH for row in settled), sensitive),
        "to_settle": _few(len(review.unsettled(said)), sensitive),
        "contested": _few(contested, sensitive),
        "withheld": hidden,
        "agreement": None if hidden else _agreement(said),
        "consensus": None if hidden else _consensus(said),
        "share": None if hidden else _share(settled, sensitive),
    }


def _few(number: int, sensitive: bool) -> int | str:
    return f"<{SMALL}" if sensitive and 0 < number < SMALL else number


def _agreement(said: list[Said]) -> dict[str, Any] | None:
    import numpy as np

    from headgate.evidence.agreement import agreement

    found = review.pairs(said)
    if not found:
        return None
    first, second = zip(*found, strict=True)
    return asdict(agreement(np.array(first), np.array(second)))


def _consensus(said: list[Said]) -> dict[str, Any] | None:
    import numpy as np

    from headgate.evidence.crowd_labels import consensus

    told = [one for one in said if one.role == "review" and one.label in _CLASSES]
    if len({one.labeller for one in told}) < review.ENOUGH:
        return None
    items, reporters = (np.unique([getattr(one, name) for one in told], return_inverse=True)[1]
                        for name in ("subject", "labeller"))  # fmt: skip
    label = np.array([_CLASSES.index(one.label) for one in told])
    # reliability of each labeller stays inside: it is never given out per person
    posterior = consensus(items, reporters, label, classes=len(_CLASSES)).posterior
    shares = dict(zip(_CLASSES, posterior.mean(axis=0).tolist(), strict=True))
    return {"items": len(posterior), "shares": shares, "expected_error": float((1 - posterior.max(axis=1)).mean())}


def _share(settled: list[Any], sensitive: bool) -> dict[str, Any] | None:
    import numpy as np

    from headgate.evidence.clustered import share

    drawn = [(row[0] == "yes", 1 / row[4]) for row in settled if row[4] and row[0] in _CLASSES]
    if not drawn:
        return None
    hits, weights = zip(*drawn, strict=True)
    if sensitive and (small(sum(hits)) or small(len(hits) - sum(hits))):
        return None
    found = share(np.array(hits), weights=np.array(weights))
    undecided = sum(bool(row[4]) for row in settled) - len(drawn)
    return asdict(found) | {"items": len(drawn), "undecided": undecided} if found else None
