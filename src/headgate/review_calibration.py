"""How well the people who review a check tell what holds, from the items whose answer was known before they looked.

Those are the seeds by people, with the ruling in their place where one followed. What was ruled on alone is left out
and counted: it was ruled on because two reviewers differed, so that one of the two is wrong whoever they are.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from headgate.evidence.intervals import SMALL, small
from headgate.plain import plain
from headgate.shapes import Db

if TYPE_CHECKING:
    from headgate.evidence.reviewer_calibration import Calibration

TARGETS = (0.2, 0.1, 0.05, 0.01)  # errors for which the votes needed are told
STRATA = ("kind", "task")
MOST = 12  # strata of a column that are told, those of most votes
_VOTES = """
WITH newest AS (
    SELECT * FROM labels WHERE question = $question
    QUALIFY row_number() OVER (PARTITION BY subject, labeller, role ORDER BY made DESC, run DESC) = 1
), known AS (
    SELECT subject, list(labeller) FILTER (role = 'seed') AS seeders,
           arg_max(label, made) FILTER (role = 'adjudication') AS ruled,
           count(*) FILTER (role = 'seed' AND label = 'yes') AS yes,
           count(*) FILTER (role = 'seed' AND label = 'no') AS no
    FROM newest WHERE role = 'adjudication' OR (role = 'seed' AND NOT starts_with(labeller, 'rule:'))
    GROUP BY subject
), settled AS (
    SELECT subject, seeders, coalesce(ruled, CASE WHEN yes > 0 AND no > 0 THEN 'disputed' WHEN yes > 0 THEN 'yes'
                                                  WHEN no > 0 THEN 'no' END) AS truth, yes + no > 0 AS seeded
    FROM known
)
SELECT v.subject, v.labeller, v.label, s.truth, s.seeded, coalesce(a.kind, 'gone') AS kind,
       coalesce(a.pipeline, 'not said') AS task
FROM newest AS v JOIN settled AS s USING (subject) LEFT JOIN artifacts AS a ON a.ref = v.subject
WHERE v.role = 'review' AND s.truth IN ('yes', 'no') AND NOT coalesce(list_contains(s.seeders, v.labeller), false)
ORDER BY v.subject, v.labeller
"""


def calibration(db: Db, check: str, *, sensitive: bool) -> dict[str, Any]:
    """How well the reviewers of `check` tell it: `all` of them, each (`reviewers`, as r1, r2, ...) and by `strata`.

    Each is `evidence.reviewer_calibration.Calibration` as a dict; `all` is None where no item of known answer was
    reviewed. `votes_needed` has for each target error the votes of which most must agree, by the rates found and by
    the lower ends of their intervals; None where no number is enough. Of a sensitive check everything is withheld
    where a count would be small, and a column of strata where one of its strata has such.
    """
    import numpy as np

    from headgate.evidence.reviewer_calibration import calibrate

    rows = db.execute(_VOTES, {"question": check}).fetchall()
    used = [row for row in rows if row[4]]
    left_out = len({row[0] for row in rows if not row[4]})
    made: dict[str, Any] = {
        "check": check, "ruled_left_out": f"<{SMALL}" if sensitive and small(left_out) else left_out,
        "withheld": False, "all": None, "reviewers": None, "strata": {}, "votes_needed": None,
    }  # fmt: skip
    if not used:
        return made
    truth = np.array([float(row[3] == "yes") for row in used])
    votes = np.array([{"yes": 1.0, "no": 0.0}.get(row[2], np.nan) for row in used])
    items = np.array([row[0] for row in used])
    whole = calibrate(truth, votes, items=items)
    if sensitive and _tells(whole):
        return made | {"withheld": True}
    people = {who: f"r{n}" for n, who in enumerate(sorted({row[1] for row in used}), 1)}
    strata = {name: [plain(row[5 + n], 60) for row in used] for n, name in enumerate(STRATA)}
    return made | {
        "all": asdict(whole),
        "reviewers": _apart(truth, votes, [people[row[1]] for row in used], items, sensitive),
        "strata": {name: _apart(truth, votes, column, items, sensitive) for name, column in strata.items()},
        "votes_needed": _needed(whole),
    }


def _apart(truth: Any, votes: Any, by: list[str], items: Any, sensitive: bool) -> dict[str, Any] | None:
    import numpy as np

    from headgate.evidence.reviewer_calibration import apart

    found = apart(truth, votes, np.array(by), items=items)
    # one that is hidden alone could be told from the others and the sum of all
    if sensitive and any(map(_tells, found.values())):
        return None
    listed = sorted(found, key=lambda name: (-by.count(name), name))[:MOST]
    return {name: asdict(found[name]) for name in listed}


def _tells(one: Calibration) -> bool:
    """Whether a count of it is small enough to point at an item."""
    cells = [one.unsure]
    for rate in (one.sensitivity, one.specificity):
        cells += [rate.found, rate.votes - rate.found, rate.items]
    return any(map(small, cells))


def _needed(whole: Calibration) -> list[dict[str, Any]] | None:
    from headgate.evidence.reviewer_calibration import votes_needed

    rates = (whole.sensitivity, whole.specificity)
    if not whole.layer:
        return None
    found = [rate.estimate or 0.0 for rate in rates]
    low = [rate.low or 0.0 for rate in rates]
    dependence = whole.dependence or 0.0
    return [
        {
            "error": target,
            "votes": votes_needed(found[0], found[1], target, dependence=dependence),
            "at_worst": votes_needed(low[0], low[1], target, dependence=dependence),
        }
        for target in TARGETS
    ]
