"""Charts are well-formed SVG of the right sizes, whatever text comes in."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.report.charts import Bar, Part, bars, columns, stack
from tests.report_workspace import HOSTILE


def parse(svg: str) -> ET.Element:
    return ET.fromstring(svg)


def rects(svg: str, tone: str) -> list[ET.Element]:
    return [r for r in parse(svg).iter("rect") if tone in r.get("class", "").split()]


def percent(element: ET.Element, name: str) -> float:
    return float(element.attrib[name].removesuffix("%"))


def test_bars_are_as_long_as_their_values() -> None:
    svg = bars([Bar("a", 40, "40"), Bar("b", 10, "10")], title="t")
    assert [percent(r, "width") for r in rects(svg, "tone-a")] == [100, 25]


def test_shares_have_a_scale_that_is_told() -> None:
    svg = bars([Bar("a", 0.3, "30 %", low=0.2, high=0.4)], title="t", shares=True)
    assert [percent(r, "width") for r in rects(svg, "tone-a")] == [60]  # 0.3 on a scale to 0.5
    lines = [(line.get("x1"), line.get("x2")) for line in parse(svg).iter("line")]
    assert lines == [("40.000%", "80.000%"), ("40.000%", "40.000%"), ("80.000%", "80.000%")]
    assert "50 %" in [text.text for text in parse(svg).iter("text")]


def test_no_whisker_without_an_interval() -> None:
    assert "<line" not in bars([Bar("a", 1, "1")], title="t")


def test_stack() -> None:
    svg = stack([Part("x", 1, "allow"), Part("y", 3, "block")], title="t")
    (allow,), (block,) = rects(svg, "tone-allow"), rects(svg, "tone-block")
    assert (percent(allow, "x"), percent(allow, "width")) == (0, 25)
    assert (percent(block, "x"), percent(block, "width")) == (25, 75)


def test_columns_stack_from_the_ground() -> None:
    svg = columns([("2024-01", [Part("h", 2, "a"), Part("c", 1, "b")]), ("2024-02", [Part("h", 4, "a")])], title="t")
    (low, tall), (upper,) = rects(svg, "tone-a"), rects(svg, "tone-b")
    assert float(tall.attrib["height"]) == pytest.approx(2 * float(low.attrib["height"]))
    assert float(upper.attrib["y"]) + float(upper.attrib["height"]) == pytest.approx(float(low.attrib["y"]), abs=0.02)
    assert [text.text for text in parse(svg).iter("text")][:4] == ["1", "2", "3", "4"]


def test_years_label_many_months_and_never_too_many() -> None:
    months = [(f"{year}-{month:02d}", [Part("h", 1, "a")]) for year in range(2000, 2024) for month in range(1, 13)]
    labels = [t.text or "" for t in parse(columns(months, title="t")).iter("text")][4:]
    assert labels[0] == "2000"
    assert len(labels) <= 8
    assert all(re.fullmatch(r"20\d\d", label) for label in labels)


def test_long_numbers_are_shortened_beside_the_columns() -> None:
    svg = columns([("2024-01", [Part("h", 3_900_000, "a")])], title="t")
    assert [text.text for text in parse(svg).iter("text")][:4] == ["1M", "2M", "3M", "4M"]


def test_charts_of_nothing() -> None:
    for svg in (
        bars([], title="t"),
        stack([], title="t"),
        columns([], title="t"),
        stack([Part("x", 0, "a")], title="t"),
    ):
        assert parse(svg).find("title") is not None


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    drawn = [
        bars([Bar(text, 1, text, note=text)], title=text),
        stack([Part(text, 1, "a")], title=text),
        columns([(text, [Part(text, 1, "a")])] * 2, title=text),
    ]
    for svg in drawn:
        assert {element.tag for element in parse(svg).iter()} <= {
            "svg",
            "title",
            "desc",
            "g",
            "text",
            "tspan",
            "rect",
            "line",
        }
        assert not [name for element in parse(svg).iter() for name in element.attrib if name.startswith(("on", "href"))]
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\u200b]", svg)
        assert len(svg) < 20_000


@given(st.lists(st.tuples(st.text(), st.floats(0, 1e12), st.floats(0, 1), st.floats(0, 1)), max_size=8))
def test_always_well_formed_and_inside(rows: list[tuple[str, float, float, float]]) -> None:
    root = parse(bars([Bar(text, value, text, low, high) for text, value, low, high in rows], title="t"))
    for rect in root.iter("rect"):
        assert 0 <= percent(rect, "width") <= 100


@given(st.lists(st.lists(st.floats(0, 1e12), max_size=3), max_size=90))
def test_columns_stay_inside(values: list[list[float]]) -> None:
    stacks = [(f"{2000 + n // 12}-{n % 12 + 1:02d}", [Part("h", v, "a") for v in vs]) for n, vs in enumerate(values)]
    for rect in parse(columns(stacks, title="t")).iter("rect"):
        assert float(rect.attrib["y"]) >= -0.01
        assert percent(rect, "x") + percent(rect, "width") <= 100


def test_columns_may_have_labels_between_them() -> None:
    svg = columns([("0 to 1", [Part("h", 2, "a")])] * 20, title="t", ticks=[(0, "0"), (10, "0.5"), (20, "1")])
    ticks = [(t.text, t.get("x"), t.get("text-anchor")) for t in parse(svg).iter("text")][4:]
    # 7 per cent are the gutter, 93 are twenty columns
    assert ticks == [("0", "7.000%", None), ("0.5", "53.500%", None), ("1", "100.000%", "end")]
