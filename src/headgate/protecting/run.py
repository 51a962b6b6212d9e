"""One protection from end to end: own pictures read, protected, tried, written, and recorded where a workspace is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from headgate import __version__, catalog, finding_rows, runs, workspace
from headgate.errors import HeadgateError, UsageError
from headgate.plain import plain
from headgate.protecting import filters, own, report, visible, writing
from headgate.protecting import key as keys
from headgate.shapes import Finding, Method, OwnPictures, Protected, Run
from headgate.workspace import Workspace

if TYPE_CHECKING:
    from headgate.protecting.trials import Trial

LONGEST = 300  # characters of a declaration


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: where one's own data are and the copy goes, the declaration, the key, and how to try it out."""

    own: str
    out: Path
    owner: str
    key_file: Path
    trial: bool = True
    epochs: int = 6
    pictures: int = 5_000  # that a trial learns from and is tested on, at most
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """What was made: its ref, the figures, the trials (none where not measured, and why), and whether a key was."""

    ref: str
    source: str
    how: str
    found: Sequence[Finding]
    trials: Sequence[Trial]
    why_not: str
    key_made: bool
    left_out: int


def protect(method: Method, asked: Asked, *, into: Workspace | None = None, **params: Any) -> Done:
    """Protect the pictures at `asked.own` by `method` with `params` and write the copy to `asked.out`.

    Raises `UsageError` without a declaration, for data of others, and where something cannot be written; what the
    method raises besides. The key goes nowhere.
    """
    owner = check(asked, None if into is None else into.path)
    function = catalog.load(method)
    given = own.read(asked.own)
    writing.check_new(asked.out)
    settings = {"owner": owner, "declared": f"{datetime.now(UTC):%Y-%m-%d}", **_named(params)}
    if into is None:
        return _made(method, function, given, asked, settings, params)
    run = workspace.new_run(into, "protect", method.name, {**settings, "trial": asked.trial, "epochs": asked.epochs})
    try:
        run.inputs = {"own": given.ref.removeprefix("file:sha256:")}
        done = _made(method, function, given, asked, settings, params)
        run.subject = done.ref
        runs.save(into.path, run)
        _record(into, run, method, done, asked)
    except BaseException:
        workspace.finish(into, run, "failed")
        raise
    workspace.finish(into, run)
    return done


def check(asked: Asked, into: Path | None) -> str:
    """The declaration on one line. Raises `UsageError` where it says nothing, or where places lie in each other."""
    owner = plain(" ".join(asked.owner.split()), LONGEST + 1)
    if not any(one.isalnum() for one in owner) or len(owner) > LONGEST:
        msg = (
            f"--owner must say in 1 to {LONGEST} characters who owns the data, such as 'I own these pictures. A. Lee'."
        )
        raise UsageError(msg)
    out = asked.out.resolve()
    if asked.key_file.resolve().is_relative_to(out):
        msg = f"the key file {plain(asked.key_file)} lies in {plain(asked.out)}, beside what it protects. "
        msg += "Keep it elsewhere."
        raise UsageError(msg)
    places = {"--out": out, "--key-file": asked.key_file.resolve()} | ({"--into": into.resolve()} if into else {})
    for flag, place in places.items():
        if place.is_relative_to(Path(asked.own).resolve()):
            msg = f"{flag} lies in {plain(asked.own)} and would be taken for your data. Name a place outside of it."
            raise UsageError(msg)
    return owner


def _made(method: Method, function: Any, given: own.Own, asked: Asked, settings: dict[str, Any],
          params: dict[str, Any]) -> Done:  # fmt: skip
    key, key_made = keys.read_or_make(asked.key_file)
    made: Protected = function(given.pictures, key=key, **params)
    seen = visible.visible(given.pictures.pixels, made.pixels)
    if not seen.largest:
        msg = f"protect {method.name} changed no pixel, so there is nothing to write. Ask for a stronger change."
        raise UsageError(msg)
    trials, why_not = _tried(given.pictures, made, asked)
    found = report.findings(seen, trials, _told(given.pictures, made))
    said = {
        "method": f"protect {method.name}", "version": __version__, "how": made.how, "declaration": settings["owner"],
        "declared": settings["declared"], "settings": _named(params), "source": given.ref, "pictures": len(made.pixels),
        "measured": why_not or f"a fifth kept out, {asked.epochs} epochs, seed {asked.seed}",
        "figures": [{name: _json(value) for name, value in asdict(one).items()} for one in found],
        "broken_by": report.breaking(trials), "verdict": report.verdict(trials), "limits": report.LIMITED,
    }  # fmt: skip
    ref = writing.write(asked.out, made.pixels, given.pictures.names, said)
    return Done(ref, given.ref, made.how, found, trials, why_not, key_made, given.left_out)


def _tried(given: OwnPictures, made: Protected, asked: Asked) -> tuple[Sequence[Trial], str]:
    if not asked.trial:
        return (), "no trial was asked for"
    if given.labels is None:
        return (), "the pictures have no classes to learn, so there is no trial"
    missing = [name for name in ("torch", "PIL") if not catalog.installed(name)]
    if missing:
        return (), f"a trial needs {', '.join(missing)}; install it with: pip install 'headgate[models]'"
    from headgate.protecting import trials

    try:
        return trials.survey(
            given.pixels, made.pixels, given.labels, epochs=asked.epochs, most=asked.pictures, seed=asked.seed
        ), ""
    except HeadgateError as error:
        return (), str(error)


def _told(given: OwnPictures, made: Protected) -> filters.Told | None:
    if given.labels is None:
        return None
    try:
        return filters.filtered(made.pixels, given.labels)
    except HeadgateError:  # too few pictures to tell anything
        return None


def _record(ws: Workspace, run: Run, method: Method, done: Done, asked: Asked) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    workspace.write_part(
        ws, run, "artifacts",
        _table(ws, "artifacts", ("ref", "hub", "kind", "name", "observed", "gone"),
               [[done.ref, "file", "dataset", f"{plain(asked.out.resolve().name)} (protected)", now, False]], run),
    )  # fmt: skip
    workspace.write_part(
        ws, run, "edges",
        _table(ws, "edges", ("child", "parent", "relation", "how", "confidence", "evidence", "method"),
               [[done.ref, done.source, "protected", "declared", 1.0, done.how, method.name]], run),
    )  # fmt: skip
    finding_rows.write(ws, run, method, done.found)
    ws.db.execute("DROP TABLE temp.made_artifacts; DROP TABLE temp.made_edges")


def _table(ws: Workspace, name: str, columns: Sequence[str], rows: list[list[Any]], run: Run) -> Any:
    ws.db.execute(f"CREATE OR REPLACE TEMP TABLE made_{name} AS SELECT * EXCLUDE run FROM empty.{name}")
    ws.db.executemany(f"INSERT INTO made_{name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", rows)
    return ws.db.sql(f"SELECT *, '{run.id}' AS run FROM temp.made_{name}")


def _named(params: dict[str, Any]) -> dict[str, Any]:
    # of a folder its name alone: where it lies is nobody's business who gets the copy
    return {name: value.name if isinstance(value, Path) else value for name, value in params.items()}


def _json(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
