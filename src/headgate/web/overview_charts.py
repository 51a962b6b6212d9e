"""Charts of the overview: specifications for Vega-Lite of the same numbers that stand in a table, and bars as SVG."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headgate.report import words
from headgate.report.charts import escaped, line
from headgate.report.html import decided
from headgate.report.shapes import Artifacts, Check, Share

if TYPE_CHECKING:
    from markupsafe import Markup

    from headgate.web.pages.overview import Downloads, Overview

MONTHS = 72  # of publication that are drawn; the table has all
YEARS = 18  # months from which on the axis tells years alone
TONES = {("huggingface", "model"): "a", ("civitai", "model"): "b", ("huggingface", "dataset"): "c"}
ENOUGH = 30  # cases that an interval must rest on to stretch the scale
_SCALES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 0.75, 1.0)
_COUNTS = {"format": "~s", "tickCount": 5, "domain": False, "ticks": False}  # of an axis
_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the findings: what a check found among one kind of artifact, and its bar, where it has a share."""

    check: str
    sensitive: bool
    of_what: str
    found: str
    share: Share | None
    bar: Markup


@dataclass(frozen=True, slots=True)
class Panel:
    """The downloads counted over one window: those of each day, the newest first, and the chart of them.

    Those of versions are left out, since they are part of those of their models.
    """

    window: str
    rows: tuple[Downloads, ...]
    spec: dict[str, Any] | None
    series: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """All that is drawn of an overview."""

    months: dict[str, Any] | None
    hubs: tuple[str, ...]
    earlier: int
    panels: tuple[Panel, ...]
    controls: tuple[Markup, ...]
    findings: tuple[Row, ...]
    scale: float
    date: str | None
    silent: tuple[str, ...]
    measured: tuple[Check, ...]
    families: tuple[Markup, ...]
    tiles: tuple[Artifacts, ...]


def drawn(page: Overview) -> Drawn:
    """The charts of `page`."""
    from markupsafe import Markup

    shares = list(_shares(page.checks))
    scale = _scale([share for *_, share in shares])
    told = [Row(check.check, check.sensitive, what, f"{share.found:,}", share, Markup(_bar(share, scale)))  # noqa: S704 - numbers alone
            for check, what, share in shares]  # fmt: skip
    told.sort(key=lambda row: -(row.share.share or 0) if row.share else 0)
    hidden = [Row(check.check, True, "all kinds", words.number(check.found), None, Markup())
              for check in page.checks if check.sensitive and isinstance(check.found, str)]  # fmt: skip
    dates = {share.date for *_, share in shares}
    seen = {row.check for row in (*told, *hidden)}
    most = max((family.descendants for family in page.families), default=1)
    return Drawn(
        _months(page), tuple(sorted({m.hub for m in page.months}, key=_tone)), _earlier(page),
        tuple(_panels(page.downloads)),
        tuple(Markup(decided(control)) for control in page.controls),  # noqa: S704 - charts escapes every text
        tuple(told + hidden), scale, dates.pop() if len(dates) == 1 else None,
        tuple(check.check for check in page.checks if check.check not in seen and check.median is None),
        tuple(check for check in page.checks if check.median is not None),
        tuple(Markup(_length(family.descendants / most, _tone(family.hub))) for family in page.families),  # noqa: S704
        tuple(sorted(page.artifacts, key=lambda one: (_tone(one.hub), one.kind != "model", one.kind))),
    )  # fmt: skip


def _shares(checks: Iterable[Check]) -> Iterable[tuple[Check, str, Share]]:
    for check in checks:
        groups = [group for group in check.groups if group.share.of]
        for group in groups:
            yield check, words.of_kind(group.hub, group.kind), group.share
        if not check.groups and check.share and check.share.of:
            yield check, "all kinds", check.share


def _tone(hub: str) -> str:
    return TONES.get((hub, "model"), "d")


def _scale(shares: Sequence[Share]) -> float:
    """Where the bars end: beyond every share, and beyond the intervals of those that rest on `ENOUGH`."""
    most = max((max(share.share or 0, (share.high or 0) if share.of >= ENOUGH else 0) for share in shares), default=0)
    return next((step for step in _SCALES if step >= most), 1.0)


def _bar(share: Share, scale: float) -> str:
    # an interval that goes on beyond the scale has no end there
    ends = [(end or 0) / scale for end in (share.low, share.high)]
    low, high = (f"{100 * min(end, 1):.3f}%" for end in ends)
    ticks = "".join(line(x, 3, x, 15) for x, end in ((low, ends[0]), (high, ends[1])) if end <= 1)
    body = f'<g class="whisker">{line(low, 9, high, 9)}{ticks}</g>'
    return _svg(f"{_rect(1, 'track')}{_rect((share.share or 0) / scale, 'tone-b')}{body}")


def _length(part: float, tone: str) -> str:
    return _svg(f"{_rect(1, 'track')}{_rect(part, f'tone-{tone}')}")


def _rect(part: float, name: str) -> str:
    return f'<rect class="{escaped(name)}" x="0" y="4" width="{100 * part:.3f}%" height="10" rx="2"/>'


def _svg(body: str) -> str:
    # the numbers stand beside it
    return f'<svg class="chart" aria-hidden="true" width="100%" height="18">{body}</svg>'


def _months(page: Overview) -> dict[str, Any] | None:
    if not page.months:
        return None
    kept = sorted({month.month for month in page.months})[-MONTHS:]
    values = [
        {"month": f"{m.month}-01", "hub": words.title(m.hub), "models": m.count}
        for m in page.months
        if m.month >= kept[0]
    ]
    return {
        "$schema": _SCHEMA, "height": 300, "data": {"values": values},
        "mark": {"type": "bar", "cornerRadius": 1, "binSpacing": 1.5},
        "encoding": {
            "x": {"field": "month", "type": "temporal", "timeUnit": "utcyearmonth", "title": None,
                  "axis": {"grid": False, "format": "%Y" if len(kept) > YEARS else "%Y-%m", "labelOverlap": True,
                           "tickCount": {"interval": "year"} if len(kept) > YEARS else 5}},
            "y": {"field": "models", "type": "quantitative", "title": None, "axis": _COUNTS},
            "color": {"field": "hub", "type": "nominal", "legend": None, "scale": {"domain": _hubs()}},
            "tooltip": [{"field": "month", "type": "temporal", "timeUnit": "utcyearmonth", "format": "%Y-%m",
                         "title": "Month"},
                        {"field": "hub", "title": "Hub"}, {"field": "models", "format": ",", "title": "Models"}],
        },
    }  # fmt: skip


def _hubs() -> list[str]:
    # in the order of the tones a, b, c, d
    return [words.title("huggingface"), words.title("civitai"), words.title("file"), words.title("name only")]


def _earlier(page: Overview) -> int:
    kept = sorted({month.month for month in page.months})[-MONTHS:]
    return sum(month.count for month in page.months if month.month < kept[0])


def _panels(rows: tuple[Downloads, ...]) -> Iterable[Panel]:
    counted = [row for row in rows if row.downloads is not None and row.kind != "version"]
    for window in sorted({row.window for row in counted}):
        told = [row for row in counted if row.window == window]
        pairs = sorted({(row.hub, row.kind) for row in told}, key=lambda pair: (TONES.get(pair, "e"), pair))
        several = len({row.day for row in told}) > 1
        spec = _lines(told) if several else None
        yield Panel(window, tuple(reversed(told)), spec, tuple(words.of_kind(*pair) for pair in pairs))


def _lines(rows: list[Downloads]) -> dict[str, Any]:
    values = [{"day": row.day.isoformat(), "what": words.of_kind(row.hub, row.kind), "downloads": row.downloads,
               "artifacts": row.artifacts} for row in rows]  # fmt: skip
    domain = [words.of_kind(*pair) for pair in TONES]
    domain += sorted({str(value["what"]) for value in values} - set(domain))
    return {
        "$schema": _SCHEMA, "height": 200, "data": {"values": values},
        "mark": {"type": "line", "point": {"filled": True, "size": 55}, "strokeWidth": 2},
        "encoding": {
            "x": {"field": "day", "type": "temporal", "timeUnit": "utcyearmonthdate", "title": None,
                  "axis": {"grid": False, "tickCount": 6, "format": "%Y-%m-%d", "labelOverlap": True}},
            "y": {"field": "downloads", "type": "quantitative", "title": None, "axis": _COUNTS},
            "color": {"field": "what", "type": "nominal", "scale": {"domain": domain}, "legend": None},
            "tooltip": [{"field": "day", "type": "temporal", "timeUnit": "utcyearmonthdate", "format": "%Y-%m-%d",
                         "title": "Observed"}, {"field": "what", "title": "What"},
                        {"field": "downloads", "format": ",", "title": "Downloads"},
                        {"field": "artifacts", "format": ",", "title": "Of artifacts"}],
        },
    }  # fmt: skip
