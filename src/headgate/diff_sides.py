"""The two sides of a comparison, read into one connection, and what each of them has to compare.

A side is a workspace at a date. Its views stand in a schema of its own (`older`, `newer`); what is compared of its
artifacts and their parents is read into the temporary tables `<schema>_artifacts` and `<schema>_parents`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from headgate import checks, run
from headgate.errors import WorkspaceError
from headgate.plain import plain
from headgate.shapes import Db
from headgate.workspace import Workspace, open_workspace, refresh

# A licence is recorded where one is stated or somebody looked for one; what nobody recorded cannot have changed.
_ARTIFACTS = """
CREATE OR REPLACE TEMP TABLE {schema}_artifacts AS
SELECT ref, hub, kind, hub_id, coalesce(person, false) AS person, downloads, licence_name, licence_link, gated, run,
       CASE WHEN len(licences) > 0 OR licence_source = 'terms' OR has_card IS NOT NULL
            THEN coalesce(nullif(concat_ws('; ', joined(licences), 'for sale: ' || joined(commercial_use)), ''),
                          'none stated') END AS licence,
       CASE WHEN has_card IS NOT NULL THEN
           coalesce(joined(list_transform(base_models, lambda b: lower(b))), 'none') END AS bases
FROM artifacts
"""
_JOINED = """
CREATE OR REPLACE TEMP MACRO joined(l) AS
nullif(list_aggregate(list_sort(list_distinct(l)), 'string_agg', ', '), '')
"""
# What a name alone suggests is no fact about the artifact, and a rename is compared as such.
_PARENTS = """
CREATE OR REPLACE TEMP TABLE {schema}_parents AS
SELECT DISTINCT folded(child) AS child, relation || ' of ' || folded(parent) AS parent
FROM edges WHERE how <> 'inferred' AND relation <> 'renamed'
"""


@dataclass(frozen=True, slots=True)
class Side:
    """One side: its schema, what people call it, the newest collection of its artifacts, the latest finished run of
    each (stage, method), the checks that are not sensitive, and the (hub, kind) that were listed to their end.
    """

    schema: str
    label: str
    newest: str
    made: dict[tuple[str, str], str]
    open: frozenset[str]
    complete: frozenset[tuple[str, str]]

    def methods(self, *stages: str) -> set[str]:
        """Names of the methods of `stages` that have a finished run."""
        return {method for stage, method in self.made if stage in stages}

    def stale(self, method: str, *stages: str) -> bool:
        """Whether something was collected after the latest run of `method`."""
        return max(self.made[stage, method] for stage in stages if (stage, method) in self.made) < self.newest


def read(old: tuple[Path, datetime | None], new: tuple[Path, datetime | None]) -> tuple[Db, Side, Side]:
    """Both sides, each a workspace and the date (UTC) to show it as of, or None for now.

    Parents are the stored edges where both are as of now and were linked by the same methods; otherwise they are
    linked anew in memory. Raises `UsageError` where there is no workspace, `WorkspaceError` where one is empty.
    """
    open_workspace(old[0]).db.close()  # says where there is none
    db = open_workspace(new[0]).db
    db.execute(_JOINED)
    given = (("older", *old), ("newer", *new))
    sides = [_side(db, schema, path, as_of) for schema, path, as_of in given]
    linked = [side.methods("link") for side in sides]
    stored = linked[0] == linked[1] != set() and not any(as_of for _, _, as_of in given)
    stored = stored and not any(side.stale(method, "link") for side in sides for method in side.methods("link"))
    for schema, path, as_of in given:
        _look_at(db, schema)
        if not stored:
            run.link_in_memory(Workspace(path, db, as_of))
        db.execute(_PARENTS.format(schema=schema))
        db.execute("DROP TABLE IF EXISTS temp.edges")
    db.execute("USE memory.main")
    return db, sides[0], sides[1]


def _look_at(db: Db, schema: str) -> None:
    db.execute(f"SET search_path = '{schema},main'")  # main has the macros


def _side(db: Db, schema: str, path: Path, as_of: datetime | None) -> Side:
    db.execute(f"CREATE SCHEMA {schema}")
    _look_at(db, schema)
    refresh(Workspace(path, db, as_of))
    db.execute(_ARTIFACTS.format(schema=schema))
    label = plain(path) + (f" as of {as_of:%Y-%m-%d %H:%M} UTC" if as_of else "")
    newest = db.execute(f"SELECT max(run) FROM {schema}_artifacts").fetchall()[0][0]
    if newest is None:
        msg = f"nothing to compare: no artifacts in {label}. Collect some, or name another date."
        raise WorkspaceError(msg)
    until = as_of.replace(tzinfo=None) if as_of else datetime.max
    rows = db.execute(
        "SELECT stage, method, max(id), bool_or(complete AND NOT contains(counts, 'absent_but_doubted')), hub, kind "
        "FROM runs WHERE status = 'done' AND started <= ? GROUP BY stage, method, hub, kind", [until],
    ).fetchall()  # fmt: skip
    made = {(row[0], row[1]): row[2] for row in rows if row[0] != "collect"}
    complete = frozenset((row[4], row[5]) for row in rows if row[0] == "collect" and row[3])
    return Side(schema, label, newest, made, frozenset(checks.open_checks(db)), complete)
