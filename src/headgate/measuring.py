"""One measurement of files from end to end: run the method, and write what it found where a workspace is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from headgate import catalog, finding_rows, refs, runs, workspace
from headgate.errors import EXIT_BLOCKED, EXIT_PASS, EXIT_UNKNOWN
from headgate.shapes import Finding, Measured, Method, Run
from headgate.workspace import Workspace


def measure(
    method: Method, *, into: Workspace | None = None, ref: str | None = None, **params: Any
) -> tuple[Measured, str, Run | None]:
    """What `method` measures with `params`, the artifact it is said of, and the run where `into` is given.

    `ref` names the artifact, otherwise the content of what was measured does. Raises what the method raises; a run
    that failed is recorded as failed.
    """
    function = catalog.load(method)
    named = str(refs.parse(ref)) if ref else None
    if into is None:
        made = function(**params)
        return made, named or made.ref, None
    run = workspace.new_run(into, "measure", method.name, {key: _plainly(value) for key, value in params.items()})
    try:
        made = function(**params)
        run.subject = named or made.ref
        run.inputs = {"measured": made.ref.removeprefix("file:sha256:")}
        runs.save(into.path, run)
        finding_rows.write(into, run, method, [*_answer(made), *made.findings])
    except BaseException:
        workspace.finish(into, run, "failed")
        raise
    workspace.finish(into, run)
    return made, run.subject, run


def exit_code(made: Measured) -> int:
    """0 where what was asked holds or nothing was asked, 1 where it does not, 2 where that could not be told."""
    if not made.asked:
        return EXIT_PASS
    return EXIT_UNKNOWN if made.met is None else EXIT_PASS if made.met else EXIT_BLOCKED


def _answer(made: Measured) -> list[Finding]:
    # as with every check 1 is a fault found, 0 none, NULL could not tell
    if not made.asked:
        return []
    rows = max((one.n for one in made.findings), default=0)
    value = None if made.met is None else float(not made.met)
    return [Finding("", value, None, None, rows, f"asked that {made.asked}: {made.because}")]


def _plainly(value: object) -> object:
    return str(value) if isinstance(value, Path) else value
