"""The figures of a report as text: a short table for the terminal, or Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headgate.report.shapes import Cell, Opened, Summary
from headgate.report.summary import summarise
from headgate.report.words import interval, number, percent, title

_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


@dataclass(frozen=True, slots=True)
class Block:
    """A titled table; all but its first columns hold numbers unless `words` says how many do not."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1


def render(ws: Opened, *, markdown: bool = False, summary: Summary | None = None) -> str:
    """The figures about `ws` as text; `summary` spares working them out again."""
    s = summary or summarise(ws)
    head = f"{s.workspace}: {s.date}, headgate {s.version}"
    foot = (
        "Shares have Wilson's 95 % intervals, which cover chance only. What nobody looked at counts as unknown, "
        "never as clean. Sensitive checks are shown as aggregates, cells under 10 as <10."
    )
    if markdown:
        return "\n\n".join([f"# {_marked(head)}", *(_as_markdown(block) for block in _blocks(s)), _marked(foot)])
    return "\n\n".join([head, *(_as_table(block) for block in _blocks(s)), foot])


def _blocks(s: Summary) -> Iterator[Block]:
    yield Block(
        "Artifacts", ("hub", "kind", "count", "observed"),
        tuple((title(a.hub), a.kind, number(a.count), a.last_observed) for a in s.artifacts), words=2,
    )  # fmt: skip
    by_relation: dict[str, int] = {}
    for edge in s.edges:
        by_relation[edge.relation] = by_relation.get(edge.relation, 0) + edge.count
    yield Block("Edges", ("relation", "count"), tuple((name, number(n)) for name, n in by_relation.items()))
    yield Block(
        "Largest families", ("root", "descendants"), tuple((f.root, number(f.descendants)) for f in s.families[:5])
    )
    yield Block("Licences", ("kind", "declared", "not stated", "no card", "not recorded"), tuple(
        (row.kind, *_numbers(row.declared, row.not_stated, row.no_card, row.not_recorded)) for row in s.licences
    ))  # fmt: skip
    yield Block("Findings", ("check", "found", "of", "share", "95 % interval", "could not tell"), tuple(
        (c.check, number(c.found), number(c.share.of if c.share else None), percent(c.share.share if c.share else None),
         interval(c.share) if c.share else number(None), number(c.unknown))
        for c in s.checks
    ))  # fmt: skip
    yield Block("Decisions", ("control", "allow", "block", "unknown"), tuple(
        (c.control, *_numbers(c.allow, c.block, c.unknown)) for c in s.controls
    ))  # fmt: skip
    yield Block("Not looked at", ("what", "artifacts"), tuple((u.what, number(u.count)) for u in s.unseen))


def _numbers(*cells: Cell) -> tuple[str, ...]:
    return tuple(number(cell) for cell in cells)


def _as_table(block: Block) -> str:
    if not block.rows:
        return f"{block.title}: none"
    widths = [max(len(row[n]) for row in (block.columns, *block.rows)) for n in range(len(block.columns))]
    lines = [_line(row, widths, block.words) for row in (block.columns, *block.rows)]
    return "\n".join([block.title, *(f"  {line}".rstrip() for line in lines)])


def _line(row: Sequence[str], widths: Sequence[int], words: int) -> str:
    return "  ".join(
        cell.ljust(width) if n < words else cell.rjust(width)
        for n, (cell, width) in enumerate(zip(row, widths, strict=True))
    )


def _as_markdown(block: Block) -> str:
    if not block.rows:
        return f"## {block.title}\n\nNone."
    rule = ["---" if n < block.words else "--:" for n in range(len(block.columns))]
    lines = [block.columns, rule, *([_marked(cell) for cell in row] for row in block.rows)]
    return f"## {block.title}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _marked(text: str) -> str:
    return _MARKS.sub(r"\\\1", text)
