"""A recall for people and programs: plain text or Markdown, every word from a hub made safe, or plain values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from functools import partial
from typing import Any

from headgate.fixes import kind_of
from headgate.label_text import shown as no_links
from headgate.plain import markdown, plain
from headgate.recall import FixReach, Kin, Point, Recall
from headgate.recall_facts import Downloads

_UNCOUNTED = "\N{EN DASH}"
_NARROW = 24  # characters that every column keeps, however narrow the terminal
_WHOLE = {"can", "what", "downloads, its own included"}  # columns of our own words
_CUT = ("ancestors", "descendants", "levers")  # the lists that grow with the family
_BEHIND = "'Behind it' counts only what no other way reaches."
_BY_DOWNLOADS = f"Ranked by the downloads at and behind them, then by how many are behind. {_BEHIND}"
_BY_NUMBER = f"Ranked by how many are behind. {_BEHIND}"
Row = Sequence[object]
Table = Callable[[Sequence[str], Iterable[Row]], list[str]]


def text(made: Recall, *, limit: int, markdown: bool = False, width: int | None = None) -> str:
    """`made` as text of which each list shows at most `limit` rows.

    Where `width` (characters) is given, long cells of plain text are shortened in the middle to fit it.
    """
    table: Table = _markdown if markdown else partial(_aligned, width=width)
    safe = _escaped if markdown else plain
    title = f"Recall of {safe(_called(made.ref, made.name))} ({made.status})"
    lines = [f"# {title}" if markdown else title]
    summary = _summary(made, safe)
    lines += [part for line in summary for part in ("", line)] if markdown else ["", *summary]
    for heading, body, notes in _sections(made, limit, table, safe):
        lines += ["", f"## {heading}" if markdown else heading, *([""] if markdown else []), *body]
        for note in notes:
            lines += ["", *(f"- {line}" if markdown and len(note) > 1 else line for line in note)]
    return "\n".join(lines)


def record(made: Recall, limit: int | None = None) -> dict[str, Any]:
    """`made` as what JSON can hold; `limit` cuts the lists of ancestors, descendants and levers, nothing in them.

    `totals` counts all of them, and `truncated` says whether one was cut.
    """
    values = {one.name: getattr(made, one.name) for one in fields(made)}
    values["contested"] = [one._replace(note=no_links(one.note)) for one in made.contested]
    whole = {name: values[name] for name in _CUT}
    shown = {name: _values(listed[:limit]) for name, listed in whole.items()}
    truncated = any(len(shown[name]) < len(listed) for name, listed in whole.items())
    totals = {}
    for name in ("ancestors", "descendants"):
        totals[name], totals[f"{name}_inferred"], totals[f"{name}_max_depth"] = _totals(whole[name])
    totals["holders"] = len(made.levers)
    return {"totals": totals, "truncated": truncated} | {name: _values(v) for name, v in values.items()} | shown


def _values(value: Any) -> Any:
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _values(one) for name, one in value._asdict().items()}
    if isinstance(value, datetime):
        return value.isoformat()
    return [_values(one) for one in value] if isinstance(value, (list, tuple)) else value


def _totals(kin: list[Kin]) -> tuple[int, int, int]:
    return len(kin), sum(one.known == "inferred" for one in kin), max((one.depth for one in kin), default=0)


def _summary(made: Recall, safe: Callable[[object], str]) -> list[str]:
    lines = []
    if made.as_of:
        lines.append(f"As of {made.as_of}.")
    if made.status == "named only":
        lines.append("No artifact of this workspace has this ref; edges name it as a parent.")
    if made.status == "gone":
        lines.append("It is gone from its hub; what copied it is not.")
    found = f" Found by {', '.join(map(safe, made.checks))}." if made.checks else ""
    lines.append(f"Harm: {safe(made.harm)}.{found}")
    looked = f"{made.sensitive_checks} looked at it; what they find is told in aggregate only"
    lines.append(f"Sensitive checks: {looked if made.sensitive_checks else 'none looked at it'}.")
    for what, kin in (("Ancestors", made.ancestors), ("Descendants", made.descendants)):
        number, inferred, deepest = _totals(kin)
        away = f"{number:,} up to {deepest} step{'s' * (deepest > 1)} away"
        guessed = f"{inferred:,}" if inferred else "none"
        lines.append(f"{what}: {away}, {guessed} of them known by inference only." if number else f"{what}: none.")
    return lines


def _sections(
    made: Recall, limit: int, table: Table, safe: Callable[[object], str]
) -> list[tuple[str, list[str], list[list[str]]]]:
    """Heading, table and the paragraphs under it, of each part that has something to show."""
    names = {one.ref: one.name for one in (*made.ancestors, *made.descendants) if one.name} | {made.ref: made.name}
    counts = ("hub", "kind", "window", "downloads", "counted", "no count")
    at_stake = ([*d[:3], _UNCOUNTED if d.downloads is None else d.downloads, *d[4:]] for d in made.downloads)
    who = ("who", "as", "hub", "can", "here", "upstream", "downstream")
    reach = ("fix at", "where", "reaches it", "downstream", "reached", "copied the weights", "retraining", "behind")
    points = ("ref", "holder", "others behind it", "downloads, its own included")
    levers = ([*v[:3], ", ".join(v.can), *v[4:7]] for v in made.levers[:limit])
    then = sorted({f"Where a {v.role} fixes it, {v.consequence}." for v in made.levers if v.consequence})
    fixed = (_reach(fix, names) for fix in made.fixes[: limit + 1])
    notes = ((a.ref, a.check or "a sensitive check", f"contested: {no_links(a.note)}") for a in made.contested[:limit])
    met = ([t.what, t.number, "; ".join(t.examples)] for t in made.troubles)
    parts = [
        ("Downloads at stake (never added up across hubs or windows)", table(counts, at_stake), []),
        ("Ancestors", _kin(made, made.ancestors[:limit], names, table), [_more(made.ancestors, limit)]),
        ("Descendants", _kin(made, made.descendants[:limit], names, table),
         [_meanings(made.descendants, safe), _more(made.descendants, limit)]),
        ("Who can act", table(who, levers), [then, _more(made.levers, limit)]),
        ("Single points downstream: all ways to the others pass them",
         table(points, _points(made.dominators[:limit], names)), [[_BY_DOWNLOADS]]),
        ("Choke points upstream: all ways from the others pass them",
         table(points, _points(made.choke_points[:limit], names)), [[_BY_NUMBER]]),
        ("What a fix reaches, and what it does not", table(reach, fixed), []),
        ("Contested", table(("ref", "about", "note"), notes), [_more(made.contested, limit)]),
        ("Met on the way", table(("what", "number", "such as"), met), []),
    ]  # fmt: skip
    return [(heading, body, [note for note in notes if note]) for heading, body, notes in parts if body]


def _called(ref: str, name: str | None) -> str:
    return f"{ref} “{plain(name, 40)}”" if name else ref


def _kin(made: Recall, kin: list[Kin], names: dict[str, str | None], table: Table) -> list[str]:
    heads = ["ref", "steps", "relation", "from", "how", "status", "fix"]
    rows: list[list[object]] = []
    for one in kin:
        known = one.how if one.known == "stated" else "inferred"
        via = _called(one.via, names.get(one.via))
        rows.append([_called(one.ref, one.name), one.depth, one.relation, via, known, one.status, one.fix or ""])
    empty = {"from": all(one.via == made.ref for one in kin), "fix": not any(one.fix for one in kin)}
    kept = [n for n, head in enumerate(heads) if not empty.get(head)]
    return table([heads[n] for n in kept], [[row[n] for n in kept] for row in rows])


def _meanings(kin: list[Kin], safe: Callable[[object], str]) -> list[str]:
    number = Counter(one.relation for one in kin).most_common()
    return [f"{safe(name)} ({count:,}): {kind_of(name).meaning}." for name, count in number]


def _more(listed: Sequence[object], limit: int) -> list[str]:
    more = len(listed) - limit
    return [f"{more:,} more; --limit shows more of them, --format json all."] if more > 0 else []


def _points(points: list[Point], names: dict[str, str | None]) -> Iterable[Row]:
    for one in points:
        counted = "; ".join(map(_counted, one.downloads))
        yield _called(one.ref, names.get(one.ref)), one.author or "", one.number, counted


def _counted(group: Downloads) -> str:
    number = "not counted" if group.downloads is None else f"{group.downloads:,}"
    return f"{number} {group.hub} {group.kind} {group.window}"


def _reach(fix: FixReach, names: dict[str, str | None]) -> Row:
    return _called(fix.ref, names.get(fix.ref)), fix.where, "yes" if fix.reaches_recalled else "no", *fix[3:]


def _cells(rows: Iterable[Row], safe: Callable[[object], str]) -> list[list[str]]:
    return [[f"{cell:,}" if isinstance(cell, int) else safe(cell) for cell in row] for row in rows]


def _aligned(heads: Sequence[str], rows: Iterable[Row], width: int | None = None) -> list[str]:
    cells = _cells(rows, plain)
    if not cells:
        return []
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    may = [n for n, head in enumerate(heads) if head not in _WHOLE]
    while width and sum(widths) + 2 * len(widths) > width and any(widths[n] > _NARROW for n in may):
        widths[max(may, key=lambda n: widths[n])] -= 1
    right = _numbers(cells)
    return [_line(row, widths, right) for row in [list(heads), *cells]]


def _numbers(cells: list[list[str]]) -> list[bool]:
    columns = zip(*cells, strict=True)
    return [all(cell == _UNCOUNTED or cell.replace(",", "").isdigit() for cell in column) for column in columns]


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    fitted = [_shortened(cell, w) for cell, w in zip(row, widths, strict=True)]
    padded = (cell.rjust(w) if r else cell.ljust(w) for cell, w, r in zip(fitted, widths, right, strict=True))
    return ("  " + "  ".join(padded)).rstrip()


def _shortened(cell: str, width: int) -> str:
    if len(cell) <= width:
        return cell
    return f"{cell[: width // 2]}…{cell[len(cell) - (width - 1) // 2 :]}"


def _markdown(heads: Sequence[str], rows: Iterable[Row]) -> list[str]:
    cells = _cells(rows, _escaped)
    if not cells:
        return []
    rule = ["---:" if right else "---" for right in _numbers(cells)]
    return [f"| {' | '.join(row)} |" for row in [list(heads), rule, *cells]]


def _escaped(cell: object) -> str:
    return markdown(plain(cell))
