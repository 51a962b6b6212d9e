"""A data sheet as one HTML page: no script, nothing fetched, readable on a phone and in print."""

from __future__ import annotations

from headgate.report import html
from headgate.report.charts import Bar, Part, bars, columns
from headgate.report.datasheet import Screened, Sheet
from headgate.report.words import number, percent
from headgate.shapes import Finding


def render(sheet: Sheet) -> str:
    """The page."""
    from markupsafe import Markup

    charts = {
        one.method: tuple(Markup(svg) for svg in (_shares(one), _scores(one)))  # noqa: S704 - charts escapes every text
        for one in sheet.screened
    }
    return html.environment().get_template("datasheet.html.j2").render(s=sheet, charts=charts)


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


def _scores(one: Screened) -> str:
    """How the scores of the items lie; empty where all are alike."""
    if not one.bins:
        return ""
    wide = one.bins[1][0] - one.bins[0][0]
    ends = [f"{low:.3g}" for low, _ in (*one.bins, (one.bins[-1][0] + wide, 0))]
    stacks = [(f"{ends[n]} to {ends[n + 1]}", [Part("items", count, "a")]) for n, (_, count) in enumerate(one.bins)]
    ticks = [(n, ends[n]) for n in range(0, len(ends), len(one.bins) // 4)]
    return columns(stacks, title=f"Items by their score of {one.method}", ticks=ticks)
