from __future__ import annotations

import math
import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.repair.record import Point, Ranked
from headgate.repair.shapes import Check, Trial
from headgate.report.repaired_charts import SHOWN_ITEMS, dots, places, plane, told, tones
from tests.repairs import CHECKS, METHODS, repair

HOSTILE = ["<script>alert(1)</script>", '" onload="x', "]]>", "&amp;<b>", "\x00\x1b[31m\u202e\u200b", "x" * 5000]


def parse(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def share(text: str | None) -> float:
    return float((text or "").rstrip("%"))


def marks(svg: str) -> list[tuple[str, float, float]]:
    """Of each mark of a plane its title, how far across it stands and how far down."""
    return [
        (one.findtext("g/title") or "", share(one.get("x")), share(one.get("y"))) for one in parse(svg).findall("svg")
    ]


def test_less_behaviour_stands_left_and_more_utility_higher() -> None:
    drawn = plane(repair().trials, repair().source, repair().reference)
    found = {name: (x, y) for name, x, y in marks(drawn)}
    assert len(marks(drawn)) == len(repair().trials) + 2
    assert found["retrained"][0] < found["before"][0]
    assert found["retrained"][1] > found["before"][1]  # 0.982 lies below 0.989
    # a square-root scale from 11 to 96 per cent
    assert found["before"][0] == pytest.approx(11 + 85 * math.sqrt(0.977), abs=0.01)
    assert 'd="M0-9' in drawn
    assert drawn.count('class="halo"') == 1


def test_without_a_reference_there_is_no_star_and_lost_trials_are_left_out() -> None:
    lost = Trial("npo", {}, 1.0, math.nan, 0.5, True)
    drawn = plane([lost, *repair().trials[:2]], repair().source, None)
    assert "M0-9" not in drawn
    assert len(marks(drawn)) == 3


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=6), st.floats(0, 1), st.floats(0, 1))
def test_marks_stay_inside(points: list[tuple[float, float]], behaviour: float, utility: float) -> None:
    trials = [Trial("npo", {}, 1.0, x, y, False) for x, y in points]
    for _, across, down in marks(plane(trials, Point(behaviour, utility), Point(0, 1))):
        assert 11 <= across <= 96
        assert 10 <= down <= 300


def circles(svg: str) -> list[tuple[str, float]]:
    return [(one.get("class") or "", share(one.get("cx"))) for one in parse(svg).iter("circle")]


def test_a_check_is_a_dot_over_the_band_of_its_reference() -> None:
    drawn = dots([CHECKS[3]], title="t")
    # from 3 to 97 per cent: before 1, after 0.34, reference 0.02 and 0.1 more
    assert circles(drawn) == [("before", pytest.approx(97)), ("tone-block cut", pytest.approx(3 + 94 * 0.34))]
    band = next(one for one in parse(drawn).iter("rect") if one.get("class") == "band")
    assert (share(band.get("x")), share(band.get("width"))) == (3.0, pytest.approx(94 * 0.12))
    whisker = next(one for one in parse(drawn).iter("g") if one.get("class") == "whisker")[0]
    assert [share(whisker.get(end)) for end in ("x1", "x2")] == [pytest.approx(3 + 94 * x) for x in (0.23, 0.45)]
    assert "leaks" in drawn


def test_without_a_reference_there_is_neither_band_nor_whisker() -> None:
    drawn = dots([CHECKS[6]], title="t")
    assert 'class="band"' not in drawn
    assert 'class="whisker"' not in drawn
    assert told(CHECKS[6]) == "before 0.400, after 0.100"
    assert told(replace(CHECKS[6], before=None, after=None)) == "nothing measured"


def test_what_is_no_share_has_a_scale_of_its_own() -> None:
    steps = Check("relearning", "steps", 1.0, 7.3, 9.3, -4.0, 0.5, 3, 2.0, "inconclusive", "")
    drawn = dots([steps], title="t")
    assert "scale 0 to 10" in drawn
    assert circles(drawn)[1][1] == pytest.approx(3 + 94 * 0.73)
    assert "scale" not in dots(CHECKS, title="t")


def test_items_have_a_bar_for_each_method_that_ranked_them() -> None:
    one = Ranked("id", "g", True, {"a": 0.25, "b": 1.0}, True)
    drawn = places([one], ["a", "b", "c"])
    assert re.findall(r'class="(tone-.)" x="0" y="\d+" width="([\d.]+)%"', drawn) == [
        ("tone-a", "25.000"),
        ("tone-c", "100.000"),
    ]
    assert "known to be bad" in drawn
    assert ">forget<" in drawn
    assert ">keep<" in places([replace(one, chosen=False, bad=None)], ["a"])
    assert places(repair().ranked, METHODS).count(">forget<") == SHOWN_ITEMS


def test_colours_go_round() -> None:
    assert tones(["x", "y", "x", "z", "u", "v"]) == {"x": "a", "y": "c", "z": "b", "u": "d", "v": "a"}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    trial = Trial(text, {text: text}, 1.0, 0.1, 0.9, False, why=text)
    drawn = [
        plane([trial], Point(1, 1), Point(0, 1)), dots([replace(CHECKS[0], test=text, axis=text)], title=text),
        places([Ranked(text, text, True, {text: 0.5})], [text]),
    ]  # fmt: skip
    for svg in drawn:
        root = parse(svg)
        assert {one.tag for one in root.iter()} <= {
            "svg",
            "title",
            "desc",
            "g",
            "text",
            "tspan",
            "rect",
            "line",
            "circle",
            "path",
        }
        assert not [name for one in root.iter() for name in one.attrib if name.startswith(("on", "href"))]
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u200b]", svg)
        assert len(svg) < 20_000


def test_charts_of_nothing() -> None:
    for svg in (plane([], Point(0, 0), None), plane([], Point(1, 1), None), dots([], title="t"), places([], [])):
        assert parse(svg).find("title") is not None
