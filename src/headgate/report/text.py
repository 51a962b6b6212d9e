"""The figures of a report as text: a short table for the terminal, or Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from headgate.report.controls import Grades
from headgate.report.likenesses import Likeness, Likenesses
from headgate.report.shapes import Cell, Check, Opened, Share, Summary
from headgate.report.summary import summarise
from headgate.report.terms import CLASSES, Terms
from headgate.report.words import counted_over, figure, interval, number, observed, of_kind, percent, title

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
    asked = "" if s.made.startswith(s.date) else f" as known on {s.date}"
    head = f"{s.workspace}{asked}: {observed(s)}; report made {s.made[:10]}, headgate {s.version}"
    foot = (
        "Shares have Wilson's 95 % intervals, which cover chance only. What nobody looked at counts as unknown, "
        "never as clean. Sensitive checks are shown as aggregates, cells under 10 as <10."
    )
    blocks = [block for block in _blocks(s) if block.rows]
    if markdown:
        return "\n\n".join([f"# {_marked(head)}", *(_as_markdown(block) for block in blocks), _marked(foot)])
    return "\n\n".join([head, *(_as_table(block) for block in blocks), foot])


def _blocks(s: Summary) -> Iterator[Block]:
    yield Block(
        "Artifacts", ("hub", "kind", "count", "observed"),
        tuple((title(a.hub), a.kind, number(a.count), a.last_observed) for a in s.artifacts), words=2,
    )  # fmt: skip
    by_relation: dict[str, int] = {}
    for edge in s.edges:
        by_relation[edge.relation] = by_relation.get(edge.relation, 0) + edge.count
    ordered = sorted(by_relation.items(), key=lambda pair: (-pair[1], pair[0]))
    yield Block("Edges", ("relation", "count"), tuple((name, number(n)) for name, n in ordered))
    g = s.graph
    facts = [
        ("links in all, each once", g.edges + g.training_edges), ("found by more than one method", g.several_methods),
        ("to training data", g.training_edges), ("training datasets not collected", g.training_not_collected),
        ("of lineage", g.edges), ("roots of lineage", g.roots), ("parents not collected", g.dangling_parents),
        ("parents known by name only", g.name_only_parents),
    ]  # fmt: skip
    yield Block("Graph", ("what", "count"), tuple((what, number(n)) for what, n in facts) if s.edges else ())
    yield Block(
        "Largest families", ("root", "descendants"), tuple((f.root, number(f.descendants)) for f in s.families[:5])
    )
    yield Block("Licences", ("artifacts", "declared", "not stated", "no card", "not recorded"), tuple(
        (of_kind(row.hub, row.kind), *_numbers(row.declared, row.not_stated, row.no_card, row.not_recorded))
        for row in s.licences
    ))  # fmt: skip
    yield from _terms(s.terms)
    counting = {row.check for row in s.disclosed}
    columns = ("check", "artifacts", "found", "of", "share", "95 % interval", "could not tell")
    yield Block(
        "Findings",
        columns,
        tuple(row for check in s.checks for row in _found(check) if check.check not in counting),
        words=2,
    )
    yield Block(
        "What cards disclose",
        ("check", "artifacts", "cards", "items, mean", "of", "at least one"),
        tuple(
            (
                d.check,
                of_kind(d.hub, d.kind),
                number(d.asked),
                "no score" if d.mean is None else f"{d.mean:.2f}",
                number(d.items),
                percent(d.some.share if d.some else None),
            )
            for d in s.disclosed
        ),
        words=2,
    )
    yield Block(
        "Screened datasets",
        ("dataset", "check", "value", "from", "to", "items"),
        tuple(
            (one.dataset, one.check, figure(one.value), figure(one.low), figure(one.high), number(one.items))
            for one in s.screened
        ),
        words=2,
    )
    yield from _likenesses(s.likenesses)
    if s.reuploads:
        yield Block("Re-uploads", ("case", "from", "to", "count"), tuple(
            (f.case, title(f.origin), title(f.target), number(f.count)) for f in s.reuploads.flows
        ), words=3)  # fmt: skip
        yield Block("Notices", ("outcome", "count", "of", "share", "95 % interval"), tuple(
            (o.outcome, *_share(o.count, o.share, "")[:4]) for o in s.reuploads.notices
        ))  # fmt: skip
    yield Block("Decisions", ("control", "policy", "allow", "block", "unknown"), tuple(
        (c.control, c.policy, *_numbers(c.allow, c.block, c.unknown)) for c in s.controls
    ), words=2)  # fmt: skip
    yield Block("Grades", ("control", "of what", "grades"), tuple(_graded(g) for g in s.grades), words=3)
    unseen = [risk for risk in s.risks if not risk.looked_at]
    yield Block(
        "Risks",
        ("risks that", "number", "which"),
        (
            ("a check looked at", number(len(s.risks) - len(unseen)), "headgate report has the checks of each"),
            ("nothing looks at", number(len(unseen)), ", ".join(risk.id for risk in unseen)),
        )
        if s.risks
        else (),
        words=3,
    )
    yield Block("Not looked at", ("what", "artifacts"), tuple((u.what, number(u.count)) for u in s.unseen))


def _terms(terms: Terms | None) -> Iterator[Block]:
    if terms is None:
        return
    uses = [name for name in CLASSES if any(name == use for said in terms.said for use, _ in said.uses)]
    yield Block("Use that declared licences allow", ("artifacts", *uses), tuple(
        (of_kind(said.hub, said.kind), *(number(dict(said.uses)[u].found if u in dict(said.uses) else 0) for u in uses))
        for said in terms.said
    ))  # fmt: skip
    yield Block("Duties broken at direct links", ("the parent's licence", "asks", "broken", "of", "share"), tuple(
        (d.licence, d.asks, number(d.broken.found), number(d.broken.of), percent(d.broken.share))
        for d in terms.duties[:5]
    ), words=2)  # fmt: skip


def _graded(graded: Grades) -> tuple[str, str, str]:
    told = "; ".join(f"{row.grade}: {number(row.count)}" for row in graded.grades)
    return graded.control, of_kind(graded.hub, graded.kind) if graded.hub != "other" else graded.kind, told


def _found(check: Check) -> Iterator[tuple[str, ...]]:
    # Several kinds of artifacts have no share together: it would say most of the largest.
    for group in check.groups:
        yield (check.check, of_kind(group.hub, group.kind), *_share(group.share.found, group.share, group.unknown))
    if not check.groups:
        yield (check.check, "all kinds", *_share(check.found, check.share, check.unknown))


def _likenesses(told: Likenesses | None) -> Iterator[Block]:
    if told is None:
        return
    columns = ("image adapters", "found", "not", "share", "95 % interval", "could not tell", "downloads", "counted")
    yield Block("Adapters made to depict real people", columns, tuple(
        (of_kind(r.hub, r.kind), *_found_or_not(r), number(r.unknown), number(r.downloads), counted_over(r.window))
        for r in told.hubs
    ))  # fmt: skip
    for name, rows in (("base family", told.bases), ("month", told.months)):
        yield Block(
            f"The same by {name}, where any were found", (name, *columns[:5]),
            tuple((r.group, of_kind(r.hub, r.kind), *_found_or_not(r)) for r in rows if r.found != 0), words=2,
        )  # fmt: skip
    yield Block("Sexual signals on adapters of real people", columns[:6], tuple(
        (of_kind(r.hub, r.kind), *_found_or_not(r), number(r.unknown)) for r in told.intent
    ))  # fmt: skip


def _found_or_not(row: Likeness) -> tuple[str, ...]:
    said = (percent(row.share.share), interval(row.share)) if row.share else (number(None), number(None))
    return (number(row.found), number(row.not_found), *said)


def _share(found: Cell | None, share: Share | None, unknown: Cell) -> tuple[str, ...]:
    if share is None:
        return number(found), number(None), number(None), number(None), number(unknown)
    return number(found), number(share.of), percent(share.share), interval(share), number(unknown)


def _numbers(*cells: Cell) -> tuple[str, ...]:
    return tuple(number(cell) for cell in cells)


def _as_table(block: Block) -> str:
    widths = [max(len(row[n]) for row in (block.columns, *block.rows)) for n in range(len(block.columns))]
    lines = [_line(row, widths, block.words) for row in (block.columns, *block.rows)]
    return "\n".join([block.title, *(f"  {line}".rstrip() for line in lines)])


def _line(row: Sequence[str], widths: Sequence[int], words: int) -> str:
    return "  ".join(
        cell.ljust(width) if n < words else cell.rjust(width)
        for n, (cell, width) in enumerate(zip(row, widths, strict=True))
    )


def _as_markdown(block: Block) -> str:
    rule = ["---" if n < block.words else "--:" for n in range(len(block.columns))]
    lines = [block.columns, rule, *([_marked(cell) for cell in row] for row in block.rows)]
    return f"## {block.title}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _marked(text: str) -> str:
    return _MARKS.sub(r"\\\1", text)
