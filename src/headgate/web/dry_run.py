"""What another policy would change: every artifact judged under both, in SQL, and nothing written.

Artifacts are counted and listed by the rules on open checks alone; of the others `dry_run_rules` gives counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import astuple
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from headgate import checks
from headgate.govern import release_gate
from headgate.plain import plain
from headgate.policy import Policy
from headgate.shapes import Db
from headgate.web import dry_run_rules as rules
from headgate.web import hidden
from headgate.web.dry_run_shapes import Counts, Effect, Example, Kind, Move, Outcome
from headgate.web.snapshot import Snapshot
from headgate.workspace import open_workspace, quoted

EXAMPLES = 50  # artifacts listed of each kind of change
SLICE = 200_000  # artifacts judged at once, so that a hub of any size takes the same memory
MEMORY = "300MB"  # that DuckDB may hold; what does not fit is spilled
VERDICTS = ("allow", "block", "unknown")
_FEW = "CREATE OR REPLACE TEMP TABLE dry_few AS FROM shelf.artifacts WHERE id IN (SELECT unnest($ids))"
_Way: TypeAlias = tuple[str, str]  # decision before and after
_FILE = "SELECT path FROM duckdb_databases() WHERE database_name = 'shelf'"
# Both tables of the index lie in the order of the ids, so that a slice costs what it holds.
_OPEN = """
CREATE OR REPLACE TEMP VIEW artifacts AS FROM shelf.artifacts WHERE id >= {low} AND id < {high} AND gone_since IS NULL;
CREATE OR REPLACE TEMP VIEW findings AS FROM shelf.findings WHERE id >= {low} AND id < {high};
"""
_MOVES = """
SELECT a.hub, a.kind, b.decision, c.decision, count(*), count(*) FILTER (a.depicts_person),
       max_by(a.id, (coalesce(a.downloads, -1), -a.id), $most)
           FILTER (NOT a.depicts_person AND b.decision <> c.decision)
FROM artifacts AS a JOIN dry_before AS b ON b.subject = a.ref JOIN dry_after AS c ON c.subject = a.ref GROUP BY ALL
"""


def compare(
    snapshot: Snapshot, before: Policy, after: Policy, moment: datetime, told: Callable[[str, Db], None]
) -> Outcome:
    """What `after` would decide otherwise than `before` at `moment`.

    `told` hears what is being done, and on which connection.
    """
    ws = open_workspace(snapshot.path)
    db = ws.db
    try:
        told("reading the index", db)
        db.execute(f"SET memory_limit = '{MEMORY}'")
        db.execute("SET threads = 1")  # the other one is for those who read
        file = snapshot.cursor().execute(_FILE).fetchall()[0][0]
        db.execute(f"ATTACH {quoted(Path(file))} AS shelf (READ_ONLY)")
        known = checks.open_checks(db)
        effects = [rules.Standing(rule, policy, how) for rule, policy, how in rules.standing(before, after)]
        hidden_rules = [one for one in effects if not rules.is_open(one.rule, known)]
        counted: dict[str, Effect] = {}
        for one in hidden_rules:
            told(f"counting the rule {plain(one.rule.name, 80)}", db)
            counted[one.key] = rules.sensitive(db, one, moment)
        asked = (rules.without(before, known), rules.without(after, known))
        rows, cells = [], {one.key: rules.Counted() for one in effects if one.key not in counted}
        size = db.execute("SELECT coalesce(max(id), -1) + 1 FROM shelf.artifacts").fetchall()[0][0]
        for low in range(0, size, SLICE):
            told(f"judging: {low:,} of {size:,} artifacts done", db)
            db.execute(_OPEN.format(low=low, high=low + SLICE))
            rows += _moved(db, *asked, moment)
            for one in effects:
                if one.key in cells:
                    cells[one.key].add(db, one, moment)
        told("looking up examples", db)
        kinds, moves = _moves(db, rows, *asked, moment)
        counted |= {one.key: cells[one.key].effect(one) for one in effects if one.key in cells}
        total = sum(sum(astuple(kind.after)) for kind in kinds)
        return Outcome(
            moment.isoformat(timespec="seconds"), total, sum(kind.changed for kind in kinds), tuple(kinds),
            tuple(moves), tuple(counted[one.key] for one in effects),
            tuple(dict.fromkeys(plain(one.rule.name) for one in hidden_rules)),
        )  # fmt: skip
    finally:
        db.close()


def _decide(db: Db, table: str, policy: Policy, moment: datetime) -> None:
    """Make the temporary table `table` (subject, decision, because) of the artifacts in view; it is ours by name."""
    if policy.rules:
        release_gate.judge(db, policy, moment).create_view("dry_decisions", replace=True)
        source = "dry_decisions"
    else:
        source = "(SELECT ref AS subject, 'unknown' AS decision, 'no rule covers this kind' AS because FROM artifacts)"
    reasons = ", because" if table == "dry_reasons" else ""
    db.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT subject, decision{reasons} FROM {source}")


def _moved(db: Db, before: Policy, after: Policy, moment: datetime) -> list[tuple[Any, ...]]:
    """Rows hub, kind, decision before, after, count, persons, ids of examples, of the artifacts in view."""
    _decide(db, "dry_before", before, moment)
    _decide(db, "dry_after", after, moment)
    return db.execute(_MOVES, {"most": EXAMPLES}).fetchall()


def _moves(
    db: Db, rows: list[tuple[Any, ...]], before: Policy, after: Policy, moment: datetime
) -> tuple[list[Kind], list[Move]]:
    by_kind: dict[tuple[str, str], dict[_Way, int]] = defaultdict(lambda: defaultdict(int))
    by_move: dict[_Way, list[int]] = defaultdict(lambda: [0, 0])
    listed: dict[_Way, list[int]] = defaultdict(list)
    for hub, kind, old, new, count, persons, ids in rows:
        by_kind[(hub, kind)][(old, new)] += count
        by_move[(old, new)][0] += count
        by_move[(old, new)][1] += persons
        listed[(old, new)] += ids or ()
    examples = _examples(db, listed, before, after, moment)
    kinds = [
        Kind(hub, kind, _side(cells, 0), _side(cells, 1), sum(n for (old, new), n in cells.items() if old != new))
        for (hub, kind), cells in sorted(by_kind.items(), key=lambda pair: (-sum(pair[1].values()), pair[0]))
    ]
    order = [(old, new) for old in VERDICTS for new in VERDICTS]
    return kinds, [Move(*way, by_move[way][0], by_move[way][1], tuple(examples.get(way, ()))) for way in order]


def _side(cells: Mapping[_Way, int], side: int) -> Counts:
    return Counts(*(sum(n for way, n in cells.items() if way[side] == verdict) for verdict in VERDICTS))


def _examples(
    db: Db, listed: Mapping[_Way, list[int]], before: Policy, after: Policy, moment: datetime
) -> dict[_Way, list[Example]]:
    """The most downloaded of the artifacts `listed` (ids by change), with the reasons of both decisions."""
    ids = [id_ for found in listed.values() for id_ in found]
    db.execute(_FEW, {"ids": ids})
    rows = db.execute("SELECT id, ref, hub, kind, downloads, downloads_window FROM dry_few").fetchall()
    known = {row[0]: row[1:] for row in rows}
    first = {
        way: sorted(found, key=lambda id_: (-(known[id_][3] or -1), id_))[:EXAMPLES] for way, found in listed.items()
    }
    ids = [id_ for found in first.values() for id_ in found]
    db.execute("DELETE FROM dry_few WHERE id NOT IN (SELECT unnest($ids))", {"ids": ids})
    db.execute("CREATE OR REPLACE TEMP VIEW artifacts AS FROM dry_few")
    db.execute("CREATE OR REPLACE TEMP VIEW findings AS FROM shelf.findings SEMI JOIN dry_few USING (id)")
    said = []
    for policy in (before, after):
        _decide(db, "dry_reasons", policy, moment)
        appeal = f"; appeal: {policy.appeal}"
        found = db.execute("SELECT subject, because FROM dry_reasons").fetchall()
        said.append({ref: (because or "").removesuffix(appeal) for ref, because in found})
    may = hidden.nameable(db, {ref for one in said for text in one.values() for ref in hidden.refs_in(text)})
    return {
        way: [Example(plain(known[id_][0]), *known[id_][1:], *(_told(one[known[id_][0]], may) for one in said))
              for id_ in found]
        for way, found in first.items()
    }  # fmt: skip


def _told(text: str, may: Collection[str]) -> str:
    """Why something was decided, without the refs that are withheld: evidence tells the way through the lineage."""
    return plain(hidden.masked(text, may), 400)
