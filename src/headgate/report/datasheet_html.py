"""A data sheet as one HTML page: no script, nothing fetched, readable on a phone and in print."""

from __future__ import annotations

from collections.abc import Sequence

from headgate.report import html
from headgate.report.charts import Bar, Part, bars, columns
from headgate.report.datasheet import Screened, Sheet
from headgate.report.words import number, percent
from headgate.shapes import Finding


def render(sheet: Sheet) -> str:
    """The page."""
    from markupsafe import Markup

    charts = {
        one.method: tuple(map(Markup, drawn(one)))  # charts escapes every text
        for one in sheet.screened
    }
    return html.environment().get_template("datasheet.html.j2").render(s=sheet, charts=charts)


def drawn(one: Screened) -> tuple[str, str]:
    """The charts of a screening as SVG text: findings that are shares, and how the scores lie; "" for none."""
    return _shares(one), histogram(one.bins, title=f"Items by their score of {one.method}")


def histogram(bins: Sequence[tuple[float, int]], *, title: str) -> str:
    """How the scores of items lie, `bins` as of `Screened`; "" where there are none."""
    if not bins:
        return ""
    wide = bins[1][0] - bins[0][0]
    ends = [f"{low:.3g}" for low, _ in (*bins, (bins[-1][0] + wide, 0))]
    stacks = [(f"{ends[n]} to {ends[n + 1]}", [Part("items", count, "a")]) for n, (_, count) in enumerate(bins)]
    ticks = [(n, ends[n]) for n in range(0, len(ends), len(bins) // 4)]
    return columns(stacks, title=title, ticks=ticks)


def _is_share(found: Finding) -> bool:
    return found.value is not None and all(0 <= x <= 1 for x in (found.value, found.low, found.high) if x is not None)


def _shares(one: Screened) -> str:
    """Findings that are shares as bars with whiskers; empty where there is none."""
    rows = [
        Bar(
            found.axis or "all",
            found.value or 0.0,
            percent(found.value),
            found.low,
            found.high,
            f"n {number(found.n)}",
        )
        for found in one.findings
        if _is_share(found)
    ]
    return bars(rows, title=f"Findings of {one.method}, shares with 95 % intervals", shares=True) if rows else ""
