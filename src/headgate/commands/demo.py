"""Make a synthetic hub with planted truth, audit it, and show what was found of what was planted."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from headgate.errors import UsageError

if TYPE_CHECKING:
    from headgate.synthetic.compare import Row
    from headgate.synthetic.leaks import Leaks
    from headgate.synthetic.truth import Truth
    from headgate.workspace import Workspace

_MARKER = "demo.json"  # only a folder with this file is ever replaced
_OURS = {_MARKER, "raw", "tables", "runs", "reports"}


@click.command("demo", help=__doc__)
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    default=Path("demo.headgate"),
    show_default=True,
    help="The workspace to make; an earlier demo there is replaced, anything else is left alone.",
)
@click.option("--artifacts", type=int, default=5000, show_default=True, help="About how many to invent.")
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed gives the same hub.")
def command(into: Path, artifacts: int, seed: int) -> None:
    """Run the demo; nothing is fetched, and every name in it is invented."""
    from headgate.audit import audit
    from headgate.synthetic import generate
    from headgate.synthetic.compare import compare
    from headgate.synthetic.leaks import leaks

    with tempfile.TemporaryDirectory(prefix="headgate-demo-") as dumps:
        truth = generate(Path(dumps), artifacts=artifacts, seed=seed)
        _make_way(into)
        try:
            into.mkdir(parents=True, exist_ok=True)
            (into / _MARKER).write_text(truth.to_json(), encoding="utf-8")
        except OSError as error:
            msg = f"cannot make a demo at {into} ({error.strerror}). Name a folder that can be written with --into."
            raise UsageError(msg) from error
        ws = _collect(into, Path(dumps), truth)
    page = audit(ws)
    rows, found = compare(ws.db, truth), leaks(into, truth.persons)
    click.echo("\n".join([*_summary(ws), "", *_table(rows), "", *_people(truth, found)]))
    click.echo(f"\nworkspace: {into}\nreport: {page}")


def _make_way(into: Path) -> None:
    if not into.exists() or (into.is_dir() and not any(into.iterdir())):
        return
    if into.is_dir() and not into.is_symlink() and (into / _MARKER).is_file():
        foreign = sorted({path.name for path in into.iterdir() if not path.name.startswith(".tmp-")} - _OURS)
        if not foreign:
            shutil.rmtree(into)
            return
        why = f"it also holds {foreign[0]}"
    else:
        why = "it is not an earlier demo"
    msg = f"{into} is in the way: {why}, so it is left alone. Name another folder with --into."
    raise UsageError(msg)


def _collect(into: Path, dumps: Path, truth: Truth) -> Workspace:
    from headgate import run, workspace

    ws = workspace.open_workspace(into, create=True)
    # Civitai flags who is depicted, so it goes first: what re-uploads its files elsewhere is known by their hash.
    for name, shape in (
        ("earlier/civitai_models", "civitai-models"),
        ("earlier/hf_models", "huggingface-models"),
        ("civitai_models", "civitai-models"),
        ("hf_datasets", "huggingface-datasets"),
        ("hf_models", "huggingface-models"),
    ):
        earlier = name.startswith("earlier/")
        run.collect(ws, "dump", path=dumps / f"{name}.jsonl.zst", shape=shape, complete=not earlier,
                    observed=truth.earlier if earlier else truth.later)  # fmt: skip
    return ws


def _summary(ws: Workspace) -> list[str]:
    counted = [
        ("artifacts", "SELECT hub || ' ' || kind, count(*) FROM artifacts GROUP BY 1 ORDER BY 2 DESC, 1"),
        ("gone", "SELECT o.hub || ' ' || o.kind, count(DISTINCT o.ref) FROM observations AS o "
                 "ANTI JOIN artifacts AS a ON a.ref = o.ref GROUP BY 1 ORDER BY 2 DESC, 1"),
        ("edges", "SELECT relation, count(DISTINCT (child, parent)) FROM edges GROUP BY 1 ORDER BY 2 DESC, 1"),
        ("findings", 'SELECT "check", count(*) FILTER (value > 0) FROM findings '
                     "WHERE NOT sensitive GROUP BY 1 ORDER BY 1"),
        ("decisions", "SELECT decision, count(*) FROM decisions WHERE control = 'release_gate' GROUP BY 1 ORDER BY 1"),
    ]  # fmt: skip
    lines = []
    for title, sql in counted:
        rows = ws.db.execute(sql).fetchall()
        lines.append(f"{title:10}" + (", ".join(f"{what} {number:,}" for what, number in rows) or "none"))
    return lines


def _table(rows: list[Row]) -> list[str]:
    head = f"{'planted truth against found':44}{'planted':>8}{'found':>9}{'share':>7}{'not planted':>13}"
    return [head, *map(_line, rows)]


def _line(row: Row) -> str:
    from headgate.synthetic.compare import LEAST

    def shown(number: int | None) -> str:
        hidden = row.sensitive and number and number < LEAST
        return "" if number is None else f"under {LEAST}" if hidden else f"{number:,}"

    few = row.sensitive and 0 < row.found < LEAST
    share = "" if few or not row.planted else f"{row.found / row.planted:.0%}"
    return f"{row.what:44}{row.planted:>8,}{shown(row.found):>9}{share:>7}{shown(row.wrong):>13}"


def _people(truth: Truth, found: Leaks) -> list[str]:
    said = sum(found.places.get(person, 0) for person in truth.persons if person not in truth.unsaid)
    unsaid = sum(found.places.get(person, 0) for person in truth.unsaid)
    lines = [
        f"{len(truth.persons)} invented people were planted in {truth.counts['records_naming_a_person']:,} records; "
        f"{found.bytes / 2**20:,.1f} MiB of {found.files} files were searched for their names:",
        f"  {len(truth.persons) - len(truth.unsaid):>4} people whose records say so: a name stands in {said:,} places",
        f"  {len(truth.unsaid):>4} people with a record that does not say so: a name stands in {unsaid:,} places",
    ]
    return lines + ([f"  first in {found.where[0]}"] if found.where else [])
