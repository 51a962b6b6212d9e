"""The report as one HTML page: no script, nothing fetched, readable on a phone and in print."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from headgate.report import words
from headgate.report.charts import Bar, Part, bars, columns, stack
from headgate.report.controls import Grades
from headgate.report.json import save
from headgate.report.shapes import Check, Control, Licences, Opened, Share, Summary
from headgate.report.summary import summarise
from headgate.report.terms import CLASSES, Terms

if TYPE_CHECKING:
    import jinja2

SHOWN_MONTHS = 72
_TONES = {"huggingface": "a", "civitai": "b"}
_HOW_TONES = {"declared": "a", "read": "c", "inferred": "b"}


def render(ws: Opened, summary: Summary | None = None) -> str:
    """The page about `ws`; `summary` spares working the figures out again."""
    from markupsafe import Markup

    env = environment()
    s = summary or summarise(ws)
    safe = {name: Markup(svg) for name, svg in _charts(s).items()}  # noqa: S704 - charts escapes every text
    return env.get_template("report.html.j2").render(s=s, charts=safe, months_before=_earlier(s), tones=_TONES)


def write(ws: Opened, path: Path, summary: Summary | None = None) -> None:
    """Write the page about `ws` to `path`; raises `WorkspaceError` if that cannot be done."""
    save(path, render(ws, summary))


def environment() -> jinja2.Environment:
    """The templates of the pages, every text escaped and words of a report as filters."""
    import jinja2

    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters |= {
        name: getattr(words, name)
        for name in ("number", "percent", "interval", "title", "counted", "counted_over", "observed", "shown", "figure")
    }
    env.globals |= {"of_kind": words.of_kind, "classes": CLASSES}
    return env


def _charts(s: Summary) -> dict[str, str]:
    drawn = {"months": _months(s), "relations": _relations(s), "families": _families(s), "checks": _checks(s.checks)}
    for number, control in enumerate(s.controls):
        drawn[f"control {number}"] = decided(control)
    for graded in s.grades:
        drawn[f"grades {graded.control}{graded.hub}{graded.kind}"] = _grades(graded)
    if s.terms:
        drawn |= _terms(s.terms)
    for number, licences in enumerate(s.licences):
        drawn[f"coverage {number}"] = _coverage(licences)
        drawn[f"licences {number}"] = bars(
            [_share(row.licence, row.share) for row in licences.top],
            title=f"Declared licences of {words.of_kind(licences.hub, licences.kind)}, share of those that declare one",
            shares=True,
        )
    return drawn


def _share(label: str, share: Share, tone: str = "a") -> Bar:
    note = f"{share.found:,} of {share.of:,}"
    return Bar(label, share.share or 0.0, words.percent(share.share), share.low, share.high, note, tone)


def _checks(checks: tuple[Check, ...]) -> str:
    rows = []
    for check in checks:
        groups = [group for group in check.groups if group.share.of]
        rows += [_share(f"{check.check}, {words.of_kind(g.hub, g.kind)}", g.share, "b") for g in groups]
        if not check.groups and check.share and check.share.of:
            rows.append(_share(check.check, check.share, "b"))
    title = "Share of artifacts in which each check found something, with 95 % intervals"
    return bars(rows, title=title, shares=True)


def _grades(graded: Grades) -> str:
    what = words.of_kind(graded.hub, graded.kind) if graded.hub != "other" else graded.kind
    rows = [
        _share(row.grade, row.share, "unknown" if row.grade == "unknown" else "c")
        if row.share
        else Bar(row.grade, 0.0, words.number(row.count))
        for row in graded.grades
    ]
    return bars(rows, title=f"Grades of {graded.control}, {what}", shares=True)


def _terms(terms: Terms) -> dict[str, str]:
    drawn = {
        f"uses {number}": bars(
            [_share(name, share) for name, share in said.uses],
            title=f"Use that the licences of {words.of_kind(said.hub, said.kind)} allow",
            shares=True,
        )
        for number, said in enumerate(terms.said)
    }
    rows = [_share(f"{f.fault}, {words.of_kind(f.hub, f.kind)}", f.share, "b") for f in terms.faults]
    return drawn | {"faults": bars(rows, title="Faults of licences, with 95 % intervals", shares=True)}


def decided(control: Control) -> str:
    """The decisions of `control` as one stacked bar; empty where one of the counts is not shown."""
    cells = {"allow": control.allow, "block": control.block, "unknown": control.unknown}
    known = [Part(name, cell, name) for name, cell in cells.items() if isinstance(cell, int)]
    return stack(known, title=f"Decisions of {control.control}") if len(known) == len(cells) else ""


def _coverage(row: Licences) -> str:
    parts = [
        Part("declared", row.declared, "a"),
        Part("not stated", row.not_stated, "block"),
        Part("no card", row.no_card, "b"),
        Part("not recorded", row.not_recorded, "unknown"),
    ]
    return stack(parts, title=f"What is known of the licences of {words.of_kind(row.hub, row.kind)}")


def _relations(s: Summary) -> str:
    tones = _HOW_TONES
    rows = [Bar(f"{e.relation}, {e.how}", e.count, f"{e.count:,}", tone=tones.get(e.how, "d")) for e in s.edges]
    return bars(rows[:12], title="Links by relation and by how they are known")


def _families(s: Summary) -> str:
    rows = [
        Bar(f.root, f.descendants, f"{f.descendants:,}", note="" if f.collected else "not collected",
            tone=_TONES.get(f.hub, "d"))
        for f in s.families
    ]  # fmt: skip
    return bars(rows, title="Roots that most artifacts derive from")


def _months(s: Summary) -> str:
    per_month: dict[str, dict[str, int]] = defaultdict(dict)
    for month in s.months:
        per_month[month.month][month.hub] = month.count
    hubs = sorted({month.hub for month in s.months}, key=lambda hub: _TONES.get(hub, "d"))
    stacks = []
    for label in _span(s)[-SHOWN_MONTHS:]:
        found = per_month.get(label, {})
        stacks.append((label, [Part(words.title(h), found[h], _TONES.get(h, "d")) for h in hubs if h in found]))
    return columns(stacks, title="Models by month of first publication")


def _span(s: Summary) -> list[str]:
    if not s.months:
        return []
    first, last = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (s.months[0].month, s.months[-1].month))
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(first, last + 1)]


def _earlier(s: Summary) -> int:
    cut = (_span(s)[-SHOWN_MONTHS:] or [""])[0]
    return sum(month.count for month in s.months if month.month < cut)
