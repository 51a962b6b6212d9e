"""Charts as SVG text: bars with intervals, one stacked bar, columns over time.

Widths are percentages and heights pixels, so text keeps its size from a phone to a printed page; colours
come from the classes of the page's style. Every text is escaped here; the result is safe in HTML. Each
chart has a title and a description for those who do not see it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from headgate.plain import plain

ROW, BAR = 46, 14  # pixels of a row of bars, and of the bar in it
_SCALES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 0.75, 1.0)
HEIGHT, FOOT = 190, 24  # pixels of the columns, and of the labels below
GUTTER = 7  # per cent of the width for the numbers beside the columns


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: `value`, `low` and `high` in the same unit; `text` stands at its end; `tone` is its colour."""

    label: str
    value: float
    text: str
    low: float | None = None
    high: float | None = None
    note: str = ""
    tone: str = "a"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a stacked bar or column."""

    label: str
    value: float
    tone: str


def bars(rows: Sequence[Bar], *, title: str, shares: bool = False) -> str:
    """Horizontal bars from 0 on, with whiskers where there is an interval; `shares` get a scale in per cent."""
    top = max([max(row.value, row.high or 0) for row in rows], default=0) or 1
    if shares:
        top = next((step for step in _SCALES if step >= top), 1.0)
    drawn = []
    for number, row in enumerate(rows):
        y = number * ROW
        middle = y + 22 + BAR / 2
        note = f' <tspan class="muted">{escaped(row.note)}</tspan>' if row.note else ""
        whisker = ""
        if row.low is not None and row.high is not None:
            low, high = _at(row.low, top), _at(row.high, top)
            ends = "".join(line(x, middle - 5, x, middle + 5) for x in (low, high))
            whisker = f'<g class="whisker">{line(low, middle, high, middle)}{ends}</g>'
        drawn.append(
            f'<g><text x="0" y="{y + 14}">{escaped(row.label)}{note}</text>'
            f'<text class="value" x="100%" y="{y + 14}" text-anchor="end">{escaped(row.text)}</text>'
            f'<rect class="track" x="0" y="{y + 22}" width="100%" height="{BAR}" rx="3"/>'
            f'<rect class="tone-{row.tone}" x="0" y="{y + 22}" width="{_at(row.value, top)}" height="{BAR}" rx="3"/>'
            f"{whisker}</g>"
        )
    told = "; ".join(f"{row.label}: {row.text}" for row in rows)
    tall = len(rows) * ROW - 6
    if shares and rows:
        drawn.append(f'<text class="tick" x="0" y="{tall + 12}">0</text>')
        drawn.append(f'<text class="tick" x="100%" y="{tall + 12}" text-anchor="end">{100 * top:g} %</text>')
        tall += 16
    return svg("".join(drawn), max(tall, 1), title, told)


def stack(parts: Sequence[Part], *, title: str) -> str:
    """One bar of full width, divided as `parts` are."""
    whole = sum(part.value for part in parts) or 1
    drawn, x = [], 0.0
    for part in parts:
        share = part.value / whole
        drawn.append(
            f'<rect class="tone-{part.tone} cut" x="{_at(x, 1)}" y="0" width="{_at(share, 1)}" height="26">'
            f"<title>{escaped(f'{part.label}: {part.value:,.0f}')}</title></rect>"
        )
        x += share
    told = "; ".join(f"{part.label}: {part.value:,.0f}" for part in parts)
    return svg("".join(drawn), 26, title, told)


def columns(
    stacks: Sequence[tuple[str, Sequence[Part]]], *, title: str, ticks: Sequence[tuple[int, str]] | None = None
) -> str:
    """Columns side by side, each (label, parts from the bottom up).

    `ticks` are labels below the edges between columns, which they are counted by; without them the labels of the
    columns are years or YYYY-MM months, and some of them stand below.
    """
    top = _round_up(max([sum(part.value for part in parts) for _, parts in stacks], default=0))
    wide = (100 - GUTTER) / max(len(stacks), 1)
    drawn = []
    for step in range(5):
        y = 16 + (HEIGHT - 16) * (1 - step / 4)
        drawn.append(f'<line class="grid" x1="{GUTTER}%" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>')
        if step:
            drawn.append(f'<text class="tick" x="0" y="{y + 4:.1f}">{_short(top * step / 4)}</text>')
    for number, (label, parts) in enumerate(stacks):
        y = float(HEIGHT)
        for part in parts:
            tall = (HEIGHT - 16) * part.value / top
            y -= tall
            drawn.append(
                f'<rect class="tone-{part.tone}" x="{GUTTER + (number + 0.12) * wide:.3f}%" y="{y:.2f}" '
                f'width="{0.76 * wide:.3f}%" height="{tall:.2f}">'
                f"<title>{escaped(f'{label}, {part.label}: {part.value:,.0f}')}</title></rect>"
            )
    for number, label in _ticks([label for label, _ in stacks]) if ticks is None else ticks:
        side = ' text-anchor="end"' if number == len(stacks) else ""
        x = GUTTER + number * wide
        drawn.append(f'<text class="tick" x="{x:.3f}%" y="{HEIGHT + 17}"{side}>{escaped(label)}</text>')
    told = "; ".join(f"{label}: {sum(part.value for part in parts):,.0f}" for label, parts in stacks)
    return svg("".join(drawn), HEIGHT + FOOT, title, told)


def _ticks(labels: Sequence[str]) -> list[tuple[int, str]]:
    # Years where there are many months; in either case so few that they do not touch on a phone.
    if len(labels) > 18:
        years = [(number, label[:4]) for number, label in enumerate(labels) if number == 0 or label.endswith("-01")]
        if len(years) > 1 and not labels[0].endswith("-01") and years[1][0] * 12 < len(labels):
            years = years[1:]
        return years[:: -(-len(years) // 8) or 1]
    return list(enumerate(labels))[:: max(1, -(-len(labels) // 5))]


def _round_up(value: float) -> float:
    # 1, 2, 4 or 8 times a power of ten has quarters that are easy to read; 4 is the least with whole ones.
    size = 1.0
    while True:
        for step in (4, 8, 10, 20):
            if step * size >= value:
                return step * size
        size *= 10


def _short(value: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def svg(body: str, height: float, title: str, told: str) -> str:
    """A drawing of full width and `height` pixels, with its title and what it tells in words."""
    return (
        f'<svg class="chart" role="img" width="100%" height="{height:.0f}" aria-label="{escaped(title)}">'
        f"<title>{escaped(title)}</title><desc>{escaped(told, 4000)}</desc>{body}</svg>"
    )


def _at(value: float, top: float) -> str:
    return f"{100 * min(max(value / top, 0), 1):.3f}%"


def line(x1: str, y1: float, x2: str, y2: float) -> str:
    """A line; x in per cent of the width, y in pixels."""
    return f'<line x1="{x1}" y1="{y1:.1f}" x2="{x2}" y2="{y2:.1f}"/>'


def escaped(text: object, width: int = 120) -> str:
    """`text` on one line, cut at `width` characters, safe in HTML."""
    return escape(plain(text, width), quote=True)
