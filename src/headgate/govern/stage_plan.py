"""Whether a staged release may take its next step, from a plan in TOML and the findings at hand.

Reads: `findings`, a plan in TOML (see docs/methods/stage_plan.md); data/stages.csv.
Finds: for each stage (API, data, weights, code, in that order) allow, block or unknown, which component would be out
for good, and what could still be rolled back. A step is allowed only to the next stage, after the observation window
has ended, and with every exit criterion met by a finding made inside the window; an irrevocable step needs at least
one criterion. A finding that is missing or says NULL leaves the step unknown.
Cannot see: whether the criteria are the right ones, what happened outside the findings, copies that leaked before.
Reference: Solaiman, "The Gradient of Generative AI Release" (2023); Widder, middle ground 6 (talk, 2023).
"""

from __future__ import annotations

import functools
import math
from datetime import UTC, date, datetime
from pathlib import Path

from headgate import tables
from headgate.errors import UsageError
from headgate.release_plan import STAGES, Criterion, Plan, read
from headgate.shapes import Db, Relation

# The end of the interval that speaks against the step counts; ids of runs begin with the day of the run.
_FOUND = """
SELECT value, coalesce(low, value), coalesce(high, value), sensitive FROM findings
WHERE "check" = $check AND subject = $subject AND left(run, 8) BETWEEN $first AND $last
ORDER BY run DESC LIMIT 1
"""


def step(current: str, wanted: str, met: dict[str, bool | None], *, ended: bool) -> tuple[str, str]:
    """Decision (allow, block, unknown) and reason for going from `current` to `wanted`.

    `met` says of each exit criterion whether it holds, None where nobody knows; `ended` whether the observation window
    is over. Raises `ValueError` for a stage that is none.
    """
    for stage in (current, wanted):
        if stage not in STAGES:
            msg = f"no stage {stage!r}. Choose from {', '.join(STAGES)}."
            raise ValueError(msg)
    here, there = STAGES.index(current), STAGES.index(wanted)
    if there <= here:
        return "allow", "is out already"
    if there > here + 1:
        return "block", f"stages are not skipped: {STAGES[here + 1]} comes first"
    failed = [name for name, held in met.items() if held is False]
    if failed:
        return "block", f"not met: {', '.join(failed)}"
    if not ended:
        return "block", "the observation window has not ended"
    if not met:
        if stages()[wanted]["irrevocable"] == "yes":
            return "block", "no exit criterion: nothing goes out for good without one"
        return "unknown", "no exit criterion"
    unknown = [name for name, held in met.items() if held is None]
    return ("unknown", f"not known: {', '.join(unknown)}") if unknown else ("allow", f"met: {', '.join(met)}")


@functools.cache
def stages() -> dict[str, dict[str, str]]:
    """Rows of data/stages.csv by stage: component, irrevocable (yes or no), rollback."""
    return {row["stage"]: row for row in tables.rows("stages.csv")}


def govern(db: Db, *, plan: Path, on: str | None = None) -> Relation:
    """Decisions subject (`stage:weights`), decision, because, for every stage.

    `plan` is the plan in TOML; `on` the day that counts as today, such as 2026-03-01.
    Raises `UsageError` where either cannot be read.
    """
    read_plan = read(plan)
    met: dict[str, bool | None] = {}
    for number, row in enumerate(read_plan.criteria, 1):
        held, hidden = _held(db, row, read_plan)
        # which artifacts a sensitive check found leaves the workspace in no words
        met[f"a sensitive rule ({number})" if hidden else row.name] = held
    ended = _today(on) > read_plan.last
    rows = []
    for stage in STAGES[1:]:
        decision, because = step(read_plan.current, stage, met, ended=ended)
        about = stages()[stage]
        lasting = f"{'cannot' if about['irrevocable'] == 'yes' else 'can'} be taken back once out"
        because = f"{because}; {about['component']}: {lasting}; rollback: {about['rollback']}"
        rows.append([f"stage:{stage}", decision, because])
    db.execute("CREATE OR REPLACE TEMP TABLE stage_decisions (subject VARCHAR, decision VARCHAR, because VARCHAR)")
    db.executemany("INSERT INTO stage_decisions VALUES (?, ?, ?)", rows)
    return db.sql("FROM stage_decisions")


def _held(db: Db, row: Criterion, plan: Plan) -> tuple[bool | None, bool]:
    days = {"first": f"{plan.first:%Y%m%d}", "last": f"{plan.last:%Y%m%d}"}
    found = db.execute(_FOUND, {"check": row.check, "subject": row.subject} | days).fetchall()
    if not found:
        return None, False
    value, low, high, hidden = found[0]
    if value is None or any(math.isnan(number) for number in (value, low, high)):
        return None, hidden
    below = row.at_most is None or max(value, high) <= row.at_most
    return below and (row.at_least is None or min(value, low) >= row.at_least), hidden


def _today(on: str | None) -> date:
    try:
        return date.fromisoformat(on) if on else datetime.now(UTC).date()
    except ValueError as error:
        msg = f"--on is no date: {on!r}. Write 2026-03-01."
        raise UsageError(msg) from error
