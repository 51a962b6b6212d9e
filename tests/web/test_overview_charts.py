from __future__ import annotations

from dataclasses import replace
from datetime import date

from headgate.report.shapes import Check, Group, Month, Share
from headgate.web.overview_charts import MONTHS, drawn
from headgate.web.pages.overview import Downloads, Overview
from headgate.web.waiting import Waiting

EMPTY = Overview(None, None, None, (), 0, 0, 0, (), 0, (), (), (), (), (), (), Waiting(), (), 0)


def share(found: int, of: int, high: float) -> Share:
    return Share(found, of, found / of if of else None, 0.0 if of else None, high if of else None, "2026-11-01", "s")


def check(name: str, *shares: Share) -> Check:
    groups = tuple(Group("huggingface", "model", one.of, 0, 0, one) for one in shares)
    return Check(name, False, None, 9, 1, 0, 0, None, None, groups)


def test_nothing_draws_nothing() -> None:
    found = drawn(EMPTY)
    assert (found.months, found.panels, found.findings, found.families) == (None, (), (), ())


def test_the_largest_share_stands_first_and_few_cases_do_not_stretch_the_scale() -> None:
    checks = (
        check("rare", share(1, 100, 0.05)),
        check("often", share(20, 100, 0.24)),
        check("alone", share(0, 1, 0.79)),
    )
    found = drawn(replace(EMPTY, checks=checks))
    assert [row.check for row in found.findings] == ["often", "rare", "alone"]
    assert found.scale == 0.25
    assert 'width="80.000%"' in found.findings[0].bar  # 0.2 of 0.25
    assert found.findings[0].bar.count("<line") == 3
    assert found.findings[2].bar.count("<line") == 2  # its interval goes on


def test_a_check_that_could_tell_nothing_is_named_and_has_no_bar() -> None:
    found = drawn(replace(EMPTY, checks=(check("blind", share(0, 0, 0)),)))
    assert (found.findings, found.silent) == ((), ("blind",))


def test_a_sensitive_check_without_a_share_is_listed_with_its_cell() -> None:
    hidden = Check("secret", True, "person", 40, "<10", 0, 0, None, None, ())
    row = drawn(replace(EMPTY, checks=(hidden,))).findings[0]
    assert (row.check, row.found, row.share, row.bar) == ("secret", "<10", None, "")


def test_windows_and_versions_are_never_added() -> None:
    rows = tuple(
        Downloads(hub, kind, window, date(2026, month, 1), 5, number)
        for hub, kind, window, number in (
            ("huggingface", "model", "30d", 10), ("civitai", "model", "all", 90), ("civitai", "version", "all", 90),
        )
        for month in (9, 10)
    )  # fmt: skip
    none = Downloads("huggingface", "model", "", date(2026, 9, 1), 5, None)
    panels = drawn(replace(EMPTY, downloads=(none, *rows))).panels
    assert [(panel.window, panel.series) for panel in panels] == [
        ("30d", ("Hugging Face models",)),
        ("all", ("Civitai models",)),
    ]
    assert panels[0].spec is not None
    assert [(v["day"], v["downloads"]) for v in panels[0].spec["data"]["values"]] == [
        ("2026-09-01", 10),
        ("2026-10-01", 10),
    ]
    assert [row.day.month for row in panels[0].rows] == [10, 9]


def test_one_day_alone_is_no_line() -> None:
    row = Downloads("huggingface", "model", "30d", date(2026, 9, 1), 5, 10)
    assert drawn(replace(EMPTY, downloads=(row,))).panels[0].spec is None


def test_months_before_the_last_72_are_in_the_table_only() -> None:
    months = tuple(Month(f"{2015 + n // 12}-{n % 12 + 1:02}", "huggingface", 2) for n in range(MONTHS + 5))
    found = drawn(replace(EMPTY, months=months))
    assert found.earlier == 10
    assert found.months is not None
    assert len(found.months["data"]["values"]) == MONTHS
