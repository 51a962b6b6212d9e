"""A comparison for people and programs: plain text, Markdown or JSON, every word from a hub made safe."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from headgate.diff_shapes import KINDS, Change, Diff
from headgate.plain import markdown, plain

_TITLES = {
    "new": "New", "gone": "Gone", "absent": "Absent, perhaps not collected", "renamed": "Renamed",
    "licence": "Declared licence changed", "gated": "Gate changed", "base models": "Declared base models changed",
    "parents": "Parents changed", "finding": "Findings changed", "decision": "Decisions changed",
}  # fmt: skip
_HEADS = dict.fromkeys(("new", "gone", "absent"), ("ref", "kind")) | {"renamed": ("now", "was")} | dict.fromkeys(
    ("finding", "decision"), ("ref", "of", "was", "now")
)  # fmt: skip


def render(made: Diff, format_: str, fail_on: Sequence[str] = ()) -> str:
    """`made` in the format table, md or json, with what became of the conditions `fail_on`."""
    if format_ == "json":
        listed = [asdict(one) for one in made.changes]
        whole = asdict(made) | {"changes": listed, "truncated": len(listed) < sum(made.totals.values())}
        return json.dumps({**whole, "fail_on": list(fail_on), "exit_code": made.exit_code(fail_on)}, indent=1)
    md = format_ == "md"
    safe = _escaped if md else plain
    title = f"From {safe(made.old)} to {safe(made.new)}"
    lines = [f"# {title}" if md else title, ""]
    lines += [f"{'- ' if md else ''}{line}" for line in _verdict(made, fail_on)]
    for kind in KINDS:
        if made.totals[kind]:
            lines += _section(made, kind, md=md)
    if made.aggregates:
        rows = [(safe(one.name), safe(one.change), str(one.number)) for one in made.aggregates]
        lines += _headed("Sensitive: numbers only, small ones hidden", [("of", "change", "subjects"), *rows], md=md)
    return "\n".join(lines)


def _verdict(made: Diff, fail_on: Sequence[str]) -> list[str]:
    counted = [f"{made.totals[kind]:,} {kind}" for kind in KINDS if made.totals[kind]]
    lines = [f"Changes: {', '.join(counted)}." if counted else "No change that may be listed."]
    for one in made.occurring:
        if one.condition in fail_on:
            others = "; others only counted, as a sensitive rule has a part in them" if one.others else ""
            lines.append(f"FAILS {one.condition}: {one.told:,} listed{others}.")
    open_ = [one for one in made.unknown if (set(one.conditions) & set(fail_on) if fail_on else one.whole)]
    lines += [f"COULD NOT TELL: {one.what}." for one in open_]
    lines += [f"Not compared: {one.what}." for one in made.unknown if one not in open_]
    return lines


def _section(made: Diff, kind: str, *, md: bool) -> list[str]:
    safe = _escaped if md else plain
    changes = [one for one in made.changes if one.kind == kind]
    rows = [tuple(safe(cell) for cell in _cells(one)) for one in changes]
    head = _HEADS.get(kind, ("ref", "was", "now"))
    lines = _headed(f"{_TITLES[kind]} ({made.totals[kind]:,})", [head, *rows] if rows else [], md=md)
    more = made.totals[kind] - len(rows)
    return [*lines, "", f"{more:,} more; --limit shows more of them."] if more else lines


def _cells(one: Change) -> tuple[str, ...]:
    if one.kind in ("new", "gone", "absent"):
        return one.ref, one.detail or ""
    if one.kind == "renamed":
        return one.ref, one.was or ""
    states = (one.was or "not decided", one.now or "")
    return (one.ref, one.detail, *states) if one.detail else (one.ref, *states)


def _headed(title: str, rows: Sequence[tuple[str, ...]], *, md: bool) -> list[str]:
    lines = ["", f"## {title}" if md else title, *([""] if md else [])]
    if md and rows:
        return [*lines, *(f"| {' | '.join(row)} |" for row in (rows[0], ("---",) * len(rows[0]), *rows[1:]))]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))] if rows else []
    return [*lines, *(f"  {'  '.join(c.ljust(w) for c, w in zip(row, widths, strict=True))}".rstrip() for row in rows)]


def _escaped(cell: object) -> str:
    return markdown(plain(cell))
