from __future__ import annotations

from pathlib import Path
from typing import Any

from headgate.report import html, json, reuploads, text
from headgate.report.shapes import Summary
from headgate.report.summary import summarise
from headgate.workspace import Workspace, open_workspace
from tests.report_workspace import artifact, put

REMOVED, COPY = "removed there, reappeared here", "copy of a live original"


def moved(number: int, case: str, origin: str, target: str, month: str | None) -> list[dict[str, Any]]:
    """Findings of `number` re-uploads of one case, from hub to hub, there since a day of `month`."""
    since = f"; here since {month}-11" if month else ""
    return [
        {"subject": f"{target}:model:{case[:3]}/{origin}-{month}-{n}", "check": "re_upload", "value": 1.0, "n": 1,
         "sensitive": True, "harm": "use", "evidence": f"{case}: {origin}:model:secret/{n}; sha256 aa, 1 of 1{since}"}
        for n in range(number)
    ]  # fmt: skip


def clear(number: int, check: str, evidence: str, value: float | None, n: int = 1) -> list[dict[str, Any]]:
    return [
        {"subject": f"hf:model:{check}/{evidence[:4]}{i}", "check": check, "value": value, "n": n, "sensitive": True,
         "evidence": evidence} for i in range(number)
    ]  # fmt: skip


def summary_of(path: Path, *rows: list[dict[str, Any]]) -> tuple[Workspace, Summary]:
    ws = open_workspace(path, create=True)
    listed = [row for part in rows for row in part]
    put(ws, "collect", "dump", "artifacts", [artifact(ref) for ref in dict.fromkeys(r["subject"] for r in listed)])
    for check in dict.fromkeys(row["check"] for row in listed):
        put(ws, "detect", check, "findings", [row for row in listed if row["check"] == check])
    return ws, summarise(ws)


def test_from_hub_to_hub_by_month(tmp_path: Path) -> None:
    _, s = summary_of(
        tmp_path / "w",
        moved(15, REMOVED, "civitai", "hf", "2025-05"), moved(12, REMOVED, "civitai", "hf", "2025-06"),
        moved(11, COPY, "hf", "hf", "2025-05"), moved(10, COPY, "hf", "hf", None), moved(20, COPY, "hf", "civitai", "2025-07"),
        clear(300, "re_upload", "none known elsewhere earlier", 0.0), clear(50, "re_upload", "no hashes known", None, 0),
    )  # fmt: skip
    assert s.reuploads is not None
    listed = {
        (f.case, f.origin, f.target): (f.count, [(m.month, m.count) for m in f.months]) for f in s.reuploads.flows
    }
    assert listed == {
        (REMOVED, "civitai", "huggingface"): (27, [("2025-05", 15), ("2025-06", 12)]),
        (COPY, "huggingface", "huggingface"): (21, [("2025-05", 11), (None, 10)]),
        (COPY, "huggingface", "civitai"): (20, [("2025-07", 20)]),
    }
    (check,) = s.checks
    assert (check.found, check.share.of if check.share else None) == (68, 368)


def test_small_cells_cannot_be_worked_out(tmp_path: Path) -> None:
    _, s = summary_of(
        tmp_path / "w",
        moved(4, REMOVED, "civitai", "hf", "2025-05"), moved(25, COPY, "hf", "hf", "2025-05"),
        moved(9, COPY, "hf", "hf", "2025-06"), moved(40, COPY, "hf", "civitai", "2025-07"),
        clear(300, "re_upload", "none known elsewhere earlier", 0.0),
    )  # fmt: skip
    assert s.reuploads is not None
    listed = {
        (f.case, f.origin, f.target): (f.count, [(m.month, m.count) for m in f.months]) for f in s.reuploads.flows
    }
    # 78 were found in all: with 34 and 40 shown the four would be known
    assert listed == {
        (REMOVED, "civitai", "huggingface"): ("<10", []), (COPY, "huggingface", "civitai"): ("withheld", []),
        (COPY, "huggingface", "huggingface"): (34, [("2025-05", "withheld"), ("2025-06", "<10")]),
    }  # fmt: skip


def test_few_in_all_show_nothing(tmp_path: Path) -> None:
    _, s = summary_of(tmp_path / "w", moved(9, COPY, "hf", "hf", "2025-05"), clear(99, "re_upload", "none", 0.0))
    assert s.reuploads == reuploads.Reuploads((), ())
    _, s = summary_of(tmp_path / "v", clear(99, "re_upload", "none", 0.0))
    assert s.reuploads == reuploads.Reuploads((), ())


def notices(path: Path, corrected: int, ignored: int, moved_: int, unknown: int) -> list[tuple[Any, ...]]:
    _, s = summary_of(
        path, clear(corrected, "notice_outcome", "corrected: gone", 1.0), clear(ignored, "notice_outcome", "ignored: x", 0.0),
        clear(moved_, "notice_outcome", "moved: y", 0.0), clear(unknown, "notice_outcome", "unknown: z", None, 0),
    )  # fmt: skip
    assert s.reuploads is not None
    return [(o.outcome, o.count, o.share and (o.share.found, o.share.of)) for o in s.reuploads.notices]


def test_what_became_of_notices(tmp_path: Path) -> None:
    assert notices(tmp_path / "a", 30, 20, 50, 11) == [
        ("corrected", 30, (30, 100)), ("ignored", 20, (20, 100)), ("moved", 50, (50, 100)), ("unknown", 11, None),
    ]  # fmt: skip
    _, s = summary_of(tmp_path / "w", clear(81, "notice_outcome", "corrected: gone", 1.0),
                      clear(182, "notice_outcome", "ignored: x", 0.0))  # fmt: skip
    assert s.reuploads is not None
    share = s.reuploads.notices[0].share
    # 81 of 263: Newcombe's worked example
    assert share is not None
    assert (round(share.low or 0, 4), round(share.high or 0, 4)) == (0.2553, 0.3662)


def test_few_notices_cannot_be_worked_out(tmp_path: Path) -> None:
    # the table of findings shows 30 of 55: less 21 ignored, four would have moved
    assert [count for _, count, _ in notices(tmp_path / "a", 30, 21, 4, 12)] == [30, "withheld", "<10", 12]
    # that of all 58 a few are unknown counts them with the not corrected
    assert [count for _, count, _ in notices(tmp_path / "b", 30, 21, 4, 3)] == [30, "withheld", "<10", "<10"]
    assert notices(tmp_path / "c", 4, 30, 30, 30) == []


def test_every_format_shows_counts_and_no_artifact(tmp_path: Path) -> None:
    ws, s = summary_of(
        tmp_path / "w", moved(15, REMOVED, "civitai", "hf", "2025-05"), clear(99, "re_upload", "none", 0.0),
        clear(12, "notice_outcome", "corrected: gone", 1.0), clear(20, "notice_outcome", "ignored: x", 0.0),
        clear(30, "notice_outcome", "moved: y at hf:model:secret/place", 0.0),
    )  # fmt: skip
    for made in (
        html.render(ws, s),
        text.render(ws, summary=s),
        text.render(ws, markdown=True, summary=s),
        json.render(ws, s),
    ):
        assert REMOVED in made
        assert "Re-uploads" in made or '"reuploads"' in made
        assert "moved" in made
        assert "secret" not in made
    assert "2025-05" in html.render(ws, s)
