"""What trace, remove and prove found, as rows of the workspace."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import cast

from headgate import catalog, runs, workspace
from headgate.repair.shapes import Check, Influence, Verdict
from headgate.shapes import Run
from headgate.workspace import Workspace

_SAID = re.compile(
    r"(?P<verdict>held|leaks|over|inconclusive): (?:before (?P<before>-?[0-9.]+), )?(?:after (?P<after>-?[0-9.]+), )?"
    r"(?:reference (?P<reference>-?[0-9.]+), )?(?:apart (?P<low>[-+][0-9.]+) to (?P<high>[-+][0-9.]+), )?"
    r"margin (?P<margin>[0-9.e+-]+)(?:; (?P<evidence>.*))?",
    re.DOTALL,
)
_WORDS = ("verdict", "evidence")
_FOUND = {"leaks": 1.0, "over": 1.0, "held": 0.0, "inconclusive": None}


@contextmanager
def recorded(ws: Workspace, stage: str, method: str, subject: str, settings: Mapping[str, object]) -> Iterator[Run]:
    """A run of `method` about the model `subject`: done when all goes well, failed otherwise."""
    run = workspace.new_run(ws, stage, method, dict(settings))
    run.subject = subject
    runs.save(ws.path, run)
    try:
        yield run
    except BaseException:
        workspace.finish(ws, run, "failed")
        raise
    workspace.finish(ws, run)


def write_influences(ws: Workspace, run: Run, ids: Sequence[str], influence: Influence) -> None:
    """The influence of each training item, `ids` in the order of its scores."""
    errors = [None] * len(ids) if influence.error is None else influence.error.tolist()
    rows = [[run.subject, one, run.method, score, error]
            for one, score, error in zip(ids, influence.score.tolist(), errors, strict=True)]  # fmt: skip
    _write(ws, run, "influences", rows)


def write_removal(ws: Workspace, run: Run, child: str, name: str, evidence: str) -> None:
    """The repaired model `child` as an artifact, and its edge to the model that the run is about.

    From then on the run is about `child`: the same method may make several models from one source, and all count.
    """
    now = datetime.now(UTC).replace(tzinfo=None)
    ws.db.execute("CREATE OR REPLACE TEMP TABLE made AS SELECT * EXCLUDE run FROM empty.artifacts")
    ws.db.execute(
        "INSERT INTO made BY NAME SELECT ? AS ref, 'file' AS hub, 'model' AS kind, ? AS name, ? AS observed, "
        "false AS gone", [child, name, now],
    )  # fmt: skip
    workspace.write_part(ws, run, "artifacts", ws.db.sql(f"SELECT *, '{run.id}' AS run FROM temp.made"))
    ws.db.execute("DROP TABLE temp.made")
    _write(ws, run, "edges", [[child, run.subject, "unlearned", "declared", 1.0, evidence, run.method]])
    run.subject = child


def write_checks(ws: Workspace, run: Run, checks: Sequence[Check]) -> None:
    """The checks of one test as findings about the repaired model.

    As with every check of the workspace, 1 is a fault found (leaks or over), 0 none (held), NULL could not tell. What
    was measured, with its interval, is in the evidence, which begins with the verdict.
    """
    sensitive = catalog.find(run.stage, run.method).sensitive
    rows = [
        [run.subject, f"{one.test}.{one.axis}" if one.axis else one.test, _FOUND[one.verdict], None, None, one.n,
         said(one), sensitive, None]
        for one in checks
    ]  # fmt: skip
    _write(ws, run, "findings", rows)


def said(one: Check) -> str:
    """A check in words: verdict, means before and after and of the reference, the margin, and its own evidence."""
    means = {"before": one.before, "after": one.after, "reference": one.reference}
    parts = [f"{name} {value:.3f}" for name, value in means.items() if value is not None]
    if one.low is not None and one.high is not None:
        parts.append(f"apart {one.low:+.3f} to {one.high:+.3f}")
    return f"{one.verdict}: {', '.join([*parts, f'margin {one.margin:g}'])}{'; ' if one.evidence else ''}{one.evidence}"


def check_of(check: str, n: int, evidence: str) -> Check | None:
    """The check of which `said` gave `evidence`, to three digits; `check` is the finding's. None for other words."""
    found = _SAID.fullmatch(evidence)
    if found is None:
        return None
    test, _, axis = check.partition(".")
    given = {name: text for name, text in found.groupdict().items() if name not in _WORDS}
    number = {name: None if text is None else float(text) for name, text in given.items()}
    return Check(test, axis, number["before"], number["after"], number["reference"], number["low"], number["high"], n,
                 number["margin"] or 0.0, cast("Verdict", found["verdict"]), found["evidence"] or "")  # fmt: skip


def _write(ws: Workspace, run: Run, table: str, rows: Sequence[Sequence[object]]) -> None:
    ws.db.execute(f"CREATE OR REPLACE TEMP TABLE made AS SELECT * EXCLUDE run FROM empty.{table}")
    if rows:
        ws.db.executemany(f"INSERT INTO made VALUES ({', '.join('?' * len(rows[0]))})", rows)
    workspace.write_part(ws, run, table, ws.db.sql(f"SELECT *, '{run.id}' AS run FROM temp.made"))
    ws.db.execute("DROP TABLE temp.made")
