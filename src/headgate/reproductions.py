"""Published figures worked out again: which there are, one of them run over its data, and its table.

A file of `reproduce/` is a reproduction: its function `reproduce(folder)` takes the folder of the data (or None, if it
says so) and returns a `Reproduced`; the first line of its docstring is what the list shows. One that draws anything
takes `seeds`, how often.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path

from headgate.errors import BadInput, UsageError

_FOLDER = Path(__file__).parent / "reproduce"
_HEAD = ("data", "of", "figure", "ours", "95 % interval", "counts", "paper")


@dataclass(frozen=True, slots=True)
class Figure:
    """One share: in which data, about whom, called what, `found` of `of`, its interval (0 to 1; None where it has
    none), and how it is defined. `paper` is what the publication says, in its words; None where it says nothing.

    What is no share has a `value`, with `low` and `high` in its unit; `found` and `of` are then 0. `digits` are shown.
    """

    data: str
    about: str
    name: str
    found: int
    of: int
    low: float | None
    high: float | None
    meaning: str
    paper: str | None = None
    value: float | None = None
    digits: int = 1


@dataclass(frozen=True, slots=True)
class Reproduced:
    """The figures of one publication, its reference, and what a reader has to know beside them."""

    name: str
    reference: str
    figures: tuple[Figure, ...]
    notes: tuple[str, ...]


def names() -> dict[str, str]:
    """Each reproduction and what it is, none of them imported."""
    files = sorted(_FOLDER.glob("[!_]*.py"))
    docs = {file.stem: ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "" for file in files}
    return {name: doc.split("\n", 1)[0].rstrip(".") for name, doc in docs.items()}


def reproduce(name: str, folder: Path | None = None, *, seeds: int | None = None) -> Reproduced:
    """Run the reproduction `name` over `folder`, or over HEADGATE_DATA; with `seeds` seeds where it draws any.

    Raises `UsageError` with the nearest name where there is none, or where it draws nothing and `seeds` is given,
    `BadInput` where its data is absent.
    """
    known = names()
    if name not in known:
        near = get_close_matches(name, known, 1)
        hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
        msg = f"no reproduction {name[:80]!r}. {hint}"
        raise UsageError(msg)
    run = importlib.import_module(f"headgate.reproduce.{name}").reproduce
    takes = inspect.signature(run).parameters
    given = folder or os.environ.get("HEADGATE_DATA")
    if not given and "None" not in str(takes["folder"].annotation):
        msg = f"reproduce {name} needs its data. Name their folder with --data or in HEADGATE_DATA."
        raise BadInput(msg)
    if seeds is not None and "seeds" not in takes:
        msg = f"reproduce {name} draws nothing. Leave out --seeds {seeds}."
        raise UsageError(msg)
    made = run(Path(given) if given else None, **({} if seeds is None else {"seeds": seeds}))
    assert isinstance(made, Reproduced)
    return made


def needed(file: Path) -> Path:
    """`file`; raises `BadInput` where it is absent."""
    if not file.is_file():
        msg = f"no data at {file}. Name the folder that holds it with --data or in HEADGATE_DATA."
        raise BadInput(msg)
    return file


def render(made: Reproduced, format_: str) -> str:
    """`made` in the format table, md or json; the meanings of its figures stand below the table."""
    if format_ == "json":
        return json.dumps(asdict(made), indent=1, ensure_ascii=True)
    md = format_ == "md"
    meanings = dict.fromkeys((one.name, one.meaning) for one in made.figures)
    lines = [f"# {made.name}" if md else made.name, "", made.reference, ""]
    lines += _table([_HEAD, *map(_cells, made.figures)], md=md)
    lines += ["", *(f"- **{name}**: {meaning}" if md else f"{name}: {meaning}" for name, meaning in meanings)]
    return "\n".join([*lines, "", *(f"- {note}" if md else note for note in made.notes)])


def _cells(one: Figure) -> tuple[str, ...]:
    share = one.found / one.of if one.of else None
    times, unit = (100, " %") if one.value is None else (1, "")
    ours = share if one.value is None else one.value
    bare = one.low is None or one.high is None
    shown = "none" if ours is None else f"{_number(times * ours, one.digits, powers=bare)}{unit}"
    ends = ""
    if one.low is not None and one.high is not None:
        ends = f"{_number(times * one.low, one.digits)} to {_number(times * one.high, one.digits)}{unit}"
    counts = f"{one.found:,} of {one.of:,}" if one.value is None else ""
    return (one.data, one.about, one.name, shown, ends, counts, one.paper or "")


def _number(value: float, digits: int, *, powers: bool = False) -> str:
    """`value` to `digits` decimals; with `powers` one too small for them, such as a p-value, as a power of ten."""
    if powers and 0 < abs(value) < 10**-digits / 2:
        return f"{value:.2e}"
    return f"{round(value, digits) + 0.0:.{digits}f}"  # no minus before 0


def _table(rows: Sequence[tuple[str, ...]], *, md: bool) -> list[str]:
    if md:
        return [f"| {' | '.join(row)} |" for row in (rows[0], ("---",) * len(rows[0]), *rows[1:])]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
