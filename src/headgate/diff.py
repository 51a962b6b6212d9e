"""What changed between two workspaces, or between two dates of one, and which changes should stop a pipeline.

Compared are artifacts (new, gone, renamed), declared licences, gates and base models, parents, findings of checks that
are not sensitive, and decisions. Of sensitive checks, and of controls that rest on them, only numbers are told, small
ones hidden. What only one side recorded is counted as such and taken neither for a change nor for none.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from headgate import diff_facts, diff_sides, diff_verdicts
from headgate.diff_shapes import CONDITIONS, KINDS, Change, Diff, Occurs

_OF = {"licence-change": "licence", "gone": "gone", "parent-change": "parents"}  # condition -> kind of change
_LISTED = """
SELECT c.* FROM changes AS c
LEFT JOIN newer_artifacts AS n ON n.ref = c.ref LEFT JOIN older_artifacts AS o ON o.ref = c.ref
WHERE c.kind = ? ORDER BY coalesce(n.downloads, o.downloads) DESC NULLS LAST, c.ref, c.detail LIMIT ?
"""


def diff(old: tuple[Path, datetime | None], new: tuple[Path, datetime | None], *, limit: int = 20) -> Diff:
    """Compare `old` with `new`, each a workspace and the date (UTC) to show it as of (None for now).

    At most `limit` changes of each kind are listed, the most downloaded artifacts first. Raises what `diff_sides.read`
    raises.
    """
    db, older, newer = diff_sides.read(old, new)
    db.execute(
        "CREATE OR REPLACE TEMP TABLE changes (kind VARCHAR, ref VARCHAR, detail VARCHAR, was VARCHAR, now VARCHAR)"
    )
    unknown = diff_facts.compare(db, newer)
    hidden, lacking = diff_verdicts.findings(db, older, newer)
    more_hidden, more_lacking = diff_verdicts.decisions(db, older, newer)
    totals = dict(db.execute("SELECT kind, count(*) FROM changes GROUP BY kind").fetchall())
    listed = [Change(*row) for kind in KINDS for row in db.execute(_LISTED, [kind, limit]).fetchall()]
    occurring = [Occurs(condition, totals[kind]) for condition, kind in _OF.items() if kind in totals]
    occurring += diff_verdicts.occurring(db)
    return Diff(
        older.label,
        newer.label,
        {kind: totals.get(kind, 0) for kind in KINDS},
        tuple(listed),
        (*hidden, *more_hidden),
        (*unknown, *lacking, *more_lacking),
        tuple(sorted(occurring, key=lambda one: CONDITIONS.index(one.condition))),
    )
