"""A recall for people: plain text or Markdown, every word from a hub made safe."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from typing import Any

from headgate.fixes import kind_of
from headgate.plain import plain
from headgate.recall import FixReach, Kin, Point, Recall
from headgate.recall_facts import Downloads

_MARKS = re.compile(r"([\\`*_\[\]<>|#&~])")
Row = Sequence[object]
Table = Callable[[Sequence[str], Iterable[Row]], list[str]]


def text(made: Recall, *, limit: int, markdown: bool = False) -> str:
    """`made` as text of which each list shows at most `limit` rows."""
    table: Table = _markdown if markdown else _aligned
    safe = _escaped if markdown else plain
    title = f"Recall of {safe(made.ref)} ({made.status})"
    lines = [f"# {title}" if markdown else title, ""]
    lines += [f"{line}\n" if markdown else line for line in _summary(made)]
    for heading, body in _sections(made, limit, table):
        lines += ["", f"## {heading}" if markdown else heading, *([""] if markdown else []), *body]
    return "\n".join(lines)


def record(value: Any, limit: int | None = None) -> Any:
    """`value` (a `Recall` or part of one) as what JSON can hold, each list cut at `limit` if given."""
    if isinstance(value, Recall):
        return {one.name: record(getattr(value, one.name), limit) for one in fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: record(one, limit) for name, one in value._asdict().items()}
    if isinstance(value, (list, tuple)):
        return [record(one, limit) for one in value[:limit]]
    return value


def _summary(made: Recall) -> list[str]:
    lines = []
    if made.as_of:
        lines.append(f"As of {made.as_of}.")
    if made.status == "named only":
        lines.append("No artifact of this workspace has this ref; edges name it as a parent.")
    if made.status == "gone":
        lines.append("It is gone from its hub; what copied it is not.")
    found = f" Found by {', '.join(map(plain, made.checks))}." if made.checks else ""
    lines.append(f"Harm: {plain(made.harm)}.{found}")
    if made.sensitive_checks:
        lines.append(
            f"Sensitive checks that ran here: {made.sensitive_checks}. What they found is told in aggregate only."
        )
    for what, kin in (("Ancestors", made.ancestors), ("Descendants", made.descendants)):
        inferred = sum(one.known == "inferred" for one in kin)
        deepest = max((one.depth for one in kin), default=0)
        lines.append(f"{what}: {len(kin):,} up to {deepest} steps away, {inferred:,} of them known by inference only.")
    return lines


def _sections(made: Recall, limit: int, table: Table) -> list[tuple[str, list[str]]]:
    steps = ("ref", "steps", "relation", "from", "how", "status", "fix")
    points = ("ref", "holder", "others behind it", "downloads, its own included")
    reach = ("fix at", "where", "reaches it", "downstream", "reached", "copied the weights", "retraining", "behind")
    counts = ("hub", "kind", "window", "downloads", "counted", "no count")
    met = ([t.what, t.number, "; ".join(t.examples)] for t in made.troubles)
    parts = [
        ("Downloads at stake (never added up across hubs or windows)", table(counts, made.downloads)),
        ("Ancestors", table(steps, _kin(made.ancestors, limit))),
        ("Descendants", table(steps, _kin(made.descendants, limit)) + _meanings(made.descendants)),
        ("Who can act", table(("who", "as", "hub", "can", "here", "upstream", "downstream"),
                              ([*v[:3], ", ".join(v.can), *v[4:]] for v in made.levers[:limit]))),
        ("Single points downstream: all ways to the others pass them", table(points, _points(made.dominators, limit))),
        ("Choke points upstream: all ways from the others pass them", table(points, _points(made.choke_points, limit))),
        ("What a fix reaches, and what it does not", table(reach, map(_reach, made.fixes[: limit + 1]))),
        ("Met on the way", table(("what", "number", "such as"), met)),
    ]  # fmt: skip
    totals = {"Ancestors": len(made.ancestors), "Descendants": len(made.descendants), "Who can act": len(made.levers)}
    for heading, body in parts:
        if (total := totals.get(heading, 0)) > limit:
            body += ["", f"{total - limit:,} more; --limit shows more of them, --format json all."]
    return [(heading, body) for heading, body in parts if body]


def _kin(kin: list[Kin], limit: int) -> Iterable[Row]:
    for one in kin[:limit]:
        known = one.how if one.known == "stated" else "inferred"
        yield one.ref, one.depth, one.relation, one.via, known, one.status, one.fix or ""


def _meanings(kin: list[Kin]) -> list[str]:
    number = Counter(one.relation for one in kin).most_common()
    return ["", *(f"{plain(name)} ({count:,}): {kind_of(name).meaning}." for name, count in number)] if kin else []


def _points(points: list[Point], limit: int) -> Iterable[Row]:
    for one in points[:limit]:
        yield one.ref, one.author or "", one.number, "; ".join(map(_counted, one.downloads))


def _counted(group: Downloads) -> str:
    return f"{group.downloads:,} {group.hub} {group.kind} {group.window}"


def _reach(fix: FixReach) -> Row:
    return fix.ref, fix.where, "yes" if fix.reaches_recalled else "no", *fix[3:]


def _cells(rows: Iterable[Row], safe: Callable[[object], str]) -> list[list[str]]:
    return [[f"{cell:,}" if isinstance(cell, int) else safe(cell) for cell in row] for row in rows]


def _aligned(heads: Sequence[str], rows: Iterable[Row]) -> list[str]:
    cells = _cells(rows, plain)
    if not cells:
        return []
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    right = [all(_is_number(cell) for cell in column) for column in zip(*cells, strict=True)]
    return [_line(row, widths, right) for row in [list(heads), *cells]]


def _is_number(cell: str) -> bool:
    return cell.replace(",", "").isdigit()


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = (cell.rjust(w) if r else cell.ljust(w) for cell, w, r in zip(row, widths, right, strict=True))
    return ("  " + "  ".join(padded)).rstrip()


def _markdown(heads: Sequence[str], rows: Iterable[Row]) -> list[str]:
    cells = _cells(rows, _escaped)
    if not cells:
        return []
    return [f"| {' | '.join(row)} |" for row in [list(heads), ["---"] * len(heads), *cells]]


def _escaped(cell: object) -> str:
    return _MARKS.sub(r"\\\1", plain(cell))
