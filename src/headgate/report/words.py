"""Words of a report: hub text made safe, hubs by their names, numbers as people read them."""

from __future__ import annotations

from headgate.plain import csv_cell, plain
from headgate.report.shapes import Cell, Share, Summary

HUBS = {"hf": "huggingface", "civitai": "civitai", "file": "file", "name": "name only"}
TITLES = {"huggingface": "Hugging Face", "civitai": "Civitai", "file": "Local files", "name only": "Known by name only"}


def shown(text: object, width: int = 60) -> str:
    """Hub text that is safe on one line, in a spreadsheet too, cut at `width` characters."""
    return plain(csv_cell(text), width)


def hub_of(ref: str) -> str:
    """The hub that a ref names; 'other' where it names none."""
    return HUBS.get(ref.split(":", 1)[0], "other")


def title(hub: str) -> str:
    """A hub's name for people."""
    return TITLES.get(hub, hub)


def of_kind(hub: str, kind: str) -> str:
    """The artifacts of one hub and kind, such as Hugging Face models."""
    if hub == "file":
        return f"Local {kind}s" if kind in {"model", "dataset"} else "Local files"
    return f"{title(hub)} {kind}s" if hub in TITLES else "other artifacts"


def counted(value: Cell, one: str, many: str | None = None) -> str:
    """A count with its noun, such as 1 root or 2 roots."""
    return f"{number(value)} {one if value == 1 else many or one + 's'}"


def counted_over(window: str | None) -> str:
    """What a sum of downloads covers; the two hubs count differently."""
    return {"30d": "last 30 days", "all": "since ever"}.get(window or "", "\N{EN DASH}")


def observed(s: Summary) -> str:
    """When the artifacts of a report were observed, such as observed 2026-10-01 to 2026-11-01."""
    if s.observed_from is None or s.observed_to is None:
        return "nothing observed"
    return (
        f"observed {s.observed_to}"
        if s.observed_from == s.observed_to
        else f"observed {s.observed_from} to {s.observed_to}"
    )


def number(value: Cell | float | None) -> str:
    """A count with separators; text as it is; a dash for what there is not."""
    if value is None:
        return "\N{EN DASH}"
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3g}"


def figure(value: float | None) -> str:
    """A measured value to four digits; a dash for what there is not."""
    return "\N{EN DASH}" if value is None else f"{value:,.4g}"


def percent(value: float | None) -> str:
    """A share as a percentage that never rounds something to nothing or nearly all to all."""
    if value is None:
        return "\N{EN DASH}"
    if 0 < value < 0.0005:
        return "<0.1 %"
    if 0.9995 <= value < 1:
        return ">99.9 %"
    return f"{100 * value:.1f} %"


def interval(share: Share) -> str:
    """The interval of a share, such as 3.1-4.2 %."""
    if share.low is None or share.high is None:
        return "\N{EN DASH}"
    digits = 2 if share.high < 0.01 else 1
    return f"{100 * share.low:.{digits}f}\N{EN DASH}{100 * share.high:.{digits}f} %"
